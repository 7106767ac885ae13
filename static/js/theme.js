// The theme, before the first paint: a plain script in <head>, so that no page shows the wrong one for a moment.
{
  const root = document.documentElement;
  const KEY = "tessera.theme";
  const known = (theme) => (theme === "light" || theme === "dark" ? theme : null);

  const mark = () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]"))
      button.setAttribute("aria-pressed", String(root.dataset.theme === "dark"));
  };
  const show = (theme) => {
    root.dataset.theme = theme;
    mark();
  };

  try {
    const kept = known(localStorage.getItem(KEY));
    if (kept) root.dataset.theme = kept;
  } catch {
    // Storage may be closed to us: then the page stays as the server sent it.
  }
  addEventListener("DOMContentLoaded", mark);
  addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    show(root.dataset.theme === "dark" ? "light" : "dark");
    try {
      localStorage.setItem(KEY, root.dataset.theme);
    } catch {
      // As above: the choice holds for this page.
    }
  });
  // Another tab changed it.
  addEventListener("storage", (event) => {
    if (event.key === KEY && known(event.newValue)) show(event.newValue);
  });
}

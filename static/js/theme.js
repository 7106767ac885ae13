// Theme and density, before the first paint: a plain script in <head>, so that no page shows the wrong ones for a
// moment. What is kept with the person wins; where he has chosen nothing, and on the way in, the browser's own holds.
{
  const root = document.documentElement;
  const KEY = "tessera.theme";
  const look = document.querySelector("meta[name=look]");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const known = (theme) => (["system", "light", "dark"].includes(theme) ? theme : null);
  const isDark = () => root.dataset.theme === "dark" || (root.dataset.theme === "system" && system.matches);

  const mark = () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]"))
      button.setAttribute("aria-pressed", String(isDark()));
  };
  const show = (theme) => {
    root.dataset.theme = theme;
    mark();
  };
  const remember = (theme) => {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Storage may be closed to us: the choice holds for this page, and for the person.
    }
  };
  const keep = (theme) => {
    const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
    if (!look || !token) return;
    const body = new URLSearchParams({ theme });
    // The page may be left at once. What does not arrive is chosen anew on the next.
    fetch(look.dataset.keep, { method: "POST", body, keepalive: true, headers: { "X-CSRFToken": token } }).catch(() => {});
  };

  if (look?.dataset.density) root.dataset.density = look.dataset.density;
  const chosen = known(look?.dataset.theme);
  if (chosen) {
    root.dataset.theme = chosen;
    remember(chosen);
  } else
    try {
      const kept = known(localStorage.getItem(KEY));
      if (kept) root.dataset.theme = kept;
    } catch {
      // As above: then the page stays as the server sent it.
    }

  addEventListener("DOMContentLoaded", mark);
  system.addEventListener("change", mark);
  addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const theme = isDark() ? "light" : "dark";
    show(theme);
    remember(theme);
    keep(theme);
  });
  // Another tab changed it.
  addEventListener("storage", (event) => {
    if (event.key === KEY && known(event.newValue)) show(event.newValue);
  });
}

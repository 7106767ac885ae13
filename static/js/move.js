// Keeps the page of a running move of tickets up to date: asks for the same page again and takes its parts over.
// Without it, a link on the page does the same.
const EVERY = 2000;
const page = document.querySelector("[data-move]");

// Parts that did not change are left alone: what is focused in them stays so, and nobody is told twice.
const take = (fresh) => {
  const held = document.activeElement;
  for (const part of page.querySelectorAll("[data-part]")) {
    const now = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!now || said(now) === said(part)) continue;
    const lost = part.contains(held);
    part.replaceChildren(...now.childNodes);
    // The button that was pressed is gone with its part; whoever works by keyboard goes on from the heading.
    if (lost) document.getElementById("h-progress").focus();
  }
  page.dataset.move = fresh.dataset.move;
};

// Each answer has a token of its own in its forms, which is no news.
const said = (part) => {
  const copy = part.cloneNode(true);
  for (const token of copy.querySelectorAll("[name=csrfmiddlewaretoken]")) token.remove();
  return copy.innerHTML;
};

const look = async () => {
  if (!document.hidden) {
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-move]");
      // Logged out meanwhile: what is shown was true, and the next click asks to log in.
      if (answer.ok && !fresh) return;
      if (answer.ok) take(fresh);
    } catch {
      // The network is away: the next look may find it.
    }
  }
  if (page.dataset.move === "running") setTimeout(look, EVERY);
};

if (page?.dataset.move === "running") setTimeout(look, EVERY);

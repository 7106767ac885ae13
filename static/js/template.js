// The page of a template. The mail beside the texts follows what is typed; the texts themselves are `texts.js`. Without
// this script *Show* loads the page again, and faults are told by the number of their line.
import { renewed, texts } from "./texts.js";
const WAIT_MS = 300;
const page = document.querySelector("[data-look]");
const form = page?.closest("form");
const { editors, edit, marked, offer } = texts(form);

// The mail.
const box = document.getElementById("id_look_ticket");
let asking = null;
let waiting = 0;
const take = (fresh, explicit) => {
  const held = document.activeElement?.id;
  let renamed = false;
  for (const now of fresh.querySelectorAll("[data-part]")) {
    const part = form.querySelector(`[data-part="${CSS.escape(now.dataset.part)}"]`);
    if (now.dataset.part === "look") {
      if (part.innerHTML !== now.innerHTML) part.replaceChildren(...now.childNodes);
      if (now.dataset.ticket && (explicit || box !== document.activeElement)) box.value = now.dataset.ticket;
    } else {
      renewed(part, now);
      renamed ||= now.dataset.part === "names";
    }
  }
  if (renamed) offer();
  marked();
  // Whoever works by keyboard goes on from where he was.
  if (held && document.activeElement?.id !== held) document.getElementById(held)?.focus();
};
const look = async (button) => {
  clearTimeout(waiting);
  waiting = 0;
  asking?.abort();
  const mine = (asking = new AbortController());
  form.setAttribute("aria-busy", "true");
  try {
    const body = new URLSearchParams(new FormData(form, button));
    const answer = await fetch(page.dataset.look, { method: "POST", body, credentials: "same-origin", signal: mine.signal });
    // Logged out meanwhile: the next that loads a page says so.
    if (!answer.ok || answer.redirected) return;
    take(new DOMParser().parseFromString(await answer.text(), "text/html"), Boolean(button));
  } catch (error) {
    // Typing went on, or the network is away: what is shown stays until the next.
    if (error.name !== "AbortError" && !(error instanceof TypeError)) throw error;
  } finally {
    // What was typed meanwhile is asked for in a moment.
    if (asking === mine && !waiting) form.removeAttribute("aria-busy");
  }
};
const soon = () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => look(), WAIT_MS);
  form.setAttribute("aria-busy", "true");
};

if (form) {
  edit();
  marked();
  offer();
  form.addEventListener("input", ({ target }) => {
    if (editors.has(target.name)) soon();
  });
  form.addEventListener("change", ({ target }) => {
    if (["queue", "content_type", "look_ticket", "look_transaction", "look_rule", "look_part", "look_scheme"].includes(target.name)) look();
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name !== "_look") return;
    event.preventDefault();
    if (event.submitter.value) box.value = event.submitter.value;
    look(event.submitter);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.defaultPrevented) return;
    event.preventDefault();
    form.requestSubmit(document.getElementById("b-look"));
  });
}

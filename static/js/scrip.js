// The page of a rule: another kind brings its own settings, and trying shows what would happen, without leaving the
// page. Buttons with `data-swap` send the form as it is; the parts of the answer take the places of those here.
// Without this file the same buttons load the whole page again.
const EVERY = 1500;
const form = document.getElementById("scrip_form");
let asking = null;
let waiting = 0;

const sent = (button) => new URLSearchParams(new FormData(form, button));

const take = (fresh, names) => {
  const held = document.activeElement;
  quiet(fresh);
  for (const part of form.querySelectorAll("[data-part]")) {
    const now = fresh.querySelector(`[data-part="${CSS.escape(part.dataset.part)}"]`);
    if (!now || !names.includes(part.dataset.part) || now.innerHTML === part.innerHTML) continue;
    const open = part.querySelector("details.json")?.open;
    part.replaceChildren(...now.childNodes);
    part.toggleAttribute("data-running", now.hasAttribute("data-running"));
    if (open) part.querySelector("details.json").open = true;
    part.dispatchEvent(new Event("swapped", { bubbles: true }));
  }
  wait();
  // Whoever works by keyboard goes on from where he was, or from the heading of what came.
  if (held && !held.isConnected) {
    const again = held.id && document.getElementById(held.id);
    (again || form.querySelector(`[data-part="${names[0]}"] :is(button, select, input:not([type="hidden"]))`))?.focus();
  }
};

const swap = async (button) => {
  const names = button.dataset.swap.split(" ");
  asking?.abort();
  clearTimeout(waiting);
  const mine = (asking = new AbortController());
  const body = sent(button);
  const before = String(sent());
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(location.href, { method: "POST", body, credentials: "same-origin", signal: mine.signal });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("scrip_form");
    // Logged out meanwhile: the whole page says so.
    if (!answer.ok || !fresh) return whole(button);
    // Typing went on: what was typed stays, and what came is about what stood there before. Ask again.
    if (button.isConnected && before !== String(sent())) return swap(button);
    take(fresh, names);
  } catch (error) {
    if (error.name === "AbortError") return;
    throw error;
  } finally {
    if (asking === mine) form.removeAttribute("aria-busy");
  }
};

// A look back that a worker does: ask again how far it is.
const wait = () => {
  clearTimeout(waiting);
  const again = form.querySelector("[data-running] [value=look]");
  if (again) waiting = setTimeout(() => (document.hidden ? wait() : swap(again)), EVERY);
};

const whole = (button) => {
  delete button.dataset.swap;
  form.requestSubmit(button);
};

// With this file a choice counts at once.
const quiet = (root) => {
  for (const button of root.querySelectorAll("[data-plain]")) button.hidden = true;
};

form?.addEventListener("submit", (event) => {
  if (event.submitter?.dataset.swap === undefined) return;
  event.preventDefault();
  swap(event.submitter);
});
form?.addEventListener("change", ({ target }) => {
  if (target.dataset.choose !== undefined || target.name === "own_queues") swap(form.querySelector("[name=_choose]"));
});
if (form) quiet(form);
if (form) wait();
// Enter in the box of the ticket means: try it there.
form?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.id !== "id_try_ticket") return;
  event.preventDefault();
  form.requestSubmit(document.getElementById("b-try"));
});
// A query that is wrong: the caret stands where.
const wrong = form?.querySelector("textarea[data-at]");
if (wrong) {
  wrong.focus();
  wrong.setSelectionRange(Number(wrong.dataset.at), Number(wrong.dataset.at) + 1);
}

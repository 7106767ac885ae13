// The page of a rule: another kind brings its own settings, and trying shows what would happen, without leaving the
// page. Buttons with `data-swap` send the form as it is; the parts of the answer take the places of those here.
// Without this file the same buttons load the whole page again.
import { renewed, texts } from "./texts.js";
const EVERY = 1500;
const WAIT_MS = 400;
const form = document.getElementById("scrip_form");
let asking = null;
let waiting = 0;
let typing = 0;
// The button whose answer is awaited.
let doing = null;
const { edit, marked, offer } = texts(form);
const LIVE = "_live";

const sent = (button) => new URLSearchParams(new FormData(form, button));

const take = (fresh, names) => {
  const held = document.activeElement;
  quiet(fresh);
  for (const part of form.querySelectorAll("[data-part]")) {
    const now = fresh.querySelector(`[data-part="${CSS.escape(part.dataset.part)}"]`);
    // `action` are its settings and, beside them, `action-json`.
    if (!now || !names.includes(part.dataset.part.split("-")[0]) || now.innerHTML === part.innerHTML) continue;
    // Somebody looks for a name: the list stays until he has found it.
    if (part.dataset.part === "names" && part.contains(held)) continue;
    renewed(part, now);
    part.toggleAttribute("data-running", now.hasAttribute("data-running"));
    part.dispatchEvent(new Event("swapped", { bubbles: true }));
  }
  edit();
  marked();
  if (names.includes("names") || names.includes("written")) offer();
  wait();
  if (names[0] === "tried") return;
  // Rows that were moved or added say where to go on.
  const next = form.querySelector(`[data-part="${CSS.escape(names[0])}"] [autofocus]`);
  if (next) return next.focus();
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
  clearTimeout(typing);
  doing = button;
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
    if (asking === mine) {
      doing = null;
      form.removeAttribute("aria-busy");
    }
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

// What would be sent or done follows what is typed.
const soon = () => {
  clearTimeout(typing);
  // What somebody asked for by himself is not cut off by what follows of itself.
  typing = setTimeout(() => (doing && doing.name !== LIVE ? soon() : swap(form.querySelector(`[name=${LIVE}]`))), WAIT_MS);
  form.setAttribute("aria-busy", "true");
};
form?.addEventListener("input", ({ target }) => {
  if (target.closest(".writes, .editor")) soon();
});
form?.addEventListener("submit", (event) => {
  if (event.submitter?.dataset.swap === undefined) return;
  event.preventDefault();
  swap(event.submitter);
});
form?.addEventListener("change", ({ target }) => {
  if (target.dataset.choose !== undefined || target.name === "own_queues") swap(form.querySelector("[name=_choose]"));
  else if (target.id === "id_try_ticket" && target.value.trim()) swap(document.getElementById("b-try"));
  else if (target.closest(".settings")) soon();
});
if (form) {
  quiet(form);
  edit();
  marked();
  offer();
  // After a save that was refused: to the first fault, which may be far below.
  if (document.querySelector(".errornote")) form.querySelector(".errors :is(input:not([type=hidden]), select, textarea)")?.focus();
}
if (form) wait();
// Enter in the box of the ticket means: try it there.
form?.addEventListener("keydown", (event) => {
  // One that was taken of the list is tried already.
  if (event.defaultPrevented || event.key !== "Enter" || event.target.id !== "id_try_ticket") return;
  event.preventDefault();
  form.requestSubmit(document.getElementById("b-try"));
});

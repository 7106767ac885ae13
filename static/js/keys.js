// Single keys that act on a page. Other modules register theirs: `import { key } from "./keys.js"`.
// Never while something is typed, never with Ctrl, Alt or Meta, and not at all where the reader turned them off.
const KEPT = "tessera.keys";
const acts = new Map();

const on = () => {
  try {
    return localStorage.getItem(KEPT) !== "off";
  } catch {
    return true;
  }
};
const typing = (target) =>
  target instanceof Element && (target.isContentEditable || target.closest("input:not([type=radio], [type=checkbox], [type=button], [type=submit]), textarea, select, dialog[open]"));

/** Let a key do something. `act` gives false where there is nothing to do: then the key stays the browser's. */
export const key = (name, act) => acts.set(name, act);

/** What the key does, for who chose it by its name; undefined where the page has no such key. */
export const act = (name) => acts.get(name);

// `g` and then a letter goes where a link of the page leads that has it: <a data-go="i">.
const PAUSE = 2000;
let going = 0;
const go = (name) => {
  const link = [...document.querySelectorAll("[data-go]")].find((each) => each.dataset.go === name);
  if (!link) return false;
  link.click();
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (event.defaultPrevented || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (!on() && event.key !== "?") return;
  const late = event.timeStamp - going > PAUSE;
  const follows = going && !late;
  going = event.key === "g" && !follows ? event.timeStamp : 0;
  const does = follows ? () => go(event.key) : acts.get(event.key);
  if (does && does() !== false) event.preventDefault();
});

const dialog = () => document.getElementById("keys");
key("?", () => {
  if (!dialog()) return false;
  dialog().querySelector("[data-keys-on]").checked = on();
  dialog().showModal();
});
// Not in the administration: there a letter beside its field would leave a form half filled.
key("t", () => {
  const link = document.querySelector("[data-new]");
  if (!link) return false;
  link.click();
});
addEventListener("change", ({ target }) => {
  if (!target.matches?.("[data-keys-on]")) return;
  try {
    localStorage.setItem(KEPT, target.checked ? "on" : "off");
  } catch {
    // Storage may be closed to us: then they stay on.
  }
});

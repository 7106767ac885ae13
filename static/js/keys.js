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

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (event.defaultPrevented || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (!on() && event.key !== "?") return;
  const act = acts.get(event.key);
  if (act && act() !== false) event.preventDefault();
});

const dialog = () => document.getElementById("keys");
key("?", () => {
  if (!dialog()) return false;
  dialog().querySelector("[data-keys-on]").checked = on();
  dialog().showModal();
});
addEventListener("change", ({ target }) => {
  if (!target.matches?.("[data-keys-on]")) return;
  try {
    localStorage.setItem(KEPT, target.checked ? "on" : "off");
  } catch {
    // Storage may be closed to us: then they stay on.
  }
});

// The composer: the button says what it will do, transitions that need words lead here, and the parts of the plan that
// were opened stay open. Everything works without this script too.
import { key } from "./keys.js";

const form = () => document.getElementById("reply");
const byId = (id) => document.getElementById(id);

const show = () => {
  const where = form()?.querySelector("[data-and-label]");
  const chosen = form()?.querySelector("[name=transition]:checked");
  if (where) where.textContent = chosen?.dataset.and ?? "";
  // What only another transition asks for is out of sight.
  const asked = chosen?.dataset.asks?.split(" ") ?? [];
  for (const each of form()?.querySelectorAll("[data-asked]") ?? []) each.hidden = !asked.includes(each.dataset.asked);
};
const choose = (radio) => {
  if (!radio || radio.checked) return;
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
};
const write = (kind) => {
  if (!form()) return false;
  const radio = byId(kind === "comment" ? "as-comment" : "as-reply");
  if (!radio && form().elements.as?.value !== kind) return false;
  choose(radio);
  byId("text").focus();
};

addEventListener("change", ({ target }) => {
  if (!form()?.contains(target)) return;
  if (target.name === "transition") show();
});
addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-then]");
  if (!link || !form() || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const wanted = [...form().querySelectorAll("[name=transition]")].find(({ value }) => value === link.dataset.then);
  choose(wanted);
  if (link.dataset.as) return void write(link.dataset.as);
  link.closest("details").open = false;
  (form().querySelector("[data-asked]:not([hidden]) :is(input, select, textarea)") ?? byId("text")).focus();
});
addEventListener("keydown", (event) => {
  const written = event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.closest?.("#reply, #new");
  if (!written) return;
  event.preventDefault();
  written.requestSubmit();
});
// A menu that covers the page closes when one looks elsewhere.
addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll(".whynot[open]")) if (!menu.contains(target)) menu.open = false;
});
addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector(".whynot[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

key("r", () => write("correspond"));
key("c", () => write("comment"));
key("s", () => {
  const first = document.querySelector("#head .acts :is(button, a.btn, summary)");
  if (!first) return false;
  first.focus();
});
key("a", () => {
  const edit = document.querySelector("[data-edit=people]");
  if (!edit) return byId("f_owner") ? void byId("f_owner").focus() : false;
  edit.click();
});

// What was opened in the plan stays open when a fresher plan takes its place.
let opened = null;
addEventListener("htmx:beforeSwap", ({ target }) => {
  if (target.id !== "happen" || !target.querySelector("[data-open]")) return;
  opened = new Map([...target.querySelectorAll("[data-open]")].map((each) => [each.dataset.open, each.open]));
});
addEventListener("htmx:afterSwap", ({ target }) => {
  if (target.id === "happen" && opened)
    for (const each of target.querySelectorAll("[data-open]")) each.open = opened.get(each.dataset.open) ?? each.open;
});
// A text outlives whatever happens to its page: it is kept in the tab until the server says that it has it, or sent it.
const place = () => `tessera.draft.${form()?.dataset.ticket}`;
const keep = (text) => {
  try {
    if (text) sessionStorage.setItem(place(), text);
    else sessionStorage.removeItem(place());
  } catch {
    // Storage may be closed to us: then the page alone holds it.
  }
};
const restore = () => {
  const text = byId("text");
  if (!text) return;
  if (document.querySelector("#head [data-sent]")) keep("");
  try {
    // What was typed last goes on where the server's draft ends.
    const last = sessionStorage.getItem(place()) ?? "";
    if (last.startsWith(text.value)) text.value = last;
  } catch {
    // As above.
  }
  if (text.value) text.dispatchEvent(new Event("input", { bubbles: true }));
};
addEventListener("input", ({ target }) => {
  if (target.id === "text") keep(target.value);
});
// From here on it is the server's: sent or thrown away in another window, it must not come back in this one.
addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.elt.id !== "keep" || !detail.successful || !detail.xhr.responseText.includes('id="taken"')) return;
  if (byId("text")?.value === detail.requestConfig.parameters.content) keep("");
});

// What does not answer as a ticket's page does (a login that has ended, a server that is away) replaces nothing.
const tell = (word) => {
  const head = byId("head");
  const page = byId("main");
  if (!head || !page?.dataset[word]) return;
  const told = document.createElement("p");
  told.className = "notice bad";
  told.setAttribute("role", "alert");
  told.textContent = page.dataset[word];
  head.querySelector(".notice.bad[data-told]")?.remove();
  told.dataset.told = "";
  head.append(told);
  told.scrollIntoView({ block: "nearest" });
};
addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  const gone = new URL(xhr.responseURL).pathname === "/login";
  const part = ["main", "head", "facts", "talk"].includes(target.id);
  if (!gone && (!part || xhr.responseText.includes(`id="${target.id}"`) && xhr.responseText.includes('id="facts"'))) return;
  event.detail.shouldSwap = false;
  tell(gone ? "gone" : "failed");
});
for (const name of ["htmx:sendError", "htmx:responseError"]) addEventListener(name, () => tell("failed"));

// A part that was swapped keeps the reader's place: what is wrong, the first field of a form that was opened, what stands
// where the focus stood, else the part. Those that come along with it take nothing.
let stood = null;
addEventListener("htmx:beforeSwap", () => {
  stood = document.activeElement;
});
addEventListener("htmx:afterSettle", ({ target, detail }) => {
  show();
  const undone = detail.pathInfo?.requestPath.endsWith("/undo");
  if (target.id === "main") restore();
  // What was sent is done: keys act on the page again, `u` takes it back.
  if (target.id === "main" && document.activeElement?.id === "text" && document.querySelector("#head [data-sent]")) byId("text").blur();
  // Nowhere, or on a part as a whole.
  if (document.activeElement?.tabIndex >= 0 || target.id !== detail.target?.id) return;
  // What was taken back is to be written on.
  if (target.id === "main" && undone && byId("text")) return void byId("text").focus({ preventScroll: true });
  const part = byId(target.id) ?? target;
  const { place } = stood?.closest("[data-place]")?.dataset ?? {};
  const lost = document.activeElement === document.body && stood !== document.body;
  const next = part.querySelector?.("[aria-invalid=true]") ?? part.querySelector?.(".editing :is(input:not([type=hidden]), textarea, select)") ?? (place && part.querySelector?.(`a[data-place="${place}"]`));
  if (next) next.focus();
  else if (lost && ["facts", "head", "main", "talk"].includes(part.id)) {
    part.tabIndex = -1;
    part.focus({ preventScroll: true });
  }
});
show();
// After the script that follows what is typed, which begins at the same event.
addEventListener("DOMContentLoaded", restore);

// What was typed while the scripts were still on their way is told to those who listen since: htmx, for the plan.
const altered = (field) => {
  if (field.options) return [...field.options].some((each) => each.selected !== each.defaultSelected);
  return /radio|checkbox/.test(field.type) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
};
addEventListener("DOMContentLoaded", () => {
  const early = [...document.querySelectorAll("#new :is(input, textarea, select)")].find(altered);
  early?.dispatchEvent(new Event("input", { bubbles: true }));
});

// The page of a lifecycle. Buttons with `data-swap` send the form as it is, and the parts of the answer take the places
// of those here; while one types, only the drawing and what is told of each cell follow. Without this file the same
// buttons load the whole page again.
import { attach } from "./sql.js";

const WAIT_MS = 400;
const form = document.getElementById("lifecycle_form");
const shop = form?.querySelector(".workshop");
let asking = null;
let waiting = 0;

const sent = (button) => new URLSearchParams(new FormData(form, button));
const part = (root, name) => root.querySelector(`[data-part="${name}"]`);

const ask = async (button) => {
  asking?.abort();
  clearTimeout(waiting);
  const mine = (asking = new AbortController());
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(location.href, { method: "POST", body: sent(button), credentials: "same-origin", signal: mine.signal });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return answer.ok ? page.getElementById("lifecycle_form") : null;
  } catch (error) {
    if (error.name === "AbortError") return undefined;
    throw error;
  } finally {
    if (asking === mine) form.removeAttribute("aria-busy");
  }
};

const replace = (fresh, name) => {
  const here = part(form, name);
  const now = part(fresh, name);
  if (!here || !now || here.innerHTML === now.innerHTML) return;
  const diagram = here.querySelector(".diagram");
  const at = diagram && [diagram.scrollLeft, diagram.scrollTop];
  here.replaceChildren(...now.childNodes);
  if (at) here.querySelector(".diagram")?.scrollTo(...at);
};
const middle = () => {
  const diagram = shop.querySelector(".diagram");
  diagram?.scrollTo((diagram.scrollWidth - diagram.clientWidth) / 2, 0);
};

// The text of the JSON follows, unless somebody is changing just that.
const follow = (fresh) => {
  const box = form.querySelector("#id_definition");
  if (box !== document.activeElement) replace(fresh, "json");
};

// What is told of each cell, without touching what is typed there.
const tell = (fresh) => {
  for (const here of shop.querySelectorAll("[data-told]")) {
    const now = fresh.querySelector(`#${CSS.escape(here.id)}`);
    if (!now) continue;
    if (here.innerHTML !== now.innerHTML) here.replaceChildren(...now.childNodes);
    here.toggleAttribute("data-at", now.hasAttribute("data-at"));
    if (now.dataset.at) here.dataset.at = now.dataset.at;
    const box = form.querySelector(`[aria-describedby~="${CSS.escape(here.id)}"]`);
    if (here.querySelector(".errorlist")) box?.setAttribute("aria-invalid", "true");
    else box?.removeAttribute("aria-invalid");
  }
};

const look = async () => {
  const fresh = await ask(document.getElementById("b-look"));
  if (!fresh) return;
  tell(fresh);
  if (!part(form, "formers")?.contains(document.activeElement)) replace(fresh, "formers");
  replace(fresh, "picture");
  follow(fresh);
};

const later = () => {
  clearTimeout(waiting);
  waiting = setTimeout(look, WAIT_MS);
};

const swap = async (button) => {
  const held = document.activeElement;
  const open = [...shop.querySelectorAll("details[open]")].map((each) => each.closest("[data-row]")?.id).filter(Boolean);
  const fresh = await ask(button);
  if (fresh === undefined) return;
  // Logged out meanwhile, or refused: the whole page says so.
  if (fresh === null || !part(fresh, "rows")) {
    delete button.dataset.swap;
    return form.requestSubmit(button);
  }
  for (const name of ["rows", "formers", "picture", "json"]) replace(fresh, name);
  for (const id of open) document.getElementById(id)?.querySelector("[data-asks]")?.setAttribute("open", "");
  dress();
  const again = shop.querySelector("[data-fresh]") ?? (held?.id && document.getElementById(held.id));
  if (again?.disabled) again.parentElement.querySelector("button:not([disabled])")?.focus();
  else if (held && !held.isConnected) (again || part(form, "rows").querySelector("button, input:not([type=hidden])"))?.focus();
};

// A name that is typed stands at once wherever the status is named.
const rename = (box) => {
  const name = box.value.trim() || box.placeholder || "…";
  for (const each of shop.querySelectorAll(`[data-named="${CSS.escape(box.dataset.name)}"]`)) each.textContent = name;
  for (const pick of shop.querySelectorAll("[data-pick]")) say(pick);
};
const say = (pick) => {
  const chosen = [...pick.querySelectorAll("input:checked")].map((each) => each.nextElementSibling.textContent);
  if (chosen.length) pick.querySelector("[data-said]").textContent = chosen.join(", ");
};

// Guards: completion as on the page of searches, and the caret where a guard is wrong.
const dress = () => {
  for (const box of shop.querySelectorAll("textarea[data-guard]:not([role])")) attach(shop, box, { whole: false });
};

const caret = (details) => {
  const told = details.querySelector("[data-told][data-at]");
  const box = told && details.querySelector("textarea[data-guard]");
  if (!box) return;
  const place = [...box.value].slice(0, Number(told.dataset.at)).join("").length;
  box.focus();
  box.setSelectionRange(place, Math.min(place + 1, box.value.length));
};

// Rows are taken by their grips and let go where they belong. The order is that of the hidden inputs.
let dragged = null;
const target = (event) => {
  const over = event.target.closest?.("[data-row]");
  if (!over || over === dragged || over.tagName !== dragged.tagName) return null;
  return over;
};
const drag = (root) => {
  root.addEventListener("pointerdown", ({ target: at }) => {
    const row = at.closest?.("[data-grip]")?.closest("[data-row]");
    if (row) row.draggable = true;
  });
  root.addEventListener("pointerup", () => root.querySelectorAll("[draggable]").forEach((row) => row.removeAttribute("draggable")));
  root.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-row][draggable]");
    if (dragged) event.dataTransfer.effectAllowed = "move";
  });
  root.addEventListener("dragover", (event) => {
    const over = dragged && target(event);
    if (!over) return;
    event.preventDefault();
    const { top, height } = over.getBoundingClientRect();
    over[event.clientY < top + height / 2 ? "before" : "after"](dragged);
  });
  root.addEventListener("dragend", () => {
    if (!dragged) return;
    dragged.removeAttribute("draggable");
    const group = dragged.closest("[data-group]");
    const kind = dragged.querySelector("[data-choose]");
    if (group && kind) kind.value = group.dataset.group;
    dragged = null;
    swap(document.getElementById("b-look"));
  });
};

if (shop) {
  form.addEventListener("submit", (event) => {
    if (event.submitter?.dataset.swap === undefined || !part(form, "rows")) return;
    event.preventDefault();
    swap(event.submitter);
  });
  shop.addEventListener("input", ({ target: box }) => {
    if (box.dataset.name) rename(box);
    if (box.closest("[data-pick]")) say(box.closest("[data-pick]"));
    if (box.closest("[data-swatch]")) box.closest("[data-swatch]").className = `choice ${box.value}`;
    if (box.dataset.choose === undefined && box.id !== "id_definition" && part(form, "rows")) later();
  });
  shop.addEventListener("change", ({ target: box }) => {
    if (box.dataset.choose !== undefined) swap(document.getElementById("b-look"));
  });
  // The drawing leads to the row, and into it.
  shop.addEventListener("click", (event) => {
    const href = event.target.closest?.(".lc a")?.getAttribute("href");
    const row = href && document.getElementById(href.slice(1));
    if (!row) return;
    event.preventDefault();
    row.scrollIntoView({ block: "center" });
    row.querySelector("input[type=text]").focus({ preventScroll: true });
  });
  // One list of statuses at a time, closed by Escape or by going on.
  shop.addEventListener("keydown", (event) => {
    const pick = event.key === "Escape" && event.target.closest("[data-pick][open]");
    if (!pick) return;
    pick.open = false;
    pick.querySelector("summary").focus();
  });
  shop.addEventListener("focusout", ({ target: box, relatedTarget }) => {
    const pick = box.closest?.("[data-pick][open]");
    if (pick && relatedTarget && !pick.contains(relatedTarget)) pick.open = false;
  });
  document.addEventListener("pointerdown", ({ target: at }) => {
    for (const pick of shop.querySelectorAll("[data-pick][open]")) if (!pick.contains(at)) pick.open = false;
  });
  drag(shop);
  dress();
  middle();
  const wrong = shop.querySelector("details[data-asks][open]");
  if (wrong && form.querySelector(".errornote")) caret(wrong);
}

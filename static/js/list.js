// The list of tickets: keys that walk through it, and the numbers of the views, which come when the page is there.
import { key } from "./keys.js";

const rows = () => [...document.querySelectorAll(".list tbody tr")];
const here = () => rows().findIndex((row) => row.contains(document.activeElement));

// The keys move the focus itself: what is read aloud, what Enter opens and what is marked are one.
const walk = (by) => {
  const all = rows();
  if (!all.length) return false;
  const from = here();
  const next = from < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, from + by));
  const link = all[next].querySelector("th a");
  link.focus();
  link.scrollIntoView({ block: "nearest" });
};
const turn = (rel) => {
  const link = document.querySelector(`.pager [rel=${rel}]`);
  if (!link) return false;
  link.click();
};
const mark = () => {
  for (const row of rows()) row.toggleAttribute("data-here", row.contains(document.activeElement));
};

key("j", () => walk(1));
key("k", () => walk(-1));
key("o", () => {
  const at = here();
  if (at < 0) return false;
  rows()[at].querySelector("th a").click();
});
key("n", () => turn("next"));
key("p", () => turn("prev"));

// Selecting: `x` on the row in hand, Shift from the last one that was ticked; the bar comes with the first.
const form = document.getElementById("pick");
const boxes = () => [...(form?.querySelectorAll("[name=id]") ?? [])];
let last = null;

const tell = () => {
  const all = boxes();
  const chosen = all.filter(({ checked }) => checked).length;
  const bar = form.querySelector("[data-bulk]");
  const told = bar.querySelector("[data-selected]");
  bar.hidden = chosen === 0;
  told.textContent = told.dataset.text.replace("%d", chosen);
  const every = form.querySelector("[data-all]");
  every.hidden = false;
  every.checked = chosen === all.length;
  every.indeterminate = chosen > 0 && chosen < all.length;
};
const pick = (box, range) => {
  const all = boxes();
  const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
  if (range && last && from >= 0) for (const each of all.slice(from, to + 1)) each.checked = box.checked;
  last = box;
  tell();
};
const tick = (range) => () => {
  const box = rows()[here()]?.querySelector("[name=id]");
  if (!box) return false;
  box.checked = range || !box.checked;
  pick(box, range);
};

if (form) {
  form.addEventListener("click", (event) => {
    const { target } = event;
    if (target.matches("[name=id]")) pick(target, event.shiftKey);
    if (target.matches("[data-all]")) {
      for (const each of boxes()) each.checked = target.checked;
      tell();
    }
  });
  form.addEventListener("reset", () => setTimeout(tell));
  // What a browser kept ticked when one comes back is what the bar says.
  addEventListener("pageshow", tell);
  document.addEventListener("rows", tell);
  tell();
  key("x", tick(false));
  key("X", tick(true));
  // The bar stands behind all rows, and a list that goes on by itself has no last one.
  key("c", () => {
    const bar = form.querySelector("[data-bulk]");
    if (bar.hidden) return false;
    bar.querySelector("button").focus();
  });
}

addEventListener("focusin", mark);
addEventListener("focusout", mark);

const count = async (nav) => {
  try {
    const answer = await fetch(nav.dataset.counts, { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) return;
    const { counts } = await answer.json();
    for (const each of nav.querySelectorAll("[data-count]")) each.textContent = counts[each.dataset.count] ?? "";
  } catch {
    // The views work without their numbers.
  }
};
document.querySelectorAll("[data-counts]").forEach(count);

// A menu ends where one clicks elsewhere, or with Escape.
addEventListener("click", ({ target }) => {
  for (const open of document.querySelectorAll("details.drop[open]")) if (!open.contains(target)) open.open = false;
});
addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && document.querySelector("details.drop[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

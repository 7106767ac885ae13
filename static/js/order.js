// The list of a queue's rules: drag a row by its grip to another place. A line shows where it would fall; it is saved
// when it is let go, and the message that follows takes it back. The arrows do the same without this file.
const list = () => document.getElementById("result_list");
const rowsOf = () => [...list().querySelectorAll("tbody tr")].filter((row) => row.querySelector("[data-rule]"));
const rule = (row) => row.querySelector("[data-rule]");
// What the message says, for those who don't see it come.
const heard = document.createElement("p");
heard.className = "sr";
heard.setAttribute("role", "status");
document.body.append(heard);
let held = null;

const ready = () => {
  for (const grip of document.querySelectorAll(".grip")) grip.hidden = false;
};

const clear = () => {
  for (const row of list().querySelectorAll(".falls-before, .falls-after")) row.classList.remove("falls-before", "falls-after");
};

// The row beside which it would fall, and on which side; null where it would stay.
const target = (y) => {
  const others = rowsOf().filter((row) => row !== held.row);
  const middle = (row) => row.getBoundingClientRect().top + row.offsetHeight / 2;
  const next = others.find((row) => y < middle(row));
  const beside = next ?? others.at(-1);
  if (!beside) return null;
  const side = next ? "before" : "after";
  const stays = side === "before" ? held.row.nextElementSibling === beside : held.row.previousElementSibling === beside;
  return stays ? null : { row: beside, side };
};

const drag = (event) => {
  held.to = target(event.clientY);
  clear();
  if (held.to) held.to.row.classList.add(`falls-${held.to.side}`);
  // Near the edges the page goes along.
  const edge = 60;
  if (event.clientY < edge) scrollBy(0, -12);
  else if (event.clientY > innerHeight - edge) scrollBy(0, 12);
};

const end = () => {
  clear();
  held.row.classList.remove("held");
  removeEventListener("pointermove", drag);
  removeEventListener("pointerup", drop);
  removeEventListener("pointercancel", end);
  removeEventListener("keydown", escape);
  held = null;
};

const drop = () => {
  const { row, to } = held;
  end();
  if (to) save(rule(row).dataset.place, `${to.side}:${rule(to.row).dataset.rule}`);
};

const escape = (event) => event.key === "Escape" && end();

// Send it, and take over the list and the message of the answer.
const save = async (url, place, focus) => {
  const token = document.querySelector("#changelist-form [name=csrfmiddlewaretoken]").value;
  const body = new URLSearchParams({ csrfmiddlewaretoken: token, place });
  list().setAttribute("aria-busy", "true");
  const answer = await fetch(url, { method: "POST", body, credentials: "same-origin" });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = fresh.getElementById("result_list");
  // Logged out, or it may not be moved any more: the whole page says so.
  if (!answer.ok || !now) return location.reload();
  list().replaceWith(now);
  document.querySelector("ul.messagelist")?.remove();
  const told = fresh.querySelector("ul.messagelist");
  if (told) document.getElementById("content").before(told);
  heard.textContent = told ? told.querySelector("li").firstChild.textContent : "";
  ready();
  if (focus) (document.getElementById(focus) ?? document.querySelector("#result_list a"))?.focus();
};

document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest?.(".grip");
  if (!grip || event.button !== 0) return;
  event.preventDefault();
  held = { row: grip.closest("tr"), to: null };
  held.row.classList.add("held");
  addEventListener("pointermove", drag);
  addEventListener("pointerup", drop);
  addEventListener("pointercancel", end);
  addEventListener("keydown", escape);
});
// The arrows and the way back without leaving the page: whoever works by keyboard stays where he is.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[name=place]");
  if (!button || !list()) return;
  event.preventDefault();
  save(button.formAction, button.value, button.id);
});
if (list()) ready();

// The box for TicketSQL: what may be written next is offered below it, and Enter asks. The combobox of the ARIA
// patterns; without this script it is a plain box with a button. The server counts characters, a page UTF-16 units.
import { key } from "./keys.js";

const WAIT_MS = 120;

const characters = (text) => [...text].length;
const units = (text, place) => [...text].slice(0, place).join("").length;

const attach = (form) => {
  const box = form.querySelector("textarea");
  const list = document.createElement("ul");
  const told = document.createElement("span");
  list.id = `${box.id}-offered`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.getAttribute("aria-label"));
  list.hidden = true;
  told.className = "sr";
  told.setAttribute("role", "status");
  box.parentElement.append(list, told);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]])
    box.setAttribute(name, value);

  let waiting = 0;
  let asking = null;
  let at = -1;
  let from = 0;
  let to = 0;

  const close = () => {
    clearTimeout(waiting);
    asking?.abort();
    list.hidden = true;
    at = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const point = (next) => {
    at = next;
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
    const item = list.children[at];
    if (!item) return box.removeAttribute("aria-activedescendant");
    box.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  };
  const show = ({ start, end, results }, text) => {
    from = units(text, start);
    to = units(text, end);
    list.replaceChildren(
      ...results.map(({ text: value, label, kind }, index) => {
        const item = document.createElement("li");
        const small = document.createElement("small");
        item.id = `${list.id}-${index}`;
        item.dataset.value = value;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        small.textContent = form.dataset[kind] ?? "";
        item.append(label, small);
        return item;
      }),
    );
    list.hidden = results.length === 0;
    at = -1;
    box.removeAttribute("aria-activedescendant");
    box.setAttribute("aria-expanded", String(!list.hidden));
    told.textContent = results.length ? "" : form.dataset.none;
  };
  const ask = async () => {
    clearTimeout(waiting);
    asking?.abort();
    asking = new AbortController();
    const text = box.value;
    const place = characters(text.slice(0, box.selectionStart));
    try {
      const asked = new URLSearchParams({ query: text, cursor: place });
      const answer = await fetch(`${form.dataset.complete}?${asked}`, { signal: asking.signal });
      if (answer.ok && box === document.activeElement && box.value === text) show(await answer.json(), text);
    } catch (error) {
      // Typing went on, or the network is away: the box works without the list.
      if (error.name !== "AbortError") close();
    }
  };
  const take = (item) => {
    const value = item.dataset.value;
    // setRangeText, not value: one can undo it.
    box.focus();
    box.setSelectionRange(from, to);
    const rest = box.value.slice(to);
    box.setRangeText(rest.startsWith(" ") ? value : `${value} `, from, to, "end");
    close();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };

  box.addEventListener("input", () => {
    box.removeAttribute("aria-invalid");
    clearTimeout(waiting);
    waiting = setTimeout(ask, WAIT_MS);
  });
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const last = list.children.length - 1;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Escape") {
      box.blur();
    } else if (event.key === "Enter" && !list.hidden && at >= 0) {
      event.preventDefault();
      take(list.children[at]);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      ask();
    } else if (event.key === "ArrowDown" && !list.hidden) {
      event.preventDefault();
      point(at === last ? -1 : at + 1);
    } else if (event.key === "ArrowUp" && !list.hidden) {
      event.preventDefault();
      point(at === -1 ? last : at - 1);
    } else if (event.key === "ArrowDown" && box.selectionEnd === box.value.length) {
      event.preventDefault();
      ask();
    }
  });
  box.addEventListener("blur", close);
  // Before the box loses the focus, which would close the list under the finger.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", ({ target }) => {
    const item = target.closest("li");
    if (item) take(item);
  });

  if (box.dataset.at !== undefined) {
    const place = units(box.value, Number(box.dataset.at));
    box.focus();
    box.setSelectionRange(place, place);
  }
  key("/", () => {
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  });
};

const form = document.getElementById("sql");
if (form) attach(form);

// A box for TicketSQL: what may be written next is offered below it, and where it is a search Enter asks. The
// combobox of the ARIA patterns; without this script it is a plain box. The server counts characters, a page UTF-16 units.
import { key } from "./keys.js";
import { painted } from "./painted-sql.js";

const WAIT_MS = 120;

const characters = (text) => [...text].length;
const units = (text, place) => [...text].slice(0, place).join("").length;

/** Let a text area offer completions. `home` has the words and the address in its data; of a `whole` form Enter asks. */
export const attach = (home, box, { whole }) => {
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
  let shown = "";

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
    // An answer may come while one walks through the one before: he stays where he is, if that is still offered.
    const held = list.hidden ? undefined : list.children[at]?.dataset.value;
    from = units(text, start);
    to = units(text, end);
    shown = text;
    list.replaceChildren(
      ...results.map(({ text: value, label, kind }, index) => {
        const item = document.createElement("li");
        const small = document.createElement("small");
        item.id = `${list.id}-${index}`;
        item.dataset.value = value;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        small.textContent = home.dataset[kind] ?? "";
        item.append(label, small);
        return item;
      }),
    );
    list.hidden = results.length === 0;
    box.setAttribute("aria-expanded", String(!list.hidden));
    point(results.findIndex(({ text: value }) => value === held));
    told.textContent = results.length ? "" : home.dataset.none;
  };
  const ask = async () => {
    clearTimeout(waiting);
    asking?.abort();
    asking = new AbortController();
    const text = box.value;
    const place = characters(text.slice(0, box.selectionStart));
    try {
      const asked = new URLSearchParams({ query: text, cursor: place });
      const answer = await fetch(`${home.dataset.complete}?${asked}`, { signal: asking.signal });
      const found = answer.ok && (await answer.json());
      if (found && box === document.activeElement && box.value === text) show(found, text);
    } catch (error) {
      // Typing went on, or the network is away: the box works without the list.
      if (error.name !== "AbortError") close();
    }
  };
  // The end of the word that is completed: it may have grown since the list was made. Elsewhere the list says nothing.
  const end = () => {
    const grown = to + box.value.length - shown.length;
    const same = box.value.slice(0, from) === shown.slice(0, from) && box.value.slice(grown) === shown.slice(to);
    return same && grown >= from && !/\s/.test(box.value.slice(to, grown)) ? grown : null;
  };
  const take = (item) => {
    const value = item.dataset.value;
    to = end();
    if (to === null) return close();
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
    point(-1);
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
    } else if (event.key === "Escape" && whole) {
      box.blur();
    } else if (event.key === "Enter" && !list.hidden && at >= 0) {
      event.preventDefault();
      take(list.children[at]);
    } else if (event.key === "Enter" && !event.shiftKey && whole) {
      event.preventDefault();
      home.requestSubmit();
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
  if (whole) key("/", () => {
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  });
};

const attachAll = (root) => {
  for (const home of root.querySelectorAll(".sql[data-complete]")) {
    const box = home.querySelector("textarea");
    painted(home, box);
    attach(home, box, { whole: home instanceof HTMLFormElement });
  }
};

attachAll(document);
// A part of the page was put in anew.
document.addEventListener("swapped", ({ target }) => attachAll(target));

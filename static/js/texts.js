// Texts with names in them. The text areas stay the form's fields: line numbers and colours lie behind them; a fault is
// marked at its line; names are put in at the cursor. Used by the page of a template and by that of a rule.
import { inLines, paint } from "./paint.js";

const PIECE = /\{#[^]*?(?:#\}|$)|\{\{[^]*?(?:\}\}|$)|\{%[^]*?(?:%\}|$)|\{\$[^]*?(?:\}|$)/g;
const KINDS = { "{#": "remark", "{{": "name", "{$": "name", "{%": "act" };

// What opens on one line and ends on another is coloured on both.
const coloured = (text) => {
  const parts = [];
  let done = 0;
  for (const found of text.matchAll(PIECE)) {
    parts.push(["", text.slice(done, found.index)], [KINDS[found[0].slice(0, 2)], found[0]]);
    done = found.index + found[0].length;
  }
  return inLines([...parts, ["", text.slice(done)]]);
};

const edited = (area) => {
  const { behind, draw } = paint(area, coloured);
  area.parentElement.classList.add("ready");
  area.parentElement.classList.toggle("numbered", area.matches("textarea"));
  const mark = (faults) => {
    for (const row of behind.querySelectorAll(".wrong")) {
      row.classList.remove("wrong");
      row.removeAttribute("title");
    }
    for (const { line } of faults) behind.children[line - 1]?.classList.add("wrong");
  };
  const wrong = (any) => {
    if (any) area.setAttribute("aria-invalid", "true");
    else area.removeAttribute("aria-invalid");
    area.closest(".form-row, .control")?.classList.toggle("errors", any);
  };
  const go = (line) => {
    const before = area.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1);
    const length = area.value.split("\n")[line - 1]?.length ?? 0;
    area.focus();
    area.setSelectionRange(before, before + length);
    behind.children[line - 1]?.scrollIntoView({ block: "nearest" });
  };
  return { area, draw, mark, wrong, go };
};

// A part of the page in the place of what it was; what was unfolded stays so.
export const renewed = (part, now) => {
  const open = [...part.querySelectorAll("details")].map((each) => each.open);
  part.replaceChildren(...now.childNodes);
  const fresh = part.querySelectorAll("details");
  open.forEach((each, place) => fresh[place]?.toggleAttribute("open", each));
};

// The editors of a form. `edit` takes up those that are new in it, `marked` and `offer` what the server sent for them.
export const texts = (form) => {
  const editors = new Map();
  const edit = () => {
    for (const [name, { area }] of editors) if (!area.isConnected) editors.delete(name);
    for (const area of form.querySelectorAll(".editor:not(.ready) > :is(input, textarea)")) editors.set(area.name, edited(area));
  };

  // What the server found wrong, by line: marked in the text, and a way there from its sentence.
  const marked = () => {
    for (const [name, { mark, wrong, go }] of editors) {
      const part = form.querySelector(`[data-part="faults-${name}"]`);
      if (!part) continue;
      const told = [...part.querySelectorAll("[data-line]")];
      mark(told.map((each) => ({ line: Number(each.dataset.line) })));
      // Some are of the whole, and have no line.
      wrong(part.querySelector("li") !== null);
      for (const each of told.filter((one) => !one.querySelector("button"))) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "goto";
        button.textContent = each.textContent;
        button.addEventListener("click", () => go(Number(each.dataset.line)));
        each.replaceChildren(button);
      }
    }
  };

  // Names.
  let last = null;
  const insert = (text) => {
    const seen = [...editors.values()].filter((each) => each.area.offsetParent);
    const { area, draw } = seen.find((each) => each.area.name === last) ?? seen.at(-1);
    area.focus();
    // So that it can be undone as what is typed can.
    if (!document.execCommand("insertText", false, text)) area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    draw();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const offer = () => {
    const names = form.querySelector('[data-part="names"]');
    const find = names?.querySelector(".find");
    // None, or the one that was offered before.
    if (!find?.hidden) return;
    for (const code of names.querySelectorAll("code[data-insert]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(code.cloneNode(true));
      button.addEventListener("mousedown", (event) => event.preventDefault());
      button.addEventListener("click", () => insert(code.dataset.insert));
      code.replaceWith(button);
    }
    find.hidden = false;
    const box = find.querySelector("input");
    const first = [...names.querySelectorAll("details")].map((each) => each.open);
    box.addEventListener("input", () => {
      const wanted = box.value.trim().toLowerCase();
      names.querySelectorAll("details").forEach((group, place) => {
        let any = false;
        for (const item of group.querySelectorAll("li")) {
          item.hidden = wanted !== "" && !item.textContent.toLowerCase().includes(wanted);
          any ||= !item.hidden;
        }
        group.hidden = wanted !== "" && !any;
        group.open = wanted === "" ? first[place] : any;
      });
    });
    // Enter here means: this one; and not: save.
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      const one = [...names.querySelectorAll("li:not([hidden]) button")].find((each) => each.offsetParent);
      if (box.value.trim() && one) one.click();
    });
  };

  form?.addEventListener("focusin", ({ target }) => {
    if (editors.has(target.name)) last = target.name;
  });
  return { editors, edit, marked, offer };
};

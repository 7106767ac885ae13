// Choices of a custom field as rows. The text area stays the form's field: the rows are read from it and write to it,
// in the words of customfields/lines.py. Without this script the text area serves by itself.
const split = (text, separator) => {
  const parts = [""];
  for (const [piece] of text.matchAll(/\\.|[^]/gu)) {
    if (piece === separator) parts.push("");
    else parts[parts.length - 1] += piece;
  }
  return parts.map((part) => part.trim());
};
const plain = (text) => text.replace(/\\(.)/gu, "$1");
const escaped = (text) => text.replace(/[\\|;]/g, "\\$&");

const build = (name, properties = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
};

for (const area of document.querySelectorAll("textarea[data-choices]")) {
  const words = JSON.parse(area.dataset.choices);
  const parents = JSON.parse(area.dataset.parents);
  const parent = document.getElementById("id_depends_on");
  const type = document.getElementById("id_field_type");
  const say = (text, ...told) => told.reduce((found, each) => found.replace(/%[sd]/, () => each), text);

  const read = (line) => {
    const [value, ...rest] = split(line, "|");
    const row = { value: plain(value), colour: "", disabled: false, when: [], was: "", unread: [] };
    for (const part of rest) {
      const [, name, said] = /^(\w+)\s*:(.*)$/u.exec(part) ?? [];
      if (part === "disabled") row.disabled = true;
      else if (part && part in words.colours) row.colour = part;
      else if (name === "when") row.when = split(said, ";").filter(Boolean).map(plain);
      else if (name === "was") row.was = plain(said.trim());
      else if (part) row.unread.push(part);
    }
    return row;
  };
  const write = ({ value, colour, disabled, when, was, unread }) =>
    [
      escaped(value.trim()),
      colour,
      disabled && "disabled",
      when.length > 0 && `when: ${when.map(escaped).join("; ")}`,
      was && was !== value.trim() && `was: ${escaped(was)}`,
      ...unread,
    ].filter(Boolean).join(" | ");

  // What the choices are called that are saved: who types over one renames it.
  const kept = new Set(JSON.parse(area.dataset.saved ?? "[]"));
  // How many tickets hold each of them, by its saved name.
  let counts = null;
  let rows = [];

  const load = () => {
    rows = area.value.split(/\r\n|\n|\r/).filter((line) => line.trim()).map(read);
    for (const row of rows) if (!row.was && kept.has(row.value)) row.was = row.value;
  };
  const store = () => {
    area.value = rows.filter((row) => row.value.trim()).map(write).join("\n");
    area.dispatchEvent(new Event("choices", { bubbles: true }));
  };

  const body = build("tbody");
  const status = build("div", { className: "sr", role: "status" });
  const heads = build("tr");
  const table = build(
    "table", { className: "choices" },
    build("caption", { className: "sr", textContent: words.caption }), build("thead", {}, heads), body,
  );
  const add = build("button", { type: "button", className: "btn", textContent: words.add });
  const turn = build("button", { type: "button", className: "btn", textContent: words.text });
  const box = build("div", { className: "choices-box" }, build("div", { className: "choices-scroll" }, table), build("div", { className: "row" }, add, turn), status);
  area.after(box);

  const button = (sign, word, row, act, disabled) => {
    const made = build("button", { type: "button", className: "btn icon", disabled, textContent: sign });
    made.setAttribute("aria-label", say(word, row.value));
    made.addEventListener("click", act);
    return made;
  };
  const line = (place) => body.rows[place];
  const move = (from, to, which) => {
    rows.splice(to, 0, ...rows.splice(from, 1));
    store();
    show();
    const buttons = line(to).querySelectorAll("button");
    (buttons[which].disabled ? buttons[1 - which] : buttons[which]).focus();
    status.textContent = say(words.moved, rows[to].value, String(to + 1));
  };
  const remove = (place) => {
    const [gone] = rows.splice(place, 1);
    store();
    show();
    (line(Math.min(place, rows.length - 1))?.querySelector("input") ?? add).focus();
    status.textContent = say(words.removed, gone.value);
  };
  const insert = (place) => {
    rows.splice(place, 0, read(""));
    show();
    line(place).querySelector("input").focus();
  };

  const cells = (row, place) => {
    const offered = parents[parent?.value] ?? [];
    const value = build("input", { type: "text", value: row.value, maxLength: 255 });
    value.setAttribute("aria-label", words.value);
    const old = build("small", { className: "muted" });
    const tell = () => {
      const renamed = row.was && row.was !== row.value.trim();
      old.textContent = renamed ? say(words.was, row.was) : "";
    };
    tell();
    value.addEventListener("input", () => {
      row.value = value.value;
      tell();
      store();
    });
    value.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      insert(place + 1);
    });
    const colour = build("select", {}, ...Object.entries(words.colours).map(([name, told]) => new Option(told, name, false, name === row.colour)));
    colour.setAttribute("aria-label", words.colour);
    const dot = build("span", { className: `tag choice ${row.colour}` });
    dot.setAttribute("aria-hidden", "true");
    colour.addEventListener("change", () => {
      row.colour = colour.value;
      dot.className = `tag choice ${row.colour}`;
      store();
    });
    const check = build("input", { type: "checkbox", checked: !row.disabled });
    check.setAttribute("aria-label", words.offered);
    check.addEventListener("change", () => {
      row.disabled = !check.checked;
      store();
    });
    const offers = build("label", { className: "offered" }, check, build("span", { textContent: words.offered }));
    const found = [build("div", {}, value, old), build("div", { className: "row" }, dot, colour), offers];
    if (parent?.value) {
      const known = [...new Set([...offered, ...row.when])];
      const when = build("select", { multiple: true, size: Math.min(4, Math.max(2, known.length)) }, ...known.map((each) => new Option(each, each, false, row.when.includes(each))));
      when.setAttribute("aria-label", words.when);
      when.addEventListener("change", () => {
        row.when = [...when.selectedOptions].map((option) => option.value);
        store();
      });
      found.push(when);
    }
    if (counts) found.push(build("span", { className: "count", textContent: counts[row.was] ?? "" }));
    const last = rows.length - 1;
    found.push(
      build(
        "div", { className: "row tight" },
        button("↑", words.up, row, () => move(place, place - 1, 0), place === 0),
        button("↓", words.down, row, () => move(place, place + 1, 1), place === last),
        button("×", words.remove, row, () => remove(place), false),
      ),
    );
    return found.map((content) => build("td", {}, content));
  };
  const show = () => {
    const titles = [words.value, words.colour, words.offered, ...(parent?.value ? [words.when] : []), ...(counts ? [words.held] : [])];
    heads.replaceChildren(...titles.map((title) => build("th", { scope: "col", textContent: title })), build("td"));
    body.replaceChildren(...rows.map((row, place) => build("tr", {}, ...cells(row, place))));
  };

  let asRows = true;
  const turned = () => {
    if (asRows) {
      load();
      show();
    }
    area.hidden = asRows;
    // How the text is written.
    const told = document.getElementById(`${area.id}_helptext`);
    if (told) told.hidden = asRows;
    box.firstElementChild.hidden = add.hidden = !asRows;
    turn.textContent = asRows ? words.text : words.rows;
  };
  turn.addEventListener("click", () => {
    asRows = !asRows;
    turned();
    if (!asRows) area.focus();
  });
  add.addEventListener("click", () => insert(rows.length));
  parent?.addEventListener("change", show);

  // Only selects have choices. Of a field that is saved the type is fixed.
  const fit = () => {
    const select = (type?.value ?? area.dataset.type ?? "").startsWith("Select");
    const whole = area.closest(".form-row");
    if (whole) whole.hidden = !select && !area.value.trim() && !whole.querySelector(".errorlist");
  };
  type?.addEventListener("change", fit);
  fit();
  turned();
  // A browser that goes back may have kept another text than the page was sent with.
  addEventListener("pageshow", turned);

  // Asked for apart: counting among a million tickets holds up no page.
  const tally = async () => {
    const answer = await fetch(area.dataset.usage, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    counts = await answer.json();
    if (Object.keys(counts).length === 0) counts = null;
    if (!counts || !asRows) return;
    if (!table.contains(document.activeElement)) return show();
    // Somebody writes already: the rows stay, and are told their counts at their ends.
    heads.lastChild.before(build("th", { scope: "col", textContent: words.held }));
    [...body.rows].forEach((line, place) => line.lastChild.before(build("td", {}, build("span", { className: "count", textContent: counts[rows[place].was] ?? "" }))));
  };
  if (area.dataset.usage) tally().catch(() => {});
}

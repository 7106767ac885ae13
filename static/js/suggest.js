// An input that offers names while one types: the combobox of the ARIA patterns, with a list below it.
// The page works without: the input takes the whole name, and the server says whom it may have meant.
const WAIT_MS = 120;

const attach = (box, number) => {
  const input = box.querySelector("input, textarea");
  // Of several names with commas between them, or of one a line, the last one is completed.
  const several = { "": /^[^]*[,;\n]\s*/, lines: /^[^]*\n/ }[box.dataset.several];
  const before = () => (several && input.value.match(several)?.[0]) || "";
  const typed = () => input.value.slice(before().length);
  const list = document.createElement("ul");
  const told = document.createElement("span");
  list.id = `suggested-${number}`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", document.querySelector(`label[for="${CSS.escape(input.id)}"]`).textContent);
  list.hidden = true;
  told.className = "sr";
  told.setAttribute("role", "status");
  box.append(list, told);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]])
    input.setAttribute(name, value);

  let waiting = 0;
  let asking = null;
  let at = -1;

  const close = () => {
    clearTimeout(waiting);
    asking?.abort();
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const point = (next) => {
    at = next;
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
    const here = list.children[at];
    if (!here) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", here.id);
    here.scrollIntoView({ block: "nearest" });
  };

  const take = (item) => {
    input.value = before() + item.dataset.value + (box.dataset.several === "lines" ? "\n" : "");
    close();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const show = (results) => {
    // An answer may come while one walks through the one before: he stays where he is, if that is still offered.
    const held = list.hidden ? undefined : list.children[at]?.dataset.value;
    list.replaceChildren(
      ...results.map(({ value, text }, index) => {
        const item = document.createElement("li");
        item.id = `${list.id}-${index}`;
        item.dataset.value = value;
        item.textContent = text;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        return item;
      }),
    );
    list.hidden = results.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    point(results.findIndex(({ value }) => value === held));
    told.textContent = results.length ? results.map(({ text }) => text).join(", ") : box.dataset.none;
  };

  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(`${box.dataset.suggest}&q=${encodeURIComponent(typed())}`, { signal: asking.signal });
      if (answer.ok && input === document.activeElement) show((await answer.json()).results);
    } catch (error) {
      // Typing went on, or the network is away: the input works without the list.
      if (error.name !== "AbortError") close();
    }
  };

  input.addEventListener("input", () => {
    point(-1);
    clearTimeout(waiting);
    if (!typed().trim()) return close();
    waiting = setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    const last = list.children.length - 1;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "Enter" && !list.hidden && at >= 0) {
      event.preventDefault();
      take(list.children[at]);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden && !typed().trim()) return;
      event.preventDefault();
      if (list.hidden) ask();
      else if (event.key === "ArrowDown") point(at === last ? -1 : at + 1);
      else point(at === -1 ? last : at - 1);
    }
  });
  input.addEventListener("blur", close);
  // Before the input loses the focus, which would close the list under the finger.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", ({ target }) => {
    const item = target.closest("li");
    if (item) take(item);
  });
};

let boxes = 0;
const attachAll = (root) => root.querySelectorAll("[data-suggest]").forEach((box) => attach(box, boxes++));

attachAll(document);
// A part of the page was put in anew.
document.addEventListener("swapped", ({ target }) => attachAll(target));

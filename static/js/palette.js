// The command palette: Ctrl-K, or the button at the top, which leads to the search without this script. The server
// makes the rows, htmx fetches them; this file opens the dialog, walks through it and does what was chosen.
import { act, key } from "./keys.js";

const home = document.querySelector("template[data-palette]");
const opener = document.querySelector("[data-palette-open]");
const KEPT = `tessera.recent.${home?.dataset.palette}`;
const MOST = 12;

// What this reader looked at last on this device: tickets by key, views and queues as the inbox calls them.
const recent = () => {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "[]").filter((each) => typeof each === "string").slice(0, MOST);
  } catch {
    return [];
  }
};
const here = () => {
  const ticket = location.pathname.match(/^\/tickets\/(TKT-\d+)/);
  if (ticket) return ticket[1];
  const shelf = location.pathname === "/" && location.search.match(/[?&]((?:view|queue)=\w+)/);
  return shelf ? shelf[1] : null;
};
const note = () => {
  const now = here();
  if (!now) return;
  try {
    localStorage.setItem(KEPT, JSON.stringify([now, ...recent().filter((each) => each !== now)].slice(0, MOST)));
  } catch {
    // Storage may be closed to us: then nothing is remembered.
  }
};

let dialog = null;
// The text that the rows answer, the option to which one went, and whether Enter waits for the rows of what was typed.
let answered = null;
let held = null;
let goes = false;
const part = (selector) => dialog.querySelector(selector);
const box = () => part("[role=combobox]");
const options = () => [...dialog.querySelectorAll("[role=option]:not([hidden])")];
const chosen = () => options().find((each) => each.getAttribute("aria-selected") === "true");
const tell = (text, bad) => {
  const told = part("[role=status]");
  told.textContent = text;
  told.toggleAttribute("data-bad", bad);
};

const point = (option) => {
  chosen()?.setAttribute("aria-selected", "false");
  if (!option) return box().removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  box().setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
  // The title above the first of its section is seen too.
  if (option === options()[0]) part("[role=listbox]").scrollTop = 0;
};
const name = (option) => option && `${option.href} ${option.textContent}`;
const step = (by) => {
  const all = options();
  const from = all.indexOf(chosen());
  if (all.length) point(all[(from + by + all.length) % all.length]);
  held = name(chosen());
};

// What the page can't do now is not offered.
const sift = () => {
  for (const each of dialog.querySelectorAll("[role=option]")) {
    const { key, needs } = each.dataset;
    each.hidden = Boolean((key && !act(key)) || (needs && !document.querySelector(needs)));
  }
};
const form = ({ form: action, transition }) =>
  [...document.forms].find((each) => each.getAttribute("action") === action && (!transition || each.elements.transition?.value === transition));

// On the page itself where that is there: no text that is being written is left.
const does = ({ dataset: { key, form: action, transition, begin, press } }) => {
  if (key && act(key)) return act(key);
  if (press) return () => document.querySelector(press)?.click();
  const link = begin && [...document.querySelectorAll("a[data-then]")].find((each) => each.dataset.then === begin);
  if (link) return () => link.click();
  const found = action && form({ form: action, transition });
  return found && (() => found.requestSubmit());
};
const go = (option) => {
  const done = does(option);
  if (!done) return void option.click();
  dialog.close();
  // A key that has nothing to do on this page.
  if (done() === false) location.assign(option.href);
};

const make = () => {
  dialog = home.content.firstElementChild.cloneNode(true);
  document.body.append(dialog);
  box().addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const option = chosen();
      // With Ctrl it opens beside this page, as links do.
      const beside = event.ctrlKey || event.metaKey;
      if (box().value !== answered) {
        // Who types quickly means what fits all that he typed, and not what is shown of half of it.
        goes = !beside;
        window.htmx?.trigger(box(), "asked");
      } else if (option && beside) open(option.href, "_blank", "noopener");
      else if (option) go(option);
    }
  });
  box().addEventListener("input", () => {
    held = null;
    goes = false;
  });
  dialog.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (event.target === dialog) return dialog.close();
    if (!option || event.ctrlKey || event.metaKey || event.shiftKey || !does(option)) return;
    event.preventDefault();
    go(option);
  });
  dialog.addEventListener("htmx:beforeSwap", (event) => {
    // Logged out meanwhile: the answer is the page to log in.
    if (event.detail.xhr.getResponseHeader("Content-Type")?.startsWith("text/html") && event.detail.serverResponse.includes("data-told=")) return;
    event.detail.shouldSwap = false;
    tell(dialog.dataset.gone, true);
  });
  dialog.addEventListener("htmx:afterSwap", ({ detail }) => {
    const told = part(".rows [data-told]");
    answered = new URL(detail.pathInfo.finalRequestPath, location.href).searchParams.get("q");
    sift();
    point(options().find((each) => name(each) === held) ?? options()[0]);
    tell(told.dataset.told, "slow" in told.dataset);
    if (!goes || !dialog.open || box().value !== answered) return;
    goes = false;
    if (chosen()) go(chosen());
  });
};

// The page may have htmx already.
const loaded = () =>
  new Promise((done, failed) => {
    if (window.htmx) return done();
    const parts = document.querySelector("template[data-palette-htmx]").content.cloneNode(true);
    const scripts = [...parts.querySelectorAll("script")];
    for (const script of scripts) {
      script.async = false; // in their order
      script.addEventListener("error", failed);
    }
    scripts.at(-1).addEventListener("load", () => done());
    document.head.append(parts);
  });

const show = async () => {
  const fresh = !dialog;
  if (fresh) make();
  part("[name=at]").value = location.pathname;
  part("[name=recent]").value = recent().filter((each) => each !== here()).join(",");
  box().value = "";
  answered = held = null;
  goes = false;
  // At once: who types on must not do by single keys what he wanted to look for.
  dialog.showModal();
  try {
    await loaded();
  } catch {
    return void location.assign(opener.href);
  }
  if (fresh) htmx.process(dialog);
  htmx.trigger(box(), "asked");
};

if (home && opener) {
  note();
  // Where the page has no box of its own for a query.
  if (!act("/")) key("/", () => opener.click());
  opener.setAttribute("aria-haspopup", "dialog");
  opener.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show();
  });
  addEventListener("keydown", (event) => {
    if (event.key?.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.isComposing) return;
    const above = document.querySelector("dialog[open]");
    if (above && above !== dialog) return;
    event.preventDefault();
    if (above) dialog.close();
    else show();
  });
}

// Puts a saved reply into the text, where the cursor is. Without this script its link leads to a page that has it.
const menu = () => document.getElementById("replies");
const links = () => [...(menu()?.querySelectorAll("a[data-reply]") ?? [])].filter((each) => !each.closest("[hidden]"));
const fold = (words) => words.normalize("NFKC").toLowerCase();

const find = ({ value }) => {
  const wanted = fold(value.trim()).split(/\s+/);
  for (const link of menu().querySelectorAll("a[data-reply]"))
    link.parentElement.hidden = !wanted.every((each) => fold(link.textContent).includes(each));
  menu().querySelector("[data-none]").hidden = links().length > 0;
};
const put = async (link) => {
  const text = document.getElementById("text");
  let answer = null;
  try {
    answer = await fetch(link.dataset.reply, { headers: { Accept: "text/plain" } });
  } catch {
    // The server is away: said below.
  }
  const told = menu().querySelector("[data-told]");
  const plain = answer && !answer.redirected && answer.headers.get("Content-Type")?.startsWith("text/plain");
  const words = plain ? await answer.text() : "";
  if (!plain || !answer.ok) {
    told.textContent = words || told.dataset.told;
    told.hidden = false;
    return;
  }
  told.hidden = true;
  menu().open = false;
  text.focus();
  text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
};

addEventListener("input", ({ target }) => {
  if (target.id === "find-reply") find(target);
});
addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-reply]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  void put(link);
});
addEventListener("keydown", (event) => {
  if (!menu()?.open || !menu().contains(event.target)) return;
  const found = links();
  const here = found.indexOf(event.target);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape") {
    menu().open = false;
    menu().querySelector("summary").focus();
  } else if (step && found.length) {
    const next = here + step;
    (next < 0 ? document.getElementById("find-reply") : found[Math.min(next, found.length - 1)]).focus();
  } else if (event.key === "Enter" && event.target.id === "find-reply") {
    if (found[0]) void put(found[0]);
  } else return;
  event.preventDefault();
});
addEventListener("click", ({ target }) => {
  if (menu()?.open && !menu().contains(target)) menu().open = false;
});
addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.closest?.("#replies")) document.getElementById("find-reply")?.focus();
});

// Quotes a message in the composer, or what is selected of it. Without this script the link asks the server for it.
import { key } from "./keys.js";

const text = () => document.getElementById("text");
const articleOf = (node) => (node instanceof Element ? node : node?.parentElement)?.closest(".msg");
const selected = () => {
  const selection = getSelection();
  const article = selection.isCollapsed ? null : articleOf(selection.anchorNode);
  return article && article === articleOf(selection.focusNode) ? { article, words: selection.toString() } : null;
};
const whole = (article) =>
  [...article.querySelectorAll(".prose p")].map((each) => each.innerText.trimEnd()).join("\n\n");

const quote = (link, words) => {
  const lines = words.trim().split("\n").map((line) => `> ${line}`.trimEnd());
  if (link.closest(".msg").classList.contains("internal")) document.getElementById("as-comment")?.click();
  const before = text().value.trimEnd();
  text().value = `${before}${before && "\n\n"}${link.dataset.quote}\n${lines.join("\n")}\n\n`;
  text().dispatchEvent(new Event("input", { bubbles: true }));
  text().focus();
  text().setSelectionRange(text().value.length, text().value.length);
};

// The press itself ends the selection: it is kept from before.
let kept = null;
addEventListener("pointerdown", () => {
  kept = selected();
}, true);
addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-quote]");
  if (!link || !text() || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const article = link.closest(".msg");
  const found = [event.detail ? kept : null, selected()].find((each) => each?.article === article);
  quote(link, found?.words ?? whole(article));
});
key("q", () => {
  const log = document.querySelector(".timeline");
  const links = [...(log?.querySelectorAll("a[data-quote]") ?? [])];
  const found = selected();
  const article = found?.article ?? articleOf(document.activeElement);
  const link = article?.querySelector("a[data-quote]") ?? (log?.reversed ? links[0] : links.at(-1));
  if (!link || !text()) return false;
  quote(link, found && found.article === link.closest(".msg") ? found.words : whole(link.closest(".msg")));
});

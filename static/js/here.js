// Who else has the ticket open, and what is new since this page was made. A page that nobody looks at says nothing, and what is still so is not told again.
addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt.id !== "here") return;
  detail.parameters.doing = document.getElementById("text")?.value.trim() ? "writing" : "reading";
});
addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.id === "here" && document.hidden) event.preventDefault();
});
const words = (text) => text.replace(/\s+/g, " ").trim();
const said = (html) => words(new DOMParser().parseFromString(html, "text/html").body.textContent);
addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr } = event.detail;
  if (target.id !== "here") return;
  const stands = `${target.textContent} ${document.getElementById("news")?.textContent ?? ""}`;
  if (said(xhr.responseText) === words(stands)) event.detail.shouldSwap = false;
});

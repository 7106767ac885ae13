// The seconds that are left to take a message back are counted here; the server alone knows when it is sent.
import { key } from "./keys.js";

const count = () => {
  for (const each of document.querySelectorAll("[data-due]")) {
    const left = Math.ceil((Date.parse(each.dataset.due) - Date.now()) / 1000);
    const told = left > 0 ? each.dataset.in.replace("%d", left) : each.dataset.now;
    if (each.textContent !== told) each.textContent = told;
  }
};
setInterval(count, 250);
addEventListener("htmx:afterSettle", count);

key("u", () => {
  const undo = document.querySelector("[data-undo]");
  if (!undo) return false;
  undo.click();
});

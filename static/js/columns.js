// The columns of a list: moved and taken up without loading the page. Without this script each press loads it anew.
const place = (item) => [...item.parentElement.children].indexOf(item) + 1;
const tell = (item) => {
  const told = item.closest("[data-picker]").querySelector("[data-told]");
  told.textContent = told.dataset.text.replace("%s", item.querySelector("label").textContent.trim()).replace("%d", place(item));
};

addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-picker] button[name=move]");
  if (!button) return;
  event.preventDefault();
  const item = button.closest("li");
  if (button.value.startsWith("up:")) item.previousElementSibling?.before(item);
  else item.nextElementSibling?.after(item);
  button.focus();
  tell(item);
});
// A column that is ticked comes last of those that are shown.
addEventListener("change", ({ target }) => {
  const item = target.checked && target.closest?.("[data-picker] .others li");
  if (!item) return;
  item.closest("[data-picker]").querySelector(".picked").append(item);
  target.focus();
  tell(item);
});

// Copies the field that a button names. Without this script the button stays hidden, and the field can be selected.
const tell = (field, word) => {
  const place = field.closest(".field").querySelector("[role=status]");
  place.textContent = place.dataset[word];
};

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      tell(field, "copied");
    } catch {
      // Without https a page may not write there: the keyboard still can.
      tell(field, "selected");
    }
  });
}

// The slider follows the buttons beside it; they lead on without a script too.
addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-at]");
  const slider = document.getElementById("at");
  if (!link || !slider || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  slider.value = link.dataset.at;
  slider.dispatchEvent(new Event("change", { bubbles: true }));
  slider.dataset.pressed = link.rel;
});
addEventListener("htmx:afterSettle", () => {
  const slider = document.getElementById("at");
  const step = document.getElementById("step");
  if (!slider || !step || document.activeElement !== document.body) return;
  (step.querySelector(`a[rel=${slider.dataset.pressed}]`) ?? slider).focus();
});

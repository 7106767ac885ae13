// A box at the head of a table that ticks those below it. Without this script it stays hidden.
for (const head of document.querySelectorAll("[data-ticks]")) {
  const boxes = () => [...head.closest("table").querySelectorAll(`tbody [name="${head.dataset.ticks}"]`)];
  const follow = () => {
    const ticked = boxes().filter((box) => box.checked).length;
    head.checked = ticked > 0 && ticked === boxes().length;
    head.indeterminate = ticked > 0 && !head.checked;
  };
  head.hidden = false;
  head.addEventListener("change", () => boxes().forEach((box) => { box.checked = head.checked; }));
  head.closest("table").addEventListener("change", follow);
  follow();
}

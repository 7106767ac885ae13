// A file of which no small picture can be drawn is a file like any other: its sign and its name.
const plain = (image) => {
  const box = image.closest(".thumb");
  box.closest(".file").classList.remove("picture");
  box.replaceWith(box.querySelector("svg"));
};
addEventListener("error", ({ target }) => {
  if (target.matches?.(".thumb img")) plain(target);
}, true);
// Those that failed before this was there to hear of it.
for (const image of document.querySelectorAll(".thumb img")) if (image.complete && !image.naturalWidth) plain(image);

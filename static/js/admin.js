// Names for the boxes that Django's admin builds in the browser and leaves without: select2 hides the field that
// the label is for and puts its own in the place.
const name = (field) => document.querySelector(`label[for="${CSS.escape(field.id)}"]`)?.textContent.replace(/:\s*$/, "");

const label = () => {
  for (const field of document.querySelectorAll("select.admin-autocomplete")) {
    const box = field.nextElementSibling;
    if (!box?.matches(".select2")) continue;
    for (const part of box.querySelectorAll(".select2-selection, .select2-selection__rendered, .select2-search__field")) {
      part.removeAttribute("aria-labelledby");
      part.setAttribute("aria-label", name(field) ?? "");
    }
  }
};

// After the admin's own scripts, which wait in the same line.
window.django?.jQuery?.(label);

// The boxes of a role's rights follow the role that it inherits: what comes with that one is ticked and stands fast.
for (const list of document.querySelectorAll("[data-inherited]")) {
  const inherited = JSON.parse(list.dataset.inherited);
  const parent = document.getElementById("id_inherits");

  const show = () => {
    const comes = inherited[parent.value] ?? {};
    for (const box of list.querySelectorAll("input")) {
      const from = comes[box.value];
      const tag = box.parentElement.querySelector(".tag");
      box.disabled = Boolean(from);
      box.checked = Boolean(from) || box.dataset.own === "true";
      tag.hidden = !from;
      tag.querySelector("b").textContent = from ?? "";
    }
  };

  list.addEventListener("change", ({ target }) => {
    target.dataset.own = String(target.checked);
  });
  parent?.addEventListener("change", show);
  // A browser that goes back may have kept another choice than the page was sent with.
  if (parent) addEventListener("pageshow", show);
}

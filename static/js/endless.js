// The list goes on by itself where its reader comes to its end. Each part is the page behind "Next", by the server's
// own cursor; how many there are is kept with the history's entry, and which ticket was opened, so that who comes back
// stands where he was, with the focus on its row.
const MOST = 20;
const pager = document.querySelector(".pager");
const body = document.querySelector(".list tbody");
const told = document.querySelector("[data-more]");
let parts = 0;
let ends = !pager || !body;

const number = (row) => row.querySelector("[name=id]").value;
const next = (root) => root.querySelector(".pager [rel=next]");

const put = (page) => {
  // A ticket that moved meanwhile stands where it is seen first.
  const known = new Set([...body.rows].map(number));
  for (const row of page.querySelectorAll(".list tbody tr")) if (!known.has(number(row))) body.append(document.adoptNode(row));
  const after = next(page);
  if (after) next(document).replaceWith(document.adoptNode(after));
  else next(document).remove();
  parts += 1;
  told.textContent = told.dataset.text.replace("%d", body.rows.length);
  document.dispatchEvent(new CustomEvent("rows"));
};

const more = async () => {
  const link = next(document);
  if (!link || parts === MOST) return void (ends = true);
  try {
    const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok || answer.redirected || !page.querySelector(".list tbody")) ends = true;
    else put(page);
  } catch {
    ends = true; // The link is there still.
  }
};

const watch = () => {
  let busy = false;
  const near = () => pager.getBoundingClientRect().top < innerHeight * 1.5;
  const look = async () => {
    if (busy) return;
    busy = true;
    while (!ends && near()) await more();
    busy = false;
  };
  addEventListener("scroll", look, { passive: true });
  addEventListener("resize", look);
  look();
};

let opened = null;
body?.addEventListener("click", ({ target }) => {
  opened = target.closest("th a")?.closest("tr") ?? opened;
});

const begin = async () => {
  const { parts: wanted = 0, y = 0, row = null } = history.state ?? {};
  if (wanted) history.scrollRestoration = "manual";
  while (!ends && parts < wanted) await more();
  if (wanted) scrollTo(0, y);
  history.scrollRestoration = "auto";
  opened = [...body.rows].find((each) => number(each) === row) ?? null;
  opened?.querySelector("th a").focus({ preventScroll: true });
  if (!ends) watch();
};

addEventListener("pagehide", () => {
  if (!body) return;
  history.replaceState({ ...history.state, parts, y: scrollY, row: opened && number(opened) }, "");
  if (parts) history.scrollRestoration = "manual";
});
if (body) begin();

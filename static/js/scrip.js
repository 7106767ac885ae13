// The page of a rule: another kind brings its own settings, and trying shows what would happen, without leaving the
// page. Buttons with `data-swap` send the form as it is; the parts of the answer take the places of those here.
// Without this file the same buttons load the whole page again.
const form = document.getElementById("scrip_form");
let asking = null;

const sent = (button) => new URLSearchParams(new FormData(form, button));

const take = (fresh) => {
  const held = document.activeElement?.id;
  for (const part of form.querySelectorAll("[data-part]")) {
    const now = fresh.querySelector(`[data-part="${CSS.escape(part.dataset.part)}"]`);
    if (!now || now.innerHTML === part.innerHTML) continue;
    const open = part.querySelector("details.json")?.open;
    part.replaceChildren(...now.childNodes);
    if (open) part.querySelector("details.json").open = true;
  }
  quiet();
  // Whoever works by keyboard goes on from where he was.
  if (held && document.activeElement?.id !== held) document.getElementById(held)?.focus();
};

const swap = async (button) => {
  asking?.abort();
  asking = new AbortController();
  const body = sent(button);
  const before = String(sent());
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(location.href, { method: "POST", body, credentials: "same-origin", signal: asking.signal });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("scrip_form");
    // Logged out meanwhile: the whole page says so.
    if (!answer.ok || !fresh) return whole(button);
    // Typing went on: ask again about what stands there now.
    if (before !== String(sent())) return swap(button);
    take(fresh);
  } catch (error) {
    if (error.name === "AbortError") return;
    whole(button);
  }
  form.removeAttribute("aria-busy");
};

const whole = (button) => {
  delete button.dataset.swap;
  form.requestSubmit(button);
};

// With this file a choice counts at once.
const quiet = () => {
  for (const button of form.querySelectorAll("[data-plain]")) button.hidden = true;
};

form?.addEventListener("submit", (event) => {
  if (event.submitter?.dataset.swap === undefined) return;
  event.preventDefault();
  swap(event.submitter);
});
form?.addEventListener("change", ({ target }) => {
  if (target.dataset.choose !== undefined || target.name === "own_queues") swap(form.querySelector("[name=_choose]"));
});
if (form) quiet();
// A query that is wrong: the caret stands where.
const wrong = form?.querySelector("textarea[data-at]");
if (wrong) {
  wrong.focus();
  wrong.setSelectionRange(Number(wrong.dataset.at), Number(wrong.dataset.at) + 1);
}

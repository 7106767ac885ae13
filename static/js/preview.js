// A custom field's input follows its definition while that is written. What is tried in the input stays where the new
// one has it too. Without this script a button shows it.
const WAIT_MS = 300;
const shown = document.querySelector("form[data-preview]");
const form = document.getElementById("customfield_form");
let asking = null;
let waiting = 0;

const kept = () => [...shown.elements].map(({ name, type, value, checked, selectedOptions }) => ({ name, type, value, checked, chosen: selectedOptions && [...selectedOptions].map((each) => each.value) }));
const put = (before) => {
  for (const { name, type, value, checked, chosen } of before) {
    for (const input of shown.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (input.type !== type) continue;
      if (type === "checkbox") input.checked = input.value === value ? checked : input.checked;
      else if (chosen) for (const option of input.options) option.selected = chosen.includes(option.value);
      else if (value) input.value = value;
    }
  }
};

const look = async () => {
  clearTimeout(waiting);
  waiting = 0;
  asking?.abort();
  const mine = (asking = new AbortController());
  shown.setAttribute("aria-busy", "true");
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(shown.dataset.preview, { method: "POST", body, credentials: "same-origin", signal: mine.signal });
    // Logged out meanwhile: the next that loads a page says so.
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-part]");
    const before = kept();
    shown.querySelector("[data-part]").replaceWith(fresh);
    put(before);
    shown.dispatchEvent(new Event("swapped", { bubbles: true }));
  } catch (error) {
    // Typing went on, or the network is away: what is shown stays until the next.
    if (error.name !== "AbortError" && !(error instanceof TypeError)) throw error;
  } finally {
    // What was typed meanwhile is asked for in a moment.
    if (asking === mine && !waiting) shown.removeAttribute("aria-busy");
  }
};
const soon = () => {
  clearTimeout(waiting);
  waiting = setTimeout(look, WAIT_MS);
  shown.setAttribute("aria-busy", "true");
};

if (shown && form) {
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  // Choices that are moved, added or removed.
  form.addEventListener("choices", soon);
  // It is there to be tried; nothing is sent from it.
  shown.addEventListener("submit", (event) => event.preventDefault());
}

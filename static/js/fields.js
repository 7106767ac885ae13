// Inputs of custom fields that depend on others: choices that do not fit the parent's value are not offered, and a
// field that is not asked for is out of sight. The server holds everybody to the same; without this script it says so.
const PREFIX = "cf_";

const values = (form, key) =>
  [...form.querySelectorAll(`[name="${CSS.escape(PREFIX + key)}"]`)].flatMap((input) => {
    if (input.disabled) return [];
    if (input.matches("[type=checkbox], [type=radio]")) return input.checked ? [input.value] : [];
    return input.selectedOptions ? [...input.selectedOptions].map(({ value }) => value) : [input.value];
  }).filter(Boolean);

const has = (form, key) => form.querySelector(`[name="${CSS.escape(PREFIX + key)}"]`) !== null;

// What the ticket has may be older than the condition under which it is offered: it stays until the parent is chosen
// anew, as it does on the server.
const began = new WeakMap();
const stays = (form, key, parent, option) => {
  if (!began.has(form)) began.set(form, new Map());
  const first = began.get(form);
  if (!first.has(key)) first.set(key, String(parent));
  return "held" in option.dataset && first.get(key) === String(parent);
};

const fit = (form) => {
  for (const input of form.querySelectorAll("[data-show-when]")) {
    const rule = JSON.parse(input.dataset.showWhen);
    if (!has(form, rule.field)) continue; // it stands elsewhere: the server judges
    const shown = values(form, rule.field).some((value) => rule.values.map(String).includes(value));
    const row = input.closest("[data-field]");
    if (row) row.hidden = !shown;
    for (const each of row?.querySelectorAll("input, select, textarea") ?? []) each.disabled = !shown;
  }
  for (const option of form.querySelectorAll("[data-when]")) {
    const key = option.closest("[data-depends-on]")?.dataset.dependsOn;
    if (!key || !has(form, key)) continue;
    const parent = values(form, key);
    const fits = stays(form, key, parent, option)
      || JSON.parse(option.dataset.when).some((value) => parent.includes(value));
    option.hidden = !fits;
    option.disabled = !fits || "gone" in option.dataset;
    if (option.matches("option")) {
      if (!fits) option.selected = false;
    } else {
      if (!fits) option.checked = false;
      const label = option.closest("label");
      if (label) label.hidden = !fits;
    }
  }
};

const all = () => {
  for (const form of document.querySelectorAll("form:has([data-show-when], [data-depends-on])")) fit(form);
};
addEventListener("change", ({ target }) => {
  if (target.form?.querySelector("[data-show-when], [data-depends-on]")) {
    fit(target.form);
    fit(target.form); // what a parent hides may be a parent too
  }
});
addEventListener("htmx:afterSettle", all);
addEventListener("swapped", all);
all();

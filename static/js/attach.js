// Files are sent as soon as they are dropped, pasted or chosen, while one writes on; the text that is sent later names
// them. Without this script they go with the form.
const forms = "form[data-attach]";
const LEFT = new WeakMap();

const left = (form) => LEFT.get(form) ?? 0;
const size = (bytes) => {
  if (bytes < 1024) return bytes.toLocaleString(document.documentElement.lang, { style: "unit", unit: "byte", unitDisplay: "long" });
  const [unit, count] = bytes < 1024 ** 2 ? ["kilobyte", bytes / 1024] : ["megabyte", bytes / 1024 ** 2];
  return count.toLocaleString(document.documentElement.lang, { style: "unit", unit, maximumFractionDigits: 1 });
};
const say = (form, word, name) => form.dataset[word].replace("%s", name);
const list = (form) => form.querySelector("[data-attached]");

const row = (form, file) => {
  const made = document.createElement("span");
  const name = document.createElement("bdi");
  const bar = document.createElement("progress");
  const stop = document.createElement("button");
  made.className = "file";
  name.textContent = file.name;
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", say(form, "sending", file.name));
  stop.type = "button";
  stop.className = "btn quiet small";
  stop.textContent = form.dataset.stop;
  made.append(name, " ", bar, " ", stop);
  list(form).append(made);
  return { made, bar, stop };
};
const failed = (made, told) => {
  made.classList.add("bad");
  made.setAttribute("role", "alert");
  made.textContent = told;
};
const attached = (form, made, { id, filename, size: bytes }) => {
  const label = document.createElement("label");
  const box = document.createElement("input");
  const name = document.createElement("bdi");
  const told = document.createElement("span");
  label.className = "file";
  Object.assign(box, { type: "checkbox", name: "attachment_ids", value: id, checked: true });
  name.textContent = filename;
  told.className = "muted";
  told.textContent = size(bytes);
  label.append(box, " ", name, " ", told);
  made.replaceWith(label);
  box.dispatchEvent(new Event("change", { bubbles: true }));
};
const told = (request, form, file) => {
  if (request.status === 413) return say(form, "large", file.name);
  let body = null;
  try {
    body = JSON.parse(request.responseText);
  } catch {
    // No answer of ours.
  }
  const why = body && (Object.values(body.errors ?? {}).flat()[0] ?? body.detail);
  return why ? `${file.name}: ${why}` : say(form, "lost", file.name);
};

const send = (form, file) => {
  const { made, bar, stop } = row(form, file);
  if (file.size > Number(form.dataset.most)) return failed(made, say(form, "large", file.name));
  const request = new XMLHttpRequest();
  const body = new FormData();
  const ended = () => {
    LEFT.set(form, left(form) - 1);
    form.dispatchEvent(new CustomEvent("attached"));
  };
  body.append("file", file);
  LEFT.set(form, left(form) + 1);
  stop.addEventListener("click", () => request.abort());
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.value = total ? loaded / total : 0;
  });
  request.addEventListener("load", () => {
    if (request.status === 201) attached(form, made, JSON.parse(request.responseText));
    else failed(made, told(request, form, file));
    ended();
  });
  request.addEventListener("error", () => {
    failed(made, say(form, "lost", file.name));
    ended();
  });
  request.addEventListener("abort", () => {
    made.remove();
    ended();
  });
  request.open("POST", form.dataset.attach);
  request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
  request.send(body);
};
const take = (form, files) => {
  for (const gone of list(form).querySelectorAll(".bad")) gone.remove();
  for (const file of files) send(form, file);
};

addEventListener("change", (event) => {
  const { target } = event;
  const form = target.matches?.("input[type=file][name=attachments]") && target.closest(forms);
  if (!form || !target.files.length) return;
  event.stopImmediatePropagation();
  take(form, [...target.files]);
  target.value = "";
}, true);
addEventListener("paste", (event) => {
  const form = event.target.closest?.(forms);
  const files = [...(event.clipboardData?.files ?? [])];
  // What is copied of a table or a page comes as words and as their picture: words are meant.
  if (!form || !files.length || event.clipboardData.types.includes("text/plain")) return;
  event.preventDefault();
  take(form, files);
});

const carries = ({ dataTransfer }) => dataTransfer?.types.includes("Files");
const over = (form) => {
  for (const each of document.querySelectorAll(`${forms}.dropping`)) if (each !== form) each.classList.remove("dropping");
  form?.classList.add("dropping");
};
addEventListener("dragover", (event) => {
  if (!carries(event)) return;
  const form = event.target.closest?.(forms);
  over(form);
  // Beside the form the browser would leave the page for the file.
  event.preventDefault();
  event.dataTransfer.dropEffect = form ? "copy" : "none";
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) over(null);
});
addEventListener("drop", (event) => {
  if (!carries(event)) return;
  event.preventDefault();
  const form = event.target.closest?.(forms);
  over(null);
  if (form) take(form, [...event.dataTransfer.files]);
});

// What is sent while files are on their way waits for them.
addEventListener("submit", (event) => {
  const form = event.target.closest?.(forms);
  if (!form || !left(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (form.hasAttribute("aria-busy")) return;
  form.setAttribute("aria-busy", "true");
  const { submitter } = event;
  const look = () => {
    if (left(form)) return;
    form.removeEventListener("attached", look);
    form.removeAttribute("aria-busy");
    if (!list(form).querySelector(".bad")) form.requestSubmit(submitter);
  };
  form.addEventListener("attached", look);
}, true);

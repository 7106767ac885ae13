// Colours behind what is typed. The text area stays the form's field, its letters transparent; what lies behind it is
// set alike to the pixel and read by nobody. Without this script the text is plain.

/** Lay behind `area` what `coloured(text)` makes of its text: for each line a list of [kind, text]. Gives the element,
 *  in which each line is a child, and a function that draws it anew. */
export const paint = (area, coloured, name = "behind") => {
  const behind = document.createElement("div");
  behind.className = name;
  behind.setAttribute("aria-hidden", "true");
  area.before(behind);
  let shown = [];
  const draw = () => {
    const lines = coloured(area.value.replaceAll("\r\n", "\n"));
    while (behind.children.length > lines.length) behind.lastChild.remove();
    lines.forEach((line, place) => {
      const key = JSON.stringify(line);
      if (shown[place] === key && behind.children[place]) return;
      const row = behind.children[place] ?? behind.appendChild(document.createElement("div"));
      row.replaceChildren(
        ...line.map(([kind, text]) => {
          const part = document.createElement("span");
          if (kind) part.className = kind;
          part.textContent = text;
          return part;
        }),
      );
    });
    shown = lines.map((line) => JSON.stringify(line));
  };
  area.addEventListener("input", draw);
  area.addEventListener("scroll", () => {
    behind.scrollLeft = area.scrollLeft;
    behind.scrollTop = area.scrollTop;
  });
  addEventListener("pageshow", draw);
  draw();
  return { behind, draw };
};

/** [kind, text] one after the other, as `paint` takes them: cut where a line ends. */
export const inLines = (parts) => {
  const lines = [[]];
  for (const [kind, part] of parts)
    part.split("\n").forEach((piece, place) => {
      if (place > 0) lines.push([]);
      if (piece) lines.at(-1).push([kind, piece]);
    });
  return lines;
};

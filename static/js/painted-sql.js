// TicketSQL in colours as one types: fields, operators and joiners, values, and what can't stand where it stands. The
// shape of a query is judged here; whether a name is known the server says, once the hand rests.
import { inLines, paint } from "./paint.js";

const REST_MS = 500;
const PIECE = /\s+|'(?:[^'\\]|\\[^])*(?:'|$)|"(?:[^"\\]|\\[^])*(?:"|$)|(?:[\p{L}\p{N}_.@+:-]|\{[^{}\n]*(?:\}|$))+|[=<>!~]+|[^]/gu;
const SIGNS = new Set(["=", "!=", "<", "<=", ">", ">="]);
const COMPARE = new Set(["LIKE", "STARTSWITH", "ENDSWITH", "MATCHES"]);
const JOIN = new Set(["AND", "OR"]);

// What may stand at each place, as [test, kind, the place after it]. The grammar of tessera/lib/query/grammar.lark.
const word = (text) => /^[\p{L}\p{N}_.@+:{-]/u.test(text);
const text = (piece) => word(piece) || /^['"]/.test(piece);
const is = (...words) => (piece) => words.includes(piece.toUpperCase());
const PLACES = {
  field: [[is("NOT"), "kw", "field"], [is("("), "", "field"], [text, "fn", "operator"]],
  operator: [[(piece) => SIGNS.has(piece), "kw", "value"], [(piece) => COMPARE.has(piece.toUpperCase()), "kw", "value"], [is("IN"), "kw", "list"], [is("IS"), "kw", "null"], [is("NOT"), "kw", "negated"]],
  negated: [[(piece) => COMPARE.has(piece.toUpperCase()), "kw", "value"], [is("IN"), "kw", "list"]],
  null: [[is("NOT"), "kw", "null"], [is("NULL"), "kw", "joiner"]],
  value: [[text, "st", "joiner"]],
  list: [[is("("), "", "item"]],
  item: [[text, "st", "more"]],
  more: [[is(","), "", "item"], [is(")"), "", "joiner"]],
  joiner: [[(piece) => JOIN.has(piece.toUpperCase()), "kw", "field"], [is(")"), "", "joiner"]],
};

/** The query as [kind, text, from], `kind` one of fn, kw, st, no (which can't stand there) and "". `wrong` is where the
 *  server found a fault, or -1. */
export const pieces = (query, wrong) => {
  let place = "field";
  let depth = 0;
  return [...query.matchAll(PIECE)].map(({ 0: piece, index }) => {
    if (/^\s/.test(piece)) return ["", piece, index];
    const found = PLACES[place].find(([fits]) => fits(piece));
    const list = place === "list" || place === "more";
    if (found && !list && piece === "(") depth += 1;
    if (found && !list && piece === ")") depth -= 1;
    if (found) place = found[2];
    const faulty = !found || depth < 0 || (wrong >= index && wrong < index + piece.length);
    if (depth < 0) depth = 0;
    return [faulty ? "no" : found[1], piece, index];
  });
};

// The server counts characters, a page UTF-16 units.
const units = (query, place) => [...query].slice(0, place).join("").length;

/** Colour a box for TicketSQL. Where `home` names who judges queries, names are judged too. */
export const painted = (home, box) => {
  let wrong = box.dataset.at === undefined ? -1 : units(box.value, Number(box.dataset.at));
  let waiting = 0;
  let asking = null;
  const { draw } = paint(box, (query) => inLines(pieces(query, wrong)), "paint");
  box.parentElement.classList.add("painted");

  const judge = async () => {
    asking?.abort();
    asking = new AbortController();
    const query = box.value;
    if (!query.trim()) return;
    try {
      const answer = await fetch(`${home.dataset.judge}?${new URLSearchParams({ q: query })}`, { signal: asking.signal });
      if (!answer.ok || answer.redirected || box.value !== query) return;
      const { position } = await answer.json();
      if (position === null) return;
      const at = units(query, position);
      // What ends too soon is not wrong yet, nor is the word in which the hand rests.
      const found = pieces(query, at).find(([, piece, from]) => at >= from && at < from + piece.length);
      if (!found || (document.activeElement === box && box.selectionStart >= found[2] && box.selectionStart <= found[2] + found[1].length)) return;
      wrong = at;
      draw();
    } catch (error) {
      // Typing went on, or the network is away: the shape alone is judged.
      if (error.name !== "AbortError" && !(error instanceof TypeError)) throw error;
    }
  };
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    asking?.abort();
    if (wrong !== -1) {
      wrong = -1;
      draw();
    }
    if (home.dataset.judge) waiting = setTimeout(judge, REST_MS);
  });
};

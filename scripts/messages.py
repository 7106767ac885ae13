"""
The catalogues of translations: what the code says, and what of it is not translated.

`python scripts/messages.py` (`make messages`) reads every text that is marked in Python and in the templates, brings
`locale/*/LC_MESSAGES/django.po` up to it and names what is missing. `missing de` writes that as JSON, `merge de FILE`
takes it back with its translations. No GNU gettext is needed: Babel reads what Django makes of a template, and writes.
"""

import ast
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("tessera", "lifecycles", "customfields", "tickets", "scrips")
LANGUAGES = ("de",)
# The names that mark a text, and where its context, text and plural stand among the arguments.
_MARKS: dict[str, tuple[int | None, ...]] = {
    **dict.fromkeys(("_", "_now", "gettext", "gettext_lazy", "gettext_noop"), (None, 0)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (None, 0, 1)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), (0, 1)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), (0, 1, 2)),
}
# The same as Babel's extractor counts.
_KEYWORDS = {
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


@dataclass(frozen=True)
class Said:
    """A text as the code says it; `plural` and `context` are empty where it has none."""

    text: str
    plural: str = ""
    context: str = ""


def catalogue_path(language: str) -> Path:
    """Where the translations of a language are kept."""
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def said() -> Iterator[tuple[str, Said]]:
    """Every marked text with the file that holds it."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for each in in_python(path.read_text()):
                yield path.relative_to(ROOT).as_posix(), each
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in {".html", ".txt", ".svg"}:
            for each in in_template(path.read_text()):
                yield path.relative_to(ROOT).as_posix(), each


def in_python(code: str) -> list[Said]:
    """The marked texts of a module, in their order. Read as a tree: calls within f-strings count on every Python."""
    calls = [
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and _called(node) in _MARKS
    ]
    calls.sort(key=lambda call: (call.lineno, call.col_offset))
    return [found for call in calls if (found := _of_call(call))]


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _of_call(call: ast.Call) -> Said | None:
    context, *places = _MARKS[_called(call)]
    texts = [_literal(call, place) for place in places]
    if not texts[0]:
        return None
    return Said(texts[0], "".join(texts[1:]), _literal(call, context))


def _literal(call: ast.Call, place: int | None) -> str:
    if place is not None and place < len(call.args):
        match call.args[place]:
            case ast.Constant(value=str(text)):
                return text
    return ""


def in_template(source: str) -> list[Said]:
    """The marked texts of a template, in their order."""
    from django.utils.translation.template import templatize

    # Django gives the texts as calls and all else as letters; indented letters would be no Python.
    code = "\n".join(line.lstrip() for line in templatize(source).split("\n"))
    found = []
    for _line, text, _comments, context in extract(
        "python", io.BytesIO(code.encode()), _KEYWORDS, (), {"encoding": "utf-8"}
    ):
        singular, plural = text if isinstance(text, tuple) else (text, "")
        found.append(Said(singular, plural, context or ""))
    return found


def renew(language: str) -> list[Said]:
    """Brings the catalogue up to the code, in the files' order, and gives what is not translated. What the code no
    longer says goes; nothing is guessed from similar texts."""
    path = catalogue_path(language)
    with path.open("rb") as stream:
        old = read_po(stream, locale=language)
    new = Catalog(locale=language, fuzzy=False)
    for where, each in said():
        key = (each.text, each.plural) if each.plural else each.text
        known = old.get(each.text, each.context or None)
        kept = known.string if known and known.id == key else None
        # Files without lines: what moves within one changes no catalogue.
        new.add(key, kept, [(where, None)], context=each.context or None)  # type: ignore[list-item]
    _write(path, new)
    return untranslated(new)


def untranslated(catalogue: Catalog) -> list[Said]:
    """What has no translation, or not in each plural form."""
    missing = []
    for message in catalogue:
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and not all(forms):
            text, plural = (message.id, "") if isinstance(message.id, str) else message.id
            missing.append(Said(text, plural, message.context or ""))
    return missing


def merge(language: str, translated: list[list[str]]) -> list[str]:
    """Puts `[text, translation]` rows (`[text, context, one, many]` for a plural) into the catalogue; gives the texts
    that it does not know."""
    path = catalogue_path(language)
    with path.open("rb") as stream:
        catalogue = read_po(stream, locale=language)
    strangers = []
    for text, *rest in translated:
        context = rest.pop(0) if len(rest) > 1 else ""
        message = catalogue.get(text, context or None)
        if message is None:
            strangers.append(text)
        else:
            message.string = tuple(rest) if len(rest) > 1 else rest[0]
    _write(path, catalogue)
    return strangers


def _write(path: Path, catalogue: Catalog) -> None:
    # The head, with the glossary, is written by hand and has no dates, which would change with every run.
    head = path.read_bytes().partition(b"\n\n")[0]
    written = io.BytesIO()
    write_po(written, catalogue, width=0, omit_header=True, include_lineno=False)
    path.write_bytes(head + b"\n\n" + written.getvalue().strip() + b"\n")


def main(arguments: list[str]) -> int:
    match arguments:
        case ["merge", language, file]:
            for stranger in merge(language, json.loads(Path(file).read_text())):
                sys.stdout.write(f"Nothing says {stranger!r}.\n")
        case ["missing", language]:
            rows = [[each.text, each.context, each.plural] for each in renew(language)]
            sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=0) + "\n")
        case _:
            for language in LANGUAGES:
                for each in renew(language):
                    where = f" (in the context {each.context!r})" if each.context else ""
                    sys.stdout.write(f"{language}: not translated: {each.text!r}{where}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

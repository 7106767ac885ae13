"""The control for a query: the same condition as rows or as TicketSQL."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from scrips.builder import inputs, rows
from scrips.builder.controls import MISSING, Choices, Lines, Sent
from scrips.builder.inputs import Input
from scrips.builder.known import Known
from scrips.builder.rows import ALL, ANY, NONE, ROOT, Group, Row, Unsayable
from tessera.lib.errors import QueryInvalid
from tessera.lib.query.parse import parse_query
from tessera.lib.query.spell import to_text
from tessera.lib.query.tree import Node
from tessera.lib.query.verdict import Step
from tessera.lib.query.vocabulary import Vocabulary

# The button that was pressed to look at the page anew.
PRESSED = "_choose"
_WORD = re.compile(r"[\w.{}-]{1,60}|.")
_LINE = re.compile(r"[rg][0-9]{1,4}")
_ENDS = "/"


@dataclass(frozen=True)
class Line:
    """A row or a group as the page shows it. `joint` is the word between it and the line before it.

    The `first` of all can't go up, the `last` not down; within a group a line can always leave it.
    """

    at: Row | Group
    name: str
    number: str = ""
    joint: str = ""
    first: bool = False
    last: bool = False
    fields: Sequence[tuple[str, Choices]] = ()
    operators: Choices = ()
    input: Input | None = None
    lines: Sequence["Line"] = ()
    joins: Choices = ()
    takes_rows: bool = False
    takes_groups: bool = False

    @property
    def is_group(self) -> bool:
        """Whether there are lines in it."""
        return isinstance(self.at, Group)

    @property
    def shown(self) -> str:
        """The text in a row's box, one value a line."""
        return "\n".join(self.at.values) if isinstance(self.at, Row) else ""

    @property
    def said(self) -> str:
        """The row's field in words, for the names of its buttons."""
        field = self.at.field if isinstance(self.at, Row) else ""
        return next((label for _, all_ in self.fields for key, label in all_ if key == field), "")


class Query(Lines):
    """TicketSQL, and where it can be said in rows, those. `focus` is the id of what the keyboard goes on from."""

    widget = "query"

    def __init__(self, name: str, label: str, *, known: Known, **given: Any) -> None:
        super().__init__(name, label, **given)
        self.known = known
        # The character from which on the query is no TicketSQL any more.
        self.wrong_at: int | None = None
        # As it was sent: the rows, or None for the text.
        self._sent: Group | None = None
        self._as_text = False
        self.focus = ""

    @property
    def excerpt(self) -> tuple[str, str, str] | None:
        """What stands before the wrong word, the word, and what stands behind it, in one line."""
        if self.wrong_at is None:
            return None
        text, at = self.shown.replace("\n", " "), self.wrong_at
        word = _WORD.match(text, at)
        ends = word.end() if word else at
        return text[max(0, at - 40) : at], text[at:ends] or "␣", text[ends : ends + 40]

    @property
    def in_rows(self) -> bool:
        """Whether the page shows rows."""
        return self.root is not None

    @cached_property
    def root(self) -> Group | None:
        """The rows that the page shows; None where it shows the text."""
        return None if self._as_text else self._sent or self._read_rows()[0]

    @property
    def why_text(self) -> str:
        """Why there are no rows, "" where there could be."""
        return self._read_rows()[1]

    @property
    def unsound(self) -> bool:
        """Whether some row says nothing that can be asked: its fault stands at it."""
        sent = self._sent
        return sent is not None and any(row.faults for row in rows.rows_of(sent))

    def read(self, sent: Sent) -> Any:
        """The query as the text has it, or as the rows say it, spelled as it was where they say the same."""
        text = super().read(sent)
        pressed = self._pressed(sent)
        self._as_text = sent.get(f"{self.name}_as") == "text" and pressed != ["rows"]
        if sent.get(f"{self.name}_as") != "rows":
            return text
        root = _read(self.name, sent)
        self._sent = root
        self._press(root, pressed)
        tree = self._said(root, choosing=PRESSED in sent and pressed != ["text"])
        if pressed == ["text"]:
            # What rows can't say yet stays in them, with the reason at each.
            self._as_text = tree is not None or not any(each.field for each in rows.rows_of(root))
        if tree is None:
            return MISSING
        held = None if text is MISSING else self._tree(text)
        return text if held is not None and rows.same(held, tree) else to_text(tree)

    def checked(self, steps: Sequence[Step]) -> None:
        """Say at each row how it went on the ticket that was tried; `steps` are those of the tree's terms."""
        found = list(rows.rows_of(self.root)) if self.root else []
        if len(found) == len(steps):
            for row, step in zip(found, steps, strict=True):
                row.check = step

    @property
    def moments(self) -> Sequence[str]:
        """Dates as one writes them."""
        return inputs.MOMENTS

    @property
    def line(self) -> Line | None:
        """The rows with all that the page shows of them."""
        if self.root is None:
            return None
        return _Shown(self.name, self.known, self.root).group(self.root, 0)

    @property
    def _vocabulary(self) -> Vocabulary:
        return self.known.config.condition_vocabulary

    def _pressed(self, sent: Sent) -> list[str]:
        name, _colon, rest = str(sent.get(PRESSED, "")).partition(":")
        return rest.split(":") if name == self.name else []

    def _press(self, root: Group, pressed: Sequence[str]) -> None:
        match pressed:
            case ["add", group]:
                self.focus = rows.add(root, group)
            case ["group", group]:
                self.focus = rows.add(root, group, group=True)
            case ["drop", line]:
                self.focus = rows.drop(root, line)
            case ["up" | "down" as way, line]:
                moved = rows.move(root, line, -1 if way == "up" else 1)
                # At the end of its way the button is dead: the other one goes on.
                end = root.children[0 if way == "up" else -1]
                other = "down" if way == "up" else "up"
                self.focus = f"{moved}_{other if end.id == moved else way}"

    def _said(self, root: Group, *, choosing: bool) -> Node | None:
        """The tree of the rows. Who only chooses is told no faults, and gets an operator that suits a new field."""
        for row in rows.rows_of(root) if choosing else ():
            ref = self._vocabulary.find(row.field)
            known = [key for key, _label in inputs.operators(ref)] if ref else []
            if known and row.op not in known:
                row.op = known[0]
        tree = rows.to_tree(root, self._vocabulary)
        for row in rows.rows_of(root) if choosing else ():
            row.faults = {}
        return tree

    def _tree(self, text: str) -> Node | None:
        try:
            return parse_query(text, self._vocabulary, in_memory=True)
        except QueryInvalid:
            return None

    def _read_rows(self) -> tuple[Group | None, str]:
        """The rows of the text, or why there are none."""
        if self.value in (MISSING, None):
            return Group(ROOT, ALL, [Row("r1")]), ""
        tree = self._tree(self.shown)
        if tree is None:
            return None, _("it can't be read")
        try:
            return rows.of_tree(tree, self._vocabulary), ""
        except Unsayable as fault:
            return None, str(fault)


def _read(name: str, sent: Sent) -> Group:
    """The rows as they were sent: the ids of the lines in their order, a stroke where a group ends."""
    root = Group(ROOT, _join(sent.get(f"{name}_{ROOT}_join")))
    open_, seen = [root], {ROOT}
    for raw in sent.getlist(f"{name}_line")[: 3 * rows.MOST]:
        each = str(raw)
        if each == _ENDS:
            open_ = open_[:-1] or [root]
            continue
        if each in seen or not _LINE.fullmatch(each) or len(seen) > rows.MOST:
            continue
        seen.add(each)
        if each[0] == "r":
            open_[-1].children.append(_row(name, each, sent))
        elif len(open_) <= rows.DEEPEST:
            group = Group(each, _join(sent.get(f"{name}_{each}_join")))
            open_[-1].children.append(group)
            open_.append(group)
    return root


def _row(name: str, line_id: str, sent: Sent) -> Row:
    prefix = f"{name}_{line_id}"
    field = str(sent.get(f"{prefix}_field", ""))[:300]
    op = str(sent.get(f"{prefix}_op", ""))[:20]
    # What another field had for a value is none for this one.
    kept = sent.getlist(f"{prefix}_value") if sent.get(f"{prefix}_was", field) == field else []
    lines = [line.strip() for raw in kept for line in str(raw).splitlines()]
    return Row(line_id, field, op, [line for line in lines if line])


def _join(raw: Any) -> str:
    return raw if raw in (ALL, ANY, NONE) else ALL


class _Shown:
    """The lines of a page, with what each offers. The fields are the same for all, and put together once."""

    def __init__(self, name: str, known: Known, root: Group) -> None:
        self.name, self.known, self.root = name, known, root
        self.fields = inputs.fields(known, "")
        self.spelled = {key for _label, choices in self.fields for key, _name in choices}
        lines = sum(len(each.children) for each in rows.groups_of(root))
        self.full = lines >= rows.MOST
        self.joins = [
            (ALL, _("all of these hold")),
            (ANY, _("any of these holds")),
            (NONE, _("none of these holds")),
        ]
        self.joints: Mapping[str, str] = {ALL: _("and"), ANY: _("or"), NONE: _("nor")}

    def group(self, group: Group, depth: int, **place: Any) -> Line:
        number = place.get("number", "")
        found = []
        for at, child in enumerate(group.children):
            at_root = group is self.root
            where = {
                "number": f"{number}.{at + 1}".strip("."),
                "joint": self.joints[group.join] if at else "",
                "first": at_root and at == 0,
                "last": at_root and at == len(group.children) - 1,
            }
            if isinstance(child, Group):
                found.append(self.group(child, depth + 1, **where))
            else:
                found.append(self.row(child, **where))
        return Line(
            at=group,
            name=f"{self.name}_{group.id}",
            lines=found,
            joins=self.joins,
            takes_rows=not self.full,
            takes_groups=not self.full and depth < rows.DEEPEST,
            **place,
        )

    def row(self, row: Row, **place: Any) -> Line:
        ref = self.known.config.condition_vocabulary.find(row.field) if row.field else None
        strange = row.field != "" and row.field not in self.spelled
        operators = list(inputs.operators(ref)) if ref else []
        if ref and row.op and row.op not in dict(operators):
            operators.append((row.op, row.op))
        return Line(
            at=row,
            name=f"{self.name}_{row.id}",
            fields=inputs.fields(self.known, row.field) if strange else self.fields,
            operators=operators,
            input=inputs.input_of(row, ref, self.known),
            **place,
        )

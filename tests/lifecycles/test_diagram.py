"""Diagrams of lifecycles as SVG and as Mermaid's text: what they show, and that names stay names."""

import base64
import re
from hashlib import sha256
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycles.diagram import POLICY, mermaid, svg
from lifecycles.diagram.picture import Picture, picture
from lifecycles.diagram.text import is_sure, plain, width, wrap
from lifecycles.parts import Definition, Status, Transition
from lifecycles.stock import STOCK
from tests.lifecycles.processes import classic, parsed
from tests.lifecycles.test_rt_shape import ORDERS

SVG = "{http://www.w3.org/2000/svg}"
STATIC = Path(__file__).resolve().parents[2] / "static" / "css"
HOSTILE = [
    "<script>alert(1)</script>",
    "]]><img src=x onerror=alert(1)>",
    "\" onload='x' a=\"",
    "&amp;&lt;&#60;",
    "</title></style></svg>",
    "a : b ; c %% d",
    "end note --> [*]",
    "#quot;click",
    "{{7*7}}",
    "מצב",
    "終了",
]


def tree(definition: Definition, **options: Any) -> ElementTree.Element:
    """The SVG, read as a strict reader of XML does."""
    return ElementTree.fromstring(svg(definition, **options))  # noqa: S314  # our own text


def texts(root: ElementTree.Element) -> list[str]:
    """All that stands on the diagram."""
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def titles(root: ElementTree.Element) -> list[str]:
    """The titles of its parts."""
    return [element.text or "" for element in root.iter(f"{SVG}title")][1:]


def ways(found: Picture) -> set[tuple[str, str, tuple[str, ...]]]:
    """(from, to, names) of each line."""
    names = [tile.name for tile in found.tiles]
    return {
        (
            "" if way.source is None else names[way.source],
            names[way.target],
            tuple(transition.name for transition in way.transitions),
        )
        for way in found.ways
    }


def test_statuses_stand_there_by_kind_with_labels_and_roles_on_the_ways() -> None:
    root = tree(parsed(STOCK["support-ticket"]))
    groups = [g.get("class") for g in root.iter(f"{SVG}g") if "lc-status" in g.get("class", "")]
    assert groups == [
        "lc-status lc-initial",
        *["lc-status lc-active"] * 4,
        *["lc-status lc-inactive"] * 2,
    ]
    found = texts(root)
    assert {"new", "pending_customer", "Customer reply", "customer", "supervisor"} <= set(found)
    assert found.count("agent") == 6


def test_a_reader_who_does_not_see_it_is_told_all_of_it() -> None:
    root = tree(parsed(STOCK["support-ticket"]), current="Assigned")
    assert root.get("role") == "img"
    assert root.get("aria-label") == "Lifecycle with 7 statuses, now in “assigned”"
    description = root.findtext(f"{SVG}desc") or ""
    assert description.startswith(
        "Begins in: new. new (initial). From “new” to “assigned”: Assign, for agent."
    )
    assert "From “closed” to “new”: Reopen, for customer." in description


def test_the_current_status_is_marked_in_any_case_and_no_other() -> None:
    definition = parsed(STOCK["default"])
    marked = [
        g.findtext(f"{SVG}title")
        for g in tree(definition, current="OPEN").iter(f"{SVG}g")
        if "lc-current" in g.get("class", "")
    ]
    assert marked == ["open (active), the current status"]
    assert "lc-current" not in svg(definition)
    assert "lc-current" not in svg(definition, current="gone")
    assert "current" not in mermaid(definition).partition("state ")[2]
    assert "    class s1 current\n" in mermaid(definition, current="OPEN")


def test_what_leads_from_everywhere_is_one_pill_and_not_a_net() -> None:
    found = picture(parsed(STOCK["default"]))
    assert {tile.name: [t.name for t in tile.anywhere] for tile in found.tiles} == {
        "new": ["renew"],
        "open": [],
        "stalled": ["stall"],
        "resolved": ["resolve"],
        "rejected": ["reject"],
        "deleted": ["delete"],
    }
    assert ways(found) == {
        ("", "new", ("create",)),
        ("new", "open", ("open",)),
        ("stalled", "open", ("open",)),
        ("resolved", "open", ("reopen",)),
        ("rejected", "open", ("reopen",)),
        ("deleted", "open", ("undelete",)),
    }
    assert texts(tree(parsed(STOCK["default"]))).count("from anywhere") == 5


def test_a_list_of_all_statuses_is_drawn_as_from_anywhere_too() -> None:
    names = ["a", "b", "c", "d", "e"]
    raw = {
        "initial": ["a"],
        "active": ["b", "c", "d"],
        "inactive": ["e"],
        "transitions": {name: [*(n for n in names[:-1] if n == "b" != name), "e"] for name in names}
        | {"e": []},
    }
    found = picture(parsed(raw))
    assert [t.name for t in found.tiles[4].anywhere] == ["e"]
    assert ways(found) == {
        ("", "a", ()),
        ("a", "b", ("b",)),
        ("c", "b", ("b",)),
        ("d", "b", ("b",)),
    }


def test_with_two_statuses_a_star_is_drawn_as_the_way_it_is() -> None:
    raw = {
        "statuses": {"initial": ["a"], "inactive": ["b"]},
        "transitions": [{"name": "end", "from": "*", "to": "b"}],
    }
    found = picture(parsed(raw))
    assert ways(found) == {("", "a", ()), ("a", "b", ("end",))}


def test_both_directions_are_two_ways_and_parallel_transitions_are_one() -> None:
    raw = classic(
        transitions=[
            {"name": "open", "from": "new", "to": "open"},
            {"name": "accept", "from": "new", "to": "open", "roles": ["agent"]},
            {"name": "back", "from": "open", "to": "new"},
            {"name": "note", "from": "open", "to": "open"},
        ]
    )
    definition = parsed(raw)
    assert ways(picture(definition)) == {
        ("", "new", ()),
        ("new", "Open", ("open", "accept")),
        ("Open", "new", ("back",)),
    }
    told = [title for title in titles(tree(definition)) if ":" in title]
    assert told == [
        "From “new” to “Open”: Open; Accept, for agent",
        "From “Open” to “new”: Back",
        "Stays in “Open”: Note",
    ]


def test_a_beginning_in_a_later_status_stands_beside_it() -> None:
    found = picture(parsed(ORDERS))
    assert {t.name: [b.name for b in t.begins] for t in found.tiles if t.begins} == {
        "processing": ["processing"],
        "declined": ["declined"],
    }
    root = tree(parsed(ORDERS))
    assert texts(root).count("at the start") == 2
    assert "Begins in “declined”: declined" in titles(root)


def test_guards_rights_and_messages_are_named() -> None:
    root = tree(parsed(classic()))
    found = texts(root)
    assert {"agent or supervisor", "ResolveTicket"} <= set(found)
    assert found.index("[CF.{resolution} IS NOT") + 1 == found.index("NULL]")
    told = (
        "Resolve, for agent or supervisor, needs the right ResolveTicket, with a reply,"
        " if CF.{resolution} IS NOT NULL"
    )
    assert f"From “Open” to “resolved”: {told}" in titles(root)


def test_the_right_that_every_change_takes_is_not_repeated_on_each() -> None:
    assert not {"ModifyTicket", "DeleteTicket"} & set(texts(tree(parsed(ORDERS))))
    assert {"ApproveOrder", "DeclineOrder"} <= set(texts(tree(parsed(ORDERS))))


def test_of_many_parallel_transitions_the_first_are_named_and_the_rest_counted() -> None:
    transitions = [{"name": f"t{n}", "from": "new", "to": "open"} for n in range(9)]
    found = texts(tree(parsed(classic(transitions=transitions))))
    assert [text for text in found if text.startswith(("T", "and"))] == [
        *("T0", "T1", "T2", "T3", "and 5 more"),
    ]


def named(name: str) -> Definition:
    """A definition in which everything has this name."""
    transition = Transition(name, name, ("a",), name, name, (name,), name)
    loop = Transition("loop", name, (name,), name, guard=name)
    return Definition((Status("a", "initial"), Status(name, "active")), "a", (transition, loop))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_shown_and_does_nothing(name: str) -> None:
    root = tree(named(name), standalone=True, current=name)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    known = {"svg", "title", "desc", "style", "g", "path", "rect", "circle", "text"}
    assert tags <= known
    for element in root.iter():
        assert not {"style", "href", "id"} & set(element.attrib)
        assert not any(attribute.startswith("on") for attribute in element.attrib)
    assert f"{name} (active), the current status" in titles(root)


@given(st.text(max_size=40), st.booleans())
def test_whatever_a_name_holds_the_drawing_is_sound_xml(name: str, standalone: bool) -> None:
    definition = named(name or "x")
    root = tree(definition, standalone=standalone)
    assert len(list(root.iter(f"{SVG}rect"))) >= 2
    assert mermaid(definition).count("\n    state ") == 2


@pytest.mark.parametrize("name", HOSTILE)
def test_mermaid_gets_no_sign_of_a_name_that_it_could_read(name: str) -> None:
    lines = mermaid(named(name)).splitlines()
    assert lines[0] == "stateDiagram-v2"
    for line in lines:
        label = re.fullmatch(r'    state "(.*)" as s\d', line) or re.fullmatch(
            r"    s\d --> s\d : (.*)", line
        )
        if label:
            rest = re.sub(r"#\d+;", "", label[1])
            assert not set(rest) & set("<>&\"'#;:%{}[]()/\\=`~|*+$@^!?")


def test_mermaid_has_every_transition_and_the_kinds() -> None:
    text = mermaid(parsed(STOCK["support-ticket"]))
    assert "    [*] --> s0\n" in text
    assert "    s3 --> s5 : Resolve #40;supervisor#41;\n" in text
    assert "    class s1,s2,s3,s4 active\n" in text
    assert text.count(" --> ") == 10
    default = mermaid(parsed(STOCK["default"]))
    assert '    state "from anywhere" as a2\n    a2 --> s2 : Stall\n' in default
    assert "    [*] --> s3 : Create resolved\n" in default


def test_in_a_page_it_needs_no_style_of_its_own_and_alone_exactly_the_one_that_is_allowed() -> None:
    definition = parsed(STOCK["incident"])
    inline = svg(definition, current="new")
    alone = svg(definition, current="new", standalone=True)
    assert "style" not in inline
    assert "xml version" not in inline
    style = re.search(r"<style>(.*)</style>", alone, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in POLICY.split("; ")
    assert alone.replace(style[0], "").split("\n", 1)[1] == inline


def test_the_file_has_the_colours_of_the_tokens() -> None:
    tokens = (STATIC / "tokens.css").read_text()
    known = set(re.findall(r"#[0-9a-f]{6}", tokens)) | {"#fff"}
    style = svg(parsed(STOCK["incident"]), standalone=True).partition("</style>")[0]
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", style)) <= known


def test_the_page_and_the_file_style_the_same_classes() -> None:
    def classes(text: str) -> set[str]:
        return set(re.findall(r"\.(lc[\w-]*)", text))

    alone = svg(parsed(STOCK["incident"]), standalone=True)
    style = alone.partition("<style>")[2].partition("</style>")[0]
    page = (STATIC / "diagram.css").read_text()
    assert classes(page) - {"lc-way", "lc-added", "lc-removed", "lc-changed"} == classes(style)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("short", ("short",)),
        ("", ("",)),
        ("waiting for the customer", ("waiting for the", "customer")),
        ("waiting_for_the_customer", ("waiting_for_the_", "customer")),
        ("one two three four five six seven eight", ("one two three", "four five six sev…")),
        ("x" * 40, ("x" * 16, "x" * 14 + "…")),
    ],
)
def test_a_text_is_broken_where_words_end(text: str, lines: tuple[str, ...]) -> None:
    assert wrap(text, 10, 100) == lines


@given(st.text(max_size=80), st.integers(30, 200))
def test_no_line_is_wider_than_it_may_be(text: str, most: int) -> None:
    lines = wrap(plain(text), 10, most)
    assert 1 <= len(lines) <= 2
    assert all(width(line, 10) <= most for line in lines)


def test_wide_letters_count_double_and_marks_nothing() -> None:
    assert width("終了", 10) >= 2 * width("ee", 10) * 0.75
    assert width("e\u0301", 10) == width("e", 10)
    assert is_sure("Wäsche, Ожидание 終了")
    assert not is_sure("a\u0301\u0302")
    assert not is_sure("\ufdfd")

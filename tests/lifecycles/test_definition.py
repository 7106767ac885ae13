"""What a definition may say, and how every fault in it is named."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycles.definition import Definition, Fault, Status, Transition, parse
from tests.lifecycles.processes import CLASSIC, classic, faults, parsed, warnings


def test_a_definition_becomes_what_it_says_in_the_spelling_of_its_statuses() -> None:
    assert parsed(CLASSIC) == Definition(
        statuses=(
            Status("new", "initial"),
            Status("Open", "active"),
            Status("stalled", "active"),
            Status("resolved", "inactive"),
            Status("deleted", "inactive"),
        ),
        on_create="new",
        transitions=(
            Transition("file", "File", ("",), "new"),
            Transition("open", "Open it", ("new", "stalled"), "Open"),
            Transition("stall", "Stall", ("Open",), "stalled"),
            Transition(
                "resolve",
                "Resolve",
                ("Open", "stalled"),
                "resolved",
                right="ResolveTicket",
                roles=("agent", "supervisor"),
                guard="CF.{resolution} IS NOT NULL",
                message="correspond",
            ),
            Transition("note", "Note", ("Open",), "Open", roles=("agent",)),
            Transition("delete", "Delete", ("*",), "deleted"),
        ),
        maps={"Other one": {"Open": "doing"}},
        responsible={"Open": "agent"},
    )


def test_names_are_looked_up_without_regard_to_case() -> None:
    definition = parsed(CLASSIC)
    assert definition.canonical("oPEN") == "Open"
    assert definition.canonical("closed") is None
    assert definition.kind("RESOLVED") == "inactive"
    assert definition.statuses_of("active") == ("Open", "stalled")
    assert definition.mapped("OTHER ONE", "OPEN") == "doing"
    assert definition.mapped("other one", "new") is None
    assert definition.mapped("third", "open") is None


def test_composed_and_decomposed_letters_are_the_same_status() -> None:
    raw = {"statuses": {"initial": ["Gel\u00f6st"]}}
    assert parsed(raw).canonical("GELO\u0308ST") == "Gel\u00f6st"


def test_the_least_definition_is_one_initial_status() -> None:
    assert parsed({"statuses": {"initial": ["new"]}}) == Definition(
        statuses=(Status("new", "initial"),), on_create="new"
    )


@pytest.mark.parametrize("defaults", [{}, {"on_create": None}])
def test_without_on_create_a_ticket_begins_with_the_first_initial_status(
    defaults: dict[str, Any],
) -> None:
    raw = {"statuses": {"initial": ["b", "a"]}, "defaults": defaults}
    assert parsed(raw).on_create == "b"


def test_every_fault_is_named_with_its_place_at_once() -> None:
    raw = {
        "statuses": {"initial": ["new"], "active": ["open", "NEW"], "actve": []},
        "defaults": {"on_create": "open", "on_resolve": "open"},
        "transitions": [
            {"name": "open", "from": "new", "to": "open"},
            {"name": "Open", "from": ["new", "opne", "NEW"], "to": "opne", "rights": "x"},
        ],
        "maps": {"other": {"opened": "x"}},
        "responsible": {"ope": "agent"},
        "transition": [],
    }
    assert faults(raw) == {
        "transition": "unknown key 'transition'; did you mean 'transitions'?",
        "statuses.actve": "unknown key 'actve'; did you mean 'active'?",
        "statuses.active[1]": "status 'NEW' is already at statuses.initial[0]",
        "defaults.on_resolve": "unknown key 'on_resolve'",
        "defaults.on_create": "'open' is no initial status",
        "transitions[1].rights": "unknown key 'rights'; did you mean 'right'?",
        "transitions[1].to": "no status 'opne'; did you mean 'open'?",
        "transitions[1].from[1]": "no status 'opne'; did you mean 'open'?",
        "transitions[1].from[2]": "'new' stands here twice",
        "transitions[1].name": "'Open' is already the name of transitions[0]",
        "maps.other.opened": "no status 'opened'; did you mean 'open'?",
        "responsible.ope": "no status 'ope'; did you mean 'open'?",
    }


@pytest.mark.parametrize(
    ("changed", "place", "detail"),
    [
        ({"name": None}, "transitions[0].name", "must be text"),
        ({"name": ""}, "transitions[0].name", "must not be empty"),
        ({"name": "x" * 65}, "transitions[0].name", "is longer than 64 characters"),
        (
            {"name": "a\nb"},
            "transitions[0].name",
            "must be one line without white space at its ends",
        ),
        (
            {"name": "a/b"},
            "transitions[0].name",
            "must do without / ? # % and \\, because it stands in addresses",
        ),
        ({"label": 5}, "transitions[0].label", "must be one line of text"),
        ({"label": "x" * 101}, "transitions[0].label", "is longer than 100 characters"),
        ({"from": []}, "transitions[0].from", "must name at least one status"),
        ({"from": None}, "transitions[0].from", "must be a list"),
        ({"from": [None]}, "transitions[0].from[0]", "must be the name of a status"),
        ({"to": "*"}, "transitions[0].to", "no status '*'"),
        ({"to": ["open"]}, "transitions[0].to", "must be the name of a status"),
        (
            {"right": "a right"},
            "transitions[0].right",
            "must be the name of a right: a letter, then letters, digits, - and _",
        ),
        ({"roles": "agent"}, "transitions[0].roles", "must be a list"),
        ({"roles": ["agent", "AGENT"]}, "transitions[0].roles[1]", "'AGENT' stands here twice"),
        ({"roles": [1]}, "transitions[0].roles[0]", "must be text"),
        ({"guard": " "}, "transitions[0].guard", "must be a query"),
        ({"guard": "x" * 5001}, "transitions[0].guard", "is longer than 5000 characters"),
        ({"message": "reply"}, "transitions[0].message", "must be 'comment' or 'correspond'"),
        ({"message": []}, "transitions[0].message", "must be 'comment' or 'correspond'"),
    ],
)
def test_each_part_of_a_transition_is_checked(
    changed: dict[str, Any], place: str, detail: str
) -> None:
    transition = {"name": "open", "from": "new", "to": "open", **changed}
    assert faults(classic(transitions=[transition])) == {place: detail}


def test_a_transition_says_its_name_its_sources_and_its_target() -> None:
    assert faults(classic(transitions=[{}])) == {
        "transitions[0].name": "is missing",
        "transitions[0].to": "is missing",
        "transitions[0].from": "is missing",
    }


@pytest.mark.parametrize(
    ("word", "detail"),
    [
        ("*", "'*' can't be the name of a status"),
        ("__Active__", "'__Active__' can't be the name of a status"),
        ("a -> b", "'a -> b' can't be the name of a status"),
        ("", "must not be empty"),
        (" a", "must be one line without white space at its ends"),
        ("a\tb", "must be one line without white space at its ends"),
        ("x" * 65, "is longer than 64 characters"),
        (3, "must be text"),
        (None, "must be text"),
    ],
)
def test_a_status_has_a_name_that_queries_and_addresses_can_bear(word: Any, detail: str) -> None:
    assert faults({"statuses": {"initial": ["new"], "active": [word]}}) == {
        "statuses.active[0]": detail
    }


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (None, {"": "must be an object"}),
        ([], {"": "must be an object"}),
        ("x", {"": "must be an object"}),
        ({}, {"statuses.initial": "needs at least one status, to begin with"}),
        (
            {"statuses": []},
            {
                "statuses": "must be an object",
                "statuses.initial": "needs at least one status, to begin with",
            },
        ),
        ({"statuses": {"initial": "new"}}, {"statuses.initial": "must be a list"}),
        (classic(defaults=[]), {"defaults": "must be an object"}),
        (classic(transitions={}), {"transitions": "must be a list"}),
        (classic(transitions=[3]), {"transitions[0]": "must be an object"}),
        (classic(maps=[]), {"maps": "must be an object"}),
        (classic(maps={"a": 3}), {"maps.a": "must be an object"}),
        (classic(maps={"a b": {"new": 3}}), {"maps['a b'].new": "must be text"}),
        (
            classic(maps={"a": {"new": "x", "NEW": "y"}}),
            {"maps.a.NEW": "status 'new' stands here twice"},
        ),
        (
            classic(maps={"a": {}, "A": {}}),
            {"maps.A": "this lifecycle stands here twice"},
        ),
        (classic(responsible={"open": 3}), {"responsible.open": "must be text"}),
        (
            classic(statuses={"initial": [f"s{n}" for n in range(101)]}, transitions=[]),
            {"statuses.initial": "has more than 100 members"},
        ),
        ({1: "x"}, {"": "has a key that is no plain text"}),
        (classic(maps={"a\x00": {}}), {"maps": "has a key that is no plain text"}),
        (classic(defaults={"on_create": "a\x00"}), {"defaults.on_create": "holds a NUL character"}),
        (
            classic(defaults={"on_create": "\ud800"}),
            {"defaults.on_create": "holds half of a surrogate pair"},
        ),
        (classic(maps={"a": float("nan")}), {"maps.a": "is no finite number"}),
        (classic(maps={"a": 2**63}), {"maps.a": "is a number that is too large"}),
        (classic(maps={"a": b"x"}), {"maps.a": "is no JSON value"}),
        (classic(transitions=[[]] * 200_000), {"": "has more than 100000 values"}),
    ],
    ids=lambda case: ascii(case)[:40],
)
def test_what_is_no_definition_has_its_faults_named(raw: object, found: dict[str, str]) -> None:
    result = faults(raw)
    assert {place: result.get(place) for place in found} == found


def test_the_faults_of_a_hostile_text_end_at_a_hundred() -> None:
    transitions = [{"name": f"t{n}", "from": f"f{n}", "to": f"to{n}"} for n in range(1000)]
    assert len(parse(classic(transitions=transitions)).faults) == 100


def test_a_text_that_is_nested_without_end_is_a_fault() -> None:
    deep: list[Any] = []
    for _ in range(50_000):
        deep = [deep]
    (fault,) = parse({"statuses": deep}).faults
    assert fault.detail == "is nested deeper than 12 levels"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["new", "open", "NEW", "*", "", "a -> b", "new -> open", "* -> *"])
    | st.text(st.characters(), max_size=5),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(
            st.sampled_from(["new", "", "*", "new -> open", "name", "from", "to", "label", "x"]),
            children,
            max_size=4,
        )
    ),
    max_leaves=12,
)
KEYS = (
    *("statuses", "initial", "active", "inactive", "defaults", "transitions", "rights"),
    *("actions", "maps", "responsible", "type"),
)


@given(st.dictionaries(st.sampled_from(KEYS), JSON) | JSON)
def test_whatever_json_holds_becomes_a_definition_or_faults(raw: object) -> None:
    result = parse(raw)
    assert (result.definition is None) == bool(result.faults)


@given(st.sampled_from(sorted(CLASSIC)), JSON)
def test_a_good_definition_with_anything_in_one_place_never_breaks(key: str, value: object) -> None:
    result = parse(classic(**{key: value}))
    assert (result.definition is None) == bool(result.faults)


def test_a_guard_that_its_reader_refuses_is_a_fault_at_its_place() -> None:
    seen: list[str] = []

    def refuse(guard: str) -> str:
        seen.append(guard)
        return "no such field"

    result = parse(CLASSIC, check_guard=refuse)
    assert result.faults == (Fault("transitions[3].guard", "no such field"),)
    assert seen == ["CF.{resolution} IS NOT NULL"]
    assert parse(CLASSIC, check_guard=lambda _guard: None).faults == ()


def test_a_status_to_which_nothing_leads_is_a_warning() -> None:
    raw = {
        "statuses": {"initial": ["new"], "active": ["open", "limbo"], "inactive": ["done"]},
        "transitions": [
            {"name": "open", "from": "new", "to": "open"},
            {"name": "end", "from": ["open", "limbo"], "to": "done"},
        ],
    }
    assert warnings(raw) == {
        "statuses.active[1]": ["no transitions lead from an initial status to 'limbo'"]
    }


def test_an_active_status_that_leads_to_no_end_is_a_warning() -> None:
    raw = {
        "statuses": {"initial": ["new"], "active": ["open", "trap", "pit"], "inactive": ["done"]},
        "transitions": [
            {"name": "open", "from": "new", "to": "open"},
            {"name": "end", "from": "open", "to": "done"},
            {"name": "fall", "from": ["open", "pit"], "to": "trap"},
            {"name": "sink", "from": "trap", "to": "pit"},
        ],
    }
    assert warnings(raw) == {
        "statuses.active[1]": ["no inactive status can be reached from 'trap'"],
        "statuses.active[2]": ["no inactive status can be reached from 'pit'"],
    }


def test_a_beginning_that_is_not_among_the_beginnings_is_a_warning() -> None:
    raw = {
        "statuses": {"initial": ["new", "filed"], "inactive": ["done"]},
        "transitions": [
            {"name": "file", "from": "", "to": "filed"},
            {"name": "end", "from": "*", "to": "done"},
        ],
    }
    assert warnings(raw) == {
        "defaults.on_create": [
            "'new' is given to tickets that name no status, but no transition from '' leads to it"
        ],
        "statuses.initial[0]": ["no transitions lead to 'new'"],
    }


def test_a_role_that_nobody_holds_is_a_warning_with_the_nearest_that_somebody_does() -> None:
    held = frozenset({"Agent", "supervisors"})
    result = parse(CLASSIC, held_roles=held)
    assert result.definition is not None
    assert result.warnings == (
        Fault(
            "transitions[3].roles",
            "nobody holds the role 'supervisor'; did you mean 'supervisors'?",
        ),
    )


@pytest.mark.parametrize(
    ("held", "places"),
    [
        (None, []),
        (frozenset({"agent", "SUPERVISOR"}), []),
        (frozenset(), ["transitions[3].roles", "transitions[3].roles", "transitions[4].roles"]),
    ],
)
def test_roles_are_looked_at_only_where_it_is_known_who_holds_them(
    held: frozenset[str] | None, places: list[str]
) -> None:
    assert [warning.place for warning in parse(CLASSIC, held_roles=held).warnings] == places

"""Definitions without faults, drawn at random in both shapes."""

from typing import Any

from hypothesis import strategies as st

from lifecycles.definition import Definition
from lifecycles.parts import KINDS
from tests.lifecycles.processes import parsed

NAMES = "ABCDEFGHIJKL"


@st.composite
def statuses(draw: st.DrawFn, *, most: int = 6) -> dict[str, list[str]]:
    """Names by kind: at least one initial status."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=most, unique=True))
    lists: dict[str, list[str]] = {"initial": [names[0]], "active": [], "inactive": []}
    for name in names[1:]:
        lists[draw(st.sampled_from(KINDS))].append(name)
    return lists


@st.composite
def own_shape(draw: st.DrawFn, *, most: int = 6, most_transitions: int = 8) -> dict[str, Any]:
    """A definition in the project's own shape. Targets are spelled in another case than statuses."""
    lists = draw(statuses(most=most))
    names = [name for members in lists.values() for name in members]
    sources = st.lists(st.sampled_from([*names, "*", ""]), min_size=1, max_size=4, unique=True)
    transitions: list[dict[str, Any]] = [
        {
            "name": f"t{number}",
            "label": draw(st.sampled_from(["Go", "Take it back to where it was", "Ж 終了"])),
            "from": draw(sources),
            "to": draw(st.sampled_from(names)).lower(),
            "roles": draw(st.sampled_from([[], ["agent"], ["agent", "a supervisor of some kind"]])),
            "guard": draw(st.sampled_from([None, "Priority > 5"])),
        }
        for number in range(draw(st.integers(0, most_transitions)))
    ]
    return {"statuses": lists, "transitions": transitions}


@st.composite
def rt_shape(draw: st.DrawFn, *, most: int = 6) -> dict[str, Any]:
    """A definition in RT's shape, with wildcards in all of its tables."""
    lists = draw(statuses(most=most))
    names = [name for members in lists.values() for name in members]
    status = st.sampled_from([*names, "*"])
    pair = st.builds("{} -> {}".format, status, status)
    targets = st.lists(status, max_size=4)
    actions = st.fixed_dictionaries(
        {}, optional={"label": st.sampled_from(["Go", "Go!", "C"]), "update": st.just("Respond")}
    )
    return {
        **lists,
        "transitions": draw(st.dictionaries(st.sampled_from([*names, "*"]), targets, max_size=6))
        | draw(st.sampled_from([{}, {"": [names[0]]}, {"": ["*"]}])),
        "rights": draw(st.dictionaries(pair, st.sampled_from(["SeeIt", "DoIt"]), max_size=4)),
        "actions": [
            part
            for text, info in draw(st.lists(st.tuples(pair, actions), max_size=5))
            for part in (text, info)
        ],
    }


def definitions(*, most: int = 6) -> st.SearchStrategy[Definition]:
    """Any definition without faults, in either shape."""
    return st.one_of(own_shape(most=most), rt_shape(most=most)).map(parsed)

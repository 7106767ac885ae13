"""Roles and grants as values: what adds up to what."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tickets.grants import Grants, GrantSpec, Held, RoleSpec, resolve

ROLES = resolve(
    {
        1: ("agent", ["ShowTicket", "ModifyTicket"], None),
        2: ("Supervisor", ["DeleteTicket"], 1),
        3: ("admin", ["SuperUser"], 2),
    }
)


def grants(*given_to: dict[str, Any]) -> Grants:
    """Grants of the role agent, unless another is named, everywhere, unless a queue is."""
    rows = [
        GrantSpec(
            id=number,
            role=ROLES[to.get("role", 1)],
            user_id=to.get("user"),
            group_id=to.get("group"),
            ticket_role=to.get("ticket_role", ""),
            queue_id=to.get("queue"),
        )
        for number, to in enumerate(given_to, 1)
    ]
    return Grants(tuple(rows), {})


def test_a_role_has_the_rights_and_names_of_all_that_it_inherits() -> None:
    assert ROLES[2] == RoleSpec(
        2,
        "Supervisor",
        frozenset({"ShowTicket", "ModifyTicket", "DeleteTicket"}),
        frozenset({"agent", "supervisor"}),
    )
    assert ROLES[3].names == {"agent", "supervisor", "admin"}
    assert ROLES[1].rights == {"ShowTicket", "ModifyTicket"}


def test_a_role_that_inherits_what_is_gone_has_its_own_rights() -> None:
    assert resolve({1: ("x", ["Watch"], 99)})[1].rights == {"Watch"}


@given(
    st.dictionaries(
        st.integers(0, 8),
        st.tuples(st.text("abc", max_size=3), st.sets(st.sampled_from("RSTU")), st.integers(0, 8)),
        max_size=9,
    )
)
def test_roles_that_inherit_each_other_in_a_circle_end_where_it_closes(raw: Any) -> None:
    resolved = resolve(raw)

    assert resolved.keys() == raw.keys()
    for number, (_name, own, up) in raw.items():
        assert resolved[number].rights >= own
        if up in raw and up != number:
            assert resolved[number].rights >= raw[up][1]


def test_what_somebody_holds_is_his_own_his_groups_and_everyones_in_that_order() -> None:
    held = grants({"ticket_role": "everyone"}, {"group": 8}, {"group": 7}, {"user": 1}, {"user": 2})
    assert [grant.id for grant in held.of_person(1, [8, 7])] == [4, 3, 2, 1]
    assert [grant.id for grant in held.of_person(2, [])] == [5, 1]
    assert [grant.id for grant in held.of_person(None, [])] == [1]


def test_ticket_roles_are_apart_from_everyone() -> None:
    held = grants({"ticket_role": "cc"}, {"ticket_role": "everyone"}, {"ticket_role": "cc"})
    assert {role: [each.id for each in rows] for role, rows in held.of_ticket_roles.items()} == {
        "cc": [1, 3]
    }


def test_a_grant_on_a_queue_reaches_that_alone_and_a_global_one_all() -> None:
    here, everywhere = grants({"user": 1, "queue": 5}, {"user": 1}).all
    assert [here.reaches(place) for place in (5, 6, None)] == [True, False, False]
    assert [everywhere.reaches(place) for place in (5, 6, None)] == [True, True, True]


def test_super_user_stands_for_every_right_and_every_role() -> None:
    everything = Held.by(grants({"user": 1, "role": 3}).all)
    agent = Held.by(grants({"user": 1}).all)

    assert everything.has("WhateverALifecycleNames")
    assert everything.has_role(["whoever"])
    assert not agent.has("DeleteTicket")
    assert agent.has_role(["nobody", "AGENT"])
    assert not agent.has_role(["supervisor"])
    assert not agent.has_role([])

"""Roles and grants in the administration: judged by `granting`, in the name of whoever saves."""

import re
from typing import Any

import pytest
from django.test import Client

from lifecycles import service as lifecycles
from tessera.accounts.models import AuditEntry, Group, Role, User
from tessera.accounts.rights import RIGHT_GROUPS, RIGHTS
from tests.admin.pages import errors, text
from tests.office import Office
from tests.people import holder
from tickets.models import Grant

ROLES = "/admin/accounts/role/"
GRANTS = "/admin/tickets/grant/"


@pytest.fixture
def uma(office: Office) -> Client:
    """Somebody who administers people and works tickets, and holds nothing else."""
    client = Client()
    client.force_login(holder("uma", "AdminUsers", "ShowTicket"))
    return client


def role_form(**changes: Any) -> dict[str, Any]:
    return {"name": "Helpers", "inherits": "", "rights": ["ShowTicket"], **changes}


def grant_form(**changes: Any) -> dict[str, Any]:
    values = {"to": "user", "user": "", "group": "", "ticket_role": "", "role": "", "queue": ""}
    return {**values, **changes}


def role(name: str) -> Role:
    return Role.objects.get(name=name)


def told(response: Any) -> list[str]:
    """The messages of the page that a POST leads to."""
    return [str(message) for message in response.context["messages"]]


def boxes(page: str) -> dict[str, set[str]]:
    """Of each box: which of checked and disabled it is."""
    found = re.findall(r'<input type="checkbox" name="rights" value="(\w+)"([^>]*)>', page)
    return {right: {"checked", "disabled"} & set(rest.split()) for right, rest in found}


def test_every_right_stands_in_one_group() -> None:
    grouped = [right for _label, rights in RIGHT_GROUPS for right in rights]

    assert sorted(grouped) == sorted(RIGHTS)


def test_role_is_made_with_its_rights_and_noted(site: Client) -> None:
    parent = role("customer")

    site.post(f"{ROLES}add/", role_form(inherits=parent.pk, rights=["OwnTicket", "TakeTicket"]))

    made = role("Helpers")
    assert (made.rights, made.inherits) == (["OwnTicket", "TakeTicket"], parent)
    entry = AuditEntry.objects.get(kind="configuration_added", subject_id=made.pk)
    assert entry.actor_name == "root"


def test_boxes_tell_what_each_right_lets_do_and_what_is_inherited(site: Client) -> None:
    page = text(site.get(f"{ROLES}{role('supervisor').pk}/change/"))

    found = boxes(page)
    assert set(found) == set(RIGHTS)
    assert found["StealTicket"] == {"checked"}
    assert found["ShowTicket"] == {"checked", "disabled"}
    assert found["AdminUsers"] == set()
    assert "take tickets that somebody else owns" in page


def test_right_of_its_own_stays_under_an_inherited_one(site: Client) -> None:
    made = Role.objects.create(name="Helpers", rights=["OwnTicket", "ShowTicket"])
    parent = role("customer")

    # ShowTicket is not sent: its box stands fast as soon as `customer` is inherited.
    site.post(f"{ROLES}{made.pk}/change/", role_form(inherits=parent.pk, rights=["OwnTicket"]))

    made.refresh_from_db()
    assert (made.rights, made.inherits) == (["OwnTicket", "ShowTicket"], parent)


def test_right_that_is_not_inherited_is_taken_by_unticking_it(site: Client) -> None:
    made = Role.objects.create(name="Helpers", rights=["OwnTicket", "ShowTicket"])

    site.post(f"{ROLES}{made.pk}/change/", role_form(rights=["OwnTicket"]))

    made.refresh_from_db()
    assert made.rights == ["OwnTicket"]


def test_right_that_a_transition_names_can_be_ticked(site: Client, office: Office) -> None:
    definition = {
        "statuses": {"initial": ["new"], "active": ["open"], "inactive": ["done"]},
        "transitions": [{"name": "end", "from": "*", "to": "done", "right": "SignOff"}],
    }
    lifecycles.create("Signed", definition, actor=office.ann)

    page = text(site.get(f"{ROLES}add/"))
    site.post(f"{ROLES}add/", role_form(rights=["SignOff"]))

    assert "take “End” in the lifecycle Signed" in page
    assert role("Helpers").rights == ["SignOff"]


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"name": ""}, "name"),
        ({"name": "AGENT"}, "name"),
        ({"rights": ["FlyTicket"]}, "rights"),
        ({"inherits": "0"}, "inherits"),
    ],
)
def test_fault_of_a_role_stands_at_its_field(
    site: Client, changes: dict[str, Any], at: str
) -> None:
    answer = site.post(f"{ROLES}add/", role_form(**changes))

    assert list(errors(answer)) == [at]
    assert not Role.objects.filter(name="Helpers").exists()


def test_roles_do_not_inherit_each_other_in_a_circle(site: Client) -> None:
    agent, supervisor = role("agent"), role("supervisor")
    given = role_form(name="agent", inherits=supervisor.pk, rights=agent.rights)

    answer = site.post(f"{ROLES}{agent.pk}/change/", given)

    assert errors(answer) == {"inherits": ["the roles would inherit each other in a circle"]}
    agent.refresh_from_db()
    assert agent.inherits is None


def test_built_in_role_keeps_its_name_and_stays(site: Client) -> None:
    agent = role("agent")

    site.post(f"{ROLES}{agent.pk}/change/", role_form(name="Slaves", rights=agent.rights))
    deletion = site.post(f"{ROLES}{agent.pk}/delete/", {"post": "yes"})

    assert role("agent").pk == agent.pk
    assert deletion.status_code == 403


def test_nobody_puts_into_a_role_what_he_lacks(uma: Client) -> None:
    answer = uma.post(f"{ROLES}add/", role_form(rights=["ShowTicket", "DeleteTicket"]))
    through = uma.post(f"{ROLES}add/", role_form(inherits=role("admin").pk))

    (told_at_rights,) = errors(answer)["rights"]
    assert "DeleteTicket" in told_at_rights
    assert list(errors(through)) == ["inherits"]
    assert not Role.objects.filter(name="Helpers").exists()


def test_role_that_nobody_holds_is_deleted(site: Client) -> None:
    made = Role.objects.create(name="Helpers")

    site.post(f"{ROLES}{made.pk}/delete/", {"post": "yes"})

    assert not Role.objects.filter(pk=made.pk).exists()


def test_role_in_use_says_by_what(site: Client, office: Office) -> None:
    held = Role.objects.create(name="Helpers")
    Grant.objects.create(role=held, user=office.ann)
    base = Role.objects.create(name="Base")
    Role.objects.create(name="Heir", inherits=base)

    granted = text(site.post(f"{ROLES}{held.pk}/delete/", {"post": "yes"}))
    inherited = text(site.post(f"{ROLES}{base.pk}/delete/", {"post": "yes"}))

    assert "Ann has the role Helpers everywhere" in granted
    assert "Heir" in inherited
    assert Role.objects.filter(pk__in=[held.pk, base.pk]).count() == 2


@pytest.mark.parametrize("to", ["user", "group", "ticket_role"])
def test_role_is_given(site: Client, office: Office, to: str) -> None:
    group = Group.objects.create(name="Night shift")
    receiver = {"user": office.ann.pk, "group": group.pk, "ticket_role": "requestor"}[to]
    given = grant_form(to=to, role=role("agent").pk, queue=office.support.pk, **{to: str(receiver)})

    answer = site.post(f"{GRANTS}add/", given)

    assert answer.status_code == 302, errors(answer)
    made = Grant.objects.latest("pk")
    assert {
        "user": made.user_id,
        "group": made.group_id,
        "ticket_role": made.ticket_role or None,
    } == {"user": None, "group": None, "ticket_role": None, to: receiver}
    assert (made.role.name, made.queue) == ("agent", office.support)
    assert AuditEntry.objects.get(kind="grant_added", subject_id=made.pk).actor_name == "root"


def test_what_is_not_chosen_does_not_count(site: Client, office: Office) -> None:
    given = grant_form(user=office.ann.pk, group="999999", ticket_role="cc", role=role("agent").pk)

    site.post(f"{GRANTS}add/", given)

    made = Grant.objects.latest("pk")
    assert (made.user_id, made.group_id, made.ticket_role) == (office.ann.pk, None, "")


@pytest.mark.parametrize("to", ["user", "group", "ticket_role"])
def test_grant_asks_to_whom(site: Client, to: str) -> None:
    answer = site.post(f"{GRANTS}add/", grant_form(to=to, role=role("agent").pk))

    assert errors(answer) == {to: ["Say to whom."]}


def test_role_is_given_once(site: Client, office: Office) -> None:
    given = grant_form(user=office.ann.pk, role=role("owners").pk)

    answer = site.post(f"{GRANTS}add/", given)

    assert errors(answer) == {"role": ["is granted there already"]}


def test_nobody_gives_what_he_lacks(uma: Client, office: Office) -> None:
    answer = uma.post(f"{GRANTS}add/", grant_form(user=office.ann.pk, role=role("admin").pk))

    (why,) = errors(answer)["role"]
    assert why.startswith("You can only give what you hold yourself")
    assert not Grant.objects.filter(user=office.ann, role=role("admin")).exists()


def test_nobody_takes_or_turns_what_he_lacks(uma: Client, office: Office) -> None:
    theirs = Grant.objects.get(user__username="root")
    turned = grant_form(user=office.admin.id, role=role("only uma").pk)

    answer = uma.post(f"{GRANTS}{theirs.pk}/change/", turned)
    deletion = uma.post(f"{GRANTS}{theirs.pk}/delete/", {"post": "yes"}, follow=True)

    assert list(errors(answer)) == ["role"]
    (why,) = told(deletion)
    assert why.startswith("You can only give what you hold yourself")
    theirs.refresh_from_db()
    assert theirs.role.name == "admin"


def test_grant_is_moved_to_another_queue(site: Client, office: Office) -> None:
    held = Grant.objects.create(role=role("agent"), user=office.ann, queue=office.support)
    given = grant_form(user=office.ann.pk, role=held.role_id, queue=office.other.pk)

    site.post(f"{GRANTS}{held.pk}/change/", given)

    held.refresh_from_db()
    assert held.queue == office.other
    entry = AuditEntry.objects.get(kind="grant_changed")
    assert entry.changes == {"queue_id": [office.support.pk, office.other.pk]}


def test_last_administrator_stays_one(site: Client) -> None:
    last = Grant.objects.get(user__username="root")

    answer = site.post(f"{GRANTS}{last.pk}/delete/", {"post": "yes"}, follow=True)

    assert told(answer) == [
        "Nobody could administer any more: grant “admin” to somebody else first."
    ]
    assert Grant.objects.filter(pk=last.pk).exists()


def test_selected_grants_are_ended_each_by_itself(site: Client, office: Office) -> None:
    last = Grant.objects.get(user__username="root")
    gone = Grant.objects.create(role=role("agent"), user=office.ann)
    chosen = {"action": "delete_selected", "_selected_action": [last.pk, gone.pk]}

    asked = text(site.post(GRANTS, chosen))
    answer = site.post(GRANTS, {**chosen, "post": "yes"}, follow=True)

    assert "Ann has the role agent everywhere" in asked
    why = "Nobody could administer any more: grant “admin” to somebody else first."
    assert told(answer) == [
        "1 grant was ended.",
        f"1 grant stays. {why} (root has the role admin everywhere)",
    ]
    assert list(Grant.objects.filter(pk__in=[last.pk, gone.pk])) == [last]
    (entry,) = AuditEntry.objects.filter(kind="grant_ended")
    assert entry.subject_id == gone.pk


def test_row_reads_as_a_sentence(office: Office) -> None:
    group = Group.objects.create(name="Night shift")
    agent = role("agent")
    grants = [
        Grant.objects.create(role=agent, user=office.ann, queue=office.support),
        Grant.objects.create(role=agent, group=group),
        Grant.objects.create(role=agent, ticket_role="admin_cc"),
        Grant.objects.create(role=agent, ticket_role="everyone", queue=office.other),
        Grant.objects.get(user__username="system"),
    ]

    assert [str(grant) for grant in grants] == [
        "Ann has the role agent in the queue Support",
        "The group Night shift has the role agent everywhere",
        "Whoever is admin Cc of the ticket has the role agent everywhere",
        "Everyone has the role agent in the queue Other",
        "Tessera (the system) has the role admin everywhere",
    ]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("q=an", {"Ann"}),
        ("q=ANN@exam", {"Ann"}),
        ("q=night", {"The group Night shift"}),
        ("queue=everywhere", {"Ann", "root", "Tessera", "Whoever is requestor"}),
        ("queue={support}", {"The group Night shift"}),
        ("queue=999999999999999999999", set()),
        ("role__id__exact={owners}", {"Ann"}),
    ],
)
def test_list_is_searched_by_name_and_filtered_by_role_and_place(
    site: Client, office: Office, query: str, shown: set[str]
) -> None:
    group = Group.objects.create(name="Night shift")
    Grant.objects.create(role=role("agent"), group=group, queue=office.support)

    page = text(
        site.get(f"{GRANTS}?{query.format(support=office.support.pk, owners=role('owners').pk)}")
    )

    names = {"Ann", "root", "Tessera", "Whoever is requestor", "The group Night shift"}
    cells = re.findall(r'class="field-whom"><a[^>]*>([^<]*)<', page)
    assert {name for name in names if any(cell.startswith(name) for cell in cells)} == shown
    assert len(cells) == len(shown)


def test_form_of_a_grant_begins_with_whom_its_link_names(site: Client, office: Office) -> None:
    page = text(site.get(f"{GRANTS}add/?user={office.ann.pk}"))
    group = Group.objects.create(name="Night shift")
    other = text(site.get(f"{GRANTS}add/?group={group.pk}"))

    assert "Ann (ann@example.com)</option>" in page
    assert re.search(r'name="to" value="user"[^>]* checked', page)
    assert re.search(r'name="to" value="group"[^>]* checked', other)


def test_people_are_offered_by_what_tells_them_apart(uma: Client) -> None:
    User.objects.create_user("ab2", email="ab2@example.com", first_name="Anna", last_name="Berg")
    query = {"app_label": "tickets", "model_name": "grant", "field_name": "user", "term": "anna be"}

    answer = uma.get("/admin/autocomplete/", query)

    assert [each["text"] for each in answer.json()["results"]] == ["Anna Berg (ab2@example.com)"]


def test_pages_are_for_those_who_administer_people(office: Office) -> None:
    client = Client()
    client.force_login(holder("quentin", "AdminQueue"))

    assert [client.get(path).status_code for path in (ROLES, GRANTS, f"{GRANTS}add/")] == [403] * 3


def test_user_and_group_lead_to_what_they_may(site: Client, office: Office) -> None:
    group = Group.objects.create(name="Night shift & co")

    user = text(site.get(f"/admin/accounts/user/{office.ann.pk}/change/"))
    page = text(site.get(f"/admin/accounts/group/{group.pk}/change/"))

    assert 'href="/admin/who-may?user=ann"' in user
    assert 'href="/admin/who-may?group=Night%20shift%20%26%20co"' in page


def test_all_rights_of_all_roles_stand_in_one_table(site: Client) -> None:
    Role.objects.create(name="helpers", rights=["Watch"], inherits=role("customer"))

    page = text(site.get(ROLES))

    columns = re.findall(r'<th scope="col"><a href="[^"]+">(\w+)</a>', page)
    rows = {
        name: [
            re.sub(r"<[^>]+>", "", cell).strip("●○")
            for cell in re.findall(r"<td>(.*?)</td>", cells)
        ]
        for name, cells in re.findall(r'<th scope="row" title="[^"]*">(\w+)</th>(.*?)</tr>', page)
    }
    at = columns.index("helpers")
    assert (rows["Watch"][at], rows["ReplyToTicket"][at], rows["OwnTicket"][at]) == (
        "yes",
        "through customer",
        "no",
    )
    admin = columns.index("admin")
    assert (rows["SuperUser"][admin], rows["AdminUsers"][admin]) == (
        "yes",
        "through the right SuperUser",
    )

"""The audit: what is noted, by whom, with which values, and that nobody changes it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from customfields.models import CustomField
from tessera.accounts import audit
from tessera.accounts.models import ApiToken, AuditEntry, Group, Role, User
from tessera.accounts.snapshots import differences, snapshot
from tessera.lib import clock
from tests.admin.pages import text
from tests.api.caller import Caller
from tests.office import Office
from tickets.models import Grant, Queue

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def root(office: Office) -> User:
    return User.objects.get(username="root")


@pytest.fixture
def api(root: User) -> Caller:
    """Has used its token today, which is noted then and not again."""
    caller = Caller(ApiToken.issue(root))
    caller.get("/api/me")
    return caller


@pytest.fixture
def site(root: User) -> Client:
    client = Client()
    client.force_login(root)
    return client


def noted(*fields: str) -> list[Any]:
    """Of all entries but the one for the token's first use, in their order."""
    rows = AuditEntry.objects.exclude(kind="token_used").order_by("pk")
    return list(rows.values_list(*(fields or ("kind", "subject_name", "changes"))))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditentry SET kind = 'login'",
        "DELETE FROM accounts_auditentry",
    ],
)
def test_database_refuses_to_change_an_entry(db: None, statement: str) -> None:
    audit.note("login")

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_kind_that_nobody_knows_is_a_fault(db: None) -> None:
    with pytest.raises(ValueError, match="no kind"):
        audit.note("logged_in")


def test_every_write_of_configuration_by_api_is_noted_with_old_and_new(
    api: Caller, root: User
) -> None:
    made = api.post("/api/queues", {"name": "Billing"}).json()["id"]
    api.patch(f"/api/queues/{made}", {"name": "Invoices", "description": ""})
    api.patch(f"/api/queues/{made}", {"name": "Invoices"})

    added, changed = noted("kind", "actor_id", "subject_type", "subject_id", "changes")
    assert added[:4] == ("configuration_added", root.pk, "queue", made)
    assert added[4]["name"] == [None, "Billing"]
    assert changed == (
        *("configuration_changed", root.pk, "queue", made),
        {"name": ["Billing", "Invoices"]},
    )


def test_refused_write_is_not_noted(api: Caller) -> None:
    api.post("/api/queues", {"name": "Support"})
    api.patch(f"/api/queues/{Queue.objects.get(name='Other').pk}", {"name": "Support"})

    assert noted() == []


def test_people_of_a_group_are_told_of(api: Caller, office: Office, root: User) -> None:
    made = api.post("/api/groups", {"name": "Night", "member_ids": [office.ann.pk]}).json()["id"]
    api.patch(f"/api/groups/{made}", {"member_ids": [root.pk]})

    assert noted("changes")[1] == ({"members": [[office.ann.pk], [root.pk]]},)


def test_users_have_kinds_of_their_own_and_passwords_are_never_shown(api: Caller) -> None:
    given = {"username": "ole", "email": "ole@example.com", "password": "correct horse 9"}
    made = api.post("/api/users", given).json()["id"]
    path = f"/api/users/{made}"
    api.patch(path, {"password": "battery staple 4", "first_name": "Ole"})
    api.patch(path, {"disabled": True})
    api.patch(path, {"disabled": False})

    kinds = [kind for (kind,) in noted("kind")]
    assert kinds == [
        *("user_added", "password_changed", "user_changed"),
        *("user_disabled", "user_enabled"),
    ]
    assert noted("changes")[0][0]["password"] == [None, "********"]
    assert noted("changes")[2:] == [
        ({"first_name": ["", "Ole"]},),
        ({"disabled": [False, True]},),
        ({"disabled": [True, False]},),
    ]
    hashed = User.objects.get(pk=made).password
    assert hashed not in str(noted())


def test_grants_are_noted_when_they_begin_and_end(api: Caller, office: Office) -> None:
    given = {"role": "agent", "user_id": office.ann.pk, "queue_id": office.support.pk}
    made = api.post("/api/grants", given).json()["id"]
    api.delete(f"/api/grants/{made}")

    kinds = noted("kind", "subject_type", "subject_id")
    assert kinds == [("grant_added", "grant", made), ("grant_ended", "grant", made)]
    assert noted("changes")[1][0]["user_id"] == [office.ann.pk, None]


def test_secret_of_a_webhook_is_never_shown_and_its_change_is(api: Caller) -> None:
    config = {
        "url": "https://example.com/hook",
        "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "headers": {"Authorization": "Bearer topsecret"},
    }
    rule = {"name": "Call", "condition_type": "OnCreate", "action_type": "Webhook"}
    made = api.post("/api/scrips", {**rule, "action_config": config}).json()["id"]
    other = {**config, "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}
    api.patch(f"/api/scrips/{made}", {"action_config": other})
    api.patch(f"/api/scrips/{made}", {"name": "Call them"})
    api.delete(f"/api/scrips/{made}")

    told = str(noted("changes"))
    assert "whsec" not in told
    assert "topsecret" not in told
    assert [kind for (kind,) in noted("kind")] == [
        "configuration_added",
        "configuration_changed",
        "configuration_changed",
        "configuration_deleted",
    ]
    assert "action_config" in noted("changes")[1][0]
    assert "action_config" not in noted("changes")[2][0]


def test_hidden_field_is_a_change(api: Caller) -> None:
    field = CustomField.objects.get(key="severity")
    api.delete(f"/api/custom-fields/{field.pk}")

    assert noted() == [("configuration_changed", "Severity", {"disabled": [False, True]})]


def test_draft_that_is_published_is_noted(api: Caller) -> None:
    given = {
        "name": "Tiny",
        "definition": {
            "statuses": {"initial": ["new"], "active": [], "inactive": ["done"]},
            "defaults": {"on_create": "new"},
            "transitions": [{"name": "end", "label": "End", "from": ["new"], "to": "done"}],
        },
    }
    made = api.post("/api/lifecycles", given).json()["id"]
    longer = {**given["definition"], "statuses": {"initial": ["new"], "inactive": ["done", "off"]}}  # type: ignore[dict-item]  # a mapping
    api.patch(f"/api/lifecycles/{made}", {"definition": longer, "draft": True})
    api.post(f"/api/lifecycles/{made}/publish")

    assert [kind for (kind,) in noted("kind")] == [
        "configuration_added",
        "configuration_changed",
        "configuration_changed",
    ]


def test_tokens_are_noted_without_their_digest(api: Caller, root: User) -> None:
    made = api.post("/api/tokens", {"name": "backup"}).json()
    api.delete(f"/api/tokens/{made['id']}")

    assert [kind for (kind,) in noted("kind")] == ["token_created", "token_revoked"]
    assert ApiToken.digest_of(made["key"]) not in str(noted())
    assert noted("subject_id")[0] == (made["id"],)


def test_use_of_a_token_is_noted_once_a_day(root: User) -> None:
    caller = Caller(ApiToken.issue(root))
    for hours in (0, 1, 11, 12, 13, 40):
        with clock.at(NOON + timedelta(hours=hours)):
            caller.get("/api/me")

    at = AuditEntry.objects.filter(kind="token_used").order_by("pk").values_list("at", flat=True)
    assert [(moment - NOON) // timedelta(hours=1) for moment in at] == [0, 12, 40]


def test_administration_notes_what_it_writes(site: Client, office: Office, root: User) -> None:
    site.post("/admin/accounts/group/add/", {"name": "Night", "members": [office.ann.pk]})
    group = Group.objects.get(name="Night")
    path = f"/admin/accounts/group/{group.pk}"
    site.post(f"{path}/change/", {"name": "Day", "members": [root.pk]})
    site.post(f"{path}/change/", {"name": "Day", "members": [root.pk]})
    site.post(f"{path}/delete/", {"post": "yes"})

    assert noted("actor_id", "kind", "changes") == [
        (
            *(root.pk, "configuration_added"),
            {"name": [None, "Night"], "members": [None, [office.ann.pk]]},
        ),
        (
            *(root.pk, "configuration_changed"),
            {"name": ["Night", "Day"], "members": [[office.ann.pk], [root.pk]]},
        ),
        (
            *(root.pk, "configuration_deleted"),
            {"name": ["Day", None], "members": [[root.pk], None]},
        ),
    ]


def test_administration_notes_passwords_disabling_and_keys(site: Client, office: Office) -> None:
    user = f"/admin/accounts/user/{office.ann.pk}"
    words = {"password1": "correct horse 9", "password2": "correct horse 9"}
    site.post(f"{user}/password/", {**words, "usable_password": "true"})
    same = {"username": "ann", "email": "ann@example.com", "first_name": "Ann", "time_zone": "UTC"}
    site.post("/admin/accounts/apitoken/add/", {"user": office.ann.pk, "name": "cron"})
    token = ApiToken.objects.get(user=office.ann)
    site.post(
        "/admin/accounts/apitoken/",
        {"action": "delete_selected", "_selected_action": [token.pk], "post": "yes"},
    )
    site.post(f"{user}/change/", {**same, "disabled": "on"})

    assert [kind for (kind,) in noted("kind")] == [
        *("password_changed", "token_created", "token_revoked", "user_disabled"),
    ]
    assert office.ann.password not in str(noted())


def test_rule_that_is_saved_in_the_administration_is_noted_with_its_new_values(
    site: Client, office: Office
) -> None:
    given = {
        "name": "Open is low",
        "condition_type": "OnCreate",
        "condition_config": "{}",
        "action_type": "SetCustomField",
        "action_config": '{"field": "severity", "value": "low"}',
        "stage": "TransactionCreate",
        "sort_order": "0",
    }
    site.post("/admin/scrips/scrip/add/", given)

    ((kind, name, changes),) = noted()
    assert (kind, name) == ("configuration_added", "Open is low")
    assert changes["action_config"] == [None, {"field": "severity", "value": "low"}]


def test_password_in_a_url_is_hidden() -> None:
    pair = differences({"at": "https://me:pw@a.example/"}, {"at": "https://a.example/"})["at"]

    assert pair == ["https://********@a.example/", "https://a.example/"]


def test_long_value_is_cut(db: None) -> None:
    pair = differences({"body": "a" * 5000}, {"body": "b" * 5000})["body"]

    assert [len(value) for value in pair] == [1001, 1001]


def test_snapshot_tells_rows_of_an_ordered_relation_in_their_order(office: Office) -> None:
    ids = list(office.support.custom_fields.order_by("queue_fields__position").values_list("pk"))

    assert snapshot(office.support)["custom_fields"] == [pk for (pk,) in ids]


def test_roles_are_configuration(api: Caller) -> None:
    made = api.post("/api/roles", {"name": "reader", "rights": ["ShowTicket"]}).json()["id"]

    assert Role.objects.get(pk=made).name == "reader"
    assert noted("kind", "subject_type") == [("configuration_added", "role")]


def test_audit_is_found_by_kind_by_who_and_by_name(site: Client, office: Office) -> None:
    audit.note("login", actor=office.ann, subject=office.ann)
    audit.note("login_failed", subject=audit.Subject("user", None, "Mallory"))
    audit.note("logout", actor=office.ann, subject=office.ann)
    path = "/admin/accounts/auditentry/"

    def shown(**query: object) -> list[int]:
        page = site.get(path, {key: str(value) for key, value in query.items()})
        text(page)
        return [entry.pk for entry in page.context["cl"].result_list]

    first, second, third = AuditEntry.objects.order_by("pk").values_list("pk", flat=True)
    assert shown() == [third, second, first]
    assert shown(kind="login_failed") == [second]
    assert shown(who=office.ann.pk) == [third, first]
    assert shown(who="nobody") == [second]
    assert shown(who="x") == []
    assert shown(q="ANN") == [third, first]
    assert shown(q="mallory") == [second]
    assert shown(q="mall") == []
    assert shown(q="ann", kind="logout") == [third]


def test_who_may_not_administer_everything_sees_no_audit(office: Office) -> None:
    Grant.objects.create(
        user=office.ann, role=Role.objects.create(name="people", rights=["AdminUsers"])
    )
    client = Client()
    client.force_login(office.ann)

    assert client.get("/admin/accounts/group/").status_code == 200
    assert client.get("/admin/accounts/auditentry/").status_code == 403

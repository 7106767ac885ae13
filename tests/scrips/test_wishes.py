"""Who does without a mail of a rule, and who gets it all the same."""

from typing import Any

import pytest

from scrips.explain import explain
from scrips.models import Delivery
from tessera.accounts.models import User
from tests.office import Office
from tests.scrips.test_engine import mail
from tests.tickets.test_door import create
from tickets import service
from tickets.access import actor_of
from tickets.models import Transaction
from tickets.representation import preview_json

ANSWERED = "not to ann@example.com: no mail is wanted when an own ticket is answered"


@pytest.fixture
def ann(office: Office) -> User:
    """Ann wants none of the mails that she can do without."""
    User.objects.filter(pk=office.ann.pk).update(unwanted_mails=User.Mail.values)
    return office.ann


def sent(office: Office, entries: list[str], changes: dict[str, Any], **begin: Any) -> list[str]:
    """To whom a rule that writes to these sends its mail of that change."""
    number = create(office, **{"owner_id": office.ann.pk, **begin}).ticket.id
    mail(office, "OnTransaction", action_config={"to": entries})
    service.apply(number, changes, actor=office.admin)
    return [address for row in Delivery.objects.order_by("pk") for address in row.payload["to"]]


ANSWER = {"message": {"type": "correspond", "content": "x"}}


def test_owner_who_wants_no_mail_of_answers_gets_none_of_them_and_others_still(
    office: Office, ann: User
) -> None:
    assert sent(office, ["owner"], {**ANSWER, "priority": 50}) == ["ann@example.com"]

    row = Transaction.objects.get(type="Correspond")
    (told,) = explain(row, office.admin)
    assert told.because.endswith(f"; {ANSWERED}; nobody is left to write to")


def test_who_is_given_a_ticket_may_do_without_the_mail(office: Office, ann: User) -> None:
    given = {"owner_id": office.ann.pk}

    assert sent(office, ["owner"], given, owner_id=None) == []


def test_other_changes_of_a_ticket_reach_its_owner_all_the_same(office: Office, ann: User) -> None:
    assert sent(office, ["owner"], {"priority": 3}) == ["ann@example.com"]


@pytest.mark.parametrize("entry", ["ann@example.com", "{{ ticket.owner.email }}"])
def test_address_that_the_rule_writes_down_is_written_to(
    office: Office, ann: User, entry: str
) -> None:
    assert sent(office, ["owner", entry], ANSWER) == ["ann@example.com"]


def test_requestor_is_written_to_whatever_he_wants_as_a_colleague(
    office: Office, ann: User
) -> None:
    for entries in (["requestor"], ["owner"]):
        Delivery.objects.all().delete()
        got = sent(office, entries, ANSWER, requestors=["Ann@Example.com"])
        assert got[:1] in (["Ann@Example.com"], ["ann@example.com"])


def test_own_changes_are_left_out_and_preview_and_outcome_say_so_alike(
    office: Office, ann: User
) -> None:
    User.objects.filter(username="root").update(unwanted_mails=["own"])
    number = create(office, owner_id=office.admin.id, cc=["boss@example.com"]).ticket.id
    mail(office, "OnPriorityChange", action_config={"to": ["owner"], "cc": ["cc", "actor"]})
    me = actor_of(User.objects.get(username="root"))

    tried = preview_json(service.preview(number, {"priority": 60}, actor=me), me)
    (fired,) = service.apply(number, {"priority": 60}, actor=me).fired

    reason = "; not to root@example.com: no mail is wanted of own changes"
    assert fired.because.endswith(reason)
    assert [each["because"] for each in tried["scrips_fired"]] == [fired.because]
    assert Delivery.objects.get().payload["cc"] == ["boss@example.com"]
    (told,) = explain(Transaction.objects.get(field="priority"), me)
    assert (told.fired, told.because) == (True, fired.because)


def test_who_wants_all_gets_all(office: Office) -> None:
    assert sent(office, ["owner"], ANSWER) == ["ann@example.com"]

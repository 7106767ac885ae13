"""Trying a rule on its page, on one ticket and on the last days: exactly what it would do, and nothing is done."""

from html import unescape
from typing import Any

import pytest
from django.test import Client

from scrips import backtest, service
from scrips.models import Backtest, Delivery, Run, Scrip, Template
from tessera.accounts.models import User
from tests.admin.pages import text
from tests.admin.test_scrips import ADD, form
from tests.office import Office
from tests.people import holder
from tickets import service as tickets
from tickets.models import Transaction


@pytest.fixture
def key(office: Office) -> str:
    """A ticket that was opened once."""
    values = {
        "queue": "Support",
        "subject": "Blank <b>labels</b>",
        "requestors": ["maya@example.com"],
    }
    ticket = tickets.create(values, actor=office.admin).ticket
    tickets.apply(ticket.id, {"status": "open"}, actor=office.admin)
    return ticket.key


def mail(office: Office, **more: Any) -> dict[str, Any]:
    """A rule that writes to the requestor."""
    template = Template.objects.create(
        name="Opened", subject_template="Now open", body_template="Hello,\n{{ ticket.subject }}!"
    )
    return form(
        action_type="SendEmail",
        action_SendEmail_to=["requestor"],
        template=str(template.pk),
        **more,
    )


def kept() -> tuple[int, ...]:
    """How much there is of all that trying must not make."""
    return tuple(m.objects.count() for m in (Scrip, Delivery, Run, Transaction))


def test_mail_is_shown_as_it_would_be_sent_and_nothing_is_done(
    site: Client, office: Office, key: str
) -> None:
    given = mail(office, _try=key)
    before = kept()

    page = text(site.post(ADD, given))

    assert "It would act" in page
    assert "because status changed new → open" in page
    assert "<dd>maya@example.com</dd>" in page
    assert f'<dd class="subj">[{key}] Now open</dd>' in page
    assert "Hello,\nBlank &lt;b&gt;labels&lt;/b&gt;!" in page
    assert kept() == before


def test_silent_rule_says_why(site: Client, office: Office, key: str) -> None:
    page = text(site.post(ADD, form(condition_OnStatusChange_to=["resolved"], _try=key)))

    assert "It would stay silent" in page
    assert "the status became open, needs resolved" in page


def test_rule_of_another_queue_says_so(site: Client, office: Office, key: str) -> None:
    page = text(site.post(ADD, form(own_queues=[office.other.pk], _try=key)))

    assert "the rule is not for the queue Support" in page


def test_change_is_told_in_words(site: Client, office: Office, key: str) -> None:
    given = form(action_type="SetOwner", action_SetOwner_owner="ann", _try=key)

    page = text(site.post(ADD, given))

    assert "<dt>Owner</dt><dd>ann</dd>" in page


def test_web_hook_is_shown_without_its_secret(site: Client, office: Office, key: str) -> None:
    given = form(
        action_type="Webhook",
        action_Webhook_url="https://example.com/{{ ticket.key }}",
        action_Webhook_secret=["whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"],
        action_Webhook_body="{{ ticket.status }}",
        _try=key,
    )

    page = text(site.post(ADD, given))

    shown = page[page.index('<pre class="codebox"') :]
    assert f"POST https://example.com/{key}" in shown
    assert "whsec_" not in shown


def test_failing_action_says_how(site: Client, office: Office, key: str) -> None:
    given = form(
        action_type="SetPriority", action_SetPriority_priority="{{ ticket.subject }}", _try=key
    )

    page = text(site.post(ADD, given))

    assert "It would fail" in page


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("nonsense", "No ticket has this key, or this in its subject."),
        ("TKT-999999", "There is no such ticket."),
    ],
)
def test_no_ticket_is_told_at_the_box(site: Client, office: Office, typed: str, told: str) -> None:
    page = unescape(text(site.post(ADD, form(_try="", try_ticket=typed))))

    assert told.replace("’", "'") in page
    assert f'value="{typed}"' in page


def test_last_tickets_on_which_it_would_have_acted_are_offered(
    site: Client, office: Office, key: str
) -> None:
    silent = tickets.create({"queue": "Support", "subject": "x"}, actor=office.admin).ticket.key

    page = text(site.post(ADD, form(_try="")))

    assert f'name="_try" value="{key}"' in page
    assert f'name="_try" value="{silent}"' not in page


def test_faults_are_told_at_their_fields_and_nothing_is_tried(
    site: Client, office: Office, key: str
) -> None:
    page = text(site.post(ADD, form(action_SetStatus_status="", _try=key)))

    assert "<li>Status: This field is required.</li>" in page
    assert 'id="id_action_SetStatus_status_error"' in page


def test_whoever_may_not_see_the_ticket_learns_nothing_of_it(office: Office, key: str) -> None:
    holder("clerk", "AdminScrips", "SeeQueue")
    client = Client()
    client.force_login(User.objects.get(username="clerk"))

    answer = client.post(ADD, form(_try=key))

    if answer.status_code == 200:
        assert "There is no such ticket" in unescape(text(answer))
        assert f'value="{key}"><b>' not in text(answer)
    else:
        assert answer.status_code in (302, 403)


def test_look_back_counts_draws_and_links(site: Client, office: Office, key: str) -> None:
    before = kept()

    page = text(site.post(ADD, form(_backtest="30")))

    assert "It would have acted <b>1 time</b>" in page
    assert page.count('<rect class="b s0"') == 1
    assert f'<a href="/tickets/{key}">{key}</a>' in page
    assert kept() == before


def test_long_look_back_is_a_workers_and_told_until_it_is_done(
    site: Client, office: Office, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backtest, "AT_ONCE", 0)
    page = text(site.post(ADD, form(_backtest="7")))
    row = Backtest.objects.get()
    assert "data-running" in page

    again = form(_backtest="look", backtest=str(row.pk))
    assert "data-running" in text(site.post(ADD, again))
    backtest.carry_out(row.pk)

    assert "It would have acted <b>1 time</b>" in text(site.post(ADD, again))


def test_look_back_of_somebody_else_is_gone(
    site: Client, office: Office, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backtest, "AT_ONCE", 0)
    site.post(ADD, form(_backtest="7"))
    row = Backtest.objects.get()
    Backtest.objects.update(owner=office.ann)

    page = text(site.post(ADD, form(_backtest="look", backtest=str(row.pk))))

    assert "That look back is gone" in page


def test_kept_secret_is_not_copied_into_a_look_back(
    site: Client, office: Office, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backtest, "AT_ONCE", 0)
    given = {
        "name": "Hook",
        "condition_type": "OnCreate",
        "action_type": "Webhook",
        "action_config": {
            "url": "https://example.com/x",
            "secret": "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0",
        },
    }
    scrip = service.save_scrip(None, given, actor=office.admin)
    sent = form(
        condition_type="OnCreate",
        action_type="Webhook",
        action_Webhook_url="https://example.com/x",
        action_Webhook_secret=[service.HIDDEN],
        _backtest="7",
    )

    text(site.post(f"/admin/scrips/scrip/{scrip.pk}/change/", sent))

    assert "secret" not in Backtest.objects.get().rule["action_config"]

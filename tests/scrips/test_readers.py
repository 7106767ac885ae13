"""What templates have for readers: the conversation, the change in words, times and numbers as people write them."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from scrips.models import Delivery
from scrips.rendering import RenderFailed, TemplateInvalid, render, validate
from scrips.service import save_template
from tessera.accounts.models import ApiToken, Role, User
from tessera.lib.errors import Invalid
from tests.api.caller import Caller
from tests.cost import cost
from tests.office import Office
from tests.people import grant
from tests.scrips.rendering_facts import ANN, CONTEXT
from tests.scrips.test_engine import mail, template, update
from tests.tickets.test_door import create
from tickets.models import Grant

AT = datetime(2025, 7, 2, 23, 4, tzinfo=UTC)


def said(source: str, *, html: bool = False, **more: Any) -> str:
    validate(source, html=html)
    return render(source, {**CONTEXT, "recipient": None, **more}, html=html)


class Reader(type(ANN)):  # type: ignore[misc]
    time_zone = "Europe/Berlin"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ at|local }}", "July 2, 2025, 11:04 p.m. UTC"),
        ("{{ at|local('Asia/Tokyo') }}", "July 3, 2025, 8:04 a.m. JST"),
        ("{{ '2025-07-02T23:04:00Z'|local }}", "July 2, 2025, 11:04 p.m. UTC"),
        ("{{ '2025-07-02'|local }}{{ none|local }}{{ day|local }}", "July 2, 2025Jan. 2, 2025"),
        ("{{ 1234567|number }} {{ '-1234.567'|number(2) }} {{ none|number }}", "1,234,567 -1,234.57 "),
        ("{{ 1234.5|money('EUR') }} {{ 5|money }} {{ ''|money('EUR') }}", "EUR 1,234.50 5.00 "),
        ("{{ 'https://x.example/a'|link }}", "https://x.example/a"),
        ("{{ 'https://x.example/a'|link('there') }}", "there <https://x.example/a>"),
        ("{{ 'javascript:alert(1)'|link('there') }}", "there"),
        ("{{ '**bold**'|markdown }}", "**bold**"),
    ],
)  # fmt: skip
def test_text_says(source: str, expected: str) -> None:
    source = source.replace("at|", "ticket.cf.at|").replace("day|", "ticket.cf.day|")
    facts = {"cf": {"at": AT, "day": date(2025, 1, 2)}}
    assert said(source, ticket=facts) == expected


def test_times_are_in_the_zone_of_the_one_recipient() -> None:
    reader = Reader("ann", "ann@example.com")
    told = said("{{ ticket.cf.at|local }}", ticket={"cf": {"at": AT}}, recipient=reader)
    assert told == "July 3, 2025, 1:04 a.m. CEST"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ 'https://x.example/?a=1&b=\"'|link('<b>') }}",
         '<a href="https://x.example/?a=1&amp;b=&#34;">&lt;b&gt;</a>'),
        ("{{ 'javascript:alert(1)'|link('<b>') }}", "&lt;b&gt;"),
        ("{{ ' java\tscript:x'|link }}", " java\tscript:x"),
        ("{{ '**b** <script>alert(1)</script>'|markdown }}",
         "<p><strong>b</strong> &lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("{{ '[x](javascript:alert(1)) ![i](https://x.example/i.png)'|markdown }}",
         "<p>[x](javascript:alert(1)) </p>\n"),
        ("{{ '<img src=x onerror=alert(1)>'|markdown }}",
         "<p>&lt;img src=x onerror=alert(1)&gt;</p>\n"),
        ("{{ '[x](https://x.example/)'|markdown }}",
         '<p><a href="https://x.example/" rel="noopener noreferrer nofollow">x</a></p>\n'),
    ],
)  # fmt: skip
def test_html_is_safe(source: str, expected: str) -> None:
    assert said(source, html=True) == expected


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'x'|number }}",
        "{{ 1|number(99) }}",
        "{{ true|number }}",
        "{{ '1e400'|money('EUR') }}",
        "{{ 'NaN'|number }}",
        "{{ 5|local }}",
        "{{ ticket.created_at|local('Mars/Base') }}",
        "{{ 'yesterday'|local }}",
        "{{ ('x' * 20001)|markdown }}",
        "{{ ('[' * 2001)|markdown }}",
    ],
)
def test_what_cannot_be_said_fails(source: str) -> None:
    with pytest.raises(RenderFailed):
        said(source, html=True)


@pytest.mark.parametrize(
    "unit", ["[", "![", "*a_ ", "`", "> ", "- ", "<", "&", "|", "a\n|-\n", "\\", "~", "[a](", "1. "]
)
def test_no_markdown_takes_half_a_second(unit: str) -> None:
    text = (unit * 20_000)[:20_000]
    if "[" in unit:
        text = unit * 2_000
    with cost() as rendering:
        render("{{ actor|markdown }}", {"actor": text}, html=True)
    assert rendering.seconds < 0.5


# --- in mails ---------------------------------------------------------------------------------


def mailed(office: Office, condition: str, body: str, **config: Any) -> None:
    mail(
        office,
        condition,
        template=template(office, subject="x", body=body),
        action_config={"to": ["requestor"], **config},
    )


def bodies() -> list[str]:
    return [row.payload["body"] for row in Delivery.objects.order_by("pk")]


def say(office: Office, ticket_id: int, kind: str, content: str) -> None:
    update(office, ticket_id, message={"type": kind, "content": content})


def test_conversation_is_what_requestors_may_read_unless_comments_are_asked_for(
    office: Office,
) -> None:
    mailed(office, "OnCorrespond", "{{ last_message }}|{{ conversation(3)|join(',') }}")
    internal = (
        "{% for m in conversation(9, internal=true) %}{{ m.text }}:{{ m.internal }} {% endfor %}"
    )
    mailed(office, "OnCorrespond", internal)
    first = {"content": "It <burns>", "content_type": "text/html"}
    ticket = create(office, requestors=["a@example.com"], message=first).ticket
    say(office, ticket.id, "comment", "secret")
    say(office, ticket.id, "correspond", "We come")
    say(office, ticket.id, "correspond", "We came")
    assert bodies() == [
        "We come|We come,It",
        "We come:False secret:True It:False ",
        "We came|We came,We come,It",
        "We came:False We come:False secret:True It:False ",
    ]


def test_a_comments_own_mail_has_the_last_message_that_requestors_may_read(office: Office) -> None:
    mailed(office, "OnComment", "{{ last_message }}|{{ conversation() }}")
    ticket = create(office, requestors=["a@example.com"]).ticket
    say(office, ticket.id, "comment", "secret")
    assert bodies() == ["|"]


def test_templates_that_do_not_ask_for_messages_read_none(office: Office) -> None:
    mailed(office, "OnStatusChange", "{{ ticket.subject }}")
    ticket = create(office, requestors=["a@example.com"]).ticket
    with CaptureQueriesContext(connection) as asked:
        update(office, ticket.id, status="open")
    assert not [q for q in asked.captured_queries if "message_id" in q["sql"] and "? " in q["sql"]]


def test_diff_says_what_changed_in_words(office: Office) -> None:
    mailed(office, "OnTransaction", "{{ diff }}")
    ticket = create(office, requestors=["a@example.com"]).ticket
    Delivery.objects.all().delete()
    update(
        office,
        ticket.id,
        subject="Scanner",
        owner_id=office.ann.pk,
        queue_id=office.other.pk,
        cc=["c@example.com"],
        status="open",
    )
    assert bodies() == [
        "subject: Printer → Scanner",
        "queue: Support → Other",
        "owner: (empty) → Ann",
        "cc: + c@example.com",
        "status: new → open",
    ]


def test_a_mail_to_one_person_knows_its_recipient_and_one_to_several_none(office: Office) -> None:
    User.objects.filter(pk=office.ann.pk).update(time_zone="Asia/Tokyo")
    body = "{{ recipient.name }}|{{ '2025-07-02T23:04:00Z'|local }}"
    mailed(office, "OnCreate", body)
    create(office, requestors=["Ann@example.com"])
    create(office, requestors=["ann@example.com", "bob@example.com"])
    assert bodies() == [
        "Ann|July 3, 2025, 8:04 a.m. JST",
        "|July 2, 2025, 11:04 p.m. UTC",
    ]


def test_a_mail_to_one_person_is_written_in_his_language_whoever_causes_it(office: Office) -> None:
    User.objects.filter(pk=office.ann.pk).update(time_zone="Europe/Berlin", language="de")
    mailed(office, "OnCreate", "{{ '2025-07-02T23:04:00Z'|local }}|{{ 1234.5|number(1) }}")
    create(office, requestors=["Ann@example.com"])
    with translation.override("fr"):
        create(office, requestors=["ann@example.com", "bob@example.com"])
        create(office, requestors=["stranger@example.com"])
    sites = "July 2, 2025, 11:04 p.m. UTC|1,234.5"
    assert bodies() == ["3. Juli 2025 01:04 CEST|1.234,5", sites, sites]


def test_a_mail_to_several_is_written_in_what_they_have_in_common(office: Office) -> None:
    bob = User.objects.create_user("bob", email="bob@example.com", language="de")
    theirs = {"language": "de", "time_zone": "Europe/Berlin"}
    User.objects.filter(pk=office.ann.pk).update(**theirs)
    body = "{{ '2025-07-02T23:04:00Z'|local }}|{{ 1234.5|number(1) }}|{{ recipient.name }}"
    mailed(office, "OnCreate", body)
    both = ["ann@example.com", "bob@example.com"]
    create(office, requestors=both)
    User.objects.filter(pk=bob.pk).update(**theirs)
    create(office, requestors=both)
    create(office, requestors=[*both, "stranger@example.com"])
    assert bodies() == [
        "2. Juli 2025 23:04 UTC|1.234,5|",
        "3. Juli 2025 01:04 CEST|1.234,5|",
        "July 2, 2025, 11:04 p.m. UTC|1,234.5|",
    ]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("{{ last_mesage }}", "unknown name 'last_mesage'; did you mean 'last_message'?"),
        ("{{ last_message.sender }}", "'last_message' has no 'sender'"),
        ("{% for m in conversation(3) %}{{ m.contents }}{% endfor %}",
         "'m' has no 'contents'; did you mean 'content'?"),
        ("{{ recipient.emial }}", "'recipient' has no 'emial'; did you mean 'email'?"),
    ],
)  # fmt: skip
def test_names_are_checked_when_a_template_is_saved(office: Office, source: str, told: str) -> None:
    with pytest.raises(Invalid) as refused:
        save_template(None, {"name": "T", "body_template": source}, actor=office.admin)
    assert told in refused.value.errors["body_template"][0]


def test_a_conversation_is_bounded(office: Office) -> None:
    with pytest.raises(TemplateInvalid):
        validate("{{ conversation(*[1]) }}")
    mailed(office, "OnCreate", "{{ conversation(51) }}")
    (fired,) = create(office, requestors=["a@example.com"]).fired
    assert fired.error == "line 1: a conversation has 1 to 50 messages"


def test_who_tries_a_template_reads_no_comment_that_he_may_not(office: Office) -> None:
    grant("customer", user=office.ann, queue=office.support)
    scribe = Role.objects.create(name="scribe", rights=["AdminScrips"])
    Grant.objects.create(role=scribe, user=office.ann, queue=office.support)
    ticket = create(office, requestors=["ann@example.com"], message={"content": "It burns"}).ticket
    say(office, ticket.id, "comment", "secret")
    texts = {"ticket_id": ticket.id, "body_template": "{{ conversation(9, internal=true) }}"}
    shown = {
        name: Caller(ApiToken.issue(User.objects.get(username=name)))
        .post("/api/templates/render", texts)
        .json()["body"]
        for name in ("root", "ann")
    }
    assert shown == {"root": "secret, It burns", "ann": "It burns"}

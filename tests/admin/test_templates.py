"""Templates in the administration: beside the texts the mail that they make, its faults, and the names there are."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from scrips import outbox
from scrips import service as scrips
from scrips.models import Delivery, Scrip, Template, TemplateVersion
from tessera.accounts.models import AuditEntry, User
from tests.admin.pages import errors, text
from tests.office import Office
from tests.people import holder
from tickets import service as tickets
from tickets.models import Transaction

ADD, LIST, LOOK = (f"/admin/scrips/template/{name}" for name in ("add/", "", "look/"))


def form(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Receipt",
        "queue": "",
        "content_type": "text/plain",
        "subject_template": "Thanks",
        "body_template": "Hello {{ ticket.requestors }}",
        "note": "",
        **changes,
    }


def saved(office: Office, **changes: Any) -> Template:
    given = {"name": "Receipt", "subject_template": "Thanks", "body_template": "Hello", **changes}
    return scrips.save_template(None, given, actor=office.admin)


def url(row: Template, name: str = "change") -> str:
    return f"/admin/scrips/template/{row.pk}/{name}/"


def rule(office: Office, row: Template, **changes: Any) -> Scrip:
    given = {
        "name": "Thank them",
        "condition_type": "OnCreate",
        "action_type": "SendEmail",
        "action_config": {"to": ["requestor"], "bcc": ["archive@example.com"]},
        "template_id": row.pk,
        **changes,
    }
    return scrips.save_scrip(None, given, actor=office.admin)


def told(page: str, field: str) -> list[str]:
    """The faults at a field, as they are read."""
    part = re.search(rf'data-part="faults-{field}".*?</div>', page, re.DOTALL)
    assert part is not None
    return [unescape(each) for each in re.findall(r'<span data-line="\d+">(.*?)</span>', part[0])]


@pytest.fixture
def key(office: Office) -> str:
    """A ticket that was opened once."""
    values = {
        "queue": "Support",
        "subject": "Blank <b>labels</b>",
        "requestors": ["maya@example.com"],
        "custom_fields": {"severity": "high"},
    }
    ticket = tickets.create(values, actor=office.admin).ticket
    tickets.apply(ticket.id, {"status": "open"}, actor=office.admin)
    return ticket.key


def test_list_says_what_each_is_for(site: Client, office: Office) -> None:
    row = saved(office, queue_id=office.support.pk, content_type="text/html")
    rule(office, row, queue_id=office.support.pk)
    saved(office, name="Other", subject_template="")

    page = text(site.get(LIST))

    assert '<td class="field-place">Support</td>' in page
    assert '<td class="field-place">every queue</td>' in page
    assert '<span class="tag">HTML</span>' in page
    assert '<td class="field-users">1 rule</td>' in page
    assert '<td class="field-users">no rule</td>' in page
    assert "just now</time>" in page


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("used=yes", ["Receipt"]),
        ("used=no", ["Other"]),
        ("queue=all", ["Other"]),
        ("content_type__exact=text/html", ["Receipt"]),
        ("q=the%20door", ["Other"]),
        ("queue=%3Cscript%3E&used=maybe", ["Other", "Receipt"]),
    ],
)
def test_list_is_narrowed(site: Client, office: Office, asked: str, names: list[str]) -> None:
    row = saved(office, queue_id=office.support.pk, content_type="text/html")
    rule(office, row, queue_id=office.support.pk)
    saved(office, name="Other", body_template="By the door")

    page = text(site.get(f"{LIST}?{asked}"))

    assert re.findall(r'class="rule-name" href="[^"]*">(\w+)</a>', page) == names


def test_list_costs_as_much_with_three_as_with_one(
    site: Client, office: Office, django_assert_num_queries: Any
) -> None:
    rule(office, saved(office))
    site.get(LIST)
    with django_assert_num_queries(6):
        site.get(LIST)
    for number in range(2):
        rule(office, saved(office, name=f"More {number}"))
    site.get(LIST)  # what changed is loaded anew
    with django_assert_num_queries(6):
        site.get(LIST)


def test_empty_list_says_what_a_template_is(site: Client, office: Office) -> None:
    Template.objects.all().delete()

    assert "A template is what a mail says" in text(site.get(LIST))
    assert "A template is what a mail says" not in text(site.get(f"{LIST}?q=x"))


def test_mail_stands_beside_its_template(site: Client, office: Office, key: str) -> None:
    row = saved(office, body_template="Hello {{ ticket.requestors }},\n{{ ticket.subject }}")
    rule(office, row)
    before = Transaction.objects.count()

    page = unescape(text(site.get(url(row))))

    assert f'<dd class="subj">[{key}] Thanks</dd>' in page
    assert "<dt>From</dt><dd>support@example.com</dd>" in page
    assert "<dt>To</dt><dd>maya@example.com</dd>" in page
    assert "<dt>Bcc</dt><dd>archive@example.com</dd>" in page
    assert "<dt>Auto-Submitted</dt><dd>auto-generated</dd>" in page
    assert "Hello maya@example.com,\nBlank <b>labels</b>" in page
    assert "status changed new → open, just now</option>" in page
    assert (Transaction.objects.count(), Delivery.objects.count()) == (before, 0)


def test_template_that_no_rule_sends_is_shown_as_to_the_requestors(
    site: Client, office: Office, key: str
) -> None:
    page = text(site.get(url(saved(office))))

    assert "No rule sends it yet" in page
    assert "<dt>To</dt><dd>maya@example.com</dd>" in page


def test_looking_by_the_button_saves_nothing(site: Client, office: Office, key: str) -> None:
    page = text(site.post(ADD, form(_look="", look_ticket="labels", name="")))

    assert "Hello maya@example.com" in page
    assert f'value="{key}"' in page
    assert errors(site.post(ADD, form(_look="", name=""))) == {}
    assert not Template.objects.exists()


def test_another_transaction_is_another_mail(site: Client, office: Office, key: str) -> None:
    first = Transaction.objects.get(type="Create")
    sent = form(body_template="{{ ticket.status }} by {{ transaction.type }}", look_ticket=key)

    last = text(site.post(LOOK, sent))
    created = text(site.post(LOOK, {**sent, "look_transaction": first.pk, "look_of": key}))
    elsewhere = text(site.post(LOOK, {**sent, "look_transaction": first.pk, "look_of": "TKT-9"}))

    assert "open by StatusChange" in last
    assert "new by Create" in created
    assert "open by StatusChange" in elsewhere


def test_each_unknown_name_stands_at_its_line_with_what_was_meant(
    site: Client, office: Office, key: str
) -> None:
    body = "Hello\n{{ ticket.subjct }} {{ ticket.cf.sevrity }}\n{{ x | uper }}"

    page = text(site.post(LOOK, form(body_template=body)))
    assert told(page, "body_template") == ["line 3: unknown filter 'uper'; did you mean 'upper'?"]

    page = text(site.post(LOOK, form(body_template=body.replace("x | uper", "tikket.key"))))
    assert told(page, "body_template") == [
        "line 2: 'ticket' has no 'subjct'; did you mean 'subject'?",
        "line 2: unknown custom field 'sevrity'; did you mean 'severity'?",
        "line 3: unknown name 'tikket'; did you mean 'ticket'?",
    ]
    assert "No mail can be made of it" in page


def test_what_is_dynamic_is_no_fault(site: Client, office: Office, key: str) -> None:
    body = '{% set name = "severity" %}{{ ticket.cf[name] }}'

    page = text(site.post(LOOK, form(body_template=body)))

    assert told(page, "body_template") == []
    assert '<div class="body plain" tabindex="0">high\n</div>' in page


def test_fault_that_only_this_ticket_has_stands_at_its_line(
    site: Client, office: Office, key: str
) -> None:
    page = text(site.post(LOOK, form(subject_template="{{ 1 / 0 }}", body_template="a\nb")))

    assert told(page, "subject_template") == ["line 1: division by zero"]
    assert told(page, "body_template") == []


def test_saving_tells_faults_at_their_lines(site: Client, office: Office, key: str) -> None:
    answer = site.post(ADD, form(body_template="Hello\r\n{{ ticket.subjct }}"))

    assert errors(answer) == {
        "body_template": [
            "<span data-line=\"2\">line 2: 'ticket' has no 'subjct'; did you mean 'subject'?</span>"
        ]
    }


def test_lines_are_kept_as_they_are_counted(site: Client, office: Office) -> None:
    site.post(ADD, form(body_template="one\r\ntwo\r\n"))

    assert Template.objects.get().body_template == "one\ntwo"


def test_html_is_shown_in_a_frame_that_may_do_nothing(
    site: Client, office: Office, key: str
) -> None:
    body = '<p style="color:red">{{ ticket.subject }}</p><script>alert(1)</script>'
    page = text(site.post(LOOK, form(content_type="text/html", body_template=body)))
    found = re.search(r'<iframe class="letter" sandbox title="[^"]+" src="([^"]+)">', page)
    assert found is not None

    shown = site.get(found[1])

    policy = shown.headers["Content-Security-Policy"]
    assert "Blank &lt;b&gt;labels&lt;/b&gt;</p>" in text(shown)
    assert {"default-src 'none'", "sandbox", "frame-ancestors 'self'"} <= {*policy.split("; ")}
    assert "script-src" not in policy
    assert shown.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert '"color-scheme' not in page
    holder("clerk", "AdminScrips")
    other = Client()
    other.force_login(User.objects.get(username="clerk"))
    assert other.get(found[1]).status_code == 404


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_frame_is_a_light_or_a_dark_mail_program(
    site: Client, office: Office, key: str, scheme: str
) -> None:
    sent = form(content_type="text/html", look_scheme=scheme)
    found = re.search(r'<iframe[^>]* src="([^"]+)"', text(site.post(LOOK, sent)))
    assert found is not None

    assert f"color-scheme:{scheme};" in text(site.get(found[1]))


def test_html_has_a_text_part_and_a_source(site: Client, office: Office, key: str) -> None:
    sent = form(content_type="text/html", body_template="<p>One</p><p>Two</p>")

    plain = text(site.post(LOOK, {**sent, "look_part": "text"}))
    source = unescape(text(site.post(LOOK, {**sent, "look_part": "source"})))

    assert "One\n\nTwo" in plain
    assert "<p>One</p><p>Two</p>" in source
    assert "<iframe" not in plain + source


def test_names_say_what_they_are_and_what_they_say_now(
    site: Client, office: Office, key: str
) -> None:
    page = unescape(text(site.get(url(saved(office)))))

    assert '<code data-insert="{{ ticket.key }}">ticket.key</code>' in page
    assert f"its key, as people call it <output>{key}</output>" in page
    assert "Severity <output>high</output>" in page
    assert '<code data-insert="{{ ticket.cf.severity }}">' in page
    assert '<code data-insert=" | upper">| upper</code>' in page


def test_names_are_sent_again_only_for_another_ticket(
    site: Client, office: Office, key: str
) -> None:
    first = text(site.post(LOOK, form()))
    about = re.search(r'name="look_about" value="([^"]+)"', first)
    assert about is not None

    assert 'data-part="names"' not in text(site.post(LOOK, form(look_about=about[1])))


def test_template_of_a_queue_knows_its_fields_and_tickets_alone(
    site: Client, office: Office, key: str
) -> None:
    sent = form(queue=office.other.pk, body_template="{{ ticket.cf.severity }}", look_ticket=key)

    page = text(site.post(LOOK, sent))

    assert told(page, "body_template") == ["line 1: unknown custom field 'severity'"]
    assert "This ticket is in the queue Support" in page
    assert "ticket.cf." not in page.replace("{{ ticket.cf.severity }}", "")


def test_tickets_are_found_by_key_and_by_words(site: Client, office: Office, key: str) -> None:
    shown = [{"value": key, "text": f"{key} Blank <b>labels</b>"}]

    def found(asked: str) -> object:
        return site.get(f"/admin/scrips/template/tickets/?{asked}").json()["results"]

    assert found(f"q={key.lower()}") == found("q=LABELS") == shown
    assert found(f"q=labels&queue={office.other.pk}") == found("q=la") == found("q=nothing") == []


@pytest.mark.parametrize("typed", ["TKT-999999", "no such words", "x" * 5_000])
def test_ticket_that_is_not_there_is_told(
    site: Client, office: Office, key: str, typed: str
) -> None:
    page = text(site.post(LOOK, form(look_ticket=typed)))

    assert '<div id="look-fault"><ul class="errorlist">' in page
    assert 'class="mail"' not in page


def test_nonsense_is_answered_as_if_nothing_was_said(
    site: Client, office: Office, key: str
) -> None:
    sent = {
        "queue": "<b>",
        "content_type": "image/png",
        "look_transaction": "9" * 40,
        "look_rule": "-1",
        "look_part": "x",
        "look_scheme": "url(x)",
    }

    assert "color-scheme" not in text(site.post(LOOK, sent))
    assert site.post(f"{LOOK}?of=<script>", {}).status_code == 200


def test_without_tickets_the_page_says_so(site: Client, office: Office) -> None:
    page = text(site.get(ADD))

    assert "There is no ticket yet" in page
    assert "its key, as people call it" in page


def test_test_goes_to_whoever_asks_and_to_nobody_else(
    site: Client, office: Office, key: str
) -> None:
    row = saved(office)
    rule(office, row)
    before = Transaction.objects.count()
    sent = form(_test="yes", look_ticket=key, body_template="Not saved: {{ ticket.key }}")

    page = text(site.post(url(row), sent))

    made = Delivery.objects.get()
    assert "A test is on its way to root@example.com." in page
    assert made.payload["to"] == ["root@example.com"]
    assert (made.payload["cc"], made.payload["bcc"]) == ([], [])
    assert made.payload["subject"] == f"[Test] [{key}] Thanks"
    assert (made.payload["body"], made.payload["test"]) == (f"Not saved: {key}", True)
    assert Transaction.objects.count() == before
    row.refresh_from_db()
    assert (row.body_template, row.version) == ("Hello", 1)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"look_ticket": ""}, "No ticket has this key"),
        ({"body_template": "a\n{{ nonsense }}"}, "line 2: "),
    ],
)
def test_test_that_cannot_be_sent_says_why(
    site: Client, office: Office, key: str, changes: dict[str, str], fault: str
) -> None:
    page = text(site.post(ADD, form(_test="yes", **{"look_ticket": key, **changes})))

    assert "No test was sent:" in page
    assert fault in page
    assert not Delivery.objects.exists()


def test_versions_tell_their_lines_and_are_gone_back_to(site: Client, office: Office) -> None:
    row = saved(office, body_template="one\ntwo")
    site.post(url(row), form(body_template="one\nthree", note="Clearer", seen=1))

    page = text(site.get(url(row)))
    assert "Clearer" in page
    assert "<del>two</del>\n<ins>three</ins>" in page
    assert text(site.get(url(row))).count("Roll back to version 1") == 1

    answer = site.post(url(row, "rollback"), {"version": "1"}, follow=True)

    assert "Version 1 is back, as version 3." in text(answer)
    row.refresh_from_db()
    assert row.body_template == "one\ntwo"
    written = AuditEntry.objects.filter(kind="configuration_changed", subject_type="template")
    assert written.count() == 2


def test_version_that_names_what_is_gone_is_not_gone_back_to(site: Client, office: Office) -> None:
    row = saved(office)
    TemplateVersion.objects.filter(template=row).update(
        snapshot={**scrips.template_snapshot(row), "body_template": "{{ ticket.cf.gone }}"}
    )
    scrips.save_template(row, {"body_template": "New"}, actor=office.admin)

    answer = site.post(url(row, "rollback"), {"version": "1"}, follow=True)

    assert "Version 1 can&#x27;t be saved now" in text(answer)
    assert site.post(url(row, "rollback"), {"version": "x"}).status_code == 404
    assert site.get(url(row, "rollback")).status_code == 405


def test_second_of_two_who_save_at_once_is_told(site: Client, office: Office) -> None:
    row = saved(office)
    scrips.save_template(row, {"body_template": "Hers"}, actor=office.admin)

    page = text(site.post(url(row), form(body_template="His", seen=1)))

    assert "Meanwhile version 2 was saved" in page
    assert 'name="seen" value="2"' in page
    row.refresh_from_db()
    assert row.body_template == "Hers"
    site.post(url(row), form(body_template="His", seen=2))
    row.refresh_from_db()
    assert row.body_template == "His"


def test_duplicate_begins_with_the_texts(site: Client, office: Office) -> None:
    row = saved(office, queue_id=office.support.pk, body_template="Dear {{ ticket.requestors }}")

    page = unescape(text(site.get(f"{ADD}?copy={row.pk}")))

    assert 'value="Copy of Receipt"' in page
    assert "Dear {{ ticket.requestors }}</textarea>" in page
    assert f'<option value="{office.support.pk}" selected>' in page
    assert site.get(f"{ADD}?copy=%3Cb%3E").status_code == 200


def test_template_tells_who_uses_it_and_is_not_deleted_then(site: Client, office: Office) -> None:
    row = saved(office)
    used = rule(office, row, name="Greet <them>")

    assert f'/admin/scrips/scrip/{used.pk}/change/">Greet &lt;them&gt;</a>' in text(
        site.get(url(row))
    )
    assert "Greet &lt;them&gt;" in text(site.post(url(row, "delete"), {"post": "yes"}))
    used.delete()
    site.post(url(row, "delete"), {"post": "yes"})
    assert not Template.objects.exists()


def test_rule_that_takes_a_template_while_it_is_deleted_wins(
    site: Client, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = saved(office)
    deletion = scrips.delete_template

    def meanwhile(template: Template) -> None:
        rule(office, row)
        deletion(template)

    monkeypatch.setattr(scrips, "delete_template", meanwhile)

    answer = site.post(url(row, "delete"), {"post": "yes"}, follow=True)

    assert Template.objects.filter(pk=row.pk).exists()
    assert answer.redirect_chain == [(url(row), 302)]


def test_looking_costs_the_same_whatever_there_is(
    site: Client, office: Office, key: str, django_assert_num_queries: Any
) -> None:
    row = saved(office)
    rule(office, row)
    path = f"{LOOK}?of={row.pk}"
    sent = form(look_ticket=key)
    site.post(path, sent)
    with django_assert_num_queries(17):
        site.post(path, sent)
    for number in range(3):
        rule(office, row, name=f"Rule {number}")
        tickets.create({"queue": "Support", "subject": "x"}, actor=office.admin)
        tickets.apply(int(key[4:]), {"priority": number + 1}, actor=office.admin)
    site.post(path, sent)  # what changed is loaded anew
    with django_assert_num_queries(17):
        site.post(path, sent)


def test_whoever_may_write_no_rules_gets_nowhere(office: Office, key: str) -> None:
    row = saved(office)
    holder("clerk", "ShowTicket", "SeeQueue", "AdminCustomFields")
    client = Client()
    client.force_login(User.objects.get(username="clerk"))

    assert client.post(LOOK, form()).status_code == 403
    assert client.get("/admin/scrips/template/tickets/?q=labels").status_code == 403
    assert client.post(url(row, "rollback"), {"version": "1"}).status_code == 403
    assert client.get(url(row)).status_code == 403


def test_ticket_that_somebody_may_not_see_is_not_told(office: Office, key: str) -> None:
    holder("clerk", "AdminScrips", "SeeQueue")
    client = Client()
    client.force_login(User.objects.get(username="clerk"))

    page = text(client.post(LOOK, form(look_ticket=key)))

    assert "There is no such ticket." in page
    assert "labels" not in page
    assert client.get("/admin/scrips/template/tickets/?q=labels").json() == {"results": []}
    sent = text(client.post(ADD, form(_test="yes", look_ticket=key)))
    assert "No test was sent:" in sent
    assert not Delivery.objects.exists()


def test_sent_test_is_settled_without_a_word_in_the_log(
    site: Client, office: Office, key: str
) -> None:
    site.post(ADD, form(_test="yes", look_ticket=key))
    before = Transaction.objects.count()
    made = Delivery.objects.get()

    outbox.deliver(made.kind, [made.pk])

    made.refresh_from_db()
    assert (made.status, Transaction.objects.count()) == ("sent", before)

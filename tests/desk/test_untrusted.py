"""One hostile text in everything that people may write, and every page that shows it."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from customfields.models import CustomField
from scrips import service as scrips
from scrips.models import Delivery, SavedReply
from tessera.accounts.models import ApiToken, Group, User
from tessera.lib import clock, mime
from tests.api.caller import Caller
from tests.api.test_thumbnails import picture
from tests.office import Office
from tests.people import grant
from tickets import files, service
from tickets.models import Attachment, QueueField, SavedView, Ticket

# What it must never become: an element, an attribute, the end of a script, a template, the end of a line.
TEXT = (
    "\"'><evil-tag data-evil onclick=alert(1)></title></script><script src=//evil.example.com>"
    "{{7*7}} \u202eevil\u200b"
)
_NAME = TEXT.replace('"', "").replace("'", "")[:90] + "\u202e"
_MANY = "<evil-tag><div data-evil>" * 5_000
_LETTER = (
    f"<p style='x' onclick=x>{TEXT}</p><svg onload=alert(1)><evil-tag></svg><img src=x onerror=y>"
)
_WORD = "W" * 2_000
_MESSAGES = (
    *((TEXT, kind) for kind in ("text/plain", "text/html", "text/markdown")),
    (_LETTER, "text/html"),
    (_LETTER, "text/markdown"),
    ("[x](javascript:alert(1)) ![y](data:text/html,z) <evil-tag>", "text/markdown"),
    (_MANY, "text/html"),
    (_WORD, "text/plain"),
)
_FIELDS: dict[str, tuple[Any, Any]] = {
    "Freeform": (TEXT, []),
    "Text": (f"{TEXT}\n{TEXT}", []),
    "SelectSingle": (_NAME, [_NAME]),
    "SelectMulti": ([_NAME], [_NAME, "b"]),
    "URL": ("https://e.example.com/?'data-evil", []),
    "Email": ("o'data-evil@e.example.com", []),
}


class _Page(HTMLParser):
    """What of a page could run, or is of the hostile text's making."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        source = given.get("src")
        if (
            tag == "script"
            and source is not None
            and not source.startswith(("/static/", "/admin/jsi18n/"))
        ):
            self.faults.append(f"a script from {source}")
        if tag == "script" and source is None and given.get("type") != "application/json":
            self.faults.append("a script on the page")
        if tag == "evil-tag" or tag in {"base", "object", "embed"}:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name in {"data-evil", "style", "srcdoc"}:
                self.faults.append(f"{name} at <{tag}>")
            way = (value or "").strip().lower()
            if name in {"href", "src", "action"} and way.startswith(("javascript:", "data:", "//")):
                self.faults.append(f"{name} {value}")


def faults(answer: Any) -> list[str]:
    """What is wrong with a page."""
    if answer.status_code != 200:
        return [f"answered {answer.status_code}"]
    text = answer.content.decode()
    page = _Page()
    page.feed(text)
    policy_ = answer["Content-Security-Policy"]
    if "unsafe" in policy_.split("style-src")[0]:
        page.faults.append(policy_)
    return page.faults + (["a template ran"] if "49 \u202e" in text else [])


@pytest.fixture
def api(office: Office) -> Caller:
    return Caller(ApiToken.issue(User.objects.get(username="root")))


@pytest.fixture
def hostile(office: Office) -> int:
    """A ticket on which everything is hostile; gives its id."""
    office.support.name = _NAME
    office.support.save()
    User.objects.filter(pk=office.ann.pk).update(first_name=TEXT[:140], last_name="<evil-tag>")
    maya = User.objects.create_user("maya", email="maya@example.com", first_name=TEXT[:140])
    grant("customer", ticket_role="cc")
    grant("customer", user=maya, queue=office.support)
    group = Group.objects.create(name=_NAME)
    group.members.add(maya)
    SavedView.objects.create(
        name=_NAME, query="Status = new", columns=[], order="", owner=office.ann, for_all=True
    )
    SavedReply.objects.create(name=_NAME, text=TEXT, owner_id=office.admin.id)
    _rules(office)
    values = {
        "queue_id": office.support.pk,
        "subject": TEXT,
        "owner_id": office.ann.pk,
        "requestors": ["maya@example.com"],
        "custom_fields": dict(_fields(office)),
        "message": {"content": TEXT},
    }
    ticket = service.create(values, actor=office.admin).ticket.id
    for content, content_type in _MESSAGES:
        upload = SimpleUploadedFile(f"{TEXT.replace('/', '')}.png", picture("PNG"), "image/png")
        message = {
            "type": "correspond",
            "content": content,
            "content_type": content_type,
            "attachment_ids": [files.keep(upload, creator_id=office.admin.id).pk],
        }
        service.apply(ticket, {"message": message}, actor=office.admin)
    return ticket


def _rules(office: Office) -> None:
    texts = {
        "name": _NAME,
        "subject_template": "{$ticket.subject}",
        "body_template": "<p>{{ transaction.content }}</p>",
        "content_type": "text/html",
    }
    template = scrips.save_template(None, texts, actor=office.admin)
    rule = {
        "name": _NAME,
        "condition_type": "OnCorrespond",
        "action_type": "SendEmail",
        "action_config": {"to": ["requestor"]},
        "template_id": template.pk,
    }
    scrips.save_scrip(None, rule, actor=office.admin)


def _fields(office: Office) -> Iterator[tuple[str, Any]]:
    for position, (kind, (value, choices)) in enumerate(_FIELDS.items(), 5):
        key = f"f{kind.lower()}"
        field = CustomField.objects.create(
            key=key,
            name=_NAME,
            help_text=TEXT,
            field_type=kind,
            values=choices,
            max_values=0 if kind == "SelectMulti" else 1,
            for_customers=True,
        )
        QueueField.objects.create(queue=office.support, field=field, position=position)
        yield key, value


def _paths(ticket: int, queue: int) -> Iterator[str]:
    key = Ticket.objects.get(pk=ticket).key
    yield from (f"/tickets/{key}{rest}" for rest in ("", "?order=oldest", "?at=3", "/why/3"))
    yield from (f"/tickets/{key}/edit/{part}" for part in ("people", "basics", "fields", "links"))
    yield from (f"/tickets/{key}?quote={seq}" for seq in (1, 3, 9))
    yield from ("/", "/?view=all", "/search?q=Status = new", f"/search?q=Subject = '{_NAME}'")
    yield from ("/views/new?q=Status = new", f"/bulk?id={ticket}", "/account", "/account/replies")
    yield from ("/tickets/new", f"/tickets/new?queue={queue}")
    yield from (f"/reports/?by={by}" for by in ("queue", "owner", "priority"))
    yield from ("/admin/", "/admin/check", "/admin/configuration", "/admin/who-may?user=ann")
    for model, page in admin.site._registry.items():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"admin:{name}_changelist")
        if f"{name}_change" in {each.name for each in page.get_urls()}:
            for row in model._default_manager.order_by("-pk")[:1]:
                yield reverse(f"admin:{name}_change", args=[row.pk])


def test_nothing_of_a_hostile_text_runs_on_any_page(
    reader: Client, office: Office, hostile: int
) -> None:
    found = {
        path: wrong
        for path in _paths(hostile, office.support.pk)
        if (wrong := faults(reader.get(path)))
    }

    assert found == {}


def test_nothing_of_it_runs_before_customers(hostile: int) -> None:
    customer = Client()
    customer.force_login(User.objects.get(username="maya"))
    key = Ticket.objects.get(pk=hostile).key

    paths = ("/portal/", f"/portal/tickets/{key}", f"/portal/?q={_NAME}", "/portal/new", "/account")

    assert [(path, faults(customer.get(path))) for path in paths] == [(path, []) for path in paths]


def test_no_name_of_a_file_turns_round_or_leaves_its_header(api: Caller, hostile: int) -> None:
    row = Attachment.objects.latest("pk")

    answer = api.get(f"/api/attachments/{row.pk}")

    assert "\u202e" not in row.filename
    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert "evil-tag" in answer["Content-Disposition"]


def test_subject_is_one_header_of_a_mail_and_markup_in_it_is_text(hostile: int) -> None:
    row = Delivery.objects.filter(ticket=hostile).earliest("pk")

    raw = mime.build(row.payload, date=clock.now()).as_bytes()
    mail = message_from_bytes(raw, policy=policy.default)

    assert mail.get_all("Subject") == [f"[{Ticket.objects.get(pk=hostile).key}] {TEXT}"]
    html = mail.get_body(("html",))
    assert html is not None
    assert "<evil-tag" not in html.get_content()
    assert "&lt;evil-tag" in html.get_content()


@pytest.mark.parametrize("path", ["/?q=%00", "/search?q=%00", "/portal/?q=%00", "/reports/?q=%00"])
def test_nul_in_a_search_finds_nothing_and_breaks_nothing(reader: Client, path: str) -> None:
    assert reader.get(path).status_code == 200


def test_nul_is_refused_wherever_it_is_written(api: Caller, office: Office, hostile: int) -> None:
    way = f"/api/tickets/{hostile}"
    answers = [
        api.patch(way, {"subject": "a\x00b"}),
        api.patch(way, {"custom_fields": {"ffreeform": "a\x00b"}}),
        api.post(f"{way}/reply", {"content": "a\x00b"}),
        api.post("/api/views", {"name": "a\x00b", "query": ""}),
        api.patch(f"/api/queues/{office.support.pk}", {"name": "a\x00b"}),
    ]

    assert [answer.status_code for answer in answers] == [400] * 5

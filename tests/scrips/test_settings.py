"""What administrators write into scrips: refused where it could not work, and kept secret where it must be."""

from typing import Any

import pytest
from pytest_django.fixtures import Settings

from scrips.models import Scrip
from scrips.service import HIDDEN, public_action_config, save_scrip, save_template
from tessera.lib import secretbox
from tessera.lib.errors import Invalid
from tests.office import Office
from tests.scrips.test_engine import mail

HOOK: dict[str, Any] = {"name": "Hook", "condition_type": "OnCreate", "action_type": "Webhook"}
URL = "https://hooks.example.com/"


def hook(office: Office, **config: Any) -> Scrip:
    given = {**HOOK, "action_config": {"url": URL, **config}}
    return save_scrip(None, given, actor=office.admin)


def faults(office: Office, scrip: Scrip | None, **given: Any) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as refused:
        save_scrip(scrip, {**HOOK, **given}, actor=office.admin)
    return refused.value.errors


def secrets_of(scrip: Scrip) -> list[str]:
    scrip.refresh_from_db()
    kept = scrip.action_config["secret"]
    return [secretbox.open_(each) for each in (kept if isinstance(kept, list) else [kept])]


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({"headers": []}, "headers"),
        ({"headers": 0}, "headers"),
        ({"headers": {"X-A": "a\r\nX-B: b"}}, "headers.X-A"),
        ({"headers": {"X-A": "1", "x-a": "2"}}, "headers.x-a"),
        ({"url": "http://10.0.0.1/{{ ticket.id }}"}, "url"),
        ({"url": "http://[::1]?{$ticket.id}"}, "url"),
        ({"url": "http://[v1.a]/"}, "url"),
    ],
)
def test_a_webhook_that_could_never_be_sent_is_refused_when_it_is_saved(
    office: Office, config: dict[str, Any], place: str
) -> None:
    found = faults(office, None, action_config={"url": URL, **config})
    assert f"action_config.{place}" in found
    assert all(name.lower() == f"action_config.{place}".lower() for name in found)


@pytest.mark.parametrize(
    "config",
    [
        {"headers": None},
        {"headers": {"X-A": "{{ ticket.subject }}"}},
        {"url": "https://hooks.example.com/{{ ticket.id }}"},
        {"url": "https://{{ ticket.queue }}.example.com/"},
        {"url": "{{ ticket.subject }}"},
    ],
)
def test_what_only_the_rendering_can_tell_is_taken(office: Office, config: dict[str, Any]) -> None:
    assert hook(office, **config).pk


@pytest.mark.parametrize("address", ["5", "help", "a@b.example, c@d.example"])
def test_a_reply_to_that_is_no_address_is_refused(office: Office, address: str) -> None:
    with pytest.raises(Invalid) as refused:
        mail(office, action_config={"to": ["requestor"], "reply_to": address})
    assert set(refused.value.errors) == {"action_config.reply_to"}


@pytest.mark.parametrize("secret", [HIDDEN, [HIDDEN], ["new", HIDDEN]])
def test_what_stands_for_a_secret_is_none_where_none_is_kept(office: Office, secret: Any) -> None:
    config = {"url": URL, "secret": secret}
    assert set(faults(office, None, action_config=config)) == {"action_config.secret"}
    assert set(faults(office, hook(office), action_config=config)) == {"action_config.secret"}


def test_a_secret_given_back_as_it_was_shown_is_kept_beside_the_new_one(office: Office) -> None:
    scrip = hook(office, secret="old")

    shown = public_action_config(scrip.action_config)
    given = {"action_config": {**shown, "secret": [shown["secret"], "new"]}}
    scrip = save_scrip(scrip, given, actor=office.admin)

    assert secrets_of(scrip) == ["old", "new"]
    assert public_action_config(scrip.action_config)["secret"] == [HIDDEN, HIDDEN]


def test_a_hook_whose_secret_cannot_be_read_any_more_can_be_changed_and_given_another(
    office: Office, settings: Settings
) -> None:
    scrip = hook(office, secret="s" * 1000)
    settings.SECRET_KEY = "another-key-" * 5

    scrip = save_scrip(scrip, {"disabled": True}, actor=office.admin)
    shown = public_action_config(scrip.action_config)
    scrip = save_scrip(scrip, {"action_config": shown, "disabled": True}, actor=office.admin)
    found = faults(office, scrip, action_config={**shown, "url": f"{URL}new"})
    given = {"action_config": {"url": URL, "secret": "new"}}
    scrip = save_scrip(scrip, given, actor=office.admin)

    assert set(found) == {"action_config.secret"}
    assert (scrip.disabled, secrets_of(scrip)) == (True, ["new"])


def test_a_template_cannot_leave_the_scrips_that_use_it(office: Office) -> None:
    scrip = mail(office)
    template = scrip.template
    assert template is not None

    with pytest.raises(Invalid) as refused:
        save_template(template, {"queue_id": office.other.pk}, actor=office.admin)

    assert set(refused.value.errors) == {"queue_id"}
    save_scrip(scrip, {"queue_ids": [office.other.pk]}, actor=office.admin)
    moved = save_template(template, {"queue_id": office.other.pk}, actor=office.admin)
    assert moved.queue_id == office.other.pk

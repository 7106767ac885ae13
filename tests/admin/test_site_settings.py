"""Settings that are changed while the site runs: they count at once, are checked, noted, and go back."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from scrips import caps
from scrips.caps import Cap
from tessera.accounts import site as settings_of
from tessera.accounts.models import AuditEntry, SiteSetting
from tests.admin.pages import text
from tests.office import Office, answering
from tests.people import holder
from tickets import config, service

PAGE = "/admin/settings"


def test_name_stands_on_every_page_from_then_on(site: Client, office: Office) -> None:
    assert "Settings · Tessera" in text(site.get(PAGE))

    site.post(PAGE, {"name": "site_name", "value": " Help & Care "})

    for path in ("/", "/admin/", PAGE):
        page = text(site.get(path))
        assert "· Help &amp; Care</title>" in page
        assert "<span>Help &amp; Care</span>" in page
    assert "Help &amp; Care" in text(Client().get("/login"))


def test_a_change_is_noted_with_old_and_new_and_goes_back(site: Client, office: Office) -> None:
    site.post(PAGE, {"name": "site_name", "value": "One"})
    site.post(PAGE, {"name": "site_name", "value": "Two"})
    site.post(PAGE, {"name": "site_name", "value": "Two"})
    page = text(site.post(PAGE, {"name": "site_name", "default": "1"}, follow=True))

    assert "back at its default" in page
    assert not SiteSetting.objects.exists()
    named, gone = {"name": [None, "site_name"]}, {"name": ["site_name", None]}
    rows = AuditEntry.objects.filter(subject_type="sitesetting").order_by("pk")
    assert list(rows.values_list("kind", "actor_name", "subject_name", "changes")) == [
        ("configuration_added", "root", "site_name", named | {"value": [None, "One"]}),
        ("configuration_changed", "root", "site_name", {"value": ["One", "Two"]}),
        ("configuration_deleted", "root", "site_name", gone | {"value": ["Two", None]}),
    ]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("site_name", " ", "must not be empty"),
        ("site_name", "x" * 61, "60"),
        ("site_name", "a\nb", ""),
        ("mail_from", "nonsense", "must be a mail address"),
        ("mail_from", "a@example.com, b@example.com", "address"),
        ("mail_caps", "many", "must be caps such as 1000/3600"),
        ("mail_caps", "10/0", "must be seconds"),
    ],
)
def test_what_it_can_not_be_is_said_at_its_field(
    site: Client, office: Office, name: str, value: str, told: str
) -> None:
    page = site.post(PAGE, {"name": name, "value": value})

    (line,) = (each for each in page.context["lines"] if each.fault)
    assert (line.setting.name, line.text) == (name, value)
    assert told in line.fault
    assert 'aria-invalid="true"' in text(page)
    assert not SiteSetting.objects.exists()


def test_sender_of_mail_counts_in_the_next_unit_of_work(site: Client, office: Office) -> None:
    answering(office, to=["requestor"])
    site.post(PAGE, {"name": "mail_from", "value": "Desk <desk@example.com>"})
    assert config.current().site.mail_from == "Desk <desk@example.com>"

    made = service.create(
        {"queue": "Other", "subject": "x", "requestors": ["desk@example.com", "m@example.com"]},
        actor=office.admin,
    )
    message = {"message": {"type": "correspond", "content": "Hello"}}
    outcome = service.apply(made.ticket.id, message, actor=office.admin)

    (fired,) = outcome.fired
    assert "m@example.com" in str(fired.effect)
    assert "desk@example.com" not in getattr(fired.effect, "to", ())


def test_caps_count_from_then_on(site: Client, office: Office) -> None:
    site.post(PAGE, {"name": "mail_caps", "value": "5/60, 100/3600"})

    assert [(cap.count, cap.within.total_seconds()) for cap in caps.overall()] == [
        (5, 60.0),
        (100, 3600.0),
    ]
    assert all(isinstance(cap, Cap) for cap in caps.overall())
    assert 'value="5/60,100/3600"' in text(site.get(PAGE))
    site.post(PAGE, {"name": "mail_caps", "value": ""})
    assert caps.overall() == ()


def test_what_the_environment_says_wins_and_can_not_be_changed(
    site: Client, office: Office, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    site.post(PAGE, {"name": "mail_from", "value": "desk@example.com"})
    settings.TESSERA_MAIL_FROM = "env@example.com"
    monkeypatch.setenv("TESSERA_MAIL_FROM", "env@example.com")

    assert settings_of.load().mail_from == "env@example.com"
    page = text(site.get(PAGE))
    assert "<code>TESSERA_MAIL_FROM</code> in the environment says what it is" in page
    refused = site.post(PAGE, {"name": "mail_from", "value": "other@example.com"})
    assert [line.setting.name for line in refused.context["lines"] if line.fault] == ["mail_from"]


def test_only_who_administers_everything_may(office: Office) -> None:
    client = Client()
    client.force_login(holder("quentin", "AdminQueue", "AdminUsers"))

    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"name": "site_name", "value": "Mine"}).status_code == 403
    assert not SiteSetting.objects.exists()


def test_an_unknown_setting_is_not_there(site: Client, office: Office) -> None:
    assert site.post(PAGE, {"name": "secret_key", "value": "x"}).status_code == 404

"""The pages and the administration as a browser sees them."""

from typing import Any

import pytest
from playwright.sync_api import expect

from scrips import service as scrips
from scrips.models import Scrip
from tessera.accounts import tokens
from tessera.accounts.models import AuditEntry, Group, Role, User
from tests.browser.conftest import PASSWORD, Open
from tests.office import Office
from tickets import service
from tickets.models import Grant

PATHS = (
    "/",
    "/?view=all&columns=key,subject,status,queue,requestors,cc,links,lifecycle,id,version,cf.severity",
    "/search?q=Statu = 3",
    "/views/new?q=Status = open",
    "/bulk",
    "/bulk?id={ticket}",
    "/search?q=Subject = nothing",
    "/tickets/{key}",
    "/tickets/{key}?show=automation&order=oldest",
    "/tickets/{key}/edit/people",
    "/tickets/{key}/edit/basics",
    "/tickets/{key}/edit/fields",
    "/tickets/{key}/edit/links",
    "/tickets/{key}/why/2",
    "/tickets/new",
    "/tickets/new?queue={queue}",
    "/tickets/TKT-9999",
    "/reports/?by=owner",
    "/reports/?q=Nonsense&since=2030-01-01&until=2029-01-01",
    "/account",
    "/account/tokens",
    "/account/tokens/{token}/revoke",
    "/password-reset",
    "/password-reset/sent",
    "/password-reset/done",
    "/password-reset/MQ/nothing",
)


@pytest.fixture
def names(office: Office) -> dict[str, Any]:
    """A ticket with a comment, a reply and a rule's work, and a scrip: what the paths name."""
    rule = {
        "name": "Open is low",
        "condition_type": "OnStatusChange",
        "action_type": "SetCustomField",
        "action_config": {"field": "severity", "value": "low"},
    }
    scrip = scrips.save_scrip(None, rule, actor=office.admin)
    ticket = service.create(
        {
            "queue": "Support",
            "subject": "Blank labels on line 3 since the 4.2.1 firmware update",
            "requestors": ["maya.okafor.of.the.night.shift@brightwell.example"],
            "message": {"content": "The printer feeds labels, but there is nothing on them."},
            "priority": 90,
        },
        actor=office.admin,
    ).ticket
    root = User.objects.get(username="root")
    token, _key = tokens.issue(
        root, actor=root, name="nightly backup of the archive", expires_at=None
    )
    group = Group.objects.create(name="Night shift")
    group.members.add(office.ann)
    for message in ("comment", "correspond"):
        values = {"message": {"type": message, "content": "Hold Feed for five seconds."}}
        service.apply(ticket.id, values, actor=office.admin)
    service.apply(ticket.id, {"status": "open", "owner_id": office.ann.pk}, actor=office.admin)
    return {
        "key": ticket.key,
        "ticket": ticket.id,
        "scrip": scrip.pk,
        "queue": office.support.pk,
        "token": token.pk,
        "user": office.ann.pk,
        "group": group.pk,
        "version": office.support.lifecycle.current_id,
        "role": Role.objects.get(name="supervisor").pk,
        "grant": Grant.objects.get(user=office.ann).pk,
    }


# What breaks in one theme is a colour, what breaks at one width is a layout: two turns meet both of each.
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (360, "dark")])
def test_pages_are_silent_accessible_and_fit_the_window(
    visit: Open, names: dict[str, Any], width: int, theme: str
) -> None:
    window = visit(width, theme)

    window.open("/login")
    faults = {"/login": window.faults()}
    window.log_in()
    for path in PATHS:
        window.open(path.format(**names), idle=False)
        faults[path] = window.faults()

    # The browser tells of the missing page by itself.
    faults["/tickets/TKT-9999"] = [f for f in faults["/tickets/TKT-9999"] if "404" not in f]
    assert {path: found for path, found in faults.items() if found} == {}


def test_dark_theme_is_chosen_once_and_kept_with_the_person(visit: Open) -> None:
    window = visit(1280, "light")
    window.open("/login")
    window.log_in()

    with window.page.expect_response("**/account/theme"):
        window.page.get_by_role("button", name="Dark theme").click()
    # Another browser of the same person knows it too.
    window.page.evaluate("localStorage.setItem('tessera.theme', 'light')")
    window.open("/admin/")

    toggle = window.page.get_by_role("button", name="Dark theme")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    assert window.page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert window.page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"


def test_fault_of_a_scrip_is_shown_at_its_field(visit: Open, names: dict[str, Any]) -> None:
    window = visit(1280, "light")
    window.log_in()
    window.open(f"/admin/scrips/scrip/{names['scrip']}/change/")

    window.page.get_by_label("Value").fill("hihg")
    window.page.get_by_role("button", name="Save", exact=True).click()

    value = window.page.get_by_label("Value")
    expect(value).to_have_attribute("aria-invalid", "true")
    expect(window.page.locator("#id_action_SetCustomField_value_error")).to_contain_text("hihg")
    assert window.faults() == []
    assert Scrip.objects.get().action_config == {"field": "severity", "value": "low"}


def test_what_a_rule_did_unfolds_by_the_keyboard(visit: Open, names: dict[str, Any]) -> None:
    window = visit(1280, "light")
    window.log_in()
    window.open(f"/tickets/{names['key']}")

    window.page.locator("summary", has_text="Open is low").focus()
    window.page.keyboard.press("Enter")

    expect(window.page.get_by_role("link", name="Look at the scrip")).to_be_visible()


def test_fonts_of_the_pages_are_our_own(visit: Open, names: dict[str, Any]) -> None:
    window = visit(1280, "light")
    window.log_in()

    loaded = window.page.evaluate(
        "document.fonts.ready.then((all) => [...all].filter((f) => f.status === 'loaded').map((f) => f.family))"
    )

    assert set(loaded) == {"Inter", "JetBrains Mono"}


def test_key_of_a_token_is_made_copied_and_revoked_by_the_keyboard(visit: Open) -> None:
    window = visit(360, "light")
    window.log_in()
    window.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    window.page.get_by_role("link", name="root: your account").press("Enter")
    window.page.get_by_role("link", name="API tokens").press("Enter")

    window.page.get_by_label("Name").fill("backup")
    window.page.keyboard.press("Enter")
    expect(window.page.get_by_role("textbox", name="Key")).to_be_focused()
    key = window.page.get_by_role("textbox", name="Key").input_value()
    window.page.get_by_role("button", name="Copy").press("Enter")
    expect(window.page.get_by_role("status")).to_have_text("Copied.")

    assert window.page.evaluate("navigator.clipboard.readText()") == key
    assert window.faults() == []
    window.page.get_by_role("link", name="I have it").press("Enter")
    window.page.get_by_role("link", name="Revoke backup").press("Enter")
    window.page.get_by_role("button", name="Revoke it").press("Enter")
    expect(window.page.get_by_role("status")).to_have_text("The token is revoked.")
    assert window.faults() == []


def test_too_many_tries_are_told_on_the_page(visit: Open) -> None:
    window = visit(360, "dark")
    for _try in range(6):
        window.open("/login")
        window.page.get_by_label("Username").fill("root")
        window.page.get_by_label("Password").fill("wrong")
        window.submit("Log in")

    expect(window.page.get_by_role("alert")).to_contain_text("Too many tries")
    assert [fault for fault in window.faults() if "429" not in fault] == []


def test_faults_of_a_new_password_stand_at_its_field(visit: Open, names: dict[str, Any]) -> None:
    window = visit(360, "light")
    window.log_in()
    window.open("/account")

    window.page.get_by_label("Old password").fill(PASSWORD)
    window.page.get_by_label("New password", exact=True).fill("short")
    window.page.get_by_label("New password confirmation").fill("short")
    window.page.get_by_role("button", name="Change the password").click()

    expect(window.page.locator("#id_new_password2_error")).to_contain_text("too short")
    assert window.faults() == []
    assert not AuditEntry.objects.filter(kind="password_changed").exists()

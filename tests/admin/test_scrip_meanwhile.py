"""Two who change one rule at once: nobody's work is written over without a word."""

from typing import Any

from django.test import Client

from scrips import service
from scrips.models import Scrip
from tests.admin.pages import text
from tests.admin.test_scrip_list import rule
from tests.admin.test_scrips import form
from tests.office import Office

SAID = "Somebody else saved this rule while you changed it."


def change(scrip: Scrip) -> str:
    return f"/admin/scrips/scrip/{scrip.pk}/change/"


def both(site: Client, office: Office, **mine: Any) -> tuple[Scrip, Any]:
    """A rule that another saves while the form with `mine` is open, and the answer to that form."""
    scrip = rule(office)
    assert 'name="seen" value="1"' in text(site.get(change(scrip)))
    theirs = {"name": "Theirs", "condition_config": {"to": "resolved"}}
    service.save_scrip(scrip, theirs, actor=office.admin, note="in a hurry")
    return scrip, site.post(change(scrip), form(seen="1", **mine))


def test_second_save_is_told_of_the_first_and_shown_both(site: Client, office: Office) -> None:
    scrip, answer = both(site, office, name="Mine")

    page = text(answer)

    assert SAID in page
    assert "in a hurry" in page
    for cells in (
        ("condition: to", "open", "resolved", "open"),
        ("name", "Close", "Theirs", "Mine"),
    ):
        field, *values = cells
        row = f'<th scope="row">{field}</th>' + "".join(f"<td>{each}</td>" for each in values)
        assert row in page
    scrip.refresh_from_db()
    assert (scrip.name, scrip.version) == ("Theirs", 2)


def test_whoever_saves_again_has_seen_it_and_may(site: Client, office: Office) -> None:
    scrip, answer = both(site, office, name="Mine")
    assert 'name="seen" value="2"' in text(answer)

    assert site.post(change(scrip), form(seen="2", name="Mine")).status_code == 302

    scrip.refresh_from_db()
    assert (scrip.name, scrip.version) == ("Mine", 3)


def test_trying_is_no_saving_and_keeps_what_was_seen(site: Client, office: Office) -> None:
    _scrip, answer = both(site, office, _try="1")

    page = text(answer)
    assert SAID not in page
    assert 'name="seen" value="1"' in page


def test_form_that_is_wrong_besides_tells_both(site: Client, office: Office) -> None:
    _scrip, answer = both(site, office, name="")

    page = text(answer)
    assert SAID in page
    assert 'id="id_name_error"' in page


def test_rule_that_was_deleted_meanwhile_says_so(site: Client, office: Office) -> None:
    scrip = rule(office)
    service.delete_scrip(scrip, actor=office.admin)

    answer = site.post(change(scrip), form(seen="1"), follow=True)

    assert answer.status_code == 200
    assert not Scrip.objects.exists()


def test_secret_is_not_told_to_either(site: Client, office: Office) -> None:
    hook = {"url": "https://example.com/", "secret": "first"}
    scrip = rule(office, action_type="Webhook", action_config=hook)
    service.save_scrip(scrip, {"action_config": {**hook, "secret": "second"}}, actor=office.admin)

    answer = site.post(
        change(scrip),
        form(seen="1", action_type="Webhook", action_Webhook_url="https://example.com/b"),
    )

    page = text(answer)
    assert SAID in page
    assert "second" not in page.replace("seconds", "")

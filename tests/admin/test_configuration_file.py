"""The configuration as a file, in the administration."""

from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tessera.accounts.models import AuditEntry, Group
from tests.admin.pages import text
from tests.office import Office
from tests.people import holder

PAGE = "/admin/configuration"
EXPORT = "/admin/configuration/export"
CREW = "tessera: 1\ngroups:\n  - name: Crew\n"


def review(site: Client, given: str) -> dict[str, str]:
    """What the page of the plan would send on."""
    response: Any = site.post(PAGE, {"text": given, "review": "1"})
    assert "Crew" in text(response)
    form = response.context["form"]
    return {name: form.initial[name] for name in ("text", "stamp", "reviewed")}


def test_export_is_a_file_to_keep(site: Client) -> None:
    response = site.get(EXPORT)

    assert response["Content-Disposition"] == 'attachment; filename="tessera.yaml"'
    assert response["Content-Type"] == "application/yaml; charset=utf-8"
    assert "no-store" in response["Cache-Control"]
    assert "\n  - name: Support\n" in response.content.decode()


def test_what_was_exported_would_change_nothing(site: Client) -> None:
    file = SimpleUploadedFile("tessera.yaml", site.get(EXPORT).content)

    page = text(site.post(PAGE, {"file": file, "review": "1"}))

    assert "Nothing would change" in page
    assert 'name="apply"' not in page


def test_plan_is_shown_before_anything_is_done(site: Client) -> None:
    page = text(site.post(PAGE, {"text": CREW, "review": "1"}))

    assert "What would change" in page
    assert 'name="apply"' in page
    assert not Group.objects.exists()


def test_what_was_reviewed_is_applied(site: Client) -> None:
    given = review(site, CREW)

    response = site.post(PAGE, {**given, "note": "", "apply": "1"}, follow=True)

    assert "Applied: 1 added, 0 changed, 0 removed." in text(response)
    assert Group.objects.get().name == "Crew"
    assert AuditEntry.objects.get(kind="configuration_applied").actor_name == "root"


def test_lines_as_browsers_send_them_are_the_same_text(site: Client) -> None:
    given = review(site, CREW)

    site.post(PAGE, {**given, "text": CREW.replace("\n", "\r\n"), "apply": "1"})

    assert Group.objects.get().name == "Crew"


def test_text_that_was_changed_after_the_review_is_reviewed_anew(site: Client) -> None:
    given = review(site, CREW)

    page = text(site.post(PAGE, {**given, "text": f"{CREW}  - name: Other\n", "apply": "1"}))

    assert "What would change" in page
    assert not Group.objects.exists()


def test_plan_that_was_overtaken_is_shown_anew(site: Client) -> None:
    given = review(site, CREW)
    Group.objects.create(name="Somebody was faster")

    page = text(site.post(PAGE, {**given, "apply": "1"}))

    assert "The configuration has changed since this plan was made" in page
    assert "Somebody was faster" in page
    assert not Group.objects.filter(name="Crew").exists()


def test_faults_stand_with_their_line(site: Client) -> None:
    response: Any = site.post(PAGE, {"text": CREW.replace("name", "nam"), "review": "1"})

    assert response.status_code == 400
    page = unescape(response.content.decode())
    assert "line 3, column 5" in page
    assert "did you mean “name”?" in page
    assert "<pre>  - nam: Crew</pre>" in page


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "Choose a file, or paste its text below."),
        ({"file": SimpleUploadedFile("x.yaml", b"\xff\xfe")}, "This file is no text in UTF-8."),
    ],
)
def test_what_is_no_file_is_told_at_its_field(
    site: Client, given: dict[str, Any], told: str
) -> None:
    response: Any = site.post(PAGE, {**given, "review": "1"})

    assert response.status_code == 400
    assert response.context["form"].errors["file"] == [told]


def test_who_may_not_do_everything_is_refused(office: Office) -> None:
    clerk = Client()
    clerk.force_login(holder("uma", "AdminUsers", "AdminQueue", "AdminScrips"))

    for url in (PAGE, EXPORT):
        assert clerk.get(url).status_code == 403
    assert clerk.post(PAGE, {"text": CREW, "apply": "1"}).status_code == 403
    assert "Configuration as a file" not in text(clerk.get("/admin/"))


def test_start_leads_there(site: Client) -> None:
    assert f'href="{PAGE}"' in text(site.get("/admin/"))

"""One's own page: name, time zone, password, API tokens."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from tessera.accounts.models import ApiToken, AuditEntry, User
from tests.api.caller import Caller
from tests.office import make_office

PASSWORD, NEW = "correct horse", "battery staple 4"


@pytest.fixture
def ines(db: None) -> User:
    return User.objects.create_user("ines", PASSWORD, email="ines@example.com")


@pytest.fixture
def page(ines: User) -> Client:
    client = Client()
    client.force_login(ines)
    return client


def html(answer: Any) -> str:
    assert answer.status_code in {200, 429}
    return str(answer.content.decode())


@pytest.mark.parametrize("path", ["/account", "/account/tokens", "/account/tokens/1/revoke"])
def test_visitor_is_sent_to_the_login(db: None, path: str) -> None:
    assert Client().get(path)["Location"] == f"/login?next={path}"


def test_top_bar_leads_there(page: Client) -> None:
    assert re.search(
        r'<a class="avatar[^"]*" href="/account"[^>]*aria-label="ines: your account"',
        html(page.get("/", follow=True)),
    )


def test_name_and_zone_are_saved_and_nothing_else(page: Client, ines: User) -> None:
    given = {"first_name": "Ines", "last_name": "Carvalho", "time_zone": "Europe/Lisbon"}
    given["language"] = "pt"

    answer = page.post(
        "/account", {**given, "username": "root", "email": "root@example.com", "disabled": "on"}
    )

    ines.refresh_from_db()
    assert answer["Location"] == "/account"
    assert (ines.name, ines.time_zone, ines.language) == ("Ines Carvalho", "Europe/Lisbon", "pt")
    assert (ines.username, ines.email, ines.disabled) == ("ines", "ines@example.com", False)
    assert AuditEntry.objects.get().changes["first_name"] == ["", "Ines"]


def test_zone_that_there_is_not_is_refused_at_its_field(page: Client, ines: User) -> None:
    answer = page.post(
        "/account", {"first_name": "Eve", "last_name": "", "time_zone": "Mars/Olympus"}
    )

    assert 'id="id_time_zone_error"' in html(answer)
    assert "Eve: your account" not in html(answer)
    ines.refresh_from_db()
    assert ines.first_name == ""


def passwords(old: str = PASSWORD, new: str = NEW) -> dict[str, str]:
    return {"old_password": old, "new_password1": new, "new_password2": new}


def test_another_password_ends_the_other_logins_and_not_this_one(page: Client, ines: User) -> None:
    other = Client()
    other.force_login(ines)

    answer = page.post("/account/password", passwords(), follow=True)

    assert "Your password is changed." in html(answer)
    assert page.get("/account").status_code == 200
    assert other.get("/account").status_code == 302
    assert User.objects.get(pk=ines.pk).check_password(NEW)
    assert [entry.kind for entry in AuditEntry.objects.all()] == ["password_changed"]


def test_wrong_old_password_is_refused_and_not_for_ever_asked(page: Client, ines: User) -> None:
    answers = [page.post("/account/password", passwords(old="wrong")) for _try in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert "That is not your password." in html(answers[0])
    assert "Too many tries" in html(answers[-1])
    assert int(answers[-1]["Retry-After"]) > 0
    assert User.objects.get(pk=ines.pk).check_password(PASSWORD)


@pytest.mark.parametrize("new", ["short", "ines@example.com"])
def test_password_against_the_rules_is_refused(page: Client, ines: User, new: str) -> None:
    answer = page.post("/account/password", passwords(new=new))

    assert 'id="id_new_password2_error"' in html(answer)
    assert "at least 10 characters" in html(page.get("/account"))


def test_who_has_no_password_is_offered_none(page: Client, ines: User) -> None:
    ines.set_unusable_password()
    ines.save()
    page.force_login(ines)

    assert "/account/password" not in html(page.get("/account"))
    assert page.post("/account/password", passwords()).status_code == 404


def key_in(answer: Any) -> str:
    found = re.search(r'id="key" value="([^"]+)" readonly', html(answer))
    assert found is not None
    return found[1]


def test_key_is_shown_once_and_works(page: Client, ines: User) -> None:
    answer = page.post("/account/tokens", {"name": "backup", "expires_at": ""})

    key = key_in(answer)
    assert Caller(key).get("/api/me").json()["username"] == "ines"
    assert "no-store" in answer["Cache-Control"]
    assert key not in html(page.get("/account/tokens"))
    assert ApiToken.objects.get().hint in html(page.get("/account/tokens"))


def test_end_of_a_token_is_in_the_zone_of_who_makes_it(page: Client, ines: User) -> None:
    User.objects.filter(pk=ines.pk).update(time_zone="Asia/Tokyo")

    page.post("/account/tokens", {"name": "backup", "expires_at": "2100-01-01T09:00"})

    assert ApiToken.objects.get().expires_at == datetime(2100, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "field"),
    [({"name": ""}, "name"), ({"name": "x", "expires_at": "2020-01-01T00:00"}, "expires_at")],
)
def test_fault_stands_at_its_field_and_makes_nothing(
    page: Client, given: dict[str, str], field: str
) -> None:
    answer = page.post("/account/tokens", given)

    assert f'id="id_{field}_error"' in html(answer)
    assert not ApiToken.objects.exists()


def test_token_is_revoked_after_a_question(page: Client, ines: User) -> None:
    key = ApiToken.issue(ines, name="backup")
    path = f"/account/tokens/{ApiToken.objects.get().pk}/revoke"

    question = html(page.get(path))
    assert Caller(key).get("/api/me").status_code == 200
    page.post(path)

    assert "Revoke “backup”?" in question
    assert Caller(key).get("/api/me").status_code == 401
    assert page.get(path).status_code == 404


@pytest.mark.parametrize("number", ["0", "999999", "99999999999999999999999"])
def test_token_that_is_not_there_is_404(page: Client, number: str) -> None:
    assert page.get(f"/account/tokens/{number}/revoke").status_code == 404


def test_nobody_sees_or_revokes_anothers_token(page: Client) -> None:
    other = User.objects.create_user("ole", email="ole@example.com")
    key = ApiToken.issue(other, name="secret project")
    path = f"/account/tokens/{ApiToken.objects.get().pk}/revoke"

    assert "secret project" not in html(page.get("/account/tokens"))
    assert (page.get(path).status_code, page.post(path).status_code) == (404, 404)
    assert Caller(key).get("/api/me").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_as_many_statements_for_three_as_for_one(
    page: Client, ines: User, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        ApiToken.issue(ines, name=f"script {number}")
    page.get("/account/tokens")

    with django_assert_num_queries(4):  # session, user, tokens, configuration's number
        page.get("/account/tokens")


def test_password_change_of_the_administration_is_ones_own_page(page: Client, ines: User) -> None:
    make_office()
    page.force_login(User.objects.get(username="root"))

    assert page.get("/admin/password_change/")["Location"] == "/account"

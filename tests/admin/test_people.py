"""People and keys in the administration."""

import re

from django.test import Client

from tessera.accounts.models import ApiToken, User
from tests.admin.pages import errors, text
from tests.office import Office


def test_key_of_a_new_token_is_shown_once_and_works(site: Client, office: Office) -> None:
    answer = site.post(
        "/admin/accounts/apitoken/add/", {"user": office.ann.pk, "name": "cron", "expires_at": ""}
    )

    found = re.search(r'id="key" value="([^"]+)"', text(answer))
    assert found is not None
    token = ApiToken.objects.get()
    assert token.digest == ApiToken.digest_of(found[1])
    assert "no-store" in answer["Cache-Control"]
    again = text(site.get(f"/admin/accounts/apitoken/{token.pk}/change/"))
    assert found[1] not in again
    assert token.digest not in again


def test_revoking_says_who_is_refused_from_then_on(site: Client, office: Office) -> None:
    ApiToken.issue(office.ann, name="cron")
    token = ApiToken.objects.get()

    page = text(site.get(f"/admin/accounts/apitoken/{token.pk}/delete/"))

    assert "Revoke “cron”?" in page
    assert f"the key that begins with {token.hint} is refused" in page


def test_deleted_token_is_revoked(site: Client, office: Office) -> None:
    key = ApiToken.issue(office.ann)
    token = ApiToken.objects.get()

    site.post(f"/admin/accounts/apitoken/{token.pk}/delete/", {"post": "yes"})

    caller = Client(headers={"Authorization": f"Token {key}"})
    assert caller.get("/api/me").status_code == 401


def test_hash_of_a_password_is_shown_nowhere(site: Client, office: Office) -> None:
    root = User.objects.get(username="root")

    page = text(site.get(f"/admin/accounts/user/{root.pk}/change/"))

    assert root.password not in page
    assert root.password.partition("$")[0] + "$" not in page


def test_password_is_set_on_a_page_of_its_own(site: Client, office: Office) -> None:
    path = f"/admin/accounts/user/{office.ann.pk}/password/"

    site.post(
        path,
        {"password1": "correct horse 9", "password2": "correct horse 9", "usable_password": "true"},
    )

    office.ann.refresh_from_db()
    assert office.ann.check_password("correct horse 9")


def test_new_user_is_made_with_a_password(site: Client) -> None:
    given = {
        "username": "maya",
        "email": "maya@example.com",
        "usable_password": "true",
        "password1": "correct horse 9",
        "password2": "correct horse 9",
    }

    site.post("/admin/accounts/user/add/", given)

    assert User.objects.get(username="maya").check_password("correct horse 9")


def test_names_and_addresses_of_users_differ_whatever_their_case(
    site: Client, office: Office
) -> None:
    given = {"username": "ROOT", "email": "Root@Example.com", "time_zone": "UTC"}

    answer = site.post(f"/admin/accounts/user/{office.ann.pk}/change/", given)

    assert errors(answer) == {
        "username": ["“ROOT” is taken."],
        "email": ["“Root@Example.com” is taken."],
    }


def test_nobody_locks_himself_out(site: Client, office: Office) -> None:
    root = User.objects.get(username="root")
    given = {"username": "root", "email": "root@example.com", "time_zone": "UTC", "disabled": "on"}

    site.post(f"/admin/accounts/user/{root.pk}/change/", given)

    root.refresh_from_db()
    assert root.disabled is False


def test_system_user_is_always_as_it_is(site: Client, office: Office) -> None:
    system = User.objects.get(username="system")

    answer = site.post(f"/admin/accounts/user/{system.pk}/change/", {"username": "sam"})
    password = site.post(f"/admin/accounts/user/{system.pk}/password/", {"password1": "x"})

    assert (answer.status_code, password.status_code) == (403, 403)

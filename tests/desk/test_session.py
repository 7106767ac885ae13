"""Coming in and going out."""

import pytest
from django.test import Client

from tessera.accounts.models import User


@pytest.fixture
def ines(db: None) -> User:
    return User.objects.create_user("ines", "correct horse", email="ines@example.com")


def test_login_leads_to_where_one_was_going(client: Client, ines: User) -> None:
    given = {"username": "ines", "password": "correct horse", "next": "/tickets/TKT-0001"}

    answer = client.post("/login", given)

    assert answer["Location"] == "/tickets/TKT-0001"


def test_login_leads_to_no_other_site(client: Client, ines: User) -> None:
    given = {"username": "ines", "password": "correct horse", "next": "https://evil.example/"}

    assert client.post("/login", given)["Location"] == "/portal/"


def test_wrong_password_is_told_without_saying_which_was_wrong(client: Client, ines: User) -> None:
    page = client.post("/login", {"username": "ines", "password": "no"}).content.decode()

    assert "Please enter a correct username and password" in page


def test_disabled_user_can_not_come_in(client: Client, ines: User) -> None:
    User.objects.filter(pk=ines.pk).update(disabled=True)

    answer = client.post("/login", {"username": "ines", "password": "correct horse"})

    assert answer.status_code == 200


def test_system_user_can_not_come_in(client: Client, db: None) -> None:
    answer = client.post("/login", {"username": "system", "password": "!"})

    assert answer.status_code == 200


def test_logout_is_a_post_and_ends_the_session(client: Client, ines: User) -> None:
    client.force_login(ines)

    assert client.get("/logout").status_code == 405
    assert client.post("/logout")["Location"] == "/login"
    assert client.get("/")["Location"] == "/login?next=/"


def test_who_may_not_administer_is_told_so_at_the_login(client: Client, ines: User) -> None:
    client.force_login(ines)

    page = client.get("/admin/", follow=True)

    assert page.redirect_chain[-1] == ("/login?next=%2Fadmin%2F", 302)
    assert b"who may not open that page" in page.content


def test_administration_is_found_without_its_slash(client: Client, db: None) -> None:
    assert client.get("/admin")["Location"] == "/admin/"

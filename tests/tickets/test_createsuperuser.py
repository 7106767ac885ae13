"""`tessera createsuperuser`, asked at a real terminal and by programs."""

import subprocess
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tessera.accounts.models import AuditEntry, User
from tessera.accounts.rights import SUPER_USER
from tests.terminal import at_terminal, command, environment
from tickets import access
from tickets.access import Actor
from tickets.models import Grant

PASSWORD = "battery staple 4"


def run(**options: Any) -> str:
    """By a program; gives what is printed."""
    printed = StringIO()
    call_command("createsuperuser", noinput=True, stdout=printed, **options)
    return printed.getvalue()


def is_administrator(username: str) -> bool:
    return access.may(Actor.of(User.objects.get(username=username)), SUPER_USER)


def test_administrator_is_made_at_the_terminal(transactional_db: None) -> None:
    code, shown = at_terminal(
        "createsuperuser",
        [
            ("Username", "ada lovelace\n"),
            ("Username", "ada\n"),
            ("E-mail address", "ada\n"),
            ("E-mail address", "ada@example.com\n"),
            ("Password:", f"{PASSWORD}\n"),
            ("(again):", "something else\n"),
            ("Password:", "12345678\n"),
            ("(again):", "12345678\n"),
            ("Password:", f"{PASSWORD}\n"),
            ("(again):", f"{PASSWORD}\n"),
        ],
    )

    assert code == 0, shown
    assert "username: Letters, digits and @ . + - _ only." in shown
    assert "email: Enter a valid email address." in shown
    assert "The two passwords differ." in shown
    assert "This password is too common." in shown
    assert "ada is an administrator." in shown
    assert PASSWORD not in shown
    user = User.objects.get(username="ada")
    assert user.check_password(PASSWORD)
    assert user.email == "ada@example.com"
    assert is_administrator("ada")


def test_somebody_who_is_there_already_is_asked_for_nothing(transactional_db: None) -> None:
    User.objects.create_user("ada", PASSWORD)

    code, shown = at_terminal("createsuperuser", [("Username", "ADA\n")])

    assert (code, "Password" in shown) == (0, False)
    assert is_administrator("ada")
    assert User.objects.get(username="ada").check_password(PASSWORD)


def test_fault_of_the_name_is_told_before_a_password_is_asked_for(transactional_db: None) -> None:
    code, shown = at_terminal("createsuperuser", [], "--username", "ada lovelace")

    assert code == 2
    assert "username: Letters, digits and @ . + - _ only." in shown
    assert "Password" not in shown


def test_leaving_makes_nobody(transactional_db: None) -> None:
    code, shown = at_terminal(
        "createsuperuser", [("Username", "ada\n"), ("E-mail address", "\n"), ("Password:", "\x03")]
    )

    assert code == 1
    assert "cancelled" in shown
    assert not User.objects.filter(username="ada").exists()


def test_without_a_terminal_nothing_is_asked(db: None) -> None:
    done = subprocess.run(
        command("createsuperuser"),
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 2
    assert done.stderr.startswith("CommandError: there is no terminal to ask at: give --noinput")


def test_program_gives_all_in_the_environment(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("USERNAME", "ada"), ("EMAIL", "ada@example.com"), ("PASSWORD", PASSWORD)):
        monkeypatch.setenv(f"DJANGO_SUPERUSER_{name}", value)

    assert run() == "ada is an administrator.\n"
    user = User.objects.get(username="ada")
    assert (user.email, user.check_password(PASSWORD)) == ("ada@example.com", True)
    assert is_administrator("ada")


def test_options_go_before_the_environment(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "other")

    run(username="ada", email="ada@example.com")

    assert not User.objects.filter(username="other").exists()
    assert User.objects.get(username="ada").email == "ada@example.com"


def test_without_a_password_there_is_none_and_that_is_told(db: None) -> None:
    assert run(username="ada") == (
        "ada is an administrator.\nThere is no password; `tessera changepassword ada` sets one.\n"
    )
    assert not User.objects.get(username="ada").has_usable_password()


def test_it_can_be_said_again(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    run(username="ada")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "another one 5")

    assert run(username="Ada") == "ada is an administrator already.\n"
    assert User.objects.get(username="ada").check_password(PASSWORD)
    assert Grant.objects.filter(user__username="ada").count() == 1


def test_it_is_noted(db: None) -> None:
    run(username="ada")

    entries = AuditEntry.objects.filter(actor_id=None).order_by("pk")
    assert list(entries.values_list("kind", "subject_name")) == [
        ("user_added", "ada"),
        ("grant_added", "ada has the role admin everywhere"),
    ]


@pytest.mark.parametrize(
    ("options", "password", "why"),
    [
        ({"username": "ada"}, "12345", "too short"),
        ({"username": "adalovelace"}, "adalovelace", "too similar to the username"),
        ({"username": "ada lovelace"}, PASSWORD, "username: Letters, digits"),
        ({"username": ""}, PASSWORD, "say who"),
        ({}, PASSWORD, "say who"),
        ({"username": "ada", "email": "x"}, PASSWORD, "email: Enter a valid email address."),
        ({"username": "ada", "email": "BEN@example.com"}, PASSWORD, "is another user's"),
        ({"username": "system"}, PASSWORD, "system is disabled or the system"),
        ({"username": "cy"}, PASSWORD, "cy is disabled or the system"),
    ],
)
def test_what_is_wrong_makes_nobody(
    db: None, monkeypatch: pytest.MonkeyPatch, options: dict[str, str], password: str, why: str
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", password)
    User.objects.create_user("ben", email="ben@example.com")
    User.objects.create_user("cy", disabled=True)
    before = (User.objects.count(), Grant.objects.count())

    with pytest.raises(CommandError, match=why) as caught:
        run(**options)

    assert caught.value.returncode == 2
    assert (User.objects.count(), Grant.objects.count()) == before

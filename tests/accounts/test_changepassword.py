"""`tessera changepassword`, asked at a real terminal."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from tessera.accounts.models import AuditEntry, User
from tests.terminal import at_terminal

OLD, NEW = "battery staple 4", "correct horse 7"


def entries() -> list[tuple[str, int | None, str, dict[str, str]]]:
    rows = AuditEntry.objects.order_by("pk")
    return list(rows.values_list("kind", "actor_id", "subject_name", "facts"))


def test_password_set_in_the_shell_ends_logins_and_is_noted(transactional_db: None) -> None:
    user = User.objects.create_user("ada", OLD)
    browser = Client()
    browser.force_login(user)

    code, shown = at_terminal(
        "changepassword",
        [
            ("Password:", "12345678\n"),
            ("(again):", "12345678\n"),
            ("Password:", f"{NEW}\n"),
            ("(again):", "something else\n"),
            ("Password:", f"{NEW}\n"),
            ("(again):", f"{NEW}\n"),
        ],
        "ADA",
    )

    assert code == 0, shown
    assert "This password is too common." in shown
    assert "The two passwords differ." in shown
    assert "The password of ada is changed" in shown
    assert NEW not in shown
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert browser.get("/account").status_code == 302
    assert entries() == [("password_changed", None, "ada", {"way": "shell"})]


def test_leaving_changes_nothing(transactional_db: None) -> None:
    user = User.objects.create_user("ada", OLD)

    code, shown = at_terminal("changepassword", [("Password:", "\x03")], "ada")

    assert (code, "cancelled" in shown) == (1, True)
    user.refresh_from_db()
    assert user.check_password(OLD)
    assert entries() == []


@pytest.mark.parametrize(
    ("name", "told"), [("nobody-here", "there is no user"), ("system", "takes no password")]
)
def test_who_takes_no_password_is_told_before_one_is_asked_for(
    db: None, name: str, told: str
) -> None:
    with pytest.raises(CommandError, match=told):
        call_command("changepassword", name)

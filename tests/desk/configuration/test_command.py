"""`tessera config`."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tessera.accounts.models import Group
from tests.desk.configuration.conftest import File
from tests.people import administrator
from tests.terminal import at_terminal

_CREW = "tessera: 1\ngroups:\n  - name: Crew\n"


def run(*words: str) -> str:
    out = StringIO()
    call_command("config", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tessera.yaml"


def test_plan_of_what_was_exported_is_empty_and_exits_with_0(file: File, path: Path) -> None:
    path.write_text(run("export"))

    assert run("plan", str(path)) == "The configuration is as the file has it.\n"


def test_plan_with_a_difference_tells_it_and_exits_with_2(file: File, path: Path) -> None:
    file.sections["groups"].append({"name": "Night shift"})
    file.one("templates", "Hello")["body_template"] = "Hello,\n\n  {$ticket.subject}\n\nSee you\n"
    path.write_text(file.text)
    out = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("config", "plan", str(path), stdout=out)

    assert ended.value.code == 2
    assert out.getvalue() == (
        "Groups\n"
        "  + Night shift\n"
        "\n"
        "Templates\n"
        "  ~ Hello\n"
        "      body_template: another text\n"
        "         \n"
        "        -Bye\n"
        "        +See you\n"
        "      1 scrip writes with it\n"
        "\n"
        "1 added, 1 changed, 0 removed\n"
    )


def test_faults_are_told_with_file_and_line_and_exit_with_1(file: File, path: Path) -> None:
    path.write_text("tessera: 1\ngroups:\n  - nam: Crew\n")

    with pytest.raises(CommandError) as raised:
        run("plan", str(path))

    assert raised.value.returncode == 1
    assert str(raised.value).startswith(f"{path}: line 3, column 5: groups[1].nam: ")


def test_apply_with_yes_does_not_ask(file: File, path: Path) -> None:
    path.write_text(_CREW + "  - name: Night shift\n")

    assert run("apply", "--yes", "--note", "From the repository", str(path)).endswith("Applied.\n")

    assert Group.objects.filter(name="Night shift").exists()


def test_apply_asks_nobody_where_nobody_is(file: File, path: Path) -> None:
    path.write_text(_CREW + "  - name: Night shift\n")

    with pytest.raises(CommandError, match="say --yes"):
        run("apply", str(path))

    assert not Group.objects.filter(name="Night shift").exists()


def test_only_who_may_everything_can_be_named(file: File) -> None:
    with pytest.raises(CommandError, match="--as USERNAME"):
        run("--as", "ann", "export")
    with pytest.raises(CommandError, match="there is no user 'nobody'"):
        run("--as", "nobody", "export")


def test_file_that_is_not_there_or_no_text_is_told(db: None, path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run("plan", str(path))
    path.write_bytes(b"tessera: 1\n\xff")
    with pytest.raises(CommandError, match="line 2: this is no UTF-8"):
        run("plan", str(path))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("answer", "made"), [("y\n", True), ("\n", False)])
def test_apply_asks_after_it_has_shown_the_plan(path: Path, answer: str, made: bool) -> None:
    administrator("root")
    path.write_text(_CREW)

    _code, shown = at_terminal(
        "config", [("Apply this? [y/N]", answer)], "--as", "root", "apply", str(path)
    )

    assert "+ Crew" in shown
    assert Group.objects.filter(name="Crew").exists() is made

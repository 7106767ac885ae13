"""`tessera doctor`: each fault is found, told with what to do, and hides no other."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from pytest_django.fixtures import Settings

from scrips.service import save_scrip
from tessera.doctor import around, database, host
from tessera.doctor.finding import Finding, Level, well
from tessera.doctor.main import PROBES, examine, main
from tests.journeys.servers import MailServer
from tests.office import Office
from tests.ports import HOST, free_port
from tests.scrips.deliveries import make_ticket
from tickets.models import Ticket


def levels(found: Iterable[Finding]) -> list[Level]:
    return [each.level for each in found]


@pytest.mark.django_db
def test_every_probe_answers_and_the_worst_is_the_exit_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_ticket()
    code = main(["--json"])
    told = json.loads(capsys.readouterr().out)

    found = {each["level"] for each in told["results"]}
    assert found <= {"well", "look", "trouble"}
    assert (told["level"], code) == ("trouble", 2)  # a test's database is not durable
    assert "fsync is off." in {each["told"] for each in told["results"]}
    assert len(told["results"]) >= len(PROBES)
    assert all(each["todo"] for each in told["results"] if each["level"] != "well")

    assert main([]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("well     Python: ") for line in lines)


@pytest.mark.django_db
def test_index_that_is_of_no_use_is_named_with_the_command_that_mends_it() -> None:
    assert levels(database.tables())[0] is Level.WELL
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX lame ON tickets_queue (name)")
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'lame'::regclass")
    found = next(iter(database.tables()))
    assert (found.level, found.todo) == (Level.TROUBLE, "REINDEX INDEX CONCURRENTLY lame;")


@pytest.mark.django_db
def test_ticket_that_was_written_past_the_door_is_found() -> None:
    ticket = make_ticket()
    assert levels(database.chain()) == [Level.WELL]
    Ticket.objects.filter(pk=ticket.pk).update(subject="forged")
    (found,) = database.chain()
    assert (found.level, found.told) == (
        Level.TROUBLE,
        f"{ticket.key}: the row differs from its log in subject",
    )


@pytest.mark.django_db
def test_server_connections_and_clock_are_well() -> None:
    assert levels(database.connections()) == [Level.WELL]
    assert levels(database.clocks()) == [Level.WELL]
    assert levels(database.migrations()) == [Level.WELL]


def test_what_is_away_is_told_once_and_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Iterator[Finding]:
        raise OperationalError("connection refused\nIs it running?")

    def denied() -> Iterator[Finding]:
        raise PermissionError("denied")

    def here() -> Iterator[Finding]:
        yield well("Here", "yes")

    monkeypatch.setattr("tessera.doctor.main.OF_DATABASE", (away,))
    found = list(examine([away, away, denied, here]))
    assert [(each.level, each.told) for each in found] == [
        (Level.TROUBLE, "connection refused"),
        (Level.TROUBLE, "denied"),
        (Level.WELL, "yes"),
    ]


def test_secret_that_others_can_read_is_trouble(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TESSERA_SECRET_KEY", raising=False)
    settings.TESSERA_DATA = tmp_path
    secret = tmp_path / "secret_key"
    secret.write_text("x")
    secret.chmod(0o640)
    (found,) = host.secrets()
    assert (found.level, found.todo) == (Level.TROUBLE, f"chmod 600 {secret}")
    secret.chmod(0o600)
    assert levels(host.secrets()) == [Level.WELL]


def test_folder_that_is_missing_is_trouble(settings: Settings, tmp_path: Path) -> None:
    settings.TESSERA_DATA = tmp_path / "none"
    assert levels(host.folder()) == [Level.TROUBLE]


def test_folder_of_files_that_cannot_be_written_is_trouble(
    settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "not" / "yet")
    assert levels(host.files()) == [Level.WELL]
    (tmp_path / "not").write_text("a file")
    assert levels(host.files()) == [Level.TROUBLE]
    settings.MEDIA_ROOT = ""  # in a bucket
    assert levels(host.files()) == []


def test_secrets_that_another_key_sealed_are_found(office: Office, settings: Settings) -> None:
    hook = {"url": "https://example.com/hook", "secret": "whsec_" + "A" * 32}
    rule = {
        "queue_id": office.support.pk,
        "name": "Tell them",
        "condition_type": "OnCreate",
        "action_type": "Webhook",
        "action_config": hook,
    }
    save_scrip(None, rule, actor=office.admin)
    assert levels(around.secrets()) == [Level.WELL]
    settings.SECRET_KEY = "another key of this test, which is long enough to be one"
    (found,) = around.secrets()
    assert (found.level, found.told) == (
        Level.TROUBLE,
        "Entered with another key: those of Tell them.",
    )


def test_unsafe_settings_are_told_with_their_variable(settings: Settings) -> None:
    settings.DEBUG = True
    found = {each.told.partition(":")[0]: each for each in around.safety()}
    assert (found["security.W018"].level, found["security.W018"].todo) == (
        Level.TROUBLE,
        "TESSERA_DEBUG=0",
    )


@pytest.mark.django_db
def test_mail_server_is_asked_and_gets_a_mail_only_where_somebody_said_so(
    settings: Settings,
) -> None:
    assert levels(around.mail()) == [Level.LOOK]

    server = MailServer()
    settings.EMAIL_URL, settings.EMAIL_HOST, settings.EMAIL_PORT = server.url, HOST, server.port
    server.start()
    assert levels(around.mail()) == [Level.WELL]
    assert server.received == []
    assert levels(around.letter("ann@example.com")) == [Level.WELL]
    assert [each.recipients for each in server.received] == [["ann@example.com"]]
    server.stop()

    settings.EMAIL_PORT = free_port()
    (found,) = around.mail()
    assert found.level is Level.TROUBLE

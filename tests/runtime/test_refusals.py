"""What `tessera up` can't work with is one line and exit code 2, and nothing stays behind."""

from pathlib import Path

import pytest

from tests.ports import free_port
from tests.runtime.system import processes_in, tessera

_UNREADABLE = (
    "DATABASE_URL can't be read; it should look like postgres://user:password@host:5432/name"
)


def refusal(data: Path, **more: str) -> str:
    """What `tessera up` says as it refuses; checks that it is one line and nothing is left."""
    answer = tessera(data, "up", **{"TESSERA_PORT": str(free_port()), **more})
    assert answer.returncode == 2, answer.stderr
    assert processes_in(data) == []
    said, newline, rest = answer.stderr.partition("\n")
    assert (said[:9], newline, rest) == ("tessera: ", "\n", "")
    return said.removeprefix("tessera: ")


def test_cluster_of_an_older_postgresql(tmp_path: Path) -> None:
    cluster = tmp_path / "postgres"
    cluster.mkdir()
    (cluster / "PG_VERSION").write_text("16\n")
    assert refusal(tmp_path) == (
        f"The database in {cluster} was made by PostgreSQL 16, this is PostgreSQL 18: dump it with"
        " the older version and load it into a new folder."
    )
    assert sorted(path.name for path in cluster.iterdir()) == ["PG_VERSION"]


def test_data_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    data = tmp_path / "file" / "data"
    assert refusal(data) == f"The data folder {data} can't be written to: Not a directory."


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        (
            "DATABASE_URL",
            "mysql://root:hunter2@db/tessera",
            _UNREADABLE,
        ),
        (
            "DATABASE_URL",
            "postgres://root:hunter2@db:none/tessera",
            _UNREADABLE,
        ),
        (
            "DATABASE_URL",
            "postgres://root:hunter2@db",
            "DATABASE_URL names no database; it should end in /name",
        ),
        (
            "REDIS_URL",
            "localhost",
            "REDIS_URL can't be read; it should look like redis://host:6379/0",
        ),
        (
            "REDIS_URL",
            "redis://broker:6379?db=1",
            "REDIS_URL names its database after the slash: redis://host:6379/1, not ?db=1",
        ),
        (
            "TESSERA_PORT",
            "http",
            "TESSERA_PORT must be a whole number from 1 to 65535, not “http”.",
        ),
        ("TESSERA_LOG_FORMAT", "xml", "TESSERA_LOG_FORMAT must be console or json, not “xml”."),
        (
            "TESSERA_BASE_URL",
            "tickets.example.com",
            "TESSERA_BASE_URL must look like https://tickets.example.com, not “tickets.example.com”.",
        ),
        (
            "TESSERA_RETRY_SCHEDULE",
            "0,soon",
            "TESSERA_RETRY_SCHEDULE must be seconds, from 0 to 31536000, not “soon”.",
        ),
    ],
)
def test_setting_that_cannot_be_used(tmp_path: Path, setting: str, value: str, said: str) -> None:
    assert refusal(tmp_path / "data", **{setting: value}) == said


def test_database_that_does_not_answer(tmp_path: Path) -> None:
    url = f"postgres://tessera:hunter2@127.0.0.1:{free_port()}/tessera"
    said = refusal(tmp_path / "data", DATABASE_URL=url)
    assert said.startswith("The database of DATABASE_URL can't be used: connection failed")
    assert "hunter2" not in said


def test_host_that_is_not_ours(tmp_path: Path) -> None:
    said = refusal(tmp_path / "data", TESSERA_HOST="192.0.2.1", TESSERA_PORT="8000")
    assert said == "Can't listen on 192.0.2.1:8000: Cannot assign requested address."


def test_command_with_a_setting_that_cannot_be_used(tmp_path: Path) -> None:
    answer = tessera(tmp_path / "data", "verify", TESSERA_MAX_UPLOAD="25 MB")
    said = (
        "tessera: TESSERA_MAX_UPLOAD must be a whole number from 1 to 1099511627776, not “25 MB”.\n"
    )
    assert (answer.returncode, answer.stderr) == (2, said)


def test_command_without_a_running_database(tmp_path: Path) -> None:
    answer = tessera(tmp_path / "data", "token", "admin")
    said, _newline, rest = answer.stderr.partition("\n")
    assert said.startswith("tessera: The database does not answer; is Tessera running? ")
    assert (answer.returncode, rest) == (2, "")

"""Settings from the environment: what they mean, and the sentence for one that can't be used."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tessera.lib import environment
from tessera.lib.environment import SettingInvalid

NAME = "TESSERA_X"


def site() -> str:
    return environment.site(NAME, "http://127.0.0.1:8000")


def hosts() -> list[str]:
    return environment.hosts(NAME)


def flag() -> bool:
    return environment.flag(NAME, default=True)


def number() -> int:
    return environment.number(NAME, default=5, lowest=1, highest=10)


def schedule() -> list[float]:
    return environment.schedule(NAME, default=[0, 5])


def caps() -> list[tuple[int, float]]:
    return environment.caps(NAME)


def sender() -> str:
    return environment.address(NAME, "tessera@localhost")


def mail() -> str:
    return environment.url(
        NAME, schemes=("smtp", "dummymail"), bare=("dummymail",), example="smtp://host:25"
    )


def folder() -> Path:
    return environment.folder(NAME, Path("/var/files"))


TAKEN: list[tuple[Callable[[], Any], str, Any]] = [
    (site, "", "http://127.0.0.1:8000"),
    (site, "https://tickets.example.com/", "https://tickets.example.com"),
    (site, "http://[::1]:80", "http://[::1]:80"),
    (hosts, "", []),
    (hosts, " a.example , 10.1.2.3/8,[::1],::1,", ["a.example", "10.1.2.3/8", "[::1]", "::1"]),
    (flag, "", True),
    (flag, "No", False),
    (flag, "on", True),
    (number, " ", 5),
    (number, "10", 10),
    (schedule, "", [0, 5]),
    (caps, "", []),
    (caps, "1000/3600, 5 / 86400", [(1000, 3600.0), (5, 86400.0)]),
    (schedule, "0, .5,3e2", [0, 0.5, 300]),
    (sender, "Help Desk <help@example.com>", "Help Desk <help@example.com>"),
    (folder, "", Path("/var/files")),
    (folder, "file:///srv/our%20files", Path("/srv/our files")),
    (mail, "", ""),
    (mail, "dummymail://", "dummymail://"),
    (mail, "smtp://user:word@host:25", "smtp://user:word@host:25"),
]
REFUSED: list[tuple[Callable[[], Any], str]] = [
    (site, "tickets.example.com"),
    (site, "ftp://tickets.example.com"),
    (site, "https://"),
    (caps, "1000"),
    (caps, "1000/0"),
    (caps, "-1/60"),
    (caps, "1000/an hour"),
    (site, "https://a.example:0"),
    (site, "https://a.example:port"),
    (site, "https://user@a.example"),
    (site, "https://a.example?b"),
    (folder, "s3://bucket"),
    (folder, "file://host/srv"),
    (folder, "/srv/files"),
    (hosts, "a b"),
    (hosts, "1.2.3.4/99"),
    (hosts, "1.2.3"),
    (flag, "maybe"),
    (number, "0"),
    (number, "11"),
    (number, "1.5"),
    (number, "٣"),
    (number, "9" * 5000),
    (schedule, "0,soon"),
    (schedule, "-1"),
    (schedule, "nan"),
    (schedule, "inf"),
    (schedule, "1e300"),
    (sender, "nobody"),
    (sender, "a@b\nBcc: c@d"),
    (mail, "host"),
    (mail, "smtp://"),
    (mail, "smtp://user:word@host:none"),
    (mail, "http://host"),
]


@pytest.mark.parametrize(("read", "given", "meant"), TAKEN)
def test_what_can_be_used_is_taken(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], Any], given: str, meant: Any
) -> None:
    monkeypatch.setenv(NAME, given)
    assert read() == meant


@pytest.mark.parametrize(("read", "given"), REFUSED)
def test_what_cannot_be_used_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], Any], given: str
) -> None:
    monkeypatch.setenv(NAME, given)
    with pytest.raises(SettingInvalid, match=f"^{NAME} ") as refused:
        read()
    assert "word" not in str(refused.value)


def test_a_variable_that_is_not_set_has_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    assert (number(), flag(), site()) == (5, True, "http://127.0.0.1:8000")

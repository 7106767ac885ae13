"""What makes the next start look through everything again."""

from pathlib import Path

import pytest

from tessera.runtime import unchanged


@pytest.fixture(autouse=True)
def _own_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unchanged, "BASE_DIR", tmp_path)
    for room in unchanged._ROOMS:
        (tmp_path / room / "sub").mkdir(parents=True)
        (tmp_path / room / "sub" / "code.py").write_text("1")


def test_nothing_that_starts_differ_in_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = unchanged.depends()
    monkeypatch.setenv("TESSERA_PORT", "8001")
    monkeypatch.setenv("TESSERA_INSTANCE", "another")
    monkeypatch.setenv("EDITOR", "vi")
    (tmp_path / "tickets" / "__pycache__").mkdir()
    (tmp_path / "tickets" / "__pycache__" / "code.pyc").touch()

    assert unchanged.depends() == before


@pytest.mark.parametrize("name", ["TESSERA_BASE_URL", "DATABASE_URL", "EMAIL_URL"])
def test_another_setting_counts(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = unchanged.depends()
    monkeypatch.setenv(name, "another")

    assert unchanged.depends() != before


@pytest.mark.parametrize("room", unchanged._ROOMS)
def test_a_file_that_came_changed_or_went_counts(room: str, tmp_path: Path) -> None:
    seen = {unchanged.depends()}
    file = tmp_path / room / "sub" / "new.py"
    file.touch()
    seen.add(unchanged.depends())
    file.write_text("1")
    seen.add(unchanged.depends())
    file.unlink()
    (tmp_path / room / "sub" / "code.py").unlink()

    assert len(seen | {unchanged.depends()}) == 4

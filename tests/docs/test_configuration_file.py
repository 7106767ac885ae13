"""The page of the configuration file names what there is."""

import re
from pathlib import Path

import pytest

from tessera.desk.configuration.document import LARGEST
from tessera.desk.configuration.secrets import PREFIX
from tessera.desk.configuration.sections import SECTIONS

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/configuration-file.md").read_text()


def rows(title: str) -> dict[str, set[str]]:
    """The table under a heading: its first cell → what stands between backticks in the others."""
    under = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    cells = [line.split("|") for line in under.splitlines() if line.startswith("| `")]
    return {row[1].strip(" `"): set(re.findall(r"`([^`]+)`", "|".join(row[2:]))) for row in cells}


def test_sections_of_the_page_are_those_of_the_file_in_their_order() -> None:
    assert list(rows("The file")) == list(rows("Entries")) == list(SECTIONS)


@pytest.mark.parametrize("name", SECTIONS)
def test_keys_of_the_page_are_those_of_the_section(name: str) -> None:
    shape = set(SECTIONS[name].shape)
    # What the choices of a field have is told in the same row.
    told = rows("Entries")[name] - ({"value", "colour", "disabled", "when", "was"} - shape)

    assert told == shape


def test_numbers_and_names_of_the_page_are_those_that_count() -> None:
    assert f"at most {LARGEST:,} characters" in PAGE
    assert PREFIX in PAGE

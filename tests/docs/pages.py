"""Reads the pages of docs/: what they tell a reader to type, and the answers that they promise."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What differs from machine to machine and from day to day.
_OWN = re.compile(r"(^|_)(id|ids|at|digest|batch)$|^lifecycle_version$")
_KEY = re.compile(r"TKT-\d+")
_LEFT_OUT = re.compile(r",?\s*…")


@dataclass(frozen=True, slots=True)
class Step:
    """Commands, and the answer that the page shows after them: its language (`json`, `text`, or none) and text."""

    commands: str
    language: str = ""
    answer: str = ""


def steps(page: str) -> Iterator[Step]:
    """Each `bash` block with the `json` or `text` block that follows it, if there is one."""
    fences = _FENCE.findall(page)
    for (language, commands), (following, answer) in zip(
        fences, [*fences[1:], ("", "")], strict=True
    ):
        if language == "bash":
            shown = following in {"json", "text"}
            yield Step(commands, following if shown else "", answer if shown else "")


def start_command(page: str) -> tuple[dict[str, str], str]:
    """The variables and the command in the last line of the page's first `sh` block."""
    line = next(text for language, text in _FENCE.findall(page) if language == "sh").splitlines()[
        -1
    ]
    *settings, command = re.split(r" (?=\w+=|make )", line)
    return dict(setting.split("=", 1) for setting in settings), command


def differences(step: Step, came: str) -> list[str]:
    """In what the answer that came differs from the page; none where the page tells the truth."""
    if step.language == "json":
        promised = json.loads(_LEFT_OUT.sub("", step.answer))
        return list(_compare(promised, _last_json(came), "answer"))
    return list(_compare_lines(step.answer.splitlines(), came.splitlines()))


def _last_json(text: str) -> Any:
    decoder, place, found = json.JSONDecoder(), 0, None
    while (start := text.find("{", place)) >= 0:
        found, place = decoder.raw_decode(text, start)
    return found


def _compare(promised: Any, came: Any, where: str) -> Iterator[str]:
    """An object may have more members than the page shows; a list has as many."""
    if isinstance(promised, dict) and isinstance(came, dict):
        for name, value in promised.items():
            if name not in came:
                yield f"{where}.{name} is missing"
            elif not (_OWN.search(name) and type(value) is type(came[name])):
                yield from _compare(value, came[name], f"{where}.{name}")
    elif isinstance(promised, list) and isinstance(came, list) and len(promised) == len(came):
        for index, value in enumerate(promised):
            yield from _compare(value, came[index], f"{where}[{index}]")
    elif _without_keys(promised) != _without_keys(came):
        yield f"{where}: the page has {promised!r}, there came {came!r}"


def _compare_lines(promised: list[str], came: list[str]) -> Iterator[str]:
    """The lines in their order; `…` stands for any number of them, at a line's begin for any text."""
    rest = [_without_keys(line) for line in came]
    skipping = False
    for line in map(_without_keys, promised):
        if line == "…":
            skipping = True
            continue
        at = next((n for n, each in enumerate(rest) if _fits(line, each)), None)
        if at is None or (at > 0 and not skipping):
            yield f"the page has {line!r}, there came {rest[:1] if at is None else rest[: at + 1]}"
            return
        rest, skipping = rest[at + 1 :], False
    if rest and not skipping:
        yield f"there came more: {rest}"


def _fits(promised: str, came: str) -> bool:
    return came.endswith(promised[1:]) if promised.startswith("…") else came == promised


def _without_keys(value: Any) -> Any:
    return _KEY.sub("TKT-0000", value) if isinstance(value, str) else value

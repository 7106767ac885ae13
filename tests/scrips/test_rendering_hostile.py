"""The sandbox against authors who mean harm: nothing gets out, nothing takes long or grows."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from scrips.rendering import RenderFailed, TemplateInvalid, render, template, validate
from tests.cost import cost
from tests.scrips.rendering_facts import CONTEXT
from tests.scrips.template_corpus import BOMBS, ESCAPES


def outcome(source: str, *, html: bool) -> str | None:
    """What the template made, or None where validation or rendering refused it."""
    with suppress(TemplateInvalid):
        validate(source, html=html)
    with suppress(RenderFailed):
        return render(source, CONTEXT, html=html)
    return None


@pytest.mark.parametrize("html", [False, True])
@pytest.mark.parametrize("source", ESCAPES)
def test_no_known_escape_reaches_anything(source: str, html: bool) -> None:
    assert outcome(source, html=html) is None


@pytest.mark.parametrize("source", BOMBS, ids=lambda source: source[:60])
def test_no_bomb_goes_off_or_takes_a_second(source: str) -> None:
    with cost() as trying:
        made = outcome(source, html=False)
    assert trying.seconds < 1
    assert made is None


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="asks Linux for the peak")
def test_no_bomb_takes_a_hundred_megabytes() -> None:
    grown = {source[:60]: _growth(partial(outcome, source, html=True)) for source in BOMBS}
    assert {source: size for source, size in grown.items() if size >= 100_000} == {}


def _growth(act: Callable[[], object]) -> int:
    """By how many KiB the process grew at its largest, meanwhile."""
    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    act()
    return _status("VmHWM") - before


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def test_validation_computes_no_constants() -> None:
    for source in ("{{ 9**9**9 }}", "{{ 'x' * 10**9 }}", "{{ 'x'|center(10**9) }}"):
        validate(source)  # valid text; only rendering could know what it comes to


def test_template_of_ordinary_size_is_far_from_every_bound() -> None:
    body = "Hello {{ actor.name }},\n{% for p in ticket.requestors %}{{ p.email }}\n{% endfor %}\n"
    source = body * 60
    validate(source)
    assert render(source, CONTEXT).count("ann@example.com") == 60


@pytest.mark.parametrize(
    "error",
    [
        *(
            RecursionError("deep"),
            MemoryError(),
            IndentationError("too many levels"),
            OverflowError(),
        ),
        *(SyntaxError("too many statically nested blocks"), ValueError("4300 digits")),
        UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_the_compiler_raises_is_an_error_of_the_template(error: Exception) -> None:
    with pytest.raises(TemplateInvalid), template._refusals("x"):
        raise error


@pytest.mark.parametrize(
    "source",
    ["{{ '\ud800' }}", "\ud800{{ 1 }}", "{{ 1 }}\0", "{{ '\0' }}", "{% set \u212a = 1 %}x"],
)
def test_odd_characters_are_refused_or_harmless(source: str) -> None:
    made = outcome(source, html=False)
    assert made is None or made.encode()

"""JSON bodies: what is refused, as what, and under which name."""

import json

import pytest

from tessera.lib.api.errors import Malformed
from tessera.lib.api.parsing import MAX_DEPTH, decode
from tessera.lib.errors import Invalid
from tests.cost import cost

NOT_JSON = {
    "nothing": b" ",
    "half": b'{"a": ',
    "latin-1": b'{"a": "\xe9"}',
    "NaN": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "a number beyond a double": b'{"a": 1e999}',
    "a name twice": b'{"a": 1, "a": 2}',
    "a name twice, deeper": b'{"a": {"b": 1, "b": 1}}',
    "an unfinished string of escapes": b'{"a": "' + b'\\"' * 500_000,
    "only quotes": b'{"a" ' + b'"' * 1_000_000,
}


@pytest.mark.parametrize("raw", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_what_is_not_json_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        decode(raw)


@pytest.mark.parametrize("raw", [b"[]", b'"text"', b"1", b"null", b"true"])
def test_json_that_is_no_object_is_invalid(raw: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        decode(raw)

    assert refused.value.errors == {"body": ["must be a JSON object"]}


@pytest.mark.parametrize("depth", [MAX_DEPTH, 1_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"x":', "}")])
def test_what_nests_too_deeply_is_refused_at_its_field(
    depth: int, opening: str, closing: str
) -> None:
    inner = opening * depth + "1" + closing * depth

    with pytest.raises(Invalid) as refused:
        decode(f'{{"fine": [1], "subject": {inner}, "after": 1}}'.encode())

    assert refused.value.errors == {"subject": ["is nested more than 64 levels deep"]}


def test_depth_is_that_of_brackets_and_not_of_text_that_shows_some() -> None:
    body = {"a": "[" * 500, "b": '{"' * 500, "c": [{"d": [1]}] * 100}

    assert decode(json.dumps(body).encode()) == body


def test_an_integer_of_thousands_of_digits_is_left_to_its_field_to_refuse() -> None:
    body = decode(b'{"priority": ' + b"9" * 100_000 + b"}")

    assert body["priority"] > 2**63


def test_two_megabytes_of_brackets_are_read_in_a_second() -> None:
    raw = b'{"a": [' + b"[]," * 600_000 + b"[]]}"

    with cost() as reading:
        decode(raw)

    assert reading.seconds < 5

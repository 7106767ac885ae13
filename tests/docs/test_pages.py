"""The reading of pages must not be kinder to them than a reader is."""

import pytest

from tests.docs.pages import Step, differences, start_command, steps

PAGE = """
```sh
A=1 B=2 make up
```
```bash
one
```
prose
```json
{"id": 7, "name": "x", …}
```
```bash
two
```
```bash
three
```
"""


def test_commands_are_paired_with_the_answer_that_follows_them() -> None:
    assert list(steps(PAGE)) == [
        Step("one\n", "json", '{"id": 7, "name": "x", …}\n'),
        Step("two\n"),
        Step("three\n"),
    ]
    assert start_command(PAGE) == ({"A": "1", "B": "2"}, "make up")


@pytest.mark.parametrize(
    ("shown", "came", "found"),
    [
        ('{"id": 7, "name": "x", …}', '{"id": 9, "name": "x", "more": 1}', []),
        ('{"key": "TKT-0301"}', '{"key": "TKT-0001"}', []),
        ('{"id": 7}', '{"id": null}', ["answer.id: the page has 7, there came None"]),
        ('{"a": [1, …]}', '{"a": [1, 2]}', ["answer.a: the page has [1], there came [1, 2]"]),
        ('{"a": 1}', "{}", ["answer.a is missing"]),
        ('{"a": 1}', '{"a": 1}{"a": 2}', ["answer.a: the page has 1, there came 2"]),
        ('{"a": 1}', "curl: no connection", ["answer: the page has {'a': 1}, there came None"]),
    ],
)
def test_json_is_compared_but_for_ids_and_what_is_left_out(
    shown: str, came: str, found: list[str]
) -> None:
    assert differences(Step("", "json", shown), came) == found


@pytest.mark.parametrize(
    ("shown", "came", "fits"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a\n…\nd\n", "a\nb\nc\nd\n", True),
        ("a\n…\n", "a\nb\nc\n", True),
        ("…: fine\n", "3 of 3: fine\n", True),
        ("a\nb\n", "a\nx\nb\n", False),
        ("a\n", "a\nb\n", False),
        ("a\nb\n", "a\n", False),
        ("b\na\n", "a\nb\n", False),
    ],
)
def test_lines_are_compared_in_their_order(shown: str, came: str, *, fits: bool) -> None:
    assert (differences(Step("", "text", shown), came) == []) == fits

"""Values as the text of a configuration file: the same values give the same bytes."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

# What YAML's own readers take for the end of a line, or drop: only between quotes, escaped, does it come back.
_DELICATE = frozenset("\x85\u2028\u2029\ufeff")
_WORD = re.compile(r"[^\W_][\w .@/-]*")
_SHORT = 72  # characters


class _Dumper(yaml.SafeDumper):
    """Lists stand in from their key, and no value is written as a reference to another."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002  # PyYAML's
        return super().increase_indent(flow=flow, indentless=False)

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  # PyYAML's
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    """Texts of several lines as they are, line by line; what would not come back so, between quotes."""
    style = '"' if _DELICATE & {*text} else "|" if "\n" in text.strip("\n") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _list(dumper: yaml.SafeDumper, listed: list[Any]) -> yaml.Node:
    """A few plain words in one line: `[new, open]`."""
    words = all(isinstance(each, str) and _WORD.fullmatch(each) for each in listed)
    short = words and sum(len(each) + 2 for each in listed) <= _SHORT
    return dumper.represent_sequence("tag:yaml.org,2002:seq", listed, flow_style=short)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)


def write(sections: Mapping[str, Any], *, head: Iterable[str] = ()) -> str:
    """The members in their order, an empty line between them, below a head of comments."""
    parts = [
        yaml.dump(
            {name: value},
            Dumper=_Dumper,
            sort_keys=False,
            allow_unicode=True,
            width=1_000_000,
            default_flow_style=False,
        )
        for name, value in sections.items()
    ]
    comment = "".join(f"# {line}\n" if line else "#\n" for line in head)
    return "\n".join([comment, *parts] if comment else parts)

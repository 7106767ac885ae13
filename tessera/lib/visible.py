"""What another machine said, as text that only says something: it moves, turns and hides nothing where it is shown."""

import re

# Each control character has a picture (U+2400 on); a line's end and a tab are what they are.
_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "␡"}
_PICTURES |= {ord(kept): kept for kept in "\t\n"}
# C1 controls, what turns the direction of writing, what nobody sees, separators, tags, halves of surrogate pairs. What
# joins letters or keeps them apart (U+200C, U+200D) stays: some languages are written with it.
_UNSHOWN = re.compile(
    r"[\x80-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    r"\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    """The text with a sign in place of every character that would do something instead of being seen. Not longer."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNSHOWN.sub("\ufffd", lines.translate(_PICTURES))

"""The catalogues of translations have every text that the code says."""

import re

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from scripts.messages import LANGUAGES, Said, catalogue_path, in_python, in_template, said

PLACEHOLDER = re.compile(r"%\(\w+\)\.?\d*[a-z]|%\.\d[a-z]|%[sd%]|\{\{.*?\}\}|\{\w*\}|</?\w+>")


def catalogue(language: str) -> Catalog:
    with catalogue_path(language).open("rb") as stream:
        return read_po(stream, locale=language, abort_invalid=True)


def forms(given: str | tuple[str, ...] | list[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def at_fault(message: Message) -> bool:
    written, translated = forms(message.id), forms(message.string or "")
    return (
        message.fuzzy
        or not all(translated)
        or any(
            sorted(PLACEHOLDER.findall(here)) != sorted(PLACEHOLDER.findall(there))
            for here, there in zip(written, translated, strict=True)
        )
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_code_is_translated_with_its_placeholders(language: str) -> None:
    kept = {
        (m.id[0] if isinstance(m.id, tuple) else m.id, m.context): m for m in catalogue(language)
    }

    missing = {each.text for _, each in said() if (each.text, each.context or None) not in kept}
    wrong = [message.id for message in kept.values() if message.id and at_fault(message)]

    assert (missing, wrong) == (set(), []), "`make messages` brings the catalogue up to the code"


def test_texts_are_read_from_python_wherever_they_are_marked() -> None:
    code = """
a = _("One " "text")
b = f"{gettext('within')}"
c = ngettext("%d mail", "%d mails", n)
d = lazy.pgettext_lazy("colour", "orange")
e = _(name)
f = other("not this")
"""

    assert in_python(code) == [
        Said("One text"),
        Said("within"),
        Said("%d mail", "%d mails"),
        Said("orange", context="colour"),
    ]


def test_texts_are_read_from_templates_whatever_stands_around_them() -> None:
    source = """<p title="{% translate 'Title' %}">It isn't (
      {% translate "To" context "mail" %}
    {% blocktranslate count n=n %}{{ n }} mail{% plural %}{{ n }} mails{% endblocktranslate %}"""

    assert in_template(source) == [
        Said("Title"),
        Said("To", context="mail"),
        Said("%(n)s mail", "%(n)s mails"),
    ]

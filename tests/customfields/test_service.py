"""What a definition may say, and what becomes of it."""

from typing import Any

import pytest

from customfields.models import CustomField
from customfields.service import clean, validate_definition
from tessera.lib.errors import Invalid
from tests.customfields.samples import PEOPLE, short

pytestmark = pytest.mark.django_db

SEVERITY: dict[str, Any] = {
    "key": "severity",
    "name": "Severity",
    "field_type": "SelectSingle",
    "values": ["low", "high"],
}


def test_a_definition_becomes_complete() -> None:
    assert clean({"name": " Cost centre ", "field_type": "Freeform"}) == {
        "key": "cost_centre",
        "name": "Cost centre",
        "field_type": "Freeform",
        "values": [],
        "choice_details": {},
        "max_values": 1,
        "pattern": "",
        "pattern_message": "",
        "minimum": None,
        "maximum": None,
        "required": False,
        "default": None,
        "help_text": "",
        "depends_on": "",
        "show_when": None,
        "indexed": False,
        "for_customers": False,
    }


def test_a_whole_definition_is_normalised_and_can_be_stored() -> None:
    given = {
        "key": "Tags",
        "name": "Tags",
        "field_type": "SelectMulti",
        "values": [" red ", "Green"],
        "pattern": "e",
        "required": True,
        "default": ["GREEN", "green"],
        "help_text": "Two lines,\nif need be.",
        "queue_ids": [1],
    }
    row = CustomField.objects.create(**clean(given))
    row.full_clean()
    assert {name: getattr(row, name) for name in (*given, "max_values") if name != "queue_ids"} == {
        "key": "Tags",
        "name": "Tags",
        "field_type": "SelectMulti",
        "values": ["red", "Green"],
        "max_values": 0,
        "pattern": "e",
        "required": True,
        "default": ["Green"],
        "help_text": "Two lines,\nif need be.",
    }


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Größe (cm)", "groe_cm"),
        ("2nd line", "field_2nd_line"),
        ("日本", "field"),
        ("n" * 80, "n" * 64),
        ("Taken", "taken_3"),
        ("x" * 64, "x" * 62 + "_2"),
    ],
)
def test_a_key_is_made_of_the_name_and_is_free(name: str, key: str) -> None:
    for taken in ("Taken", "taken_2", "x" * 64):
        CustomField.objects.create(key=taken, name="Old", field_type="Text", disabled=True)
    assert clean({"name": name[:100], "field_type": "Text"})["key"] == key


ONE_FAULT: list[tuple[dict[str, Any], str, str]] = [
    ({"name": ""}, "name", "is required"),
    ({"name": "a\nb"}, "name", "must be one line"),
    ({"name": "x" * 101}, "name", "is 101 characters long; at most 100 fit"),
    ({"name": "a\x00"}, "name", "holds a NUL character"),
    ({"name": None}, "name", "must be text"),
    ({"key": "2nd"}, "key", "must begin with a letter and have letters, digits and _ only"),
    ({"key": "a\n"}, "key", "must begin with a letter and have letters, digits and _ only"),
    ({"key": "é"}, "key", "must begin with a letter and have letters, digits and _ only"),
    ({"key": "k" * 65}, "key", "must have at most 64 characters"),
    ({"key": 5}, "key", "must be text"),
    ({"key": "GONE"}, "key", "is another field's; a key stays its field's also after a delete"),
    ({"field_type": ""}, "field_type", "is required"),
    (
        {"field_type": "selectsngle"},
        "field_type",
        "no type “selectsngle”; did you mean SelectSingle?",
    ),
    ({"field_type": []}, "field_type", "must be text"),
    ({"values": []}, "values", "must have one choice at least"),
    ({"values": None}, "values", "must be a list"),
    ({"values": ["a", ""]}, "values", "choice 2 is empty"),
    ({"values": ["a", 3]}, "values", "choice 2 must be text"),
    ({"values": ["a", "A "]}, "values", "“A” stands twice"),
    ({"values": ["a"] * 1_001}, "values", "has more than 1000 members"),
    ({"field_type": "Text"}, "values", "only SelectSingle and SelectMulti have choices"),
    ({"max_values": -1}, "max_values", "must be from 0 to 1000"),
    ({"max_values": True}, "max_values", "must be a whole number"),
    ({"max_values": None}, "max_values", "must be a whole number"),
    ({"max_values": ""}, "max_values", "must be a whole number"),
    ({"pattern": "("}, "pattern", "is no regular expression of RE2: missing ): ("),
    (
        {"pattern": "(?=a)"},
        "pattern",
        "is no regular expression of RE2: invalid perl operator: (?=",
    ),
    ({"pattern": "x" * 501}, "pattern", "is 501 characters long; at most 500 fit"),
    ({"pattern": "a\ud800"}, "pattern", "holds half of a surrogate pair"),
    ({"required": "yes"}, "required", "must be true or false"),
    ({"default": "hihg"}, "default", "no choice “hihg”; did you mean “high”?"),
    ({"default": ["low", "high"]}, "default", "takes one value"),
    ({"default": "low", "pattern": "^h"}, "default", "“low” is not in the form that is asked for"),
    ({"help_text": "x" * 501}, "help_text", "is 501 characters long; at most 500 fit"),
    ({"help_text": None}, "help_text", "must be text"),
]


@pytest.mark.parametrize(("change", "attribute", "sentence"), ONE_FAULT, ids=short)
def test_a_fault_is_named_at_its_attribute(
    change: dict[str, Any], attribute: str, sentence: str
) -> None:
    CustomField.objects.create(key="gone", name="Gone", field_type="Text", disabled=True)
    with pytest.raises(Invalid) as refusal:
        clean({**SEVERITY, **change})
    assert refusal.value.errors == {attribute: [sentence]}


def test_all_faults_are_named_at_once() -> None:
    wrong = {"key": "", "values": "a", "pattern": "[", "required": 1, "default": "anything"}
    assert sorted(validate_definition(wrong)) == [
        *("field_type", "name", "pattern", "required", "values"),
    ]


@pytest.mark.parametrize("raw", [None, "", []])
def test_an_empty_default_is_none(raw: object) -> None:
    assert clean({**SEVERITY, "default": raw})["default"] is None


def test_a_default_names_a_user_that_the_vocabulary_knows() -> None:
    approver = {"name": "Approver", "field_type": "User"}
    assert clean({**approver, "default": "ANN"}, vocabulary=PEOPLE)["default"] == "Ann"
    assert validate_definition({**approver, "default": "carol"}, vocabulary=PEOPLE) == {
        "default": ["no user “carol”"]
    }
    assert validate_definition({**approver, "default": "carol"}) == {}


@pytest.fixture
def severity() -> CustomField:
    """A stored field with a default."""
    return CustomField.objects.create(**clean({**SEVERITY, "default": "low"}))


def test_a_change_keeps_what_it_does_not_name(severity: CustomField) -> None:
    before = {name: getattr(severity, name) for name in clean(SEVERITY | {"key": "other"})}
    assert clean({"name": "How bad"}, severity) == {**before, "name": "How bad"}


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({"key": "severity", "field_type": "SelectSingle"}, {}),
        ({"key": "Severity"}, {"key": ["never changes; make another field instead"]}),
        ({"key": ""}, {"key": ["never changes; make another field instead"]}),
        (
            {"field_type": "SelectMulti"},
            {"field_type": ["never changes; make another field instead"]},
        ),
        ({"values": ["high"]}, {"default": ["no choice “low”"]}),
        ({"values": ["high"], "default": None}, {}),
        ({"pattern": "^h"}, {"default": ["“low” is not in the form that is asked for"]}),
    ],
)
def test_a_change_is_held_to_what_stays(
    severity: CustomField, change: dict[str, Any], errors: dict[str, list[str]]
) -> None:
    assert validate_definition(change, instance=severity) == errors


def test_a_default_whose_user_has_left_does_not_hinder_other_changes() -> None:
    row = CustomField.objects.create(
        **clean({"name": "Approver", "field_type": "User", "default": "carol"})
    )
    assert clean({"name": "Who"}, row, vocabulary=PEOPLE)["default"] == "carol"

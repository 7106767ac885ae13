"""Rules as JSON: what they parse to, and every fault at once."""

from dataclasses import replace
from typing import Any

import pytest

from tessera.lib.query.evaluate import evaluate
from tessera.lib.query.rules import Fault, RulesInvalid, parse_rules
from tessera.lib.query.tree import And, FieldRef, Not, Op, Or, Term
from tessera.lib.query.vocabulary import CustomField, Vocabulary
from tests.lib.query.samples import FACTS, VOCABULARY


def rule(field: str = "Priority", op: str = ">", value: object = 50) -> dict[str, object]:
    return {"field": field, "op": op, "value": value}


def faults(rules: object, vocabulary: Vocabulary = VOCABULARY) -> list[tuple[str, str]]:
    with pytest.raises(RulesInvalid) as caught:
        parse_rules(rules, vocabulary)
    return [(fault.path, fault.reason) for fault in caught.value.faults]


def test_groups_and_rules_become_the_tree() -> None:
    tree = parse_rules(
        {
            "any": [
                rule("queue", "not  in", ["Sales", 3]),
                {"all": [rule("cf.{TAGS}", "is null", None), {"not": rule()}]},
            ],
            "not": rule("requestors.emailaddress", "like", "x"),
        },
        VOCABULARY,
    )
    priority = Term(FieldRef("Priority", spelled="Priority"), Op.GT, "50")
    assert tree == And(
        (
            Or(
                (
                    Term(FieldRef("Queue", spelled="Queue"), Op.NOT_IN, ("Sales", "3")),
                    And(
                        (
                            Term(
                                FieldRef(
                                    "CF", custom=(("tags", "SelectMulti"),), spelled="CF.TAGS"
                                ),
                                Op.IS_NULL,
                            ),
                            Not(priority),
                        )
                    ),
                )
            ),
            Not(
                Term(
                    FieldRef("Requestor", part="EmailAddress", spelled="Requestor.EmailAddress"),
                    Op.LIKE,
                    "x",
                )
            ),
        )
    )


def test_all_faults_are_named_at_once_each_at_its_place() -> None:
    found = faults(
        {
            "all": [
                rule("Prioirty"),
                rule("Priority", "=>", 1),
                rule("Priority", "LIKE", "5"),
                rule("Priority", "=", "high"),
                rule("CF.severty", "=", "x"),
                rule("Owner.Nam", "=", "x"),
                rule("Due", "<", "sometime"),
                rule("Status", "IN", "open"),
                rule("Status", "IS NULL", "x"),
                rule("Status", "=", ["open"]),
                rule("Subject", "MATCHES", "x"),
                {"field": "Status", "op": "=", "vlaue": "open"},
                "open",
            ],
            "nott": rule(),
        }
    )
    assert found == [
        ("rules.nott", "unknown key; did you mean 'not'?"),
        ("rules.all.0.field", "unknown field 'Prioirty'; did you mean 'Priority'?"),
        ("rules.all.1.op", "unknown operator '=>'; did you mean '>='?"),
        ("rules.all.2.op", "Priority has no operator 'LIKE'"),
        ("rules.all.3.value", "'high' is no number"),
        ("rules.all.4.field", "unknown custom field 'CF.severty'; did you mean 'severity'?"),
        ("rules.all.5.field", "Owner has no part 'Nam'; did you mean 'Name'?"),
        (
            "rules.all.6.value",
            "'sometime' is no date; write a day such as 2026-03-31, 'today', '3 days ago' or '2 hours'",
        ),
        ("rules.all.7.value", "'IN' takes a list of 1 to 1000 values"),
        ("rules.all.8.value", "'IS NULL' takes no value"),
        ("rules.all.9.value", "must be a text of at most 1000 characters, or a number"),
        ("rules.all.10.op", "'MATCHES' is for searches, not for conditions"),
        ("rules.all.11.vlaue", "unknown key; did you mean 'value'?"),
        ("rules.all.11.value", "must be a text of at most 1000 characters, or a number"),
        ("rules.all.12", "must be an object with 'all', 'any' or 'not'"),
    ]


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        (None, ("rules", "must be an object with 'all', 'any' or 'not'")),
        ([], ("rules", "must be an object with 'all', 'any' or 'not'")),
        ({}, ("rules", "needs 'all', 'any' or 'not'")),
        ({"all": []}, ("rules.all", "must be a list of at least one rule")),
        ({"all": rule()}, ("rules.all", "must be a list of at least one rule")),
        ({"all": [rule()], "any": [rule()]}, ("rules", "takes either 'all' or 'any'")),
        ({"not": [rule()]}, ("rules.not", "must be an object with 'all', 'any' or 'not'")),
        ({"all": [rule(field=5)]}, ("rules.all.0.field", "must be the name of a field")),  # type: ignore[arg-type]
        ({"all": [rule(op=None)]}, ("rules.all.0.op", "must be an operator")),  # type: ignore[arg-type]
        ({"all": [rule(value=None)]},
         ("rules.all.0.value", "must be a text of at most 1000 characters, or a number")),
        ({"all": [rule(value=float("nan"))]},
         ("rules.all.0.value", "must be a text of at most 1000 characters, or a number")),
        ({"all": [rule(value="x" * 1001)]},
         ("rules.all.0.value", "must be a text of at most 1000 characters, or a number")),
        ({"all": [rule("CF.vip", "=", "maybe")]},
         ("rules.all.0.value", "'maybe' is neither true nor false")),
        ({"all": [rule("CF.Support.{cost}", "=", 1)]},
         ("rules.all.0.field", "unknown custom field 'CF.Support.{cost}'; did you mean 'cost'?")),
        ({"all": [rule("id", "IN", [1, "x", "y"])]},
         ("rules.all.0.value.1", "'x' is no number")),
        ({"all": [rule("Created", ">", {"field": "Priority"})]},
         ("rules.all.0.value", "Created and Priority cannot be compared")),
        ({"all": [rule("Created", ">", {"field": "Creatd"})]},
         ("rules.all.0.value.field", "unknown field 'Creatd'; did you mean 'Created'?")),
        ({"all": [rule("Created", ">", {"field": "Updated"})]},
         ("rules.all.0.value", "Created and Updated cannot be compared")),
        ({"all": [rule("DependsOn", "=", "x")]}, ("rules.all.0.value", "'x' is no number")),
        ({"all": [rule("DependsOn", ">", "1")]},
         ("rules.all.0.op", "DependsOn has no operator '>'")),
        ({"all": [rule()] * 201}, ("rules.all", "there are more than 200 rules")),
        ({"all": [{"all": [rule()] * 150}, {"any": [rule()] * 150}]},
         ("rules", "there are more than 200 rules")),
    ],
)  # fmt: skip
def test_malformed_rules_are_refused_with_the_place(rules: object, fault: tuple[str, str]) -> None:
    assert faults(rules) == [fault]


def test_rules_that_nest_too_deeply_are_refused() -> None:
    rules: dict[str, Any] = rule()
    for _ in range(2000):
        rules = {"not": rules}
    assert [reason for _, reason in faults(rules)] == ["rules nest more than 10 deep"]


def test_transaction_fields_exist_in_conditions_alone() -> None:
    plain = Vocabulary(VOCABULARY.custom_fields)
    rules = {"all": [rule("Transaction.Type", "=", "Set"), rule("Actor.Name", "=", "x")]}
    assert faults(rules, plain) == [
        ("rules.all.0.field", "unknown field 'Transaction.Type'; did you mean 'TransactionType'?"),
        ("rules.all.1.field", "unknown field 'Actor.Name'"),
    ]


def test_name_of_several_fields_takes_a_value_that_suits_one_of_them() -> None:
    counted = CustomField("note_count", "Integer", "Note")
    mixed = Vocabulary((*VOCABULARY.custom_fields, counted))
    tree = parse_rules({"all": [rule("CF.Note", "LIKE", "sales")]}, mixed)
    assert evaluate(tree, FACTS).holds
    assert evaluate(
        tree, replace(FACTS, custom_fields={"note_count": (5,), "sales_note": ("Sales",)})
    ).holds


def test_faults_can_stand_under_another_path() -> None:
    with pytest.raises(RulesInvalid) as caught:
        parse_rules({}, VOCABULARY, path="condition_config.rules")
    assert caught.value.faults == (Fault("condition_config.rules", "needs 'all', 'any' or 'not'"),)

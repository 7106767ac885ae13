"""The pages on custom fields say what the code does, and their examples can be typed in."""

import json
import re
from pathlib import Path

from customfields.choices import COLOURS, Choice
from customfields.lines import from_lines
from customfields.models import CustomField
from customfields.types import TYPES
from tessera.accounts.models import ApiToken, User
from tests.api.caller import Caller
from tests.docs.pages import Step, differences
from tests.docs.test_reference import FIELDS_PAGE, code, first_cells, json_blocks, section
from tests.office import Office
from tickets.api.custom_fields import ChoiceBody, CustomFieldBody

ROOT = Path(__file__).resolve().parents[2]
HOWTO = (ROOT / "docs" / "howto" / "cascade-fields.md").read_text()


def test_attributes_of_the_page_are_those_of_the_api() -> None:
    table = FIELDS_PAGE.split("## Types")[0]
    assert first_cells(table) == set(CustomFieldBody().fields) - {"id"}


def test_attributes_of_a_choice_are_those_of_the_api() -> None:
    table = section(FIELDS_PAGE, "## Choices")
    assert first_cells(table) | {"was"} == set(ChoiceBody().fields)
    row = re.search(r"^\| `colour` \| (.*) \|$", table, re.M)
    assert row
    assert code(row[1]) == set(COLOURS)


def test_types_with_bounds_are_those_of_the_page() -> None:
    row = re.search(r"^\| `minimum`, `maximum` \| (.*) \|$", FIELDS_PAGE, re.M)
    assert row
    assert code(row[1]) == {name for name, each in TYPES.items() if each.has_bounds}


def test_example_of_choices_is_what_the_api_answers() -> None:
    shown = json.loads(json_blocks(section(FIELDS_PAGE, "## Choices"))[0])["choices"]
    made = (Choice("Graz", "green", when=("Austria",)), Choice("Munich", when=("Germany",)))
    assert [choice.to_json() for choice in made] == shown


def test_usage_is_answered_as_the_page_shows(office: Office) -> None:
    shown = json.loads(json_blocks(section(FIELDS_PAGE, "## Choices"))[1])
    api = Caller(ApiToken.issue(User.objects.get(username="root")))
    for severity, count in shown["choices"].items():
        for _number in range(count):
            fields = {"custom_fields": {"severity": severity}}
            api.post("/api/tickets", {"subject": "s", "queue": "Support", **fields})
    number = CustomField.objects.get(key="severity").pk

    assert api.get(f"/api/custom-fields/{number}/usage").json() == shown


def test_steps_of_the_cascade_can_be_typed_in(office: Office) -> None:
    api = Caller(ApiToken.issue(User.objects.get(username="root")))
    typed = re.findall(r"^api \$URL(\S+) -d '(.*)'$", HOWTO, re.M)
    here = {"queue_id": office.support.pk, "queue_ids": [office.support.pk]}

    answers = []
    for path, text in typed:
        body = json.loads(text)
        body |= {name: value for name, value in here.items() if name in body}
        answers.append(api.post(f"/api{path}", body))

    assert [answer.status_code for answer in answers] == [201, 201, 201, 200]
    (promised,) = json_blocks(HOWTO)
    assert differences(Step("", "json", promised), answers[-1].content.decode()) == []
    lines = re.search(r"^```text\n(.*?)^```$", HOWTO, re.M | re.S)
    assert lines
    city = CustomField.objects.get(key="city")
    assert [
        Choice(e["value"], e.get("colour"), when=tuple(e.get("when", ())))
        for e in from_lines(lines[1])
    ] == [*city.choices]

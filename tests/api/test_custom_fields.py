"""Definitions over HTTP, and what they let tickets have: bounds, choices, cascades, conditions, numbers of tickets."""

from typing import Any

import pytest

from customfields.models import CustomField
from tests.api.caller import Caller, error
from tickets.models import Queue, Transaction


@pytest.fixture
def make(api: Caller, support: Queue) -> Any:
    """Makes a field on the queue, and gives its body."""

    def made(name: str, field_type: str = "SelectSingle", **more: Any) -> dict[str, Any]:
        body = {"name": name, "field_type": field_type, "queue_ids": [support.pk], **more}
        answer = api.post("/api/custom-fields", body)
        assert answer.status_code == 201, answer.content
        found: dict[str, Any] = answer.json()
        return found

    return made


@pytest.fixture
def cascade(make: Any) -> dict[str, Any]:
    """Country, City under it, and Street shown for two cities."""
    country = make("Country", values=["AT", "DE"])
    city = make(
        "City",
        depends_on="country",
        choices=[
            {"value": "Graz", "when": ["at"]},
            {"value": "Munich", "when": ["DE"]},
            {"value": "Elsewhere"},
        ],
    )
    street = make(
        "Street", "Freeform", show_when={"field": "CITY", "values": ["graz"]}, required=True
    )
    return {"country": country, "city": city, "street": street}


def values(answer: Any, *keys: str) -> list[Any]:
    assert answer.status_code in {200, 201}, answer.content
    held = answer.json()["ticket"]["custom_fields"]
    return [held[key] for key in keys]


def refused(answer: Any) -> dict[str, Any]:
    status, code, errors = error(answer)
    assert (status, code) == (400, "invalid")
    return errors


@pytest.mark.parametrize(
    ("field_type", "minimum", "maximum", "fits", "below", "above"),
    [
        ("Integer", "-5", 10, [-5, "10"], -6, 11),
        ("Decimal", "0.5", "10", ["0.50", 9.99, "10"], "0.4999", "10.001"),
        ("Date", "2026-01-01", "2026-12-31", ["2026-01-01"], "2025-12-31", "2027-01-01"),
        (
            "DateTime",
            "2026-01-01T00:00:00+01:00",
            None,
            ["2025-12-31T23:00:00Z"],
            "2025-12-31T22:59:59Z",
            None,
        ),
    ],
)
def test_bounds_hold_for_values_and_defaults(
    api: Caller,
    make: Any,
    ticket: int,
    field_type: str,
    minimum: Any,
    maximum: Any,
    fits: list[Any],
    below: Any,
    above: Any,
) -> None:
    made = make("Size", field_type, minimum=minimum, maximum=maximum)
    url = f"/api/tickets/{ticket}"

    for value in fits:
        assert api.patch(url, {"custom_fields": {"size": value}}).status_code == 200
    low = refused(api.patch(url, {"custom_fields": {"size": below}}))
    assert low == {"custom_fields.size": [f"must be at least {made['minimum']}"]}
    wrong = refused(api.patch(f"/api/custom-fields/{made['id']}", {"default": below}))
    assert list(wrong) == ["default"]
    if above is not None:
        high = refused(api.patch(url, {"custom_fields": {"size": above}}))
        assert high == {"custom_fields.size": [f"must be at most {made['maximum']}"]}


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (
            {"field_type": "Freeform", "minimum": 1},
            {"minimum": ["only these types have bounds: Integer, Decimal, Date, DateTime"]},
        ),
        (
            {"field_type": "Date", "minimum": "today"},
            {"minimum": ["must be a date such as 2026-03-31"]},
        ),
        (
            {"field_type": "Integer", "minimum": 5, "maximum": 4},
            {"maximum": ["is less than the minimum, 5"]},
        ),
        (
            {"field_type": "Integer", "minimum": 5, "default": 4},
            {"default": ["must be at least 5"]},
        ),
        (
            {"field_type": "Integer", "indexed": True, "max_values": 2},
            {"indexed": ["only a field that takes one value can be indexed"]},
        ),
        (
            {"field_type": "Text", "indexed": True},
            {"indexed": ["a text of many lines can't be indexed"]},
        ),
        (
            {"field_type": "SelectSingle", "values": ["a"], "choices": [{"value": "a"}]},
            {"choices": ["give either values or choices, not both"]},
        ),
        (
            {"field_type": "SelectSingle", "choices": [{"value": "a", "colour": "gren"}]},
            {"choices": ["choice 1 knows no colour “gren”; did you mean green?"]},
        ),
        (
            {"field_type": "SelectSingle", "choices": [{"value": "a", "color": "red"}]},
            {"choices": ["choice 1 knows no color"]},
        ),
        ({"field_type": "SelectSingle", "choices": [{}]}, {"choices": ["choice 1 needs a value"]}),
        (
            {"field_type": "SelectSingle", "choices": [{"value": "a"}, {"value": "A"}]},
            {"choices": ["“A” stands twice"]},
        ),
        (
            {"field_type": "SelectSingle", "choices": [{"value": "a", "was": "b"}]},
            {"choices": ["choice 1 no choice “b”"]},
        ),
        (
            {"field_type": "SelectSingle", "choices": [{"value": "a", "when": ["b"]}]},
            {"choices": ["are offered always, unless depends_on names a field"]},
        ),
        (
            {
                "field_type": "SelectSingle",
                "depends_on": "severity",
                "choices": [{"value": "a", "when": ["hihg"]}],
            },
            {
                "choices": [
                    "“a” is offered under a value of Severity: no choice “hihg”; did you mean “high”?"
                ]
            },
        ),
        (
            {"field_type": "SelectSingle", "values": ["a"], "depends_on": "sevrity"},
            {"depends_on": ["there is no field “sevrity”; did you mean “severity”?"]},
        ),
        (
            {"field_type": "Freeform", "depends_on": "severity"},
            {"depends_on": ["only SelectSingle and SelectMulti can depend on another field"]},
        ),
        (
            {"field_type": "Freeform", "show_when": {"field": "severity"}},
            {"show_when": ["needs field and values"]},
        ),
        (
            {"field_type": "Freeform", "show_when": {"field": "severity", "values": []}},
            {"show_when": ["needs one value at least"]},
        ),
        (
            {"field_type": "Freeform", "show_when": {"field": "severity", "values": ["hihg"]}},
            {"show_when": ["no choice “hihg”; did you mean “high”?"]},
        ),
    ],
)
def test_a_definition_that_contradicts_itself_is_refused(
    api: Caller, support: Queue, body: dict[str, Any], errors: dict[str, list[str]]
) -> None:
    answer = api.post("/api/custom-fields", {"name": "It", "queue_ids": [support.pk], **body})

    assert refused(answer) == errors
    assert not CustomField.objects.filter(key="it").exists()


def test_a_pattern_has_words_of_its_own(api: Caller, make: Any, ticket: int) -> None:
    make("Asset", "Freeform", pattern="^AT-[0-9]{4}$", pattern_message="begins with AT-")

    wrong = refused(api.patch(f"/api/tickets/{ticket}", {"custom_fields": {"asset": "AT12"}}))

    assert wrong == {"custom_fields.asset": ["begins with AT-"]}


def test_choices_tell_all_and_values_name_them(api: Caller, make: Any) -> None:
    made = make("Size", choices=[{"value": "S", "colour": "red"}, {"value": "L", "disabled": True}])
    url = f"/api/custom-fields/{made['id']}"

    assert made["values"] == ["S", "L"]
    assert made["choices"] == [
        {"value": "S", "colour": "red", "disabled": False, "when": []},
        {"value": "L", "colour": None, "disabled": True, "when": []},
    ]
    turned = api.patch(url, {"values": ["XL", "L", "S"]}).json()
    assert turned["choices"] == [
        {"value": "XL", "colour": None, "disabled": False, "when": []},
        *reversed(made["choices"]),
    ]
    assert api.patch(url, {"choices": made["choices"]}).json() == made


def test_a_disabled_choice_stays_where_it_is(api: Caller, make: Any, ticket: int) -> None:
    made = make("Sizes", "SelectMulti", values=["S", "M", "L"])
    url = f"/api/tickets/{ticket}"
    api.patch(url, {"custom_fields": {"sizes": ["S", "M"]}})
    rest = [{"value": "M", "disabled": True}, {"value": "L"}]
    api.patch(
        f"/api/custom-fields/{made['id']}", {"choices": [{"value": "S", "disabled": True}, *rest]}
    )

    same = api.patch(url, {"custom_fields": {"sizes": ["S", "M"]}, "priority": 7})
    more = api.patch(url, {"custom_fields": {"sizes": ["s", "L"]}})
    again = refused(api.patch(url, {"custom_fields": {"sizes": ["S", "M", "L"]}}))

    assert [each["type"] for each in same.json()["transactions"]] == ["Set"]
    assert values(more, "sizes") == [["S", "L"]]
    assert again == {"custom_fields.sizes": ["“M” is no longer offered"]}


def test_a_choice_that_was_taken_away_can_be_given_back_by_who_has_it(
    api: Caller, make: Any, ticket: int
) -> None:
    made = make("Sizes", "SelectMulti", values=["S", "M", "L"])
    url = f"/api/tickets/{ticket}"
    api.patch(url, {"custom_fields": {"sizes": ["S", "M"]}})
    api.patch(f"/api/custom-fields/{made['id']}", {"values": ["L"], "pattern": "L"})

    assert values(api.patch(url, {"custom_fields": {"sizes": ["S", "L"]}}), "sizes") == [["S", "L"]]
    wrong = refused(api.patch(url, {"custom_fields": {"sizes": ["M", "L"]}}))
    assert wrong == {"custom_fields.sizes": ["no choice “M”"]}


def test_a_renamed_choice_leaves_its_old_name_disabled(
    api: Caller, make: Any, cascade: dict[str, Any], ticket: int
) -> None:
    url = f"/api/tickets/{ticket}"
    api.patch(url, {"custom_fields": {"country": "AT", "city": "Graz", "street": "x"}})

    renamed = api.patch(
        f"/api/custom-fields/{cascade['country']['id']}",
        {"choices": [{"value": "Austria", "was": "at", "colour": "red"}, {"value": "DE"}]},
    ).json()

    assert [(each["value"], each["disabled"]) for each in renamed["choices"]] == [
        ("Austria", False),
        ("DE", False),
        ("AT", True),
    ]
    city = api.get(f"/api/custom-fields/{cascade['city']['id']}").json()
    assert city["choices"][0]["when"] == ["AT", "Austria"]
    kept = api.get(url).json()["custom_fields"]
    assert (kept["country"], kept["city"]) == ("AT", "Graz")
    moved = api.patch(url, {"custom_fields": {"country": "Austria"}})
    assert values(moved, "country", "city", "street") == ["Austria", "Graz", "x"]


def test_a_renamed_choice_takes_the_default_and_the_conditions_along(
    api: Caller, make: Any, cascade: dict[str, Any]
) -> None:
    size = make("Size", values=["S", "L"], default="S")
    first = {"choices": [{"value": "Small", "was": "S"}, {"value": "L"}]}
    assert api.patch(f"/api/custom-fields/{size['id']}", first).json()["default"] == "Small"

    graz = [{"value": "Gradec", "was": "Graz", "when": ["AT"]}, {"value": "Munich"}]
    api.patch(f"/api/custom-fields/{cascade['city']['id']}", {"choices": graz})
    street = api.get(f"/api/custom-fields/{cascade['street']['id']}").json()
    assert street["show_when"] == {"field": "city", "values": ["Graz", "Gradec"]}


def test_definition_of_a_cascade_is_shown_in_its_own_spelling(cascade: dict[str, Any]) -> None:
    assert cascade["country"]["depends_on"] is None
    assert cascade["city"]["depends_on"] == "country"
    assert [each["when"] for each in cascade["city"]["choices"]] == [["AT"], ["DE"], []]
    assert cascade["street"]["show_when"] == {"field": "city", "values": ["Graz"]}


def test_a_ticket_begins_with_what_fits_together(api: Caller, cascade: dict[str, Any]) -> None:
    def create(**fields: Any) -> Any:
        body = {"subject": "s", "queue": "Support", "custom_fields": fields}
        return api.post("/api/tickets", body)

    assert create().status_code == 201
    assert refused(create(country="DE", city="Graz")) == {
        "custom_fields.city": ["“Graz” is offered only while Country is “AT”"]
    }
    assert refused(create(country="AT", city="Graz")) == {"custom_fields.street": ["is required"]}
    assert refused(create(STREET="x")) == {
        "custom_fields.STREET": ["takes a value only while City is “Graz”"]
    }
    whole = create(street="x", city="Graz", country="AT")
    assert values(whole, "country", "city", "street") == ["AT", "Graz", "x"]


def test_a_change_that_leaves_a_value_without_a_place_is_refused_or_clears_what_it_hides(
    api: Caller, cascade: dict[str, Any], ticket: int
) -> None:
    url = f"/api/tickets/{ticket}"
    begin = {"custom_fields": {"country": "AT", "city": "Graz", "street": "x"}}
    api.patch(url, begin)

    for change in ({"country": "DE"}, {"country": None}, {"country": "DE", "city": "Graz"}):
        assert refused(api.patch(url, {"custom_fields": change})) == {
            "custom_fields.city": ["“Graz” is offered only while Country is “AT”"]
        }
    moved = api.patch(url, {"custom_fields": {"city": "Munich", "country": "DE"}})

    assert values(moved, "country", "city", "street") == ["DE", "Munich", None]
    told = [
        (t["field"], t["old_value"], t["new_value"], t["data"])
        for t in moved.json()["transactions"]
    ]
    assert told == [
        ("city", "Graz", "Munich", {}),
        ("country", "AT", "DE", {}),
        ("street", "x", None, {"hidden_by": "city"}),
    ]
    assert api.get(f"{url}?at=4").json()["custom_fields"]["street"] == "x"
    preview = api.post(f"{url}/preview", {"custom_fields": {"street": "y"}}).json()
    assert preview["errors"]["errors"] == {
        "custom_fields.street": ["takes a value only while City is “Graz”"]
    }


def test_circles_are_refused(api: Caller, cascade: dict[str, Any]) -> None:
    url = f"/api/custom-fields/{cascade['country']['id']}"

    itself = refused(api.patch(url, {"depends_on": "country"}))
    around = refused(api.patch(url, {"show_when": {"field": "street", "values": ["x"]}}))

    assert itself == {"depends_on": ["leads in a circle: country → country"]}
    assert around == {"show_when": ["leads in a circle: country → street → city → country"]}


def test_a_field_stands_only_where_those_are_that_it_depends_on(
    api: Caller, cascade: dict[str, Any], support: Queue
) -> None:
    other = api.post("/api/queues", {"name": "Other"}).json()["id"]
    country, city = (f"/api/custom-fields/{cascade[key]['id']}" for key in ("country", "city"))

    assert refused(api.patch(city, {"queue_ids": [support.pk, other]})) == {
        "queue_ids": ["needs Country beside it in the queue Other"]
    }
    assert refused(api.patch(country, {"queue_ids": []})) == {
        "queue_ids": ["City depends on it in the queue Support"]
    }
    alone = {"custom_field_ids": [cascade["city"]["id"]]}
    assert refused(api.patch(f"/api/queues/{other}", alone)) == {
        "custom_field_ids": ["City needs Country beside it"]
    }
    assert refused(api.post("/api/queues", {"name": "New", **alone})) == {
        "custom_field_ids": ["City needs Country beside it"]
    }
    both = {"custom_field_ids": [cascade["city"]["id"], cascade["country"]["id"]]}
    assert api.patch(f"/api/queues/{other}", both).status_code == 200
    street = {"depends_on": None, "show_when": {"field": "street", "values": ["x"]}}
    severity = CustomField.objects.get(key="severity")
    api.patch(f"/api/custom-fields/{severity.pk}", {"queue_ids": [other]})
    assert refused(api.patch(f"/api/custom-fields/{severity.pk}", street)) == {
        "depends_on": ["needs Street beside it in the queue Other"]
    }


def test_a_deleted_field_controls_nothing_until_it_comes_back(
    api: Caller, cascade: dict[str, Any], ticket: int
) -> None:
    url, country = f"/api/tickets/{ticket}", f"/api/custom-fields/{cascade['country']['id']}"
    api.delete(country)

    assert api.patch(url, {"custom_fields": {"city": "Munich"}}).status_code == 200
    api.patch(country, {"disabled": False})
    assert list(refused(api.patch(url, {"custom_fields": {"city": "Graz"}}))) == [
        "custom_fields.city"
    ]


@pytest.mark.parametrize("away", ["deleted", "taken from the queue"])
def test_a_ticket_as_it_was_has_the_values_of_fields_that_went_since(
    api: Caller, ticket: int, away: str
) -> None:
    listed = api.get("/api/custom-fields").json()["results"]
    ids = {field["key"]: field["id"] for field in listed}
    url = f"/api/tickets/{ticket}"
    api.patch(url, {"custom_fields": {"severity": "high", "tags": ["a", "b"]}})
    for number in ids.values():
        if away == "deleted":
            api.delete(f"/api/custom-fields/{number}")
        else:
            api.patch(f"/api/custom-fields/{number}", {"queue_ids": []})

    then, now = api.get(f"{url}?at=3").json(), api.get(url).json()

    assert then["custom_fields"] == {"severity": "high", "tags": ["a", "b"]}
    assert now["custom_fields"] == {}
    assert api.get(f"{url}?at=1").json()["custom_fields"] == {}


def test_without_its_parent_a_field_offers_everything(api: Caller, cascade: dict[str, Any]) -> None:
    freed = api.patch(f"/api/custom-fields/{cascade['city']['id']}", {"depends_on": None}).json()

    assert freed["depends_on"] is None
    assert [each["when"] for each in freed["choices"]] == [[], [], []]


def test_an_indexed_field_keeps_to_one_value(api: Caller, make: Any, ticket: int) -> None:
    made = make("Sizes", "SelectMulti", values=["S", "M"])
    url = f"/api/custom-fields/{made['id']}"
    api.patch(f"/api/tickets/{ticket}", {"custom_fields": {"sizes": ["S", "M"]}})

    held = refused(api.patch(url, {"max_values": 1, "indexed": True}))
    api.patch(f"/api/tickets/{ticket}", {"custom_fields": {"sizes": ["S"]}})
    turned = api.patch(url, {"max_values": 1, "indexed": True}).json()
    raised = refused(api.patch(url, {"max_values": 2}))
    freed = api.patch(url, {"max_values": 2, "indexed": False}).json()

    assert held == {
        "indexed": ["some ticket has several values, or one of more than 400 characters"]
    }
    assert (turned["max_values"], turned["indexed"]) == (1, True)
    assert raised == {
        "max_values": ["must stay 1 while the field is indexed: an index holds one value"]
    }
    assert (freed["max_values"], freed["indexed"]) == (2, False)


def test_usage_counts_the_tickets_of_the_field_and_of_each_choice(
    api: Caller, stranger: Caller, support: Queue
) -> None:
    for tags in (["a"], ["a", "b"], None):
        body = {"subject": "s", "queue": "Support", "custom_fields": {"tags": tags}}
        api.post("/api/tickets", body)
    field = CustomField.objects.get(key="tags")

    answer = api.get(f"/api/custom-fields/{field.pk}/usage")

    assert answer.json() == {
        "tickets": 2,
        "choices": {"a": 2, "b": 1, "c": 0},
        "count_capped": False,
    }
    assert stranger.get(f"/api/custom-fields/{field.pk}/usage").status_code == 404


def test_usage_counts_no_further_than_its_cap(
    api: Caller, support: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.field_usage.CAP", 1)
    for _number in range(2):
        body = {"subject": "s", "queue": "Support", "custom_fields": {"severity": "low"}}
        api.post("/api/tickets", body)
    field = CustomField.objects.get(key="severity")

    assert api.get(f"/api/custom-fields/{field.pk}/usage").json() == {
        "tickets": 1,
        "choices": {"low": 1, "high": 0},
        "count_capped": True,
    }


def test_the_log_keeps_the_words_of_a_choice_that_is_gone(
    api: Caller, support: Queue, ticket: int
) -> None:
    api.patch(f"/api/tickets/{ticket}", {"custom_fields": {"severity": "low"}})
    field = CustomField.objects.get(key="severity")
    api.patch(f"/api/custom-fields/{field.pk}", {"values": ["high"]})
    api.delete(f"/api/custom-fields/{field.pk}")

    entry = Transaction.objects.get(type="CustomField")

    assert (entry.field, entry.old_value, entry.new_value) == ("severity", None, "low")

"""Two administrators at once."""

from collections.abc import Callable
from typing import Any

import pytest

from customfields.models import CustomField
from scrips import replies
from scrips.models import SavedReply
from tessera.accounts import tokens
from tessera.accounts.models import ApiToken, User
from tests.api.caller import Caller
from tests.people import administrator
from tests.races.test_writers import at_once
from tickets import views
from tickets.models import SavedView


@pytest.fixture
def caller(transactional_db: None) -> Caller:
    return Caller(ApiToken.issue(administrator("ada", email="ada@example.com")))


def test_fields_of_one_name_made_at_once_get_keys_of_their_own(caller: Caller) -> None:
    def make() -> tuple[int, str]:
        made = caller.post("/api/custom-fields", {"name": "Site", "field_type": "Text"})
        return made.status_code, made.json().get("key", "")

    made: list[Callable[[], tuple[int, str]]] = [make] * 6

    assert sorted(at_once(*made)) == [
        (201, "site"),
        *((201, f"site_{number}") for number in range(2, 7)),
    ]


def test_of_fields_that_claim_one_key_at_once_one_gets_it(caller: Caller) -> None:
    def make(key: str) -> Callable[[], int]:
        body = {"name": "Site", "key": key, "field_type": "Text"}
        return lambda: int(caller.post("/api/custom-fields", body).status_code)

    made = at_once(*(make(key) for key in ("site", "SITE", "Site", "sitE")))

    assert sorted(made) == [201, 400, 400, 400]
    assert CustomField.objects.filter(key__iexact="site").count() == 1


def test_changes_of_two_fields_at_once_are_both_kept(caller: Caller) -> None:
    made = caller.post("/api/users", {"username": "ann", "first_name": "0"}).json()
    url = f"/api/users/{made['id']}"

    def write(field: str) -> Callable[[], None]:
        def act() -> None:
            for number in range(1, 16):
                changed = caller.patch(url, {field: str(number)})
                assert changed.json()[field] == str(number)

        return act

    at_once(write("first_name"), write("last_name"))

    user = User.objects.get(pk=made["id"])
    assert (user.first_name, user.last_name) == ("15", "15")


def test_two_fields_made_to_depend_on_each_other_at_once_close_no_circle(caller: Caller) -> None:
    ids = {}
    for name in ("one", "two"):
        body = {"name": name, "field_type": "SelectSingle", "values": ["x"]}
        ids[name] = caller.post("/api/custom-fields", body).json()["id"]

    def depend(name: str, parent: str) -> Callable[[], int]:
        url = f"/api/custom-fields/{ids[name]}"
        return lambda: int(caller.patch(url, {"depends_on": parent}).status_code)

    assert sorted(at_once(depend("one", "two"), depend("two", "one"))) == [200, 400]
    assert sorted(CustomField.objects.values_list("depends_on", flat=True))[0] == ""


@pytest.mark.parametrize(
    ("path", "body", "module", "limit", "model"),
    [
        ("/api/views", {"name": "One"}, views, "MOST", SavedView),
        ("/api/replies", {"name": "One", "text": "x"}, replies, "MOST_OWNED", SavedReply),
        ("/api/tokens", {"name": "One"}, tokens, "MOST", ApiToken),
    ],
)
def test_of_many_made_at_once_no_more_than_the_limit_are_kept(
    caller: Caller,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    body: dict[str, str],
    module: Any,
    limit: str,
    model: Any,
) -> None:
    monkeypatch.setattr(module, limit, 3)
    before = model.objects.count()  # the caller's own token

    made: list[Callable[[], int]] = [
        lambda: int(caller.post(path, body).status_code) for _each in range(6)
    ]

    assert sorted(at_once(*made)) == [201] * (3 - before) + [409] * (3 + before)
    assert model.objects.count() == 3

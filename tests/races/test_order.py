"""Two who move rules of one queue at once."""

from collections.abc import Callable

from scrips.builder.moving import move, wanted
from scrips.models import Scrip, ScripVersion
from tests.admin.test_scrip_list import rule
from tests.office import Office
from tests.races.test_writers import at_once, open_office  # noqa: F401  # a fixture


def test_two_who_move_rules_at_once_keep_every_rule_and_both_moves(
    open_office: Office,  # noqa: F811
) -> None:
    office = open_office
    rules = [rule(office, f"Rule {number}") for number in range(6)]
    queue = office.support.pk

    def put(number: int, place: str) -> Callable[[], str]:
        to = wanted(place)
        assert to is not None
        return lambda: move(queue, rules[number].pk, to, office.admin)

    at_once(put(0, f"after:{rules[5].pk}"), put(4, f"before:{rules[1].pk}"), put(2, "down"))

    rows = Scrip.objects.prefetch_related("places")
    order = [row.name for row in sorted(rows, key=lambda row: (row.reach.place(queue), row.pk))]
    assert sorted(order) == [each.name for each in rules]
    assert order.index("Rule 0") == order.index("Rule 5") + 1
    assert order.index("Rule 4") < order.index("Rule 1")
    versions = ScripVersion.objects.values_list("scrip_id", "version")
    assert len(set(versions)) == len(versions)

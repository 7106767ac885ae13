"""The large company, its plot and its words, before anything is in a database."""

import re
from collections import Counter
from datetime import UTC, datetime
from random import Random

from tessera.demo.bulk import words
from tessera.demo.bulk.stencils import Gaps, cell, json, replacer
from tessera.demo.growth import grown
from tessera.demo.plot import Event, entangled, plot

NOW = datetime(2026, 3, 18, 15, 0, tzinfo=UTC)
CUSTOMERS = (("Nils", "nils@example.com"), ("Tara", "tara@example.com"))


def test_forty_queues_have_their_teams_and_whoever_is_new_works_for_three() -> None:
    company = grown(1_000_000)
    teams = Counter(name for _name, queues in company.agents.values() for name in queues)
    added = [queue for queue in company.queues if "kind" in queue]
    assert (len(company.queues), len({*teams})) == (40, 40)
    assert {teams[queue["name"]] for queue in added} == {6}
    assert {len(queues) for name, (_n, queues) in company.agents.items() if "." in name} == {3}


def test_nobody_is_there_twice_and_names_serve_as_usernames() -> None:
    company = grown(1_000_000)
    names = [*company.crowd, *(name for name, _queues in company.agents.values())]
    assert len(names) == len({*names}) > 20_000
    assert all(re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+", name) for name in company.crowd)


def test_a_small_company_has_fewer_customers() -> None:
    assert len(grown(10_000).crowd) == 200


def test_whoever_depends_on_a_ticket_is_not_done_before_it() -> None:
    events = entangled(plot(400, seed=1, customers=CUSTOMERS, now=NOW), seed=1)
    ends = {e.number: e.at for e in events if e.changes.get("status") in ("resolved", "rejected")}
    waiting = [event for event in events if event.depends_on is not None]
    assert len(waiting) > 10
    for event in waiting:
        other = event.depends_on
        assert other in ends
        assert event.number not in ends or ends[other] < ends[event.number]
        assert _queue(events, event.number) == _queue(events, other)


def test_the_plot_of_a_small_demo_has_no_such_links() -> None:
    events = plot(400, seed=1, customers=CUSTOMERS, now=NOW)
    assert {event.depends_on for event in events} == {None}


def _queue(events: list[Event], number: int) -> object:
    return next(e.changes["queue"] for e in events if e.number == number and e.begins)


def test_few_words_are_common_and_most_are_rare_and_none_needs_an_escape() -> None:
    rng = Random(1)
    said = "".join(words.sentence(rng) + words.suffix(rng) for _turn in range(20_000))
    count = Counter(re.findall(r"\w+", said))
    drawn = [count[word] for word in words.WORDS]
    assert len(words.WORDS) == len({*words.WORDS}) == 4096
    assert sum(drawn[:40]) > sum(drawn[2048:])
    assert sum(times > 0 for times in drawn) > 3500
    assert not {*said} & {*'"\\\n\t\r%'}


def test_a_text_with_gaps_is_filled_in_json_in_json_and_in_folded_text() -> None:
    gaps = Gaps()
    inner = json(
        {"id": gaps.number("tickets_ticket", 0, 12), "of": gaps.text("customer", 0, "Zoë")}
    )
    outer = cell({"body": inner, "half": "50 %\n"}, is_json=True)
    low = gaps.folded(gaps.text("customer", 0, "Zoë"))
    places = gaps.places(("tickets_ticket", "customer", "folded"))
    filled = [gaps.cut(text, places).filled(["7", "Åsa", "åsa"]) for text in (outer, low)]
    assert filled == [
        r'{"body":"{\\"id\\":7,\\"of\\":\\"Åsa\\"}","half":"50 %\\n"}',
        "åsa",
    ]


def test_the_longest_needle_is_replaced_and_only_whole_words() -> None:
    replace = replacer({"HR": "<a>", "HR Porto": "<b>", "TKT-0001": "<c>"})
    assert replace("HR Porto, HR, HRM, TKT-0001, TKT-00012") == "<b>, <a>, HRM, <c>, TKT-00012"


def test_texts_that_begin_alike_are_told_apart_by_how_they_go_on() -> None:
    begins = "The printer on the second floor "
    replace = replacer({f"{begins}is out": "<a>", f"{begins}is": "<b>", "The printer": "<c>"})
    assert replace(f"{begins}is out, {begins}is, {begins}isn't") == (
        "<a>, <b>, <c> on the second floor isn't"
    )
    assert replace(f"{begins}was, OurThe printer") == "<c> on the second floor was, OurThe printer"

"""The database and memory give one answer to every query."""

from collections.abc import Iterator
from itertools import product

import pytest
from django.db import transaction
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pytest_django.plugin import DjangoDbBlocker

from tessera.accounts.models import User
from tessera.lib.query.check import operand_fault
from tessera.lib.query.evaluate import Query
from tessera.lib.query.fields import BY_SPELLING, FULL_TEXT, PARTS, Kind
from tessera.lib.query.tree import And, Node, Not, Op, Or, Term, Value
from tests.drawing import examples
from tests.tickets.search.world import FIELDS, NOW, World, make_world
from tickets import access
from tickets.access import Actor
from tickets.models import Link, Ticket
from tickets.search import counting, links, rows_of, search, shapes
from tickets.search.compile import alternatives, some_of, spared
from tickets.search.scope import Scope

# The draws lie within the tests.
pytestmark = pytest.mark.hypothesis

NAMES = (
    *(field.name for field in BY_SPELLING.values() if not field.condition),
    *(
        f"{field.name}.{part}"
        for field in BY_SPELLING.values()
        if field.kind is Kind.PERSON and not field.condition
        for part in PARTS
    ),
    *(f"CF.{key}" for key in FIELDS),
    *("CF.Size", "CF.Day", "CF.Note"),
)
_DATES = ("CF.day", "CF.days", "CF.moment")
_ENDS = (
    *("0001-01-01", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00"),
    *("9999-12-31", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.999999"),
)
WORDS = (
    *(
        "",
        "80",
        "-3",
        "12.50",
        "0.5",
        "7",
        "1",
        "99999999999999999999",
        "open",
        "OPEN",
        "Straße",
        "STRASSE",
    ),
    *(
        "a",
        "ann",
        "Nobody",
        "strasse 80",
        "ß",
        "low",
        "é",
        "%",
        "\\",
        "default",
        "GRÖSSE",
        "ﬃ",
        "n",
        "@",
    ),
    *("__CurrentUser__", "__Active__", "__Inactive__", "__Initial__", "deleted", "done", "new"),
    *("ann@example.com", "beta@strasse.example", "who@example.org", "bobby", "ßeta", "sseta"),
    *("today", "yesterday", "monday", "now", "3 days ago", "40 days ago", "-1 week", "2026-03-29"),
    *(
        "2025-10-26",
        "2025-10-26T02:30:00",
        "2025-10-26 01:30:00.5",
        "2026-11-21T09:30:15Z",
        "1 month ago",
    ),
    *_ENDS,
    *("true", "false", "Create", "Comment", "Set", "system", "Support"),
)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


def terms(actor: Actor) -> st.SearchStrategy[Node]:
    vocabulary = actor.config.vocabulary
    refs = [vocabulary.field(name) for name in NAMES]

    def sound(place: int, op: Op, words: list[str], other: int | None) -> Node:
        value: Value = None
        if op in (Op.IN, Op.NOT_IN):
            value = tuple(words)
        elif op not in (Op.IS_NULL, Op.IS_NOT_NULL):
            value = words[0] if other is None else refs[other]
        term = Term(refs[place], op, value)
        assume(operand_fault(term) is None)
        return term

    places = st.integers(0, len(refs) - 1)
    return st.builds(
        sound,
        places,
        st.sampled_from([op for op in Op if op not in FULL_TEXT]),
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
        st.one_of(st.none(), st.none(), places),
    )


def trees(actor: Actor) -> st.SearchStrategy[Node]:
    return st.recursive(
        terms(actor),
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda found: And(tuple(found))),
            st.lists(inner, min_size=1, max_size=3).map(lambda found: Or(tuple(found))),
            inner.map(Not),
        ),
        max_leaves=6,
    )


def in_database(tree: Node, actor: Actor) -> list[int]:
    scope = Scope.of(actor, tree, now=NOW)
    rows = rows_of(tree, scope)
    return list(rows.order_by("pk").values_list("pk", flat=True))


@pytest.mark.parametrize("name", ["ann", "root"])
def test_both_evaluators_agree(world: World, name: str) -> None:
    asker: Actor = getattr(world, name)
    facts = {number: world.facts(number, asker) for number in world.ids}

    @settings(max_examples=examples(300))
    @given(trees(asker))
    def agree(tree: Node) -> None:
        query = Query(tree)
        wanted = [number for number in world.ids if query.holds(facts[number])]
        assert in_database(tree, asker) == wanted

    agree()


@pytest.mark.parametrize("op", [op for op in Op if op not in FULL_TEXT])
def test_what_the_log_says_of_a_mail_has_no_content(world: World, op: Op) -> None:
    asker = world.ann
    facts = {number: world.facts(number, asker) for number in world.ids}
    field = asker.config.vocabulary.field
    value = {Op.IN: ("a",), Op.NOT_IN: ("a",), Op.IS_NULL: None, Op.IS_NOT_NULL: None}
    content = Term(field("Content"), op, value.get(op, "a"))
    mail = Term(field("TransactionType"), Op.EQ, "EmailRecord")
    for tree in (content, And((mail, content)), Or((And((mail, content)), Not(content)))):
        wanted = [number for number in world.ids if Query(tree).holds(facts[number])]
        assert in_database(tree, asker) == wanted


def test_both_evaluators_agree_at_the_ends_of_the_calendar(world: World) -> None:
    asker = world.ann
    facts = {number: world.facts(number, asker) for number in world.ids}
    ops = (Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE)
    for name, op, word in product(("Created", "Due", "Updated", *_DATES), ops, _ENDS):
        tree = Term(asker.config.vocabulary.field(name), op, word)
        wanted = [number for number in world.ids if Query(tree).holds(facts[number])]
        assert in_database(tree, asker) == wanted, (name, op, word)


@pytest.mark.parametrize("name", ["ann", "root"])
def test_what_is_taken_for_very_much_gives_the_same_answer_and_a_part_no_more(
    world: World, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shapes, "rows_expected", lambda _rows: 10**9)
    asker: Actor = getattr(world, name)
    facts = {number: world.facts(number, asker) for number in world.ids}

    @settings(max_examples=examples(150))
    @given(trees(asker), st.integers(1, 3))
    def agree(tree: Node, most: int) -> None:
        query = Query(tree)
        wanted = [number for number in world.ids if query.holds(facts[number])]
        scope = Scope.of(asker, tree, now=NOW)
        assert list(rows_of(tree, scope).order_by("pk").values_list("pk", flat=True)) == wanted
        some = some_of(tree, scope, most=most)
        if some is not None:
            rows = Ticket.objects.filter(some, spared(tree, scope))
            assert set(rows.values_list("pk", flat=True)) <= set(wanted)

    agree()


@pytest.mark.parametrize(("common", "most"), [(1.0, 100_000), (1.0, 2), (0.0, 2)])
def test_who_watches_very_much_has_as_many_counted_as_he_finds(
    world: World, monkeypatch: pytest.MonkeyPatch, common: float, most: int
) -> None:
    """Of what fits all or some are looked for among what he watches; or some of what he watches among what fits. And he
    finds what he would find if it were little."""
    with transaction.atomic():
        who = Actor.of(User.objects.create_user("who", email="who@example.org"))
        assert access.watched_alone(who) is not None
        monkeypatch.setattr(access, "_FEW", 0)
        monkeypatch.setattr(counting, "_TICKETS", most)
        monkeypatch.setattr(counting, "_COMMON", common)

        @settings(max_examples=examples(60))
        @given(trees(who))
        def agree(tree: Node) -> None:
            scope = Scope.of(who, tree, now=NOW)
            asked = [each for _part, each in alternatives(tree, scope)]
            part = counting.Counting(tree, scope, asked).part()
            found, finds = part.rows.count() if part else 0, rows_of(tree, scope).count()
            with monkeypatch.context() as little:
                little.setattr(access, "_FEW", 1_000)
                wanted = in_database(tree, who)
            assert in_database(tree, who) == wanted
            assert found == finds if part and part.whole else found <= finds

        agree()
        transaction.set_rollback(True)


@pytest.mark.parametrize("few", [0, 50_000])
def test_who_sees_by_watching_alone_finds_the_links_of_which_he_watches_both_ends(
    world: World, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(links, "FEW_LINKS", few)
    with transaction.atomic():
        who = Actor.of(User.objects.create_user("who", email="who@example.org"))
        assert access.watched_alone(who) is not None
        seen = set(access.visible_to(who).values_list("pk", flat=True))
        one, other, *_others = sorted(seen)
        unseen = min(set(world.ids) - seen)
        for source, target in ((one, other), (one, unseen), (unseen, other)):
            for type_ in Link.Type.values:
                Link.objects.get_or_create(source_id=source, target_id=target, type=type_)
        for name, type_, here, there in (
            ("DependsOn", "depends_on", "source_id", "target_id"),
            ("DependedOnBy", "depends_on", "target_id", "source_id"),
            ("MemberOf", "parents", "source_id", "target_id"),
            ("ReferredToBy", "refers_to", "target_id", "source_id"),
        ):
            ends = Link.objects.filter(type=type_).values_list(here, there)
            linked = {near for near, far in ends if {near, far} <= seen}
            assert linked
            for query, wanted in (
                (f"{name} IS NOT NULL", linked),
                (f"{name} IS NULL", seen - linked),
                (f"{name} IS NOT NULL OR id = 0", linked),
                (f"NOT ({name} IS NOT NULL OR id = 0)", seen - linked),
            ):
                # Whoever names the status deleted finds those too.
                rows = search(f"({query}) AND (Status = deleted OR id > 0)", who, now=NOW).rows
                assert set(rows.values_list("pk", flat=True)) == wanted, query
        transaction.set_rollback(True)


def test_words_are_counted_among_what_somebody_sees_and_never_more_than_he_finds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "_ENOUGH", 1e-9)
    monkeypatch.setattr(shapes, "rows_expected", lambda _rows: 10**9)  # too many to be fetched
    parts = 0
    for text in (
        "Content MATCHES {}",
        "Content MATCHES {} AND Subject LIKE e",
        "Content MATCHES {} AND NOT Status = open AND Content LIKE a",
    ):
        for word in ("straße", "a", "80", "off"):
            found = search(text.format(word), world.ann, now=NOW)
            part = found.part()
            parts += part is not None
            assert part is None or part.rows.count() <= found.rows.count()
    assert parts

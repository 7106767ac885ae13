"""What will happen: a preview in words, in the order in which it would be carried out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scrips.models import Scrip
from tessera.desk import bodies, words
from tessera.lib import plaintext
from tessera.lib.errors import Refused
from tickets import seen
from tickets.access import Actor, held_on
from tickets.outcome import Effect, Entry, Fired, Outcome, Preview
from tickets.people import People

_LONGEST_BODY = 20_000
_LISTS = ("to", "cc", "bcc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail as it will be sent. `names` are its receivers as people call them, `skipped` those who are left out
    because the writer wants it so."""

    names: tuple[str, ...]
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    skipped: tuple[str, ...]
    subject: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A request as it will be sent."""

    method: str
    url: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a rule would do, and because of what. `after` is the number of the step that starts it, if one does."""

    number: int
    rule: words.Rule
    because: str
    after: int | None
    mail: Mail | None = None
    hook: Hook | None = None
    phrases: tuple[words.Phrase, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Silent:
    """A rule that would do nothing, and each reason once."""

    rule: words.Rule
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """A preview. `refusal` is empty where the real call would be carried out; `told` says whether the reader may
    know what rules do, `written` is the text as it will read where it has markup."""

    refusal: str = ""
    own: tuple[words.Phrase, ...] = ()
    steps: tuple[Step, ...] = ()
    silent: tuple[Silent, ...] = ()
    told: bool = True
    written: bodies.Body | None = None

    @property
    def summary(self) -> str:
        """`2 mails, 1 webhook, 4 changes`: what would come of it, in all."""
        mails = sum(each.mail is not None for each in self.steps)
        hooks = sum(each.hook is not None for each in self.steps)
        changes = len(self.own) + sum(len(each.phrases) for each in self.steps)
        parts = [
            mails and ngettext("%(count)d mail", "%(count)d mails", mails) % {"count": mails},
            hooks and ngettext("%(count)d webhook", "%(count)d webhooks", hooks) % {"count": hooks},
            changes
            and ngettext("%(count)d change", "%(count)d changes", changes) % {"count": changes},
        ]
        return ", ".join(part for part in parts if part) or _("Nothing changes")


def foreseen(ask: Callable[[], Preview], actor: Actor) -> Happening:
    """What a preview tells. One that can't be had just now (the ticket is held by another) is told like a refusal."""
    try:
        return happening(ask(), actor, People())
    except Refused as refusal:
        return Happening(refusal=str(refusal.detail))


def happening(preview: Preview, actor: Actor, people: People) -> Happening:
    """The preview as far as the actor may see it: at most two statements for people, one for rules' templates."""
    if preview.refusal is not None:
        return Happening(refusal=str(preview.refusal.detail))
    outcome = preview.outcome
    assert outcome is not None  # noqa: S101  # only a refused create has none
    actor = actor.under(outcome.config)
    told = held_on(actor, outcome.ticket).has("ShowOutgoingMail")
    entries = seen.of_outcome(actor, outcome)
    people.load({entry.creator_id for entry in entries} | words.people_in(entries))
    reading = words.Reading(config=outcome.config, people=people)
    mine = [entry for entry in entries if entry.ticket_id == outcome.ticket.id]
    own = [entry for entry in mine if entry.cause is None or not told]
    return Happening(
        own=tuple(reading.will(entry) for entry in own),
        steps=tuple(_steps(outcome, mine, reading)) if told else (),
        silent=tuple(_silent(preview, outcome)) if told else (),
        told=told,
    )


def _steps(outcome: Outcome, entries: Iterable[Entry], reading: words.Reading) -> Iterable[Step]:
    by_id = {entry.id: entry for entry in entries}
    html = _in_html(outcome.fired)
    reading.people.load([], _receivers(outcome.fired))
    made_by: dict[int, int] = {}
    for number, fired in enumerate(outcome.fired, 1):
        facts = fired.effect.facts if fired.effect else {}
        made = [by_id[each] for each in facts.get("transaction_ids", ()) if each in by_id]
        made_by |= dict.fromkeys((entry.id for entry in made), number)
        yield Step(
            number=number,
            rule=words.Rule(fired.scrip_id, fired.name, exists=True),
            because=fired.because,
            after=made_by.get(fired.transaction_id),
            mail=_mail(fired.effect, reading.people, html=fired.scrip_id in html),
            hook=_hook(fired.effect),
            phrases=tuple(reading.will(entry) for entry in made),
            error=fired.error or "",
        )


def _silent(preview: Preview, outcome: Outcome) -> Iterable[Silent]:
    """Rules that act in one round are not silent, though others of the change leave them cold."""
    acting = {fired.scrip_id for fired in outcome.fired}
    reasons: dict[tuple[int, str], list[str]] = {}
    for each in preview.skipped:
        if each.scrip_id not in acting:
            reasons.setdefault((each.scrip_id, each.name), []).append(each.because)
    for (number, name), because in reasons.items():
        yield Silent(words.Rule(number, name, exists=True), tuple(dict.fromkeys(because)))


def _receivers(fired: Iterable[Fired]) -> set[str]:
    mails = [each.effect.facts for each in fired if each.effect and each.effect.kind == "email"]
    return {each for facts in mails for name in _LISTS for each in _listed(facts, name)}


def _in_html(fired: Sequence[Fired]) -> frozenset[int]:
    """The scrips whose mails are written in HTML, which is shown as its text alone."""
    mails = [each.scrip_id for each in fired if each.effect and each.effect.kind == "email"]
    if not mails:
        return frozenset()
    rows = Scrip.objects.filter(pk__in=mails, template__content_type="text/html")
    return frozenset(rows.values_list("pk", flat=True))


def _mail(effect: Effect | None, people: People, *, html: bool) -> Mail | None:
    if effect is None or effect.kind != "email":
        return None
    facts = effect.facts
    body = plaintext.from_html(facts["body"]) if html else facts["body"]
    receivers = [each for name in _LISTS for each in _listed(facts, name)]
    return Mail(
        names=tuple(people.by_email(each).name for each in receivers),
        to=_listed(facts, "to"),
        cc=_listed(facts, "cc"),
        bcc=_listed(facts, "bcc"),
        skipped=_listed(facts, "skipped"),
        subject=facts["subject"],
        body=body[:_LONGEST_BODY],
    )


def _listed(facts: Mapping[str, Sequence[str]], name: str) -> tuple[str, ...]:
    return tuple(facts.get(name, ()))


def _hook(effect: Effect | None) -> Hook | None:
    if effect is None or effect.kind != "webhook":
        return None
    body = effect.facts.get("body") or ""
    return Hook(
        method=effect.facts["method"], url=effect.facts["url"], body=str(body)[:_LONGEST_BODY]
    )

"""Why each scrip acted on a recorded transaction, or why it did not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from scrips.facts import Round
from scrips.history import Past, rules_at
from scrips.models import Delivery, Run, Scrip
from scrips.rules import FAULTS, Rule, in_order
from tickets.access import Actor
from tickets.models import Transaction
from tickets.outcome import RECORDS

CREATE, BATCH = Scrip.Stage.CREATE.value, Scrip.Stage.BATCH.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What a scrip did about a transaction. `fired` is true also where it then failed."""

    scrip_id: int
    name: str
    stage: str
    fired: bool
    because: str
    effect: Mapping[str, Any] | None = None
    error: str | None = None


def explain(row: Transaction, actor: Actor) -> list[Explained]:
    """Each scrip that applied to the transaction, in the order of their execution.

    What fired is read from its run; of the silent the conditions are asked again, over the ticket as their round saw
    it and in the version of that day. People and other configuration are those of now.
    """
    past = Past.of(row.ticket_id, actor.config)
    rules = rules_at(row.created_at, actor.config)
    return list(_Explanation(past, rules, row, actor).all())


class _Explanation:
    def __init__(self, past: Past, rules: Sequence[Rule], row: Transaction, actor: Actor) -> None:
        self.past, self.rules, self.row, self.actor = past, rules, row, actor
        (self.entry,) = (entry for entry in past.entries if entry.id == row.pk)
        unit = [each.id for each in past.entries if each.batch == row.batch]
        self.runs = list(Run.objects.filter(transaction__in=unit).order_by("pk"))
        self.deliveries = _deliveries(self.runs)

    def all(self) -> Iterator[Explained]:
        """Those of its own round, then those of the whole change."""
        if self.row.round_seq is not None:
            yield from self._stage(CREATE, self.row.round_seq)
        seqs = [each.batch_seq for each in self.past.rows if each.entry.batch == self.row.batch]
        seq = next(filter(None, seqs), 0)
        # What batch scrips changed starts no second batch.
        if self.entry.seq <= seq and self.entry.type not in RECORDS:
            yield from self._stage(BATCH, seq)

    def _stage(self, stage: str, seq: int) -> Iterator[Explained]:
        round_ = self.past.round(self.entry, seq, self.actor)
        queue_id = round_.state.queue_id
        mine = [run for run in self.runs if run.stage == stage]
        ran = {run.scrip_id: run for run in mine if run.transaction_id == self.row.pk}
        for rule in in_order(self.rules, queue_id, stage):
            run = ran.pop(rule.id, None)
            others = mine if stage == BATCH else ()
            yield self._of_run(run) if run else self._silent(rule, round_, others)
        # A scrip that was saved while the change was under way.
        yield from map(self._of_run, ran.values())

    def _of_run(self, run: Run) -> Explained:
        fired = run.verdict != Run.Verdict.SHADOW
        because = run.because if fired else _("in shadow, else it would act: %s") % run.because
        return Explained(
            scrip_id=run.scrip_id,
            name=run.name,
            stage=run.stage,
            fired=fired,
            because=because,
            effect=self._effect(run),
            error=run.error or None,
        )

    def _silent(self, rule: Rule, round_: Round, ran: Sequence[Run]) -> Explained:
        return Explained(
            scrip_id=rule.id,
            name=rule.name,
            stage=rule.stage,
            fired=False,
            because=self._because(rule, round_, ran),
        )

    def _because(self, rule: Rule, round_: Round, ran: Sequence[Run]) -> str:
        for run in ran:
            if run.scrip_id == rule.id:
                told = _("it acts once for a change, and did for transaction %(id)d")
                return told % {"id": run.transaction_id}
        try:
            verdict = rule.condition.verdict(round_)
        except FAULTS as error:
            return _("its condition can't be asked any more: %s") % error
        if verdict.holds:
            return _("by what is known today it would act: %s") % verdict.because
        return verdict.because

    def _effect(self, run: Run) -> Mapping[str, Any] | None:
        effect: Mapping[str, Any] | None = run.effect
        if effect is None or run.verdict == Run.Verdict.SHADOW:
            return effect
        delivery = self.deliveries.get(effect.get("delivery_id", 0))
        if delivery is None:
            return effect
        return {**effect, "status": delivery.status, **_sent(delivery)}


def _deliveries(runs: Sequence[Run]) -> dict[int, Delivery]:
    ids = [run.effect["delivery_id"] for run in runs if run.effect and "delivery_id" in run.effect]
    return Delivery.objects.in_bulk([number for number in ids if number]) if ids else {}


_SHOWN = ("to", "cc", "bcc", "subject", "body", "method", "url", "headers")


def _sent(delivery: Delivery) -> dict[str, Any]:
    """What a delivery sends, as an outcome shows it."""
    return {name: delivery.payload[name] for name in _SHOWN if name in delivery.payload}

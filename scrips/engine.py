"""The engine: for each fact that was recorded find the scrips, prepare all of them, then carry them out in order."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from scrips import outbox
from scrips.actions import Nothing, Plan
from scrips.facts import Round
from scrips.models import Delivery, Scrip
from scrips.rendering import RenderFailed
from scrips.rules import Rule, Rules, rules_for
from tessera.lib.errors import Refused
from tessera.lib.http import HeaderRefused, UrlRefused
from tickets.outcome import Cause, Effect, Entry, Fired, Skipped
from tickets.unit import RECORDS, Acting, Unit

log = logging.getLogger(__name__)

MAX_DEPTH = 8
MAX_TRANSACTIONS = 200
CREATE, BATCH = Scrip.Stage.CREATE.value, Scrip.Stage.BATCH.value

# What a scrip can do wrong by itself. Anything else is a fault of ours and undoes the whole unit of work.
_FAULTS = (Refused, RenderFailed, UrlRefused, HeaderRefused, ValueError, KeyError)


class TooDeepError(ValueError):
    """A scrip's change would be the ninth in a row that scrips made because of each other."""


class TooManyError(ValueError):
    """The unit of work has as many transactions as one may have."""


def on_recorded(unit: Unit) -> None:
    """What the door calls when a change is recorded: run the scrips, inside the same unit of work."""
    engine = _Engine(unit, rules_for(unit.config))
    engine.run()
    if due := [(row.pk, row.kind) for row in unit.rows if isinstance(row, Delivery)]:
        unit.after_commit.append(lambda: _publish(due))


def _publish(due: list[tuple[int, str]]) -> None:
    outbox.publish(due)


@dataclass(frozen=True)
class _Prepared:
    """A scrip whose condition held, with its plan, with nothing to do, or with what went wrong."""

    rule: Rule
    round: Round
    because: str
    plan: Plan | Nothing | str


class _Engine:
    def __init__(self, unit: Unit, rules: Rules) -> None:
        self.unit = unit
        self.rules = rules
        self.asked: set[int] = set()
        self.silent: dict[tuple[int, str], Skipped] = {}

    def run(self) -> None:
        """All rounds of the user's change, then the batch; whoever was not asked is told why."""
        reason = _("nothing was changed")
        own = self._of_ticket(self.unit.entries)
        try:
            for entry in own:
                self._round(self._at(entry), CREATE, depth=0)
            if own:
                self._batch()
        except TooManyError as error:
            reason = str(error)
        self.unit.skipped.extend(self.silent.values())
        queue_id = self.unit.states[self.unit.subject_id].queue_id
        for rule in self.rules.of(queue_id, CREATE) + self.rules.of(queue_id, BATCH):
            if rule.id not in self.asked:
                self.unit.skipped.append(_skipped(rule, reason))

    def _of_ticket(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """The facts that start scrips: those of the ticket that is changed, and no mere records."""
        ticket_id = self.unit.subject_id
        return tuple(e for e in entries if e.ticket_id == ticket_id and e.type not in RECORDS)

    def _at(self, entry: Entry) -> Round:
        """A round that begins now."""
        state = self.unit.states[entry.ticket_id]
        return Round(self.unit, state, entry, self._of_ticket(self.unit.entries))

    def _round(self, round_: Round, stage: str, *, depth: int) -> None:
        """Evaluate and prepare all, then commit all."""
        prepared = [
            found
            for rule in self.rules.of(round_.state.queue_id, stage)
            if (found := self._prepare(rule, [round_])) is not None
        ]
        for each in prepared:
            self._carry_out(each, depth)

    def _batch(self) -> None:
        """Each batch scrip once, for the first transaction that its condition holds for."""
        entries = self._of_ticket(self.unit.entries)
        first = self._at(entries[0])
        rounds = [first.about(entry) for entry in entries]
        prepared = [
            found
            for rule in self.rules.of(first.state.queue_id, BATCH)
            if (found := self._prepare(rule, rounds)) is not None
        ]
        for each in prepared:
            self._carry_out(each, 0)

    def _prepare(self, rule: Rule, rounds: Sequence[Round]) -> _Prepared | None:
        """The scrip's plan for the first of these rounds that its condition holds for; None where it holds for none."""
        self.asked.add(rule.id)
        silent: list[str] = []
        for round_ in rounds:
            try:
                verdict = rule.condition.verdict(round_)
            except _FAULTS as error:
                return _Prepared(rule, round_, _("its condition failed"), _sentence(error))
            if not verdict.holds:
                silent.append(verdict.because)
                continue
            if rule.shadow:
                told = _("in shadow, else it would act: %s") % verdict.because
                self._stay_silent(rule, told)
                return None
            try:
                return _Prepared(rule, round_, verdict.because, rule.action.prepare(round_))
            except _FAULTS as error:
                return _Prepared(rule, round_, verdict.because, _sentence(error))
        self._stay_silent(rule, silent[0])
        return None

    def _stay_silent(self, rule: Rule, because: str) -> None:
        self.silent.setdefault((rule.id, because), _skipped(rule, because))

    def _carry_out(self, prepared: _Prepared, depth: int) -> None:
        """Carry out one plan; what it changed runs its own scrips before the next plan does."""
        unit, plan = self.unit, prepared.plan
        place, first, mark = len(unit.fired), len(unit.entries), unit.mark()
        unit.fired.append(_fired(prepared))
        if isinstance(plan, Nothing):
            unit.fired[place] = replace(_fired(prepared, plan.because), effect=None)
            return
        if isinstance(plan, str):
            self._fail(prepared, place, plan)
            return
        with unit.acting_as(self._acting(prepared)):
            try:
                effect = plan.commit(unit, prepared.round)
                self._check_bounds(first, depth)
            except TooManyError as error:
                unit.cut_back(mark)
                self._fail(prepared, place, str(error))
                raise
            except _FAULTS as error:
                unit.cut_back(mark)
                self._fail(prepared, place, _sentence(error))
                return
        unit.fired[place] = replace(unit.fired[place], effect=effect)
        for entry in self._of_ticket(unit.entries[first:]):
            self._round(self._at(entry), CREATE, depth=depth + 1)

    def _check_bounds(self, first: int, depth: int) -> None:
        if len(self.unit.entries) == first:
            return
        if depth >= MAX_DEPTH:
            told = _(
                "scrips have changed the ticket %d times because of each other; this one stops"
            )
            raise TooDeepError(told % MAX_DEPTH)
        if sum(entry.type != "ScripError" for entry in self.unit.entries) > MAX_TRANSACTIONS:
            told = _("one change may bring %d transactions; here all scrips stop")
            raise TooManyError(told % MAX_TRANSACTIONS)

    def _acting(self, prepared: _Prepared) -> Acting:
        rule, entry = prepared.rule, prepared.round.entry
        cause = Cause(rule.id, entry.id)
        return Acting(self.unit.system, cause, {"scrip_version": rule.version})

    def _fail(self, prepared: _Prepared, place: int, error: str) -> None:
        """Say in the log which scrip failed and why; the rest goes on."""
        unit, rule = self.unit, prepared.rule
        log.info("Scrip %d (%s) failed: %s", rule.id, rule.name, error)
        unit.fired[place] = replace(unit.fired[place], error=error, effect=None)
        with unit.acting_as(self._acting(prepared)):
            unit.record(
                unit.states[unit.subject_id],
                "ScripError",
                data={"scrip_id": rule.id, "name": rule.name, "error": error},
            )


def _sentence(error: Exception) -> str:
    """The error for people. A refusal names its fields, a missing key only itself."""
    if isinstance(error, KeyError):
        return _("the setting %s is missing") % error
    return str(error) or type(error).__name__


def _fired(prepared: _Prepared, more: str = "") -> Fired:
    rule = prepared.rule
    effect: Effect | None = None
    return Fired(
        scrip_id=rule.id,
        name=rule.name,
        stage=rule.stage,
        condition_type=rule.condition_type,
        action_type=rule.action_type,
        transaction_id=prepared.round.entry.id,
        because=f"{prepared.because}; {more}" if more else prepared.because,
        effect=effect,
    )


def _skipped(rule: Rule, because: str) -> Skipped:
    return Skipped(scrip_id=rule.id, name=rule.name, stage=rule.stage, because=because)

"""The engine: for each fact that was recorded find the scrips, prepare all of them, then carry them out in order."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter_ns
from typing import Any

from django.utils.translation import gettext as _

from scrips import wakes
from scrips.actions import Nothing, Plan, remark
from scrips.facts import Round
from scrips.models import Delivery, Run, Scrip
from scrips.rules import FAULTS, Rule, Rules, rules_for
from tessera.lib import metrics
from tessera.lib.database.writing import New
from tessera.lib.logs import log_ids
from tickets.outcome import RECORDS, Cause, Effect, Entry, Fired, Skipped
from tickets.unit import Acting, Unit

log = logging.getLogger(__name__)

MAX_DEPTH = 8
MAX_TRANSACTIONS = 200
_LONGEST = 2**31 - 1  # µs that a run can say
_IDS = frozenset({"delivery_id", "transaction_ids", "ticket_id"})
CREATE, BATCH = Scrip.Stage.CREATE.value, Scrip.Stage.BATCH.value


class TooDeepError(ValueError):
    """A scrip's change would be the ninth in a row that scrips made because of each other."""


class TooManyError(ValueError):
    """The unit of work has as many transactions as one may have."""


def on_recorded(unit: Unit) -> None:
    """What the door calls when a change is recorded: run the scrips, inside the same unit of work."""
    engine = _Engine(unit, rules_for(unit.config))
    engine.run()
    unit.silent.append(engine.skipped)
    due = [row for row in unit.rows if isinstance(row, Delivery)]
    results = [
        row.values["verdict"] for row in unit.rows if isinstance(row, New) and row.model is Run
    ]
    if due or results:
        batch = unit.entries[0].batch
        unit.after_commit.append(lambda: _committed(batch, due, results))


def _committed(batch: int, due: list[Delivery], results: list[str]) -> None:
    metrics.rule_runs(results)
    with log_ids(batch_id=batch):
        wakes.publish_soon(due)


@dataclass(frozen=True)
class _Prepared:
    """A scrip whose condition held, with its plan, with nothing to do, or with what went wrong.

    `begun` is when it was asked, by the clock that measures.
    """

    rule: Rule
    round: Round
    because: str
    plan: Plan | Nothing | str
    begun: int


@dataclass(frozen=True)
class _Held:
    """A round that was held: its first transaction, who acted in it, and which shadows would have, because of what."""

    stage: str
    round: Round
    acted: set[int] = field(default_factory=set)
    shadows: dict[int, str] = field(default_factory=dict)
    reasons: dict[bytes, str] = field(default_factory=dict)

    def because(self, rule: Rule) -> str:
        """Why a scrip did not act: a shadow because it is one, any other by its condition, asked again.

        Those that ask the same have one reason: putting it into words is what a preview of many scrips costs most.
        """
        if rule.id in self.shadows:
            return _("in shadow, else it would act: %s") % self.shadows[rule.id]
        found = self.reasons.get(rule.question)
        if found is None:
            found = rule.condition.verdict(self.round).because
            self.reasons[rule.question] = found
        return found


class _Engine:
    def __init__(self, unit: Unit, rules: Rules) -> None:
        self.unit = unit
        self.rules = rules
        self.rounds: list[_Held] = []
        self.stopped = ""

    def run(self) -> None:
        """All rounds of the user's change, then the batch."""
        own = self._facts_of(self.unit.subject_id)
        try:
            for entry in own:
                self._round(self._at(entry), CREATE, depth=0)
            if own:
                self._batch()
        except TooManyError as error:
            self.stopped = str(error)

    def skipped(self) -> list[Skipped]:
        """Each scrip that stayed silent in some round, with the reason; each reason once.

        It is worked out only when a preview asks: a real change has no reader for it.
        """
        told: dict[tuple[int, str], Rule] = {}
        asked: set[int] = set()
        # Of many rules each is looked at here: whatever is called for one of them is called hundreds of times.
        for held in self.rounds:
            rules = self.rules.of(held.round.state.queue_id, held.stage)
            asked |= {rule.id for rule in rules}
            reasons, apart = held.reasons, held.acted | held.shadows.keys()
            for rule in rules:
                if rule.id not in apart and rule.question in reasons:
                    told[rule.id, reasons[rule.question]] = rule
                elif rule.id not in held.acted:
                    told[rule.id, held.because(rule)] = rule
        reason = self.stopped or _("nothing was changed")
        queue_id = self.unit.states[self.unit.subject_id].queue_id
        unasked = self.rules.of(queue_id, CREATE) + self.rules.of(queue_id, BATCH)
        return [
            *(_skipped(rule, because) for (_id, because), rule in told.items()),
            *(_skipped(rule, reason) for rule in unasked if rule.id not in asked),
        ]

    def _facts_of(self, ticket_id: int) -> tuple[Entry, ...]:
        """What this unit recorded of a ticket so far, but for mere records."""
        entries = self.unit.entries
        return tuple(e for e in entries if e.ticket_id == ticket_id and e.type not in RECORDS)

    def _made(self, first: int, ticket_id: int) -> list[Entry]:
        """What starts scrips of all that an action recorded: facts of its ticket, and of one that it began. A link's
        other side starts none."""
        made = self.unit.entries[first:]
        own = {ticket_id, *(e.ticket_id for e in made if e.type == "Create")}
        return [entry for entry in made if entry.ticket_id in own and entry.type not in RECORDS]

    def _at(self, entry: Entry) -> Round:
        """A round that begins now."""
        state = self.unit.states[entry.ticket_id]
        return Round(self.unit, state, entry, self._facts_of(entry.ticket_id))

    def _round(self, round_: Round, stage: str, *, depth: int) -> None:
        """Evaluate and prepare all, then commit all."""
        for each in self._prepare_all([round_], stage):
            self._carry_out(each, depth)

    def _batch(self) -> None:
        """Each batch scrip once, for the first transaction that its condition holds for."""
        entries = self._facts_of(self.unit.subject_id)
        first = self._at(entries[0])
        for each in self._prepare_all([first.about(entry) for entry in entries], BATCH):
            self._carry_out(each, 0)

    def _prepare_all(self, rounds: Sequence[Round], stage: str) -> list[_Prepared]:
        """The plans of those whose condition holds for one of these rounds, which see the same ticket."""
        held = _Held(stage, rounds[0])
        self.rounds.append(held)
        seen = self.unit.round_seqs if stage == CREATE else self.unit.batch_seqs
        seen[held.round.entry.id] = held.round.state.last_seq
        rules = self.rules.asked(stage, rounds)
        found = [prepared for rule in rules if (prepared := self._prepare(rule, rounds, held))]
        held.acted.update(prepared.rule.id for prepared in found)
        return found

    def _prepare(self, rule: Rule, rounds: Sequence[Round], held: _Held) -> _Prepared | None:
        """The scrip's plan for the first of these rounds that its condition holds for; None where it holds for none.

        Of a shadow it is only noted.
        """
        found = _planned(rule, rounds)
        if found is None or not rule.shadow:
            return found
        self._shadow(found, held)
        return None

    def _shadow(self, found: _Prepared, held: _Held) -> None:
        """Note what a shadow would do, and leave it at that."""
        held.shadows[found.rule.id] = found.because
        plan = found.plan
        error = plan if isinstance(plan, str) else ""
        effect = None if isinstance(plan, str | Nothing) else plan.foreseen()
        because = _also(found.because, "" if isinstance(plan, str) else remark(plan))
        self._note(found, Run.Verdict.SHADOW, because, effect, error)

    def _note(
        self,
        found: _Prepared,
        verdict: Run.Verdict,
        because: str,
        effect: Effect | None,
        error: str,
    ) -> None:
        """Keep the run, with the change."""
        rule = found.rule
        values = {
            "transaction_id": found.round.entry.id,
            "scrip_id": rule.id,
            "scrip_version": rule.version,
            "name": rule.name,
            "stage": rule.stage,
            "verdict": verdict,
            "because": because,
            "effect": None if effect is None else _kept(effect, whole=rule.shadow),
            "error": error,
            "duration_us": min((perf_counter_ns() - found.begun) // 1000, _LONGEST),
            "created_at": self.unit.now,
        }
        self.unit.rows.append(New(Run, values))

    def _carry_out(self, prepared: _Prepared, depth: int) -> None:
        """Carry out one plan; what it changed runs its own scrips before the next plan does."""
        unit, plan = self.unit, prepared.plan
        place, first, mark = len(unit.fired), len(unit.entries), unit.mark()
        unit.fired.append(_fired(prepared))
        if isinstance(plan, Nothing):
            unit.fired[place] = fired = replace(_fired(prepared, remark(plan)), effect=None)
            self._note(prepared, Run.Verdict.FIRED, fired.because, None, "")
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
            except FAULTS as error:
                unit.cut_back(mark)
                self._fail(prepared, place, _sentence(error))
                return
        unit.fired[place] = fired = replace(_fired(prepared, remark(plan)), effect=effect)
        self._note(prepared, Run.Verdict.FIRED, fired.because, effect, "")
        for entry in self._made(first, prepared.round.state.id):
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
                unit.states[prepared.round.state.id],
                "ScripError",
                data={"scrip_id": rule.id, "name": rule.name, "error": error},
            )
        self._note(prepared, Run.Verdict.FAILED, prepared.because, None, error)


def _planned(rule: Rule, rounds: Sequence[Round]) -> _Prepared | None:
    begun = perf_counter_ns()
    for round_ in rounds:
        try:
            if not rule.condition.holds(round_):
                continue
            because = rule.condition.verdict(round_).because
        except FAULTS as error:
            told = _("its condition failed")
            return _Prepared(rule, round_, told, _sentence(error), begun)
        return _Prepared(rule, round_, because, planned(rule, round_), begun)
    return None


def planned(rule: Rule, round_: Round) -> Plan | Nothing | str:
    """The plan, or what went wrong."""
    try:
        return rule.action.prepare(round_)
    except FAULTS as error:
        return _sentence(error)


def _kept(effect: Effect, *, whole: bool) -> dict[str, Any]:
    """What a run keeps: the delivery has its own texts, of what was never carried out there is nothing else."""
    names = effect.facts if whole else effect.facts.keys() & _IDS
    return {"kind": effect.kind, **{name: effect.facts[name] for name in names}}


def _also(because: str, more: str) -> str:
    return f"{because}; {more}" if more else because


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
        because=_also(prepared.because, more),
        effect=effect,
    )


def _skipped(rule: Rule, because: str) -> Skipped:
    return Skipped(scrip_id=rule.id, name=rule.name, stage=rule.stage, because=because)

"""What happens at Brightwell in ninety days: drawn from a seed, before anything is made. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tessera.demo.company import AGENTS, COST_CENTRES, DOMAIN, LOCATIONS
from tessera.demo.stories import STORIES, Story

DAYS = 90
DESK = "desk"
_RECENT = timedelta(hours=23)
_ROOMS = (
    "room Tejo",
    "room Vasa",
    "room Motława",
    "room Douro",
    "the workshop",
    "the small office",
)


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one ticket at its time. `owner` is a username, `refers_to` and `depends_on` are numbers of the
    plot: what they are called in the database is known only when they are there."""

    at: datetime
    number: int  # the ticket's, counted from 0 in the order of their beginning
    by: str
    changes: Mapping[str, Any]
    owner: str | None = None
    refers_to: int | None = None
    depends_on: int | None = None

    @property
    def begins(self) -> bool:
        return "queue" in self.changes


def plot(
    tickets: int, *, seed: int, customers: Sequence[tuple[str, str]], now: datetime
) -> list[Event]:
    """All that happens to that many tickets up to `now`, in the order of time.

    `customers` are first names and addresses. The same arguments give the same events.
    """
    rng = Random(seed)  # noqa: S311  # a story, no secret
    recent = max(3, tickets // 20)
    begins = sorted(_begin(rng, now, recent=number < recent) for number in range(tickets))
    last_of: dict[str, int] = {}
    events: list[Event] = []
    for number, begin in enumerate(begins):
        teller = _Teller(Random(f"{seed}/{number}"), number, begin, now, customers)  # noqa: S311
        events += teller.tell(last_of)
    return sorted((event for event in events if event.at < now), key=lambda event: event.at)


def entangled(events: Sequence[Event], *, seed: int) -> list[Event]:
    """The same events, with some tickets that depend on another of their queue, which ends before they do."""
    rng = Random(f"{seed}/links")  # noqa: S311  # a story, no secret
    lives: dict[int, list[Event]] = {}
    for event in events:
        lives.setdefault(event.number, []).append(event)
    linked = {event.refers_to for event in events} | {
        event.number for event in events if event.refers_to is not None
    }
    free = [number for number, life in lives.items() if number not in linked and _simple(life)]
    more: list[Event] = []
    for place, number in enumerate(free):
        near = [
            other for other in free[max(0, place - 12) : place] if _before(lives, other, number)
        ]
        if near and rng.random() < 0.12:
            taken = lives[number][1]
            waits = {"message": _note("This can go on only when the other one is done.")}
            at = taken.at + timedelta(seconds=50)
            more.append(Event(at, number, taken.by, waits, depends_on=near[-1]))
            lives[near[-1]] = lives[number] = []
    return sorted([*events, *more], key=lambda event: event.at)


def _simple(life: Sequence[Event]) -> bool:
    """Whether the ticket was taken, and its status set at most once."""
    return len(life) > 1 and sum("status" in event.changes for event in life) < 2


def _before(lives: Mapping[int, Sequence[Event]], other: int, number: int) -> bool:
    """Whether the other ends before this one, both being of one queue."""
    mine, its = lives[number], lives[other]
    if not mine or not its or mine[0].changes["queue"] != its[0].changes["queue"]:
        return False
    end = _end_of(its)
    return end is not None and end < (_end_of(mine) or datetime.max.replace(tzinfo=end.tzinfo))


def _end_of(life: Sequence[Event]) -> datetime | None:
    done = ("resolved", "rejected")
    return next((event.at for event in life if event.changes.get("status") in done), None)


def _begin(rng: Random, now: datetime, *, recent: bool) -> datetime:
    """Mostly on workdays; some within the last day whatever day it is, so that the first page shows life."""
    if recent:
        return now - timedelta(
            minutes=int(5 + (_RECENT / timedelta(minutes=1)) * rng.random() ** 2)
        )
    day = now - timedelta(days=rng.randint(1, DAYS))
    hour = rng.choice((7, 8, 8, 9, 9, 9, 10, 10, 11, 13, 14, 14, 15, 16))
    return _at_work(day.replace(hour=hour, minute=rng.randint(0, 59)), now)


def _at_work(moment: datetime, now: datetime) -> datetime:
    """The same or the next time at which somebody is at work. On the last day somebody always is."""
    while moment < now - _RECENT:
        if moment.weekday() >= 5 or moment.hour >= 18:
            moment = (moment + timedelta(days=1)).replace(hour=7 + moment.minute % 3)
        elif moment.hour < 7:
            moment = moment.replace(hour=7 + moment.minute % 3)
        else:
            break
    return moment


@dataclass(slots=True)
class _Teller:
    """Tells one ticket; `at` is where its time stands."""

    rng: Random
    number: int
    at: datetime
    now: datetime
    customers: Sequence[tuple[str, str]]
    events: list[Event] = field(default_factory=list)

    def tell(self, last_of: dict[str, int]) -> list[Event]:
        """From its beginning to wherever it has come. `last_of` knows the last ticket of each kind."""
        rng = self.rng
        story = rng.choices(STORIES, [story.often for story in STORIES])[0]
        thread = rng.choice(story.threads)
        name, address = rng.choice(self.customers)
        words = self._words()
        age = self.now - self.at
        self._do(DESK, self._beginning(story, name, address, words))
        twin = last_of.get(story.subjects[0])
        last_of[story.subjects[0]] = self.number
        if rng.random() < _left_alone(age):
            return self.events
        agent = rng.choice(_agents_of(story.queue))
        said = {
            part: getattr(thread, part).format(**words)
            for part in ("ask", "reply", "note", "ending")
        }
        self._take(agent, said["ask"], urgent=story.fields.get("severity") == "Production down")
        if twin is not None and rng.random() < 0.05:
            self._later(5, 90)
            twice = {
                "status": "rejected",
                "message": _note("Asked for twice: we go on in the other one."),
            }
            self._do(agent, twice, refers_to=twin)
            return self.events
        agent = self._go_on(story, agent, name, said, age)
        if rng.random() < _ended(age):
            self._end(story, agent, name, said["ending"], thread.resolution)
        return self.events

    def _words(self) -> dict[str, Any]:
        rng = self.rng
        return {
            "location": rng.choice(LOCATIONS[:-1]),
            "room": rng.choice(_ROOMS),
            "floor": rng.randint(1, 4),
            "hour": rng.randint(13, 16),
            "day": rng.randint(4, 20),
            "asset": f"BW-{rng.randint(100, 999):04d}",
        }

    def _beginning(
        self, story: Story, name: str, address: str, words: Mapping[str, Any]
    ) -> dict[str, Any]:
        rng = self.rng
        fields = dict(story.fields) | {"location": words["location"]}
        if story.queue != "IT Support":
            fields["cost_centre"] = rng.choice(COST_CENTRES)
        elif rng.random() < 0.4:
            fields["asset_tag"] = words["asset"]
        urgent = fields.get("severity") == "Production down"
        values: dict[str, Any] = {
            "subject": rng.choice(story.subjects).format(**words),
            "queue": story.queue,
            "requestors": [address],
            "priority": rng.randint(80, 95) if urgent else rng.choice((0, 0, 10, 20, 30, 40, 60)),
            "custom_fields": fields,
            "message": {"content": f"{story.opening.format(**words)}\n\n{name}"},
        }
        if urgent or rng.random() < 0.3:
            due = self.at + timedelta(hours=4 if urgent else 24 * rng.randint(1, 10))
            values["due_at"] = due.isoformat()
        if rng.random() < 0.12:
            values["cc"] = [f"{rng.choice(('team-lead', 'office'))}@{DOMAIN}"]
        return values

    def _take(self, agent: str, ask: str, *, urgent: bool) -> None:
        """An agent takes it and asks; now and then the desk gives it to one."""
        least, most = (2, 15) if urgent else (4, 300)
        self._later(least, most)
        if self.rng.random() < 0.12:
            self._do(DESK, {}, owner=agent)
            self._later(5, 120)
            self._do(agent, {"message": _reply(ask)})
        else:
            self._do(agent, {"message": _reply(ask)}, owner=agent)

    def _go_on(
        self, story: Story, agent: str, name: str, said: Mapping[str, str], age: timedelta
    ) -> str:
        """The customer answers, colleagues note, it is handed over or has to wait. Gives who has it now."""
        rng = self.rng
        if rng.random() < 0.65:
            self._later(6, 600)
            self._do(DESK, {"message": _reply(f"{name} wrote:\n\n{said['reply']}")})
        if story.first_day:
            self._later(3, 60)
            first = (self.at + timedelta(days=rng.randint(20, 60))).replace(day=1)
            self._do(agent, {"custom_fields": {"start_date": first.date().isoformat()}})
        if rng.random() < 0.3:
            self._later(4, 200)
            waits = rng.random() < (0.6 if age < timedelta(days=12) else 0.15)
            self._do(
                agent, {"message": _note(said["note"])} | ({"status": "stalled"} if waits else {})
            )
        elif rng.random() < 0.06:
            self._later(30, 400)
            colleague = rng.choice([one for one in _agents_of(story.queue) if one != agent])
            over = {"message": _note("Handing over, I am away from tomorrow."), "priority": 60}
            self._do(agent, over, owner=colleague)
            return colleague
        return agent

    def _end(self, story: Story, agent: str, name: str, ending: str, resolution: str) -> None:
        """It is resolved; some say thank you, and for some it comes back."""
        rng = self.rng
        self._later(20, 1_800)
        done: dict[str, Any] = {"status": "resolved", "message": _reply(ending)}
        if story.queue != "HR" and rng.random() < 0.6:
            done["custom_fields"] = {"resolution": resolution}
        self._do(agent, done)
        chance = rng.random()
        if chance < 0.08:
            self._later(5, 240)
            self._do(DESK, {"message": _reply(f"{name} wrote:\n\nThank you, that was quick!")})
        elif chance < 0.13:
            self._later(200, 3_000)
            again = _reply(f"{name} wrote:\n\nIt is back, I am afraid.")
            self._do(DESK, {"status": "open", "priority": 70, "message": again})
            self._later(30, 900)
            sorry = _reply("I am sorry. I have looked at it again, and this time it stays away.")
            self._do(agent, {"status": "resolved", "message": sorry})

    def _later(self, least: int, most: int) -> None:
        """Some minutes on, or the next morning."""
        self.at = _at_work(self.at + timedelta(minutes=self.rng.randint(least, most)), self.now)

    def _do(
        self,
        by: str,
        changes: Mapping[str, Any],
        *,
        owner: str | None = None,
        refers_to: int | None = None,
    ) -> None:
        self.events.append(Event(self.at, self.number, by, changes, owner, refers_to))


def _agents_of(queue: str) -> Sequence[str]:
    return [user for user, (_name, queues) in AGENTS.items() if queue in queues and user != DESK]


def _left_alone(age: timedelta) -> float:
    """How likely nobody has looked at it yet."""
    if age < timedelta(hours=8):
        return 0.45
    return 0.2 if age < timedelta(days=2) else 0.02


def _ended(age: timedelta) -> float:
    """How likely somebody has brought it to its end, should there have been the time."""
    return 0.75 if age < timedelta(days=14) else 0.96


def _reply(text: str) -> dict[str, str]:
    return {"type": "correspond", "content": text}


def _note(text: str) -> dict[str, str]:
    return {"type": "comment", "content": text}

"""What a bulk change did to each ticket, or would do, in words: from its results as they are answered and kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tessera.desk import words
from tessera.lib import clock
from tickets.bulk import Result
from tickets.config import Config
from tickets.models.ticket import ticket_key
from tickets.outcome import Entry
from tickets.people import People

_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A mail or a webhook: to whom or where, what, and the rule that sends it."""

    kind: str
    to: str
    subject: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One ticket: what was asked of it, what rules make of it, or why not. `rules` and `faults` name the rule first."""

    key: str
    subject: str = ""
    refusal: str = ""
    own: tuple[words.Phrase, ...] = ()
    rules: tuple[tuple[str, words.Phrase], ...] = ()
    sent: tuple[Sent, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()

    @property
    def idle(self) -> bool:
        """Whether nothing comes of it at all."""
        return not (self.refusal or self.own or self.rules or self.sent or self.faults)


def told(results: Sequence[Result], config: Config) -> tuple[Told, ...]:
    """Each result in words: one statement for people."""
    read = [(result, _body(result)) for result in results]
    people = People()
    entries = [[_entry(row) for row in body.get("transactions", ())] for _r, body in read]
    people.load(words.people_in(entry for each in entries for entry in each))
    reading = words.Reading(config=config, people=people)
    return tuple(
        _told(result, body, found, reading)
        for (result, body), found in zip(read, entries, strict=True)
    )


def summary(found: Iterable[Told]) -> str:
    """`12 tickets: 14 changes, 9 mails, 1 webhook; 2 are refused`."""
    rows = list(found)
    mails = sum(each.kind == "email" for row in rows for each in row.sent)
    hooks = sum(each.kind == "webhook" for row in rows for each in row.sent)
    changes = sum(len(row.own) + len(row.rules) for row in rows)
    refused = sum(bool(row.refusal) for row in rows)
    parts = [
        ngettext("%(n)s change", "%(n)s changes", changes) % {"n": changes},
        mails and ngettext("%(n)s mail", "%(n)s mails", mails) % {"n": mails},
        hooks and ngettext("%(n)s webhook", "%(n)s webhooks", hooks) % {"n": hooks},
    ]
    whole = ngettext("%(n)s ticket", "%(n)s tickets", len(rows)) % {"n": len(rows)}
    text = f"{whole}: {', '.join(str(part) for part in parts if part)}"
    if refused:
        text += "; " + ngettext("%(n)s is refused", "%(n)s are refused", refused) % {"n": refused}
    return text


def _body(result: Result) -> Mapping[str, Any]:
    return result.outcome or {}


def _told(
    result: Result, body: Mapping[str, Any], entries: Sequence[Entry], reading: words.Reading
) -> Told:
    key, ticket = ticket_key(result.ticket_id), body.get("ticket") or {}
    subject = ticket.get("subject", "")
    error = result.error or body.get("errors")
    if error is not None:
        return Told(key=key, subject=subject, refusal=str(error.get("detail", error.get("code"))))
    fired = body.get("scrips_fired", ())
    names = {each["scrip_id"]: each["name"] for each in fired}
    rows = body.get("transactions", ())
    mine = [
        (row, entry)
        for row, entry in zip(rows, entries, strict=True)
        if row["ticket_id"] in (result.ticket_id, None)
    ]
    return Told(
        key=key,
        subject=subject,
        own=tuple(reading.will(entry) for row, entry in mine if not row["cause"]),
        rules=tuple(
            (names.get(row["cause"]["scrip_id"], _("A rule")), reading.will(entry))
            for row, entry in mine
            if row["cause"]
        ),
        sent=tuple(_sent(each) for each in fired if _is_sent(each)),
        faults=tuple((each["name"], str(each["error"])) for each in fired if each["error"]),
    )


def _is_sent(fired: Mapping[str, Any]) -> bool:
    return (fired["effect"] or {}).get("kind") in ("email", "webhook")


def _sent(fired: Mapping[str, Any]) -> Sent:
    effect = fired["effect"]
    if effect["kind"] == "webhook":
        to, subject = f"{effect['method']} {effect['url']}", ""
    else:
        everybody = [each for name in ("to", "cc", "bcc") for each in effect.get(name) or ()]
        to, subject = _few(everybody), effect["subject"]
    return Sent(kind=effect["kind"], to=to, subject=subject, rule=fired["name"])


def _few(receivers: Sequence[str]) -> str:
    shown, more = ", ".join(receivers[:_NAMED]), len(receivers) - _NAMED
    return shown if more <= 0 else _("%(shown)s and %(more)d more") % {"shown": shown, "more": more}


def _entry(row: Mapping[str, Any]) -> Entry:
    """What of a transaction its words are made of. Whoever kept it had the ids that a preview has not."""
    return Entry(
        id=row["id"] or 0,
        ticket_id=row["ticket_id"] or 0,
        seq=row["seq"],
        type=row["type"],
        field=row["field"] or "",
        old_value=row["old_value"],
        new_value=row["new_value"],
        data=row["data"],
        creator_id=row["creator_id"],
        created_at=clock.now(),
        batch=0,
        cause=None,
        delivery_id=None,
        digest="",
    )

"""Of rules and templates: those that can't do what they say, that failed, or that nobody sends."""

from collections.abc import Iterator

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scrips import activity, service, uses
from scrips.builder.words import spot
from scrips.judging import Ground
from scrips.models import Host, Scrip, Template
from tessera.accounts.models import User
from tessera.desk.checkup.findings import Finding, Severity, page_of
from tessera.lib.query.fold import fold
from tickets.access import Actor

SCRIP, TEMPLATE, DELIVERY = "scrips.scrip", "scrips.template", "scrips.delivery"
_MOST_PLACES = 5


def of_rules(reader: Actor) -> Iterator[Finding]:
    """Those that are on, judged as a save would: a few statements, and one for each person whom one names."""
    # Many send one template, of which the texts were judged when it was saved.
    named = Prefetch("template", Template.objects.defer("subject_template", "body_template"))
    rows = Scrip.objects.filter(disabled=False).prefetch_related(named, "places")
    scrips = list(rows.order_by("pk"))
    gone, ground = _disabled(), Ground.shared()
    for scrip in scrips:
        judged = service.judged_now(scrip, reader=reader, ground=ground)
        for severity, found in (
            (Severity.FAULT, judged.errors),
            (Severity.DOUBT, judged.warnings),
        ):
            for place, texts in list(found.items())[:_MOST_PLACES]:
                yield _doubt(scrip, severity, place, " ".join(map(str, texts)))
        yield from _naming(scrip, gone, reader)
    yield from _failed(scrips)


def _doubt(scrip: Scrip, severity: Severity, place: str, text: str) -> Finding:
    fault = severity is Severity.FAULT
    why = (
        _("It can't be saved as it is, and fails or stays silent where it should act.")
        if fault
        else _("It probably never holds, or does not do what was meant.")
    )
    return Finding(
        code="rule_invalid" if fault else "rule_doubtful",
        severity=severity,
        kind="scrip",
        id=scrip.pk,
        name=scrip.name,
        what=f"{spot(place)}: {text}",
        why=why,
        model=SCRIP,
        url=page_of(SCRIP, scrip.pk),
    )


def _disabled() -> frozenset[str]:
    names = User.objects.filter(disabled=True).values_list("username", flat=True)
    return frozenset(map(fold, names))


def _naming(scrip: Scrip, gone: frozenset[str], reader: Actor) -> Iterator[Finding]:
    named = uses.of_scrip(scrip, reader.config) if gone else ()
    people = {each.name for each in named if each.kind == uses.USER and fold(each.name) in gone}
    for name in sorted(people):
        yield Finding(
            code="rule_names_disabled_user",
            severity=Severity.DOUBT,
            kind="scrip",
            id=scrip.pk,
            name=scrip.name,
            what=_("It names %(user)s, who is disabled.") % {"user": name},
            why=_("Nobody reads what it sends there, and no ticket can be given to them."),
            model=SCRIP,
            url=page_of(SCRIP, scrip.pk),
        )


def _failed(scrips: list[Scrip]) -> Iterator[Finding]:
    lately = activity.lately([scrip.pk for scrip in scrips])
    for scrip in scrips:
        done = lately.get(scrip.pk)
        if done is None or not done.failed:
            continue
        told = ngettext(
            "%(failed)d of %(runs)d run failed", "%(failed)d of %(runs)d runs failed", done.runs
        )
        told %= {"failed": done.failed, "runs": done.runs}
        days = ngettext("in the last %d day.", "in the last %d days.", activity.DAYS)
        yield Finding(
            code="rule_failed",
            severity=Severity.FAULT,
            kind="scrip",
            id=scrip.pk,
            name=scrip.name,
            what=f"{told} {days % activity.DAYS}",
            why=_("What it should have done was not done; the tickets' logs say why."),
            model=SCRIP,
            url=page_of(SCRIP, scrip.pk),
        )


def of_templates(_reader: Actor) -> Iterator[Finding]:
    """Those that no rule sends, switched off ones included. One statement."""
    used = Scrip.objects.exclude(template=None).values("template")
    for template in Template.objects.exclude(pk__in=used).order_by("name", "pk"):
        yield Finding(
            code="template_unused",
            severity=Severity.HINT,
            kind="template",
            id=template.pk,
            name=template.name,
            what=_("No rule sends it."),
            why=_("What is not used goes stale, and is taken for what is."),
            model=TEMPLATE,
            url=page_of(TEMPLATE, template.pk),
        )


def of_hosts(_reader: Actor) -> Iterator[Finding]:
    """Those that are left alone. One statement."""
    for host in Host.objects.exclude(opened_at=None).order_by("name"):
        yield Finding(
            code="host_left_alone",
            severity=Severity.FAULT,
            kind="host",
            id=host.pk,
            name=host.name,
            what=_("It fails and is left alone: %s") % host.last_error[:200],
            why=_("Deliveries to it wait until one that is tried now and then succeeds."),
            model=DELIVERY,
            url=reverse("admin:scrips_delivery_changelist"),
        )

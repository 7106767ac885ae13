"""Every page of the administration, as a browser sees it on the data of a fresh demo."""

from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from scrips.models import Delivery, Scrip, Template
from tessera.accounts import audit
from tessera.accounts.models import ApiToken, AuditEntry, Group, User
from tessera.lib import clock
from tests.browser.conftest import Demo, Open
from tests.matrix import administration
from tests.matrix.rows import read
from tickets import files
from tickets.models import (
    Grant,
    Link,
    Message,
    Ticket,
    Transaction,
    VersionMove,
    Watcher,
)

# What answers administrators but is no page: parts of one, files, and scripts.
NO_PAGES = {
    "/admin/who-may/suggest",
    "/admin/configuration/export",
    "/admin/autocomplete/",
    "/admin/jsi18n/",
    "/admin/lifecycles/lifecycle/{lifecycle}/export/",
    "/admin/customfields/customfield/{field}/usage/",
    "/admin/scrips/scrip/complete/",
    "/admin/scrips/template/tickets/",
    "/admin/scrips/delivery/live/",
}
# What pages become when they are asked for more.
ASKED = (
    "/admin/scrips/scrip/?queue={queue}",
    "/admin/scrips/scrip/add/?start=confirm",
    "/admin/scrips/run/?span=week",
    "/admin/scrips/delivery/many/?act=cancel",
    "/admin/who-may?user=hannah&ticket={ticket}",
    "/admin/who-may?user=han&ticket=TKT-9999",
    "/admin/who-may?right=OwnTicket&queue={queue}",
)


def paths() -> Iterator[str]:
    """Of the matrix, which has a row for every route that the site has."""
    for row in read(administration.TABLE):
        if row.expected["admin"] == 200 and row.path.partition("?")[0] not in NO_PAGES:
            yield row.path
    yield from ASKED


@pytest.fixture
def rows(demo: Demo) -> dict[str, Any]:
    """What the paths name, of what the demo made; a token, a file and a move of tickets are made beside."""
    root = User.objects.get(pk=demo.admin.id)
    ApiToken.issue(root)
    audit.note("login", actor=root)
    lifecycle = demo.support.lifecycle
    move = VersionMove.objects.create(
        lifecycle=lifecycle,
        version_id=lifecycle.current_id or 0,
        status="done",
        total=0,
        creator=root,
        created_at=clock.now(),
    )
    file = files.keep(SimpleUploadedFile("plan.txt", b"Left, then right"), creator_id=root.pk)
    grant = Grant.objects.filter(queue=demo.support).latest("pk")
    latest: dict[str, type[Any]] = {
        "entry": AuditEntry,
        "token": ApiToken,
        "group": Group,
        "delivery": Delivery,
        "template": Template,
        "watcher": Watcher,
        "link": Link,
        "create": Transaction,
        "ticket": Ticket,
    }
    return {
        **{name: model._default_manager.latest("pk").pk for name, model in latest.items()},
        "queue": demo.support.pk,
        "scrip": Scrip.objects.get(queues=demo.support, name__startswith="Keep whoever").pk,
        "field": CustomField.objects.get(key="severity").pk,
        "user": User.objects.get(username="hannah").pk,
        "lifecycle": Lifecycle.objects.get(name="default").pk,
        "version": lifecycle.current_id,
        "grant": grant.pk,
        "role": grant.role_id,
        "comment_message": Message.objects.latest("pk").pk,
        "comment_file": file.pk,
        "move": move.pk,
    }


# Neighbours in the table are of one kind, such as a list and its rows' page: what they have in common is met in both
# themes, and that they fit is asked at every width.
TURNS = ((1280, "light"), (768, "dark"))
NARROW = 360


def test_pages_of_the_administration_are_silent_accessible_and_fit(
    visit: Open, rows: dict[str, Any]
) -> None:
    windows = [(width, visit(width, theme)) for width, theme in TURNS]
    for _width, window in windows:
        window.log_in()
    faults = {}
    for (width, window), path in zip(cycle(windows), paths(), strict=False):
        window.open(path.format(**rows), idle=False)
        found = window.faults()
        for other in {NARROW, *(each for each, _theme in TURNS)} - {width}:
            found += window.sideways(other)
        window.page.set_viewport_size({"width": width, "height": 900})
        if found:
            faults[path] = found

    assert faults == {}

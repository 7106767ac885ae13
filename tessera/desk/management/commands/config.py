import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from tessera.accounts.models import User
from tessera.accounts.stock import SYSTEM_USERNAME
from tessera.desk.configuration import service
from tessera.desk.configuration.faults import FileInvalid
from tessera.desk.configuration.plan import Change, Line, Plan
from tessera.lib.errors import Forbidden, Refused
from tickets.access import Actor

_DIFFERS = 2


class Command(BaseCommand):
    """`tessera config export`, `tessera config plan FILE`, `tessera config apply FILE`."""

    help = (
        "The configuration as a file. `export` prints it; `plan FILE` tells what applying the file would change"
        " (exit 0: nothing, 2: something, 1: the file has faults); `apply FILE` does it. FILE may be - for stdin."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--as",
            dest="username",
            default=SYSTEM_USERNAME,
            help="in whose name; needs SuperUser (default: the system user)",
        )
        kinds = parser.add_subparsers(dest="what", required=True)
        kinds.add_parser("export", help="print the configuration")
        plan = kinds.add_parser("plan", help="tell what a file would change")
        apply = kinds.add_parser("apply", help="put a file into effect")
        for each in (plan, apply):
            each.add_argument("file")
        apply.add_argument("--yes", action="store_true", help="do not ask")
        apply.add_argument("--note", default="", help="why; stands at the versions that it makes")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            self._run(options)
        except FileInvalid as fault:
            told = "\n".join(f"{options['file']}: {each}" for each in fault.faults)
            raise CommandError(f"{told}\n{fault}") from None
        except Forbidden as fault:
            raise CommandError(f"{fault} Name somebody who may with --as USERNAME.") from None
        except Refused as fault:
            raise CommandError(str(fault)) from None
        except OperationalError as fault:
            # Not 2, which says that there is a difference.
            raise CommandError(f"The database refused: {str(fault).splitlines()[0]}") from None

    def _run(self, options: dict[str, Any]) -> None:
        actor = _actor(options["username"])
        if options["what"] == "export":
            self.stdout.write(service.export(actor=actor), ending="")
            return
        text = _text(options["file"])
        plan = service.review(text, actor=actor)
        self.stdout.write("\n".join(_told(plan)))
        if options["what"] == "plan":
            if not plan.empty:
                sys.exit(_DIFFERS)
        elif not plan.empty:
            self._apply(text, plan, actor, options)

    def _apply(self, text: str, plan: Plan, actor: Actor, options: dict[str, Any]) -> None:
        if not options["yes"]:
            if options["file"] == "-" or not sys.stdin.isatty():
                raise CommandError("Nobody is there to be asked: say --yes. Nothing was changed.")
            if input("Apply this? [y/N] ").strip().lower() not in ("y", "yes"):
                raise CommandError("Nothing was changed.")
        service.apply(text, actor=actor, note=options["note"], stamp=plan.stamp)
        self.stdout.write("Applied.")


def _actor(username: str) -> Actor:
    user = User.objects.filter(username__iexact=username).first()
    if user is None or user.disabled:
        raise CommandError(f"there is no user {username!r}, or it is disabled")
    return Actor.of(user)


def _text(name: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise CommandError(f"{name}: line {line}: this is no UTF-8") from None


def _told(plan: Plan) -> Iterator[str]:
    for part in plan.parts:
        yield part.title
        for change in part.changes:
            yield from _change(change)
        yield ""
    yield from (f"! {each}" for each in plan.worse)
    yield from plan.left
    yield plan.summary


def _change(change: Change) -> Iterator[str]:
    yield f"  {change.verb.value} {change.label}"
    for line in (*change.lines, *map(Line, change.touches)):
        yield f"      {line.told}"
        yield from (f"        {each}" for each in line.text)
    yield from (f"      ! {doubt}" for doubt in change.doubts)

"""`make bench`: measures, prints the budgets beside the figures, and writes var/bench.json."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.bench import growth, resting, systems
from tests.bench.measure import machine

ROOT = Path(__file__).resolve().parents[2]

# Statements, and times the floor.
BUDGETS = {"create": (16, 8.0), "PATCH status": (14, 8.0), "read": (5, None)}
PER_SECOND, SENT_PER_SECOND = 120.0, 150.0
# Seconds until a system that is set up is ready, and MB of all its processes at rest.
START_S, MEMORY_MB = 5.0, 700.0
SOAK_MINUTES = 3.0
TICKETS, QUICK_TICKETS = 1_000_000, 50_000


def main() -> int:
    """All that was asked for, into var/bench.json, where the rest of what was measured before stays."""
    asked = arguments()
    if asked.curves is not None or asked.charts:
        return growth.main(asked, machine)
    report: dict[str, Any] = {"machine": machine(), "quick": asked.quick}
    if asked.search or asked.pages:
        default = QUICK_TICKETS if asked.quick else TICKETS
        kind, measured = ("pages", paging) if asked.pages else ("search", searching)
        report[kind] = measured(asked.tickets or default, quick=asked.quick)
        report[kind] |= {"machine": report.pop("machine"), "quick": report.pop("quick")}
    else:
        report["in process"] = in_process(quick=asked.quick)
        report["over HTTP"] = over_http(quick=asked.quick)
        report["deliveries"] = deliveries(quick=asked.quick)
        report["at rest"] = asdict(resting.run(starts=1 if asked.quick else 3))
        show(report)
        if not asked.quick:
            report["soak"] = soaking()
    target = ROOT / "var" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    before = json.loads(target.read_text()) if target.exists() else {}
    target.write_text(json.dumps(before | report, indent=2) + "\n")
    print(f"\nWritten to {target.relative_to(ROOT)}.")
    return 0 if all(claim["holds"] for claim in report.get("soak", {}).get("claims", ())) else 1


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="measure less often, and leave the soak out"
    )
    parser.add_argument("--search", action="store_true", help="searches, and nothing else")
    parser.add_argument("--pages", action="store_true", help="pages, and nothing else")
    parser.add_argument(
        "--curves",
        nargs="*",
        metavar="OF",
        help=f"cost against size, of all or of {', '.join(growth.KINDS)}",
    )
    parser.add_argument(
        "--charts", action="store_true", help="draw the curves that were measured last"
    )
    parser.add_argument("--tickets", type=int, help=f"among how many ({TICKETS})")
    return parser.parse_args()


def searching(tickets: int, *, quick: bool) -> dict[str, Any]:
    """Searches among so many tickets, in a database that is made once and kept."""
    from tests.bench.store import Store

    with Store(ROOT / "var", tickets).served() as made:
        from tests.bench import search, visitors
        from tests.bench.searches import COUNT

        if made:
            print(f"\n{tickets} tickets made in {made:.0f} s, {tickets / made:.0f} a second")
        print(
            f"\n{tickets} tickets, {machine()}; ms in the database, p50 / p95, of values that have been asked for once;"
            " cold: when they are new\n"
        )
        print(
            f"{'':<22}{'':<24}{'cold page 1':>16}{'page 1':>16}{'page 1,000':>17}{'count':>17}{'finds':>8}  budget"
        )
        lines = []
        for line in search.run(visitors.all_of_them(), turns=3 if quick else 12):
            print(search.row(line), flush=True)
            lines.append(line)
        plans = ROOT / "var" / "bench-plans.md"
        plans.write_text("\n\n".join(search.plan_of(line) for line in lines if line.over))
        print(
            f"\nThe budget of a count is {COUNT:g} ms. Plans of what is over: {plans.relative_to(ROOT)}"
        )
    return {
        "tickets": tickets,
        "made_in_s": made and round(made, 1),
        "lines": [search.as_json(line) for line in lines],
    }


def paging(tickets: int, *, quick: bool) -> dict[str, Any]:
    """Pages among so many tickets, in the same database."""
    from tests.bench.store import Store

    with Store(ROOT / "var", tickets).served():
        from tests.bench import pages

        print(f"\n{tickets} tickets, {machine()}; ms in process, as an administrator\n")
        print(f"{'':<60}{'first':>8}{'p50':>8}{'p95':>8}{'stmts':>6}{'kB':>8}{'budget':>8}")
        lines = []
        for line in pages.run(tickets, turns=5 if quick else 20):
            print(pages.row(line), flush=True)
            lines.append(line)
    return {"tickets": tickets, "lines": [pages.as_json(line) for line in lines]}


def in_process(*, quick: bool) -> dict[str, Any]:
    """A database of its own, the API called without the wire, the floor in the same minutes."""
    with systems.own_database():
        from tests.bench import inside, office

        token = office.build()
        found = inside.run(token, blocks=3 if quick else 8, tickets=200 if quick else 2000)
        twenty = found["PATCH status"].ours.best
        office.more_silent(480)
        many = inside.run(token, blocks=2 if quick else 4, tickets=20)["PATCH status"].ours.best
    lines = {
        name: {
            "statements": line.statements,
            "p50_ms": round(line.ours.p50, 2),
            "p95_ms": round(line.ours.p95, 2),
            "p99_ms": round(line.ours.p99, 2),
            "floor_p50_ms": round(line.floor.p50, 2),
            "times_floor": round(line.ratio, 2),
        }
        for name, line in found.items()
    }
    preview = found["preview of it"].ours.best / found["PATCH status"].ours.best
    return {
        "operations": lines,
        "preview_times_patch": round(preview, 2),
        "500_scrips_times_20": round(many / twenty, 2),
    }


def over_http(*, quick: bool) -> dict[str, Any]:
    """A whole system; its worker sends what the scrips bring to nobody: mails to a folder, hooks to no host."""
    from tests.bench import wire
    from tests.runtime.system import inside, tessera

    with systems.whole() as (system, data):
        token = inside(data, "from tests.bench import office; print(office.build())")
        seconds = 3.0 if quick else 10.0
        found = {}
        for what in ("create", "PATCH status", "read"):
            for clients in (1, 8):
                load = wire.run(system.port, token, clients=clients, seconds=seconds, what=what)
                found[f"{what}, {clients} clients"] = {
                    "per_second": round(load.per_second, 1),
                    "p50_ms": round(load.times.p50, 1),
                    "p95_ms": round(load.times.p95, 1),
                }
        verified = tessera(data, "verify")
        assert verified.returncode == 0, verified.stdout
        return found


def deliveries(*, quick: bool) -> dict[str, Any]:
    """A whole system that has nothing else to do than to send."""
    from tests.runtime.system import inside

    number = 300 if quick else 2_000
    with systems.whole() as (_running, data):
        told = inside(
            data,
            f"""
import json
from tests.bench import sending
found = sending.run({number})
print(json.dumps({{kind: round(sent.per_second, 1) for kind, sent in found.items()}}))
""",
        )
    found: dict[str, Any] = json.loads(told)
    return found


def soaking() -> dict[str, Any]:
    """Three minutes of `make soak`."""
    from tests.soak import rehearsal
    from tests.soak.report import as_json, lines

    print(f"\n{SOAK_MINUTES:g} minutes of faults under load\n")
    report = rehearsal.run(SOAK_MINUTES, rate=None, tell=lambda what: print(what, flush=True))
    print("\n" + "\n".join(lines(report)))
    return as_json(report)


def show(report: dict[str, Any]) -> None:
    """The table, with the budgets beside the figures."""
    inside = report["in process"]
    print(f"\n{report['machine']}\n")
    print(
        f"{'in process':<16}{'statements':>12}{'p50 ms':>9}{'p95 ms':>9}{'floor ms':>10}{'× floor':>9}   budget"
    )
    for name, line in inside["operations"].items():
        statements, times = BUDGETS.get(name, (None, None))
        budget = [
            f"{statements} statements" if statements else "",
            f"{times:g} × floor" if times else "",
        ]
        over = (statements is not None and line["statements"] > statements) or (
            times is not None and line["times_floor"] > times
        )
        print(
            f"{name:<16}{line['statements']:>12}{line['p50_ms']:>9}{line['p95_ms']:>9}"
            f"{line['floor_p50_ms']:>10}{line['times_floor']:>9}   {', '.join(filter(None, budget))}"
            f"{'  OVER' if over else ''}"
        )
    print(f"\npreview is {inside['preview_times_patch']} × its PATCH (budget 1.2)")
    print(f"500 scrips cost {inside['500_scrips_times_20']} × 20 (budget 1.2)\n")
    print(f"{'over HTTP':<26}{'a second':>10}{'p50 ms':>9}{'p95 ms':>9}   budget")
    for name, line in report["over HTTP"].items():
        aim = f"{PER_SECOND:g} a second" if name == "create, 8 clients" else ""
        over = "  OVER" if aim and line["per_second"] < PER_SECOND else ""
        print(
            f"{name:<26}{line['per_second']:>10}{line['p50_ms']:>9}{line['p95_ms']:>9}   {aim}{over}"
        )
    print(f"\n{'deliveries by one worker':<26}{'a second':>10}")
    for name, per_second in report["deliveries"].items():
        over = "  OVER" if per_second < SENT_PER_SECOND else ""
        print(f"{name:<26}{per_second:>10}{'':>18}   {SENT_PER_SECOND:g} a second{over}")
    rest = report["at rest"]
    print(f"\n{'at rest':<26}")
    for what, held, most, unit in (
        ("start when set up", rest["start_s"], START_S, "s"),
        (f"memory, {rest['processes']} processes", rest["memory_mb"], MEMORY_MB, "MB"),
    ):
        over = "  OVER" if held > most else ""
        print(f"{what:<26}{held:>10.1f}{'':>18}   {most:g} {unit}{over}")


if __name__ == "__main__":
    sys.exit(main())

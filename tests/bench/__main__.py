"""`make bench`: measures, prints the budgets beside the figures, and writes var/bench.json."""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

# Statements, and times the floor.
BUDGETS = {"create": (16, 8.0), "PATCH status": (14, 8.0), "read": (5, None)}
PER_SECOND = 120.0


def main() -> int:
    """All of it; `--quick` measures less often."""
    quick = "--quick" in sys.argv
    report: dict[str, Any] = {"machine": machine(), "quick": quick}
    report["in process"] = in_process(quick=quick)
    report["over HTTP"] = over_http(quick=quick)
    show(report)
    target = ROOT / "var" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(report, indent=2) + "\n")
    print(f"\nWritten to {target.relative_to(ROOT)}.")
    return 0


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(pages / 2**30, 1),
        "python": platform.python_version(),
        "load_1min": round(os.getloadavg()[0], 2),
    }


def in_process(*, quick: bool) -> dict[str, Any]:
    """A database of its own, the API called without the wire, the floor in the same minutes."""
    from tests import environment

    here = environment.locate()
    here.publish()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tessera.settings"
    servers = environment.Servers(here)
    servers.start()
    try:
        import django

        django.setup()
        environment.make_database(here)
        from tests.bench import inside, office

        token = office.build()
        found = inside.run(token, blocks=3 if quick else 8, tickets=200 if quick else 2000)
        twenty = found["PATCH status"].ours.best
        office.more_silent(480)
        many = inside.run(token, blocks=2 if quick else 4, tickets=20)["PATCH status"].ours.best
        from django.db import connections

        connections.close_all()
    finally:
        servers.stop()
    lines = {
        name: {
            "statements": line.statements,
            "p50_ms": round(line.ours.p50, 2),
            "p95_ms": round(line.ours.p95, 2),
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
    from tests.runtime.system import System, free_port, tessera

    data = Path(tempfile.mkdtemp(prefix="tessera-bench-")) / "var"
    system = System(data, free_port())
    try:
        system.wait_ready()
        made = subprocess.run(
            [
                sys.executable,
                "-c",
                "import django; django.setup(); from tests.bench import office; print(office.build())",
            ],
            env=_environment_of(data),
            capture_output=True,
            text=True,
            check=True,
        )
        token = made.stdout.split()[-1]
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
    finally:
        system.stop()
        shutil.rmtree(data.parent, ignore_errors=True)


def _environment_of(data: Path) -> dict[str, str]:
    from tests.runtime.system import environment

    return environment(data) | {"DJANGO_SETTINGS_MODULE": "tessera.settings"}


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


if __name__ == "__main__":
    sys.exit(main())

"""`make soak`: a whole system under load, its parts killed one after the other; ends with 1 where a claim fails."""

import argparse
import json
import sys
import time

from tessera.runtime.config import BASE_DIR
from tests.soak import rehearsal
from tests.soak.report import as_json, lines

_TARGET = BASE_DIR / "var" / "soak.json"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (10)")
    parser.add_argument(
        "--rate", type=float, help="requests a second, instead of 70 %% of what the machine does"
    )
    given = parser.parse_args()
    began = time.monotonic()

    def tell(what: str) -> None:
        sys.stdout.write(f"{time.monotonic() - began:7.1f} s  {what}\n")
        sys.stdout.flush()

    report = rehearsal.run(given.minutes, rate=given.rate, tell=tell)
    sys.stdout.write("\n" + "\n".join(lines(report)) + "\n")
    _TARGET.parent.mkdir(exist_ok=True)
    _TARGET.write_text(json.dumps(as_json(report), indent=2) + "\n")
    sys.stdout.write(f"\nWritten to {_TARGET}; all that the system said is in {rehearsal.LOG}.\n")
    return 0 if report.holds else 1


if __name__ == "__main__":
    sys.exit(main())

"""
Several hosts on this machine: `make hosts`. First the stories of tests/journeys, their parts on these hosts; then the
hosts cut off and killed in the middle of their work. Needs root and iproute2. Ends with 1 where something fails.
"""

import argparse
import os
import subprocess
import sys

from tests.hosts import network


def main() -> int:
    """In namespaces of its own."""
    parser = argparse.ArgumentParser(prog="make hosts", description=__doc__)
    parser.add_argument("--pooled", action="store_true", help="PgBouncer in the second part")
    parser.add_argument("--only", choices=("journeys", "rehearsal"), help="one of the two parts")
    given, rest = parser.parse_known_args()
    # What is imported here reads its own address, which it has now.
    from tests.hosts.apart import HOSTS

    network.make(*HOSTS)
    failed = given.only != "rehearsal" and journeys(rest)
    if given.only != "journeys":
        from tests.hosts import rehearsal  # reads settings, which journeys have others of

        failed = bool(rehearsal.rehearse(pooled=given.pooled)) or failed
    return int(failed)


def journeys(more: list[str]) -> bool:
    """Whether one of them failed; `more` are words for pytest (`-k bulk`)."""
    from tests.places import APART

    command = (sys.executable, "-m", "pytest", "-q", "tests/journeys", *more)
    return subprocess.run(command, env=os.environ | {APART: "1"}, check=False).returncode != 0


if __name__ == "__main__":
    network.enter()
    sys.exit(main())

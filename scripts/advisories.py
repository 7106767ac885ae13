"""
Whether a weakness of a package in requirements.lock is known: `python scripts/advisories.py PIP-AUDIT`.

pip-audit alone ends with 1 where a package has one and where nobody could be asked, and without --strict with 0 where
nobody could. Here 0 says that every package was looked up and none has one, 1 that one has, and 3 that not all of them
could be looked up, which is no verdict.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CLEAN, FOUND, UNKNOWN = 0, 1, 3
# Who knows them, in the order in which they are asked.
_SERVICES = ("pypi", "osv")
_OPTIONS = ("--disable-pip", "--no-deps", "--progress-spinner=off", "--format=json")


def ask(program: str, service: str) -> Sequence[Mapping[str, Any]]:
    """What the service says of each package; nothing where it does not answer."""
    command = (program, "--vulnerability-service", service, *_OPTIONS, "-r", "requirements.lock")
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        return list(json.loads(told.stdout)["dependencies"])
    except ValueError:
        return []


def judge(packages: Sequence[Mapping[str, Any]]) -> tuple[int, list[str]]:
    """How to end, and what to say."""
    weak = [
        f"{package['name']} {package['version']}: {vuln['id']},"
        f" mended in {', '.join(vuln['fix_versions']) or 'no version yet'}"
        for package in packages
        for vuln in package.get("vulns", ())
    ]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    if weak:
        return FOUND, [f"{len(weak)} known weaknesses:", *weak]
    if not packages or len(skipped) == len(packages):
        return UNKNOWN, ["No advisories can be reached from here: NOTHING WAS AUDITED."]
    if skipped:
        return UNKNOWN, [f"Nothing is known of {', '.join(skipped)}: they were NOT audited."]
    return CLEAN, [f"No weakness is known of the {len(packages)} packages in requirements.lock."]


def main(program: str) -> int:
    code, said = UNKNOWN, [""]
    for service in _SERVICES:
        code, said = judge(ask(program, service))
        if code != UNKNOWN:
            break
    (sys.stdout if code == CLEAN else sys.stderr).write("\n".join(said) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

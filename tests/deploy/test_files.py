"""The files of deploy/ speak of commands, settings and files that there are. Their own linters: docs/howto/grow.md."""

import re
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from tessera.cli import PARTS

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SETTINGS = set(
    re.findall(
        r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "reference" / "settings.md").read_text(), re.M
    )
)
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
# boto3's own.
_KEYS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}


def unit(path: Path) -> RawConfigParser:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment]
    parser.read(path)
    return parser


def resources() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))


def templates() -> dict[str, dict[str, Any]]:
    """The pods that Kubernetes makes, by name."""
    found = {
        each["metadata"]["name"]: each for each in resources() if "template" in each.get("spec", {})
    }
    return {name: each["spec"]["template"] for name, each in found.items()}


def test_units_start_each_part_with_settings_that_there_are() -> None:
    programs = [unit(path)["Service"]["ExecStart"].split() for path in UNITS]
    assert sorted(argv[1] for argv in programs) == sorted(PARTS)
    named = re.findall(r"^(\w+)=", (DEPLOY / "systemd" / "tessera.env").read_text(), re.M)
    assert set(named) - SETTINGS == set()


def test_units_give_a_worker_the_time_that_its_deliveries_may_take() -> None:
    seconds = {path.stem: int(unit(path)["Service"]["TimeoutStopSec"]) for path in UNITS}
    assert seconds["tessera-worker"] > 30


def test_compose_starts_each_part_with_settings_that_there_are() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    ours = {name: service for name, service in services.items() if service["image"] == "tessera"}
    assert {name: ours[name]["command"] for name in PARTS} == {name: [name] for name in PARTS}
    assert set().union(*(service["environment"] for service in ours.values())) - SETTINGS == set()
    volumes = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["volumes"]
    mounted = {
        mount.split(":")[0] for each in services.values() for mount in each.get("volumes", [])
    }
    assert mounted == set(volumes)


def test_kubernetes_starts_each_part_with_settings_that_there_are() -> None:
    arguments = {
        name: template["spec"]["containers"][0]["args"] for name, template in templates().items()
    }
    assert arguments == {"migrate": ["migrate"]} | {name: [name] for name in PARTS}
    given = [each.get("data", {}) | each.get("stringData", {}) for each in resources()]
    assert set().union(*given) - _KEYS - SETTINGS == set()


def test_kubernetes_selects_the_pods_that_it_makes() -> None:
    labels = [template["metadata"]["labels"] for template in templates().values()]
    for each in resources():
        selector = each.get("spec", {}).get("selector")
        if selector:
            wanted = selector.get("matchLabels", selector)
            assert any(wanted.items() <= held.items() for held in labels), each["metadata"]


def test_image_is_made_from_files_that_there_are() -> None:
    (lock,) = re.findall(r"--requirement (\S+)", (DEPLOY / "Dockerfile").read_text())
    assert (ROOT / lock).exists()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_its_units(tmp_path: Path) -> None:
    for path in UNITS:
        text = path.read_text().replace("/srv/tessera/.venv/bin/tessera", "/bin/true")
        (tmp_path / path.name).write_text(text)
    checked = subprocess.run(
        ["systemd-analyze", "verify", *sorted(tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")

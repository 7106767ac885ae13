"""`tessera web`, `tessera worker`, `tessera beat`: one part of `tessera up`, for a host that runs no other."""

import argparse
import os
import sys
from dataclasses import replace

from tessera.lib.environment import SettingInvalid
from tessera.lib.rundir import make_run_dir
from tessera.runtime.config import Config, read_config
from tessera.runtime.services import Services
from tessera.runtime.spec import Spec

_SAYS = {
    "web": "Run the web server alone, in the foreground. It makes its static files anew where they changed.",
    "worker": "Run one worker alone, in the foreground.",
    "beat": "Run beat alone, in the foreground. Of several on one database one acts at a time.",
}


def main(name: str, arguments: list[str]) -> int:
    """Become the program of that part, with the settings that it has in `tessera up`. 2 when it can't begin."""
    parser = argparse.ArgumentParser(
        prog=f"tessera {name}",
        description=f"{_SAYS[name]} Its settings come from the environment and .env.",
    )
    if name == "worker":
        parser.add_argument("--queues", help="take from these alone: default, mail, webhook")
    given = parser.parse_args(arguments)
    os.umask(0o077)
    try:
        config = read_config()
        make_run_dir(config.data)
    except SettingInvalid as error:
        sys.stderr.write(f"tessera: {error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(
            f"tessera: The data folder {error.filename} can't be used: {error.strerror}.\n"
        )
        return 2
    _become(name, config, given)
    return 0  # never: this process is another program now


def _become(name: str, config: Config, given: argparse.Namespace) -> None:
    services = Services(config, os.environ.get("TESSERA_INSTANCE", ""))
    spec: Spec = getattr(services, name)()
    if name == "web":
        _static_files()
    if name == "worker" and given.queues:
        spec = replace(spec, argv=(*spec.argv, f"--queues={given.queues}"))
    os.chdir(spec.cwd)
    os.execve(spec.argv[0], spec.argv, dict(spec.env or {}))  # noqa: S606 -- our own list of arguments


def _static_files() -> None:
    import django

    from tessera.runtime import prepare

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tessera.settings")
    django.setup()
    prepare.static_files()

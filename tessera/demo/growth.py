"""Brightwell grown large: more sites, each with its queues and teams, and more people who ask. Pure."""

from dataclasses import replace
from itertools import product
from random import Random

from tessera.demo.company import BRIGHTWELL, Company, Definition

SITES = (
    "Malmö", "Gdańsk", "Porto", "Bilbao", "Leeds", "Lyon", "Graz", "Turku", "Cork", "Bari", "Aarhus", "Brno", "Split",
)  # fmt: skip
_QUEUES = 37
_TEAM = 6  # each of them works for three queues
_TICKETS_EACH, _MOST = 50, 20_000
_FIRST = (
    "Ada", "Bruno", "Clara", "Dario", "Edith", "Felix", "Gwen", "Henrik", "Irina", "Joris", "Karin", "Lorenzo", "Mira",
    "Noah", "Oriol", "Petra", "Rafael", "Sanna", "Teodor", "Ulla", "Viktor", "Wanda", "Yara", "Zeno", "Astrid", "Boris",
    "Celia", "Diego", "Elena", "Frida", "Goran", "Hedda", "Isak", "Jana", "Kemal", "Livia", "Mateo", "Nadia", "Oskar",
    "Pilar", "Quentin", "Rhea",
)  # fmt: skip
_BEGIN = (
    "Ahl", "Berg", "Dal", "Eken", "Fors", "Gran", "Hag", "Kall", "Lind", "Mel", "Nor", "Oster", "Quist", "Ros", "Sand",
    "Tall", "Ung", "Vall", "West", "Zell", "Brand", "Falken", "Stern", "Winter", "Hart",
)  # fmt: skip
_END = (
    "berg", "dahl", "feld", "gren", "holm", "inger", "kvist", "lund", "mann", "nes", "qvist", "ros", "stedt", "strand",
    "thal", "vik", "wald", "worth", "zweig", "son",
)  # fmt: skip


def grown(tickets: int) -> Company:
    """The company that has so many tickets: the small one with all that it lacks."""
    names = _names()
    queues = _queues()
    staff = names[: _QUEUES * _TEAM // 3]
    agents = {
        _username(name): (name, tuple(queue["name"] for queue in _of(place, queues)))
        for place, name in enumerate(staff)
    }
    customers = min(_MOST, max(_TICKETS_EACH, tickets // _TICKETS_EACH))
    return replace(
        BRIGHTWELL,
        queues=(*BRIGHTWELL.queues, *queues),
        agents=BRIGHTWELL.agents | agents,
        crowd=tuple(names[len(staff) :][:customers]),
    )


def _queues() -> list[Definition]:
    found = []
    for number, (site, like) in enumerate(product(SITES, BRIGHTWELL.queues)):
        own = f"{like['address']}-{number // len(BRIGHTWELL.queues) + 1}"
        found.append(
            like | {"name": f"{like['name']} {site}", "address": own, "kind": like["name"]}
        )
    return found[:_QUEUES]


def _of(place: int, queues: list[Definition]) -> list[Definition]:
    """The three queues of an agent: next to each other in the list, so that each has its team."""
    return [queues[(place // 2 + step) % len(queues)] for step in range(3)]


def _names() -> list[str]:
    names = [f"{first} {begin}{end}" for first, begin, end in product(_FIRST, _BEGIN, _END)]
    Random(2).shuffle(names)  # noqa: S311  # names, no secret
    return names


def _username(name: str) -> str:
    return name.lower().replace(" ", ".")

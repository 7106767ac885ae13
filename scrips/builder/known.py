"""What the settings of a rule may name."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scrips.builder.controls import Choices
from tickets import access
from tickets.access import Actor
from tickets.config import Config, QueueSpec


@dataclass(frozen=True)
class Known:
    """What settings may name: of the configuration, what the reader knows of; of the scrip's queues first."""

    config: Config
    reader: Actor
    own: tuple[QueueSpec, ...] = ()

    @cached_property
    def queues(self) -> tuple[QueueSpec, ...]:
        """Those that the reader knows of."""
        all_ = self.config.queues.values()
        return tuple(queue for queue in all_ if access.sees_queue(self.reader, queue.id))

    def queues_with(self, value: Any) -> Choices:
        """The queues by their names. One that a setting names by its id keeps being so."""
        names = [(queue.name, queue.name) for queue in self.queues]
        held = self.config.queues.get(value) if type(value) is int else None
        return [*names, (str(value), held.name)] if held else names

    @cached_property
    def statuses(self) -> Choices:
        """Of the lifecycles of the scrip's queues, in their order, each once."""
        here = {queue.lifecycle.version_id: queue.lifecycle for queue in self.own or self.queues}
        names = [status.name for spec in here.values() for status in spec.definition.statuses]
        return [(name, name) for name in dict.fromkeys(names)]

    @cached_property
    def fields(self) -> Choices:
        """The fields that the scrip's queues have."""
        specs = {spec.key: spec for queue in self.own or self.queues for spec in queue.fields}
        return [(key, spec.name or key) for key, spec in sorted(specs.items())]

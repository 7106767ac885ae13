"""The sections of the file, in the order in which they stand there, and in which one may speak of those before it."""

from tessera.desk.configuration.sections.automation import Scrips, Templates, Views
from tessera.desk.configuration.sections.base import Hand, Section, Waits
from tessera.desk.configuration.sections.people import Grants, Groups, Roles
from tessera.desk.configuration.sections.process import Fields, Lifecycles, Queues
from tessera.desk.configuration.sections.replies import Replies
from tessera.desk.configuration.sections.site import Settings

__all__ = ["SECTIONS", "Hand", "Section", "Waits"]

_ORDER: tuple[Section, ...] = (
    *(Settings(), Groups(), Fields(), Lifecycles(), Queues()),
    *(Roles(), Grants(), Templates(), Scrips(), Views(), Replies()),
)
SECTIONS: dict[str, Section] = {section.name: section for section in _ORDER}

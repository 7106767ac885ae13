"""State diagrams of lifecycles: as SVG, and as text in Mermaid's notation."""

from lifecycles.diagram.as_mermaid import mermaid
from lifecycles.diagram.as_svg import svg
from lifecycles.diagram.layout import MOST_WAYS
from lifecycles.diagram.marked import compared
from lifecycles.diagram.picture import Marks
from lifecycles.diagram.style import POLICY

__all__ = ["MOST_WAYS", "POLICY", "Marks", "compared", "mermaid", "svg"]

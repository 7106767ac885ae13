from scrips.models.delivery import Attempt, Delivery
from scrips.models.run import Run
from scrips.models.scrip import Scrip, ScripVersion
from scrips.models.template import Template, TemplateVersion

__all__ = ["Attempt", "Delivery", "Run", "Scrip", "ScripVersion", "Template", "TemplateVersion"]

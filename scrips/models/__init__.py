from scrips.models.delivery import Attempt, Delivery
from scrips.models.scrip import Scrip, ScripVersion
from scrips.models.template import Template, TemplateVersion

__all__ = ["Attempt", "Delivery", "Scrip", "ScripVersion", "Template", "TemplateVersion"]

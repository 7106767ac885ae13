from scrips.models.backtest import Backtest
from scrips.models.delivery import Attempt, Delivery
from scrips.models.host import Host
from scrips.models.mailing import Mailing
from scrips.models.reply import SavedReply
from scrips.models.run import Run
from scrips.models.scrip import Scrip, ScripQueue, ScripVersion
from scrips.models.template import Template, TemplateVersion

__all__ = [
    "Attempt",
    "Backtest",
    "Delivery",
    "Host",
    "Mailing",
    "Run",
    "SavedReply",
    "Scrip",
    "ScripQueue",
    "ScripVersion",
    "Template",
    "TemplateVersion",
]

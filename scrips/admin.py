"""Registers what of this room is in the administration: scrips and templates, and deliveries."""

from scrips import (  # registers itself
    admin_rules,  # noqa: F401
    admin_templates,  # noqa: F401
)
from scrips.board import admin  # noqa: F401

from typing import Any, ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class CustomField(models.Model):
    """A field that administrators define. Its key and type never change; a key is never given twice.

    Deleting hides the field (`disabled`): old tickets and the log keep their values.
    """

    key = models.CharField(
        _("key"),
        max_length=64,
        validators=[
            RegexValidator(
                r"\A[A-Za-z][A-Za-z0-9_]*\Z",
                _("A key begins with a letter and has letters, digits and _ only."),
            )
        ],
    )
    name = models.CharField(_("name"), max_length=100)
    field_type = models.CharField(_("type"), max_length=20)
    values: models.JSONField[Any, Any] = models.JSONField(_("choices"), default=list, blank=True)
    max_values = models.PositiveIntegerField(
        _("at most"),
        default=1,
        help_text=_("How many values a ticket may have; 0 means any number."),
    )
    pattern = models.CharField(_("pattern"), max_length=500, blank=True)
    required = models.BooleanField(_("required on create"), default=False)
    default: models.JSONField[Any, Any] = models.JSONField(_("default"), null=True, blank=True)
    help_text = models.CharField(_("help text"), max_length=500, blank=True)
    disabled = models.BooleanField(_("disabled"), default=False)

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        ordering: ClassVar = ["name", "key"]
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("key"), name="custom_field_key_unique")
        ]

    def __str__(self) -> str:
        return self.name

from typing import Any, ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from customfields.choices import Choice, stored


class CustomField(models.Model):
    """A field that administrators define. Its key and type never change; a key is never given twice.

    Deleting hides the field (`disabled`): old tickets and the log keep their values. `values` are the choices in
    their order, `choice_details` says of those that are more than a text what they are besides. `depends_on` is
    the key of the parent field, `show_when` is `{"field": key, "values": [canonical value, …]}` or null.
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
    choice_details: models.JSONField[Any, Any] = models.JSONField(
        _("colours and conditions of the choices"), default=dict, blank=True
    )
    max_values = models.PositiveIntegerField(
        _("at most"),
        default=1,
        help_text=_("How many values a ticket may have; 0 means any number."),
    )
    pattern = models.CharField(_("pattern"), max_length=500, blank=True)
    pattern_message = models.CharField(_("pattern message"), max_length=500, blank=True)
    minimum: models.JSONField[Any, Any] = models.JSONField(_("minimum"), null=True, blank=True)
    maximum: models.JSONField[Any, Any] = models.JSONField(_("maximum"), null=True, blank=True)
    required = models.BooleanField(_("required on create"), default=False)
    default: models.JSONField[Any, Any] = models.JSONField(_("default"), null=True, blank=True)
    help_text = models.CharField(_("help text"), max_length=500, blank=True)
    depends_on = models.CharField(_("depends on"), max_length=64, blank=True)
    show_when: models.JSONField[Any, Any] = models.JSONField(_("show when"), null=True, blank=True)
    indexed = models.BooleanField(
        _("indexed"),
        default=False,
        help_text=_("Searched by range and ordered by quickly; for fields with one value."),
    )
    for_customers = models.BooleanField(
        _("for customers"),
        default=False,
        help_text=_("Customers see it in the portal, and fill it in when they ask for help."),
    )
    disabled = models.BooleanField(_("disabled"), default=False)

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        ordering: ClassVar = ["name", "key"]
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("key"), name="custom_field_key_unique"),
            models.CheckConstraint(
                condition=models.Q(indexed=False) | models.Q(max_values=1),
                name="custom_field_index_of_one",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What the field offers, in order; none but for selects."""
        return stored(self.values, self.choice_details)

"""A choice of hundreds. Django draws each option by templates: of all time zones that took a page 150 ms."""

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class LongSelect(forms.Select):
    """A select that looks to the browser as Django's does; its choices stand in no groups."""

    def render(  # type: ignore[override]  # of forms.Widget, whose stub leaves the renderer out
        self,
        name: str,
        value: object,
        attrs: dict[str, object] | None = None,
        renderer: object = None,  # noqa: ARG002  # Django's signature
    ) -> str:
        """The markup."""
        chosen = set(self.format_value(value))
        given = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        shown = {
            key: "" if set_ is True else set_ for key, set_ in given.items() if set_ is not False
        }
        options = format_html_join(
            "\n",
            '<option value="{}"{}>{}</option>',
            (
                (key, SafeString(" selected") if str(key) in chosen else "", label)
                for key, label in self.choices
            ),
        )
        told = format_html_join("", ' {}="{}"', shown.items())
        return format_html("<select{}>{}</select>", told, options)

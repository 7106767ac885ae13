"""What each name and filter of templates is, in one line. Which there are, the facts and the sandbox say; a test holds
the two together."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scrips.facts import MessageFacts, PersonFacts, QueueFacts, TicketFacts, TransactionFacts
from scrips.rendering import Facts

Lines = Mapping[str, str | Promise]

TOP: Lines = {
    "ticket": _("the ticket; prints its key"),
    "transaction": _("what happened; prints its type"),
    "transactions": _("all that happened in this change; a list"),
    "actor": _("who made the change"),
    "queue": _("the ticket's queue; prints its name"),
    "now": _("the time of the change"),
    "recipient": _("whom the mail is for, where it is for one alone"),
    "last_message": _("the last thing that requestors may read; prints its text"),
    "conversation": _("the last messages, the newest first; a list"),
    "diff": _("what changed, in words"),
}
ATTRIBUTES: Mapping[type[Facts], Lines] = {
    TicketFacts: {
        "id": _("its number"),
        "key": _("its key, as people call it"),
        "url": _("where it is read"),
        "subject": _("its subject"),
        "status": _("its status"),
        "priority": _("0 to 100"),
        "queue": _("its queue; prints the name"),
        "owner": _("who works on it; empty for nobody"),
        "creator": _("who created it"),
        "requestors": _("who asked for it; a list"),
        "cc": _("who reads along; a list"),
        "admin_cc": _("who reads along inside; a list"),
        "cf": _("its custom fields, by their keys"),
        "custom_fields": _("the same as cf"),
        "lifecycle": _("the name of its lifecycle"),
        "version": _("the number of its last change"),
        "due_at": _("when it is due; empty where nobody said"),
        "started_at": _("when work on it began"),
        "resolved_at": _("when it was closed"),
        "created_at": _("when it was created"),
        "updated_at": _("when it changed last"),
    },
    QueueFacts: {
        "id": _("its number"),
        "name": _("its name"),
        "description": _("what it is for"),
        "correspond_address": _("where its replies come from"),
        "comment_address": _("where its comments come from"),
    },
    PersonFacts: {
        "id": _("the user's number; empty for an address alone"),
        "username": _("the username"),
        "email": _("the e-mail address"),
        "first_name": _("the first name"),
        "last_name": _("the last name"),
        "name": _("the whole name, or what there is instead"),
        "time_zone": _("the time zone of the account"),
        "language": _("the language of the account, such as de; empty for the site’s"),
    },
    TransactionFacts: {
        "id": _("its number"),
        "seq": _("its place in the ticket's log"),
        "type": _("its type, such as StatusChange"),
        "field": _("what was changed"),
        "old_value": _("the value before"),
        "new_value": _("the value after"),
        "content": _("a message's text as it was written"),
        "content_type": _("the type of that text"),
        "creator": _("who made it"),
        "created_at": _("when it was made"),
    },
    MessageFacts: {
        "content": _("its text as it was written"),
        "content_type": _("the type of that text"),
        "internal": _("whether it is a comment"),
        "creator": _("who wrote it"),
        "created_at": _("when it was written"),
        "text": _("its text without markup"),
    },
}
FILTERS: Lines = {
    "local": _("a date or time as the reader writes it"),
    "date": _("a time in a form of your own"),
    "link": _("a link to a ticket or an address"),
    "markdown": _("a text in Markdown as HTML"),
    "default": _("what stands in for what is empty"),
    "d": _("the same as default"),
    "truncate": _("at most so many characters"),
    "nl2br": _("line breaks as HTML has them"),
    "number": _("a number with separators"),
    "money": _("an amount of money"),
    "join": _("the members of a list with something between"),
    "upper": _("in capitals"),
    "lower": _("in small letters"),
    "capitalize": _("the first letter large"),
    "title": _("Each Word Large"),
    "trim": _("without blanks at the ends"),
    "replace": _("one text in the place of another"),
    "indent": _("lines moved in"),
    "wordwrap": _("lines of at most so many characters"),
    "wordcount": _("how many words"),
    "center": _("in the middle of so many characters"),
    "striptags": _("without markup"),
    "string": _("as a text"),
    "format": _("values in a pattern"),
    "escape": _("safe within HTML"),
    "e": _("the same as escape"),
    "urlencode": _("safe within an address"),
    "tojson": _("as JSON"),
    "abs": _("without its sign"),
    "int": _("as a whole number"),
    "float": _("as a number with a point"),
    "round": _("rounded"),
    "first": _("the first of a list"),
    "last": _("the last of a list"),
    "length": _("how many there are"),
    "count": _("the same as length"),
    "sort": _("in order"),
    "reverse": _("from the end"),
    "unique": _("each once"),
    "list": _("as a list"),
    "items": _("pairs of keys and values"),
    "map": _("one thing of each member"),
    "select": _("those that pass a test"),
    "reject": _("those that fail a test"),
    "selectattr": _("those with something that passes"),
    "rejectattr": _("those with something that fails"),
    "groupby": _("in groups by one thing"),
    "sum": _("added up"),
    "min": _("the smallest"),
    "max": _("the largest"),
}
# What stands behind a filter that does nothing, or nothing good, without it.
GIVEN: Mapping[str, str] = {
    "date": 'date("%d %b %Y")',
    "link": 'link("…")',
    "default": 'default("–")',
    "d": 'd("–")',
    "truncate": "truncate(80)",
    "number": "number(2)",
    "money": 'money("EUR")',
    "join": 'join(", ")',
    "replace": 'replace("a", "b")',
    "center": "center(40)",
    "map": 'map(attribute="name")',
    "select": 'select("defined")',
    "reject": 'reject("none")',
    "selectattr": 'selectattr("name")',
    "rejectattr": 'rejectattr("name")',
    "groupby": 'groupby("status")',
}
# Statements, each with what it is for.
STATEMENTS: Lines = {
    "{% if ticket.owner %}…{% else %}…{% endif %}": _("one text or another"),
    "{% for message in conversation(5) %}\n{{ message.creator.name }}: {{ message.text }}\n{% endfor %}": _(
        "something for each of a list"
    ),
    "{% for change in transactions %}{{ change.type }}\n{% endfor %}": _(
        "each thing that happened"
    ),
    '{% set name = ticket.owner.name or "…" %}': _("a name of your own"),
    "{# … #}": _("a remark that nobody gets"),
}

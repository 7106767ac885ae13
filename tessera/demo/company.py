"""Brightwell, a company of forty: its people, queues, fields, templates and scrips. Pure data."""

from dataclasses import dataclass
from typing import Any

DOMAIN = "brightwell.example"

# Those who work tickets, and for which queues.
AGENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ines": ("Ines Carvalho", ("IT Support",)),
    "tomasz": ("Tomasz Nowak", ("IT Support",)),
    "priya": ("Priya Raman", ("IT Support",)),
    "jonas": ("Jonas Lindqvist", ("IT Support", "Facilities")),
    "amara": ("Amara Okafor", ("Facilities",)),
    "pieter": ("Pieter de Vries", ("Facilities",)),
    "lucia": ("Lucía Ferrer", ("HR",)),
    "hannah": ("Hannah Weiss", ("HR",)),
    "desk": ("Service Desk", ("IT Support", "Facilities", "HR")),
}

CUSTOMERS = (
    "Aiko Tanaka", "Ben Whitaker", "Camille Laurent", "Daniel Osei", "Elif Yıldız", "Farid Haddad",
    "Greta Holm", "Hugo Almeida", "Ivana Petrović", "Jack Doherty", "Katya Orlova", "Liam Byrne",
    "Maja Kowalska", "Nils Berg", "Olga Marin", "Paulo Teixeira", "Quinn Harper", "Rosa Delgado",
    "Sven Eriksson", "Tara Singh", "Umar Farouk", "Vera Novák", "Wouter Jansen", "Xenia Papadaki",
    "Yusuf Demir", "Zoe Martin", "Anders Falk", "Bianca Rossi", "Chidi Eze", "Dora Szabó", "Emil Krause",
)  # fmt: skip

LOCATIONS = ["Lisbon HQ", "Malmö", "Gdańsk", "Porto", "Remote"]
COST_CENTRES = [
    "1000 Management",
    "2100 Sales",
    "2200 Marketing",
    "3100 Engineering",
    "4000 Operations",
]

FIELDS: list[dict[str, Any]] = [
    {"key": "severity", "name": "Severity", "field_type": "SelectSingle", "values": ["Low", "Medium", "High", "Production down"], "default": "Medium", "help_text": "How many people can't work because of it.", "for_customers": True},
    {"key": "location", "name": "Location", "field_type": "SelectSingle", "values": LOCATIONS, "for_customers": True},
    {"key": "asset_tag", "name": "Asset tag", "field_type": "Freeform", "pattern": "^BW-[0-9]{4}$", "help_text": "On the sticker, such as BW-0412.", "for_customers": True},
    {"key": "cost_centre", "name": "Cost centre", "field_type": "SelectSingle", "values": COST_CENTRES},
    {"key": "systems", "name": "Systems", "field_type": "SelectMulti", "values": ["E-mail", "VPN", "Wi-Fi", "ERP", "Payroll", "Printing"]},
    {"key": "resolution", "name": "Resolution", "field_type": "SelectSingle", "values": ["Fixed", "Workaround", "Answered", "Duplicate", "Not reproducible"]},
    {"key": "start_date", "name": "First day", "field_type": "Date", "help_text": "When somebody new begins."},
]  # fmt: skip

QUEUES: list[dict[str, Any]] = [
    {"name": "IT Support", "description": "Laptops, accounts, network, software.", "address": "it", "fields": ["severity", "systems", "asset_tag", "location", "resolution"]},
    {"name": "Facilities", "description": "Buildings, desks, heating, keys.", "address": "facilities", "fields": ["severity", "location", "cost_centre", "resolution"]},
    {"name": "HR", "description": "Contracts, leave, people who come and go.", "address": "people", "fields": ["start_date", "cost_centre", "location"]},
]  # fmt: skip

TEMPLATES: dict[str, tuple[str, str]] = {
    "We have it": (
        "{$ticket.subject}",
        "Hello{% if ticket.requestors %} {{ ticket.requestors[0].first_name }}{% endif %},\n\n"
        "we have received your request and given it the number {$ticket.key}.\n"
        "Answer this mail to add to it.\n\nBrightwell {$queue}\n",
    ),
    "Somebody answered": (
        "{$ticket.subject}",
        "Hello{% if ticket.requestors %} {{ ticket.requestors[0].first_name }}{% endif %},\n\n"
        "{{ actor.name }} wrote:\n\n{{ transaction.content }}\n\n{$ticket.url}\n",
    ),
    "Resolved": (
        "Resolved: {$ticket.subject}",
        "Hello{% if ticket.requestors %} {{ ticket.requestors[0].first_name }}{% endif %},\n\n"
        "we believe that this is done. If it is not, simply answer.\n\nBrightwell {$queue}\n",
    ),
    "It is yours": (
        "Yours: {$ticket.subject}",
        "{$ticket.key} in {$queue} is yours now, priority {$ticket.priority}.\n{$ticket.url}\n",
    ),
    "Production is down": (
        "DOWN: {$ticket.subject}",
        "{$ticket.key}: {$ticket.subject}\nLocation: {{ ticket.cf.location or 'unknown' }}\nStatus: {$ticket.status}\n\n"
        "{% for each in transactions %}- {{ each.creator.name }}: {{ each.type }}"
        "{% if each.field == 'status' %} {{ each.old_value }} → {{ each.new_value }}{% endif %}\n{% endfor %}"
        "\n{$ticket.url}\n",
    ),
    "Somebody new": (
        "First day: {$ticket.cf.start_date}",
        "{$ticket.subject}\nFirst day: {$ticket.cf.start_date}\nCost centre: {$ticket.cf.cost_centre}\n",
    ),
    "Reopened": (
        "Open again: {$ticket.subject}",
        "{$ticket.key} was {{ transaction.old_value }} and is open again.\n{$ticket.url}\n",
    ),
}  # fmt: skip


def _rule(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


SCRIPS: list[dict[str, Any]] = [
    {"name": "Tell the requestor that we have it", "when": "OnCreate", "do": "SendEmail", "config": {"to": ["requestor"], "skip_actor": True}, "template": "We have it"},
    {"name": "Tell the requestor of an answer", "when": "UserDefined", "rules": {"all": [_rule("Transaction.Type", "=", "Correspond"), _rule("Status", "!=", "resolved"), _rule("Actor", "!=", "desk")]}, "do": "SendEmail", "config": {"to": ["requestor"], "cc": ["cc"], "skip_actor": True}, "template": "Somebody answered", "sort_order": 10},
    {"name": "Tell the requestor that it is resolved", "when": "OnResolve", "do": "SendEmail", "config": {"to": ["requestor"], "skip_actor": True}, "template": "Resolved", "sort_order": 20},
    {"name": "Tell the new owner", "when": "OnOwnerChange", "do": "SendEmail", "config": {"to": ["owner"], "skip_actor": True}, "template": "It is yours", "sort_order": 30},
    {"name": "Open a ticket that is answered", "when": "UserDefined", "rules": {"all": [_rule("Transaction.Type", "=", "Correspond"), _rule("Status", "=", "new")]}, "do": "SetStatus", "config": {"status": "open"}, "sort_order": 40},
    {"name": "Keep whoever is on duty posted", "description": "One mail for each change, whatever it brings: a scrip of the batch stage.", "stage": "TransactionBatch", "queue": "IT Support", "when": "UserDefined", "rules": {"all": [_rule("CF.{severity}", "=", "Production down")]}, "do": "SendEmail", "config": {"to": [f"on-duty@{DOMAIN}"], "cc": ["owner"]}, "template": "Production is down", "sort_order": 5},
    {"name": "Ring the pager", "description": "In shadow: evaluated and shown, not sent, because hooks.example.com is nobody's. Put your pager's address in and take it out of shadow.", "queue": "IT Support", "when": "UserDefined", "rules": {"all": [_rule("Transaction.Type", "=", "Create"), _rule("CF.{severity}", "=", "Production down")]}, "do": "Webhook", "config": {"url": "https://hooks.example.com/on-call/{$ticket.key}"}, "sort_order": 6},
    {"name": "Say how to clear the print queue", "queue": "IT Support", "when": "UserDefined", "rules": {"all": [_rule("Transaction.Type", "=", "Create"), _rule("Subject", "LIKE", "printer")]}, "do": "AddComment", "config": {"content": "Printer at {{ ticket.cf.location or 'an unknown site' }}: try to clear the queue first."}, "sort_order": 50},
    {"name": "An answer is the resolution of a question", "queue": "IT Support", "when": "UserDefined", "rules": {"all": [_rule("Transaction.Type", "=", "StatusChange"), _rule("Status", "=", "resolved"), {"field": "CF.{resolution}", "op": "IS NULL"}]}, "do": "SetCustomField", "config": {"field": "resolution", "value": "Answered"}, "sort_order": 60},
    {"name": "Mark heating in winter as high", "queue": "Facilities", "when": "UserDefined", "rules": {"all": [_rule("Transaction.Type", "=", "Create"), {"any": [_rule("Subject", "LIKE", "heating"), _rule("Subject", "LIKE", "leak")]}]}, "do": "SetCustomField", "config": {"field": "severity", "value": "High"}, "sort_order": 70},
    {"name": "Tell payroll of everybody new", "queue": "HR", "when": "OnCustomFieldChange", "condition": {"field": "start_date"}, "do": "SendEmail", "config": {"to": [f"payroll@{DOMAIN}"]}, "template": "Somebody new", "sort_order": 80},
    {"name": "Tell the owner when it is open again", "when": "OnStatusChange", "condition": {"from": ["resolved", "rejected"], "to": "open"}, "do": "SendEmail", "config": {"to": ["owner"], "skip_actor": True}, "template": "Reopened", "sort_order": 90},
]  # fmt: skip

Definition = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Company:
    """Whom there is to make. A queue is of the kind of one of the first three, which its `kind` names if it is none of
    them itself; of the `crowd` nobody is known but the name."""

    queues: tuple[Definition, ...]
    agents: dict[str, tuple[str, tuple[str, ...]]]
    customers: tuple[str, ...]
    crowd: tuple[str, ...] = ()


BRIGHTWELL = Company(tuple(QUEUES), AGENTS, CUSTOMERS)

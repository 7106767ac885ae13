"""What templates say, and what is told of those that are wrong."""

import pytest

from scrips.rendering import RenderFailed, TemplateInvalid, faults, render, validate
from tests.scrips.rendering_facts import ANN, CONTEXT, FIELDS, NAMES


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("no braces at all: } %} }}", "no braces at all: } %} }}"),
        ("{{ ticket.subject }}", "Printer <on> fire"),
        ("{$ticket.subject}", "Printer <on> fire"),
        ("{$ ticket.subject|upper }", "PRINTER <ON> FIRE"),
        ("{$ {'a': {'b': 1}}.a.b }}", "1}"),
        ('{$ "}" ~ ticket.id }', "}12"),
        ("{$-1}", "-1"),
        ("{% raw %}{$ticket.id}{% endraw %}", "{$ticket.id}"),
        ("{# {$ #}{{ '{$' }}", "{$"),
        ('{"a": {"b": {$ticket.id}}}', '{"a": {"b": 12}}'),
        ("{{ ticket }} {{ actor }}", "TKT-0012 ann"),
        ("[{{ ticket.owner }}] [{{ ticket.owner.email }}] [{{ transaction.x }}]", "[] [] []"),
        ("{{ ticket.owner|default('nobody') }}", "nobody"),
        ("{{ ticket.requestors }}", "ann, bob"),
        ("{{ ticket.cf.severity }} {{ ticket.cf['tags'] }} {{ ticket.cf.items }}", "high a, b 3"),
        ("{{ ticket.created_at }}", "2025-01-02T23:04:05Z"),
        ("{{ ticket.created_at|date }}", "2025-01-02 23:04"),
        ("{{ ticket.created_at|date('%d.%m. %H:%M', 'Europe/Berlin') }}", "03.01. 00:04"),
        ("{{ '2025-02-03'|date('%d.%m.') }}{{ ticket.cf.cost|date }}", "03.02."),
        ("{{ (now - ticket.created_at).days }}", "2"),
        ("{% for p in ticket.requestors %}{{ loop.index }}{{ p.name }} {% endfor %}", "1Ann 2Bob "),
        ("{% for x in ticket.cf.cost %}{{ x }}{% else %}none{% endfor %}", "none"),
        ("{% set s = namespace(n=0) %}{% for i in [1, 2] %}{% set s.n = s.n+i %}{% endfor %}{$s.n}",
         "3"),
        ("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(1) }}{{ m(x=2) }}", "<1><2>"),
        ("{{ ticket.requestors|map(attribute='name')|join(', ') }}", "Ann, Bob"),
        ("{{ ticket.requestors|selectattr('name', '==', 'Bob')|first }}", "bob"),
        ("{{ [3, 'b', none, 'A', 1]|sort|tojson }}", '[null, 1, 3, "A", "b"]'),
        ("{{ {'t': ticket, 'at': now, 'p': ticket.requestors}|tojson }}",
         '{"t": "TKT-0012", "at": "2025-01-05T12:00:00Z", "p": ["ann", "bob"]}'),
        ("{{ '%05.1f|%s' % (2.25, ticket.owner) }} {{ '%3d'|format(7) }}", "002.2|   7"),
        ("{{ 'a b c'|wordwrap(3) }}/{{ 'abc def'|truncate(6) }}", "a b\nc/abc…"),
        ("{{ 'x\ny'|indent('> ', true) }}", "> x\n> y"),
        ("{{ ticket.subject.split(' ')[0][:2] }}{{ 'k' in ticket.subject }}", "PrFalse"),
        ("a\r\n{{ 1 }}\r\n", "a\n1\n"),
    ],
)  # fmt: skip
def test_text_template_says(source: str, expected: str) -> None:
    validate(source)
    assert render(source, CONTEXT) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<b>{{ ticket.subject }}</b>", "<b>Printer &lt;on&gt; fire</b>"),
        ("{$ticket.subject}", "Printer &lt;on&gt; fire"),
        ("{{ ticket.subject ~ '<' }}", "Printer &lt;on&gt; fire&lt;"),
        ("{{ ['<', '>']|join('&') }}", "&lt;&amp;&gt;"),
        ("{% set x %}<i>{{ ticket.subject[8:12] }}</i>{% endset %}{{ x }}", "<i>&lt;on&gt;</i>"),
        ("{% macro m(x) %}<i>{{ x }}</i>{% endmacro %}{{ m('<') }}", "<i>&lt;</i>"),
        ("{% for x in '<>' %}<i>{{ x }}</i>{% endfor %}", "<i>&lt;</i><i>&gt;</i>"),
        ("{{ 'a<\nb'|nl2br }}", "a&lt;<br>\nb"),
        ("{{ '</script>'|tojson }}", '"\\u003c/script\\u003e"'),
        ("{{ (ticket.subject|e)|replace('&lt;', '<') }}", "Printer &lt;on&amp;gt; fire"),
        ("{{ '<i>&lt;b&gt;</i>'|striptags }}", "&lt;b&gt;"),
    ],
)
def test_html_template_escapes_every_value(source: str, expected: str) -> None:
    validate(source, html=True)
    assert render(source, CONTEXT, html=True) == expected


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("Hello\n\n{{ tickt.subject }}", "line 3: unknown name 'tickt'; did you mean 'ticket'?"),
        ("{$\n\ntickt.subject\n}", "line 3: unknown name 'tickt'; did you mean 'ticket'?"),
        ("a\n{{ ticket.sbject }}", "line 2: 'ticket' has no 'sbject'; did you mean 'subject'?"),
        ("{{ ticket.owner.emial }}",
         "line 1: 'ticket.owner' has no 'emial'; did you mean 'email'?"),
        ("{% for p in ticket.requestors %}\n{{ p.emial }}{% endfor %}",
         "line 2: 'p' has no 'emial'; did you mean 'email'?"),
        ("{{ ticket.requestors[0].emial }}",
         "line 1: 'ticket.requestors[…]' has no 'emial'; did you mean 'email'?"),
        ("{{ ticket.owner.name.foo }}", "line 1: 'ticket.owner.name' has no 'foo'"),
        ("{{ now.yer }}", "line 1: 'now' has no 'yer'; did you mean 'year'?"),
        ("{{ ticket.owner.shout() }}", "line 1: 'ticket.owner' has no 'shout'"),
        ("{{ actor._secret }}", "line 1: '_secret' is not for templates"),
        ("{{ ticket.cf.severty }}",
         "line 1: unknown custom field 'severty'; did you mean 'severity'?"),
        ("{{ ticket.cf['severty'] }}",
         "line 1: unknown custom field 'severty'; did you mean 'severity'?"),
        ("\n{{ ticket|uper }}", "line 2: unknown filter 'uper'; did you mean 'upper'?"),
        ("{% if ticket is strng %}{% endif %}",
         "line 1: unknown test 'strng'; did you mean 'string'?"),
        ("{{ frobnicate() }}", "line 1: unknown name 'frobnicate'"),
        ("{{ loop.index }}", "line 1: unknown name 'loop'"),
        ("\n{$ ticket.id", "line 2: '{$' is not closed by '}'"),
        ("\n{{ ticket.id",
         "line 2: unexpected end of template, expected 'end of print statement'."),
        ("\n{{ ticket. }}", "line 2: expected name or number"),
    ],
)  # fmt: skip
def test_template_that_names_what_does_not_exist_is_refused_with_its_line(
    source: str, told: str
) -> None:
    with pytest.raises(TemplateInvalid) as caught:
        validate(source, known_fields=FIELDS, names=NAMES)
    assert str(caught.value) == told


def test_error_carries_line_and_reason_apart() -> None:
    with pytest.raises(TemplateInvalid) as caught:
        validate("\n{{ tickt }}")
    assert (caught.value.line, caught.value.reason) == (
        2,
        "unknown name 'tickt'; did you mean 'ticket'?",
    )


def test_names_of_the_template_itself_are_known() -> None:
    validate(
        "{% set a = 1 %}{% macro m(b) %}{{ b }}{% endmacro %}{% for c, d in [(1, 2)] %}"
        "{{ a }}{{ m(c) }}{{ d }}{{ loop.index }}{% endfor %}{% with e = 1 %}{{ e }}{% endwith %}",
        known_fields=FIELDS,
        names=NAMES,
    )


def test_a_name_that_the_template_redefines_is_not_held_to_its_class() -> None:
    source = "{% set ticket = {'colour': 'red'} %}{{ ticket.colour }}"
    validate(source, known_fields=FIELDS, names=NAMES)
    assert render(source, CONTEXT) == "red"


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("\n{{ nobody }}", 2, "'nobody' is undefined"),
        ("\n\n{{ ticket.nope }}", 3, "ticket has no 'nope'"),
        ("{{ ticket.cf.nope }}", 1, "mapping has no 'nope'"),
        ("{% for i in range(2) %}\n{{ 1 / i }}\n{% endfor %}", 2, "division by zero"),
        ("{% macro m() %}\n{{ nobody }}{% endmacro %}\n\n{{ m() }}", 2, "'nobody' is undefined"),
        ("{{ ticket() }}", 1, "this is no function: ticket"),
        ("{{ '\\ud800' }}", 1, "the text has characters that cannot be stored"),
        ("{{ '\\0' }}", 1, "the text has characters that cannot be stored"),
        ("{% include 'x' %}", 1, "templates have no 'include'"),
    ],
)
def test_rendering_that_fails_says_where_and_why(source: str, line: int, reason: str) -> None:
    with pytest.raises(RenderFailed) as caught:
        render(source, CONTEXT)
    assert (caught.value.line, caught.value.reason) == (line, reason)


def test_what_users_wrote_is_never_a_template() -> None:
    person = type(ANN)("{{ 7 * 7 }}{$7}", "x@example.com")
    assert render("{{ actor }}", {"actor": person}) == "{{ 7 * 7 }}{$7}"


def test_all_faults_are_found_each_once_on_its_line() -> None:
    source = "{{ tikket }} {{ tikket }}\n{# x #}{$ ticket.subjct}\n{{ ticket.cf.none }}"

    found = faults(source, known_fields=frozenset({"room"}), names=NAMES)

    assert [str(each) for each in found] == [
        "line 1: unknown name 'tikket'; did you mean 'ticket'?",
        "line 2: 'ticket' has no 'subjct'; did you mean 'subject'?",
        "line 3: unknown custom field 'none'",
    ]


def test_text_that_does_not_parse_has_that_fault_alone() -> None:
    assert [each.line for each in faults("{{ nonsense }}\n{% if %}")] == [2]
    assert [each.line for each in faults("x" * 70_000)] == [1]
    assert faults("plain { text }") == []


def test_very_many_faults_are_told_as_far_as_one_reads() -> None:
    assert len(faults("{{ nonsense }}\n" * 500)) == 20

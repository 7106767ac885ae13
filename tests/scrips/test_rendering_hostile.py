"""The sandbox against authors who mean harm: nothing gets out, nothing takes long or grows."""

import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import thread_time

import pytest

from scrips.rendering import RenderFailed, TemplateInvalid, render, validate
from tests.scrips.rendering_facts import CONTEXT

ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''['__class__'] }}",
    "{{ ''['__cla' ~ 'ss__'] }}",
    "{{ ''|attr('__class__') }}",
    "{{ [1]|map('attr', '__class__')|list }}",
    "{{ [1]|map('#each')|list }}",
    "{{ [ticket]|map(attribute='__class__')|list }}",
    "{{ [ticket]|map(attribute='owner.__class__.__init__')|list }}{{ ticket.__init__ }}",
    "{{ [ticket]|groupby('__class__') }}",
    "{{ [ticket]|sort(attribute='__class__') }}",
    "{{ [ticket]|selectattr('__class__')|list }}",
    "{{ '{0.__class__}'.format(ticket) }}",
    "{{ '{a.__class__}'.format_map({'a': ticket}) }}",
    "{{ '%(a)s' % {'a': ticket} }}",
    "{{ '%r' % actor }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ cycler.__init__.__globals__.os }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ range.__globals__ }}",
    "{% set x = namespace(a=1) %}{{ x.__class__ }}",
    "{% set x = namespace(a=1) %}{{ x._Namespace__attrs }}",
    "{{ nobody.__init__.__globals__ }}",
    "{{ ticket.nope._undefined_obj }}",
    "{{ ticket.nope._undefined_exception.__init__.__globals__ }}",
    "{% for x in [1] %}{{ loop.__init__.__globals__ }}{% endfor %}",
    "{% for x in [1] %}{{ loop._iterable }}{% endfor %}",
    "{% for x in [1] %}{{ loop([1]) }}{% endfor %}",
    "{% for x in [[1]] recursive %}{{ loop(x) }}{% endfor %}",
    "{% macro m() %}{% endmacro %}{{ m._func.__globals__ }}",
    "{% macro m() %}{% endmacro %}{{ m._environment }}",
    "{% macro m() %}{{ caller.__globals__ }}{% endmacro %}{{ m() }}",
    "{% call(x) m() %}{% endcall %}",
    "{{ ''.join._call }}",
    "{{ ''.join.__call__.__self__ }}",
    "{{ ''.join.__init__.__globals__ }}",
    "{{ ticket.__dataclass_fields__ }}",
    "{{ actor._secret }}",
    "{{ actor['_secret'] }}",
    "{{ actor.shout() }}",
    "{{ actor.shout }}",
    "{{ [actor]|map(attribute='_secret')|list }}",
    "{{ now.__reduce__() }}",
    "{{ now.astimezone.__self__ }}",
    "{{ (1).__class__ }}",
    "{{ 1.5.__class__ }}",
    "{{ none.__class__.x.y|upper ~ ticket.__class__ }}",
    "{{ ticket.cf.__class__ }}",
    "{{ ticket.cf.get.__self__ }}",
    "{{ ticket.cf.copy() }}",
    "{{ ticket.cf.update({'a': 1}) }}",
    "{{ [].append(1) }}",
    "{{ 'x'.encode() }}",
    "{{ config }}{{ request }}{{ settings }}",
    "{{ ticket.subject|safe }}",
    "{{ ticket|pprint }}",
    "{{ ticket|xmlattr }}",
    "{% set ticket.subject = 'x' %}",
    "{% set loop = 1 %}",
    "{% autoescape false %}{{ ticket.subject }}{% endautoescape %}",
    "{% filter striptags %}{{ ticket.subject }}{% endfilter %}",
    "{% set x | striptags %}{{ ticket.subject }}{% endset %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% from 'os' import path %}",
    "{% extends 'admin/base.html' %}",
    "{% block x %}{% endblock %}",
    "{{ range(*[1, 2]) }}",
    "{{ ''|replace(**{'a': 1}) }}",
    "{{ 'UTC'|date('%c') }}",
    "{{ now|date('%H', '../../etc/passwd') }}",
]

# Each is refused by its bound, not by the clock of a busy machine: thread time counts work alone.
DOUBLED = "{% set a = [a, a] %}{% set b = [b, b] %}"
GROWING = (
    "{%% set ns = namespace(a=%s) %%}"
    "{%% for i in range(9999) %%}{%% set ns.a = %s %%}{%% endfor %%}{{ ns.a }}"
)
BOMBS = [
    "{{ 'x' * 10**9 }}",
    "{{ 10**9 * 'x' }}",
    "{{ [1] * 10**9 }}",
    "{{ [[1] * 10000] * 10000 }}",
    "{{ 'x'|center(10**9) }}",
    "{{ 'x'.ljust(10**9) }}",
    "{{ 'x'.zfill(10**9) }}",
    "{{ 'x'.expandtabs(10**9) }}",
    "{{ 'x'|indent(10**9) }}",
    "{{ ('\\n' * 50000)|indent('x' * 900) }}",
    "{{ '%10000000d' % 1 }}",
    "{{ '%.10000000f' % 1 }}",
    "{{ '%*d' % (10**8, 1) }}",
    "{{ '%999999999s'|format(1) }}",
    "{{ now|date('%999999999d') }}",
    "{{ 9**(9**9) }}",
    "{{ 9**9**9**9 }}",
    "{{ 10**300 * 10**300 }}",
    "{{ 5|round(-10**9) }}",
    "{{ range(10**12) }}",
    "{{ range(10**12)|list|length }}",
    "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
    "{% for a in range(9999) %}{% for b in range(9999) if false %}{% endfor %}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% macro m(x=m()) %}{% endmacro %}{{ m() }}",
    "{% macro m(n) %}{% if n %}{{ m(n-1) }}{{ m(n-1) }}{% endif %}{% endmacro %}{{ m(18) }}",
    "{% set a = 'x' * 200000 %}{% for i in range(9999) %}{{ a }}{% endfor %}",
    "{% for i in range(9999) %}" + "y" * 60000 + "{% endfor %}",
    "{% macro m() %}"
    + "y" * 60000
    + "{% endmacro %}"
    + "{% for i in range(9999) %}{% set x = m() %}{% endfor %}",
    "{% set a = [1] %}" + "{% set a = [a, a, a, a] %}" * 40 + "{{ a }}",
    "{% set a = [1] %}{% set b = [1] %}" + DOUBLED * 60 + "{{ a == b }}",
    "{% set a = [1] %}{% set b = [1] %}" + DOUBLED * 60 + "{{ a is eq(b) }}",
    GROWING % ("'x'", "ns.a ~ ns.a"),
    GROWING % ("'x'", "ns.a + ns.a"),
    GROWING % ("[]", "[ns.a]"),
    GROWING % ("2", "ns.a * ns.a"),
    "{{ 'x'|replace('', 'y' * 1000)|replace('', 'y' * 1000)|replace('', 'z' * 1000) }}",
    "{{ ('a' * 8000).split('a')|join('b' * 5000) }}",
    "{{ ''.join(['x' * 200000] * 1000) }}",
    "{{ (['x' * 200000] * 1000)|sort }}",
    "{% for a in range(10000) %}{{ ('x' * 1000)|upper|title|wordwrap(1) }}{% endfor %}",
    "{% for a in range(10000) %}{% if ('x' * 9999) in ('x' * 9999 ~ 'y') %}{% endif %}{% endfor %}",
    "{% set a = 'x' * 250000 %}{% set b = ['x' * 250000] * 50 %}" + "{{ (a ~ 'y') in b }}" * 300,
    "{{ " + "(" * 30000 + "1" + ")" * 30000 + " }}",
    "{{ " + "[" * 60000,
    "{{ " + "not " * 15000 + "1 }}",
    "{{ " + "-" * 60000 + "1 }}",
    "{{ 1" + "+1" * 30000 + " }}",
    "{{ 1" + "+1" * 200 + " }}",
    "{{ 1" + " if 1 else 1" * 5000 + " }}",
    "{{ ticket" + "|upper" * 9000 + " }}",
    "{{ ticket" + ".a" * 30000 + " }}",
    "{{ ticket" + "[0]" * 20000 + " }}",
    "{{ ticket" + " and ticket" * 5000 + " }}",
    "{{ ticket" + " ~ 'x'" * 10000 + " }}",
    "{{ ticket" + "()" * 30000 + " }}",
    "{{ " + "1," * 20000 + " }}",
    "{% if 1 %}" * 5000,
    "{% for a in ticket %}" * 30 + "{% endfor %}" * 30,
    "{% if 1 %}x" + "{% elif 1 %}x" * 4000 + "{% endif %}",
    "{{ticket}}" * 6000,
    "{# " * 20000,
    "{$ " * 20000,
    "{$'" * 20000,
    "{{'" * 20000,
    "{{ '" + "\\'" * 30000,
    "{$ '" + "\\'" * 30000,
    "{% raw %}" * 7000,
    "{%" + " " * 65000,
    "{% raw " * 9000,
    "{{ " + "9" * 60000 + " }}",
    "{{ 0x" + "f" * 60000 + " }}",
    "{{ " + "1_" * 30000 + "1 }}",
    "{{ 1e" + "9" * 60000 + " }}",
    "x" * 70000,
    "{{ 'x' }}" + "x" * 70000,
]


def outcome(source: str, *, html: bool) -> str | None:
    """What the template made, or None where validation or rendering refused it."""
    with suppress(TemplateInvalid):
        validate(source, html=html)
    with suppress(RenderFailed):
        return render(source, CONTEXT, html=html)
    return None


@pytest.mark.parametrize("html", [False, True])
@pytest.mark.parametrize("source", ESCAPES)
def test_no_known_escape_reaches_anything(source: str, html: bool) -> None:
    assert outcome(source, html=html) is None


@pytest.mark.parametrize("source", BOMBS, ids=lambda source: source[:60])
def test_no_bomb_goes_off_or_takes_a_second(source: str) -> None:
    start = thread_time()
    made = outcome(source, html=False)
    assert thread_time() - start < 1
    assert made is None


def test_bombs_stay_small_in_memory() -> None:
    def peak(act: Callable[[], object]) -> int:
        tracemalloc.start()
        try:
            act()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    growing = [source for source in BOMBS if len(source) < 300]
    peaks = {source: peak(partial(outcome, source, html=True)) for source in growing}
    assert max(peaks.values()) < 100_000_000


def test_validation_computes_no_constants() -> None:
    for source in ("{{ 9**9**9 }}", "{{ 'x' * 10**9 }}", "{{ 'x'|center(10**9) }}"):
        validate(source)  # valid text; only rendering could know what it comes to


def test_template_of_ordinary_size_is_far_from_every_bound() -> None:
    body = "Hello {{ actor.name }},\n{% for p in ticket.requestors %}{{ p.email }}\n{% endfor %}\n"
    source = body * 60
    validate(source)
    assert render(source, CONTEXT).count("ann@example.com") == 60

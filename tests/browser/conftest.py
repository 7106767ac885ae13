"""A real Chromium at a real server, with everything it complains about."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Condition

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.signals import request_finished, request_started
from django.db import connections
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tessera.accounts.models import User
from tests.conftest import HERE
from tests.environment import make_demo
from tests.people import administrator
from tickets.access import Actor
from tickets.models import Queue

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "correct horse"
# What never comes is waited for so long, and what a busy machine brings late is late.
_PATIENCE_S = 30
expect.set_options(timeout=_PATIENCE_S * 1000)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_HEARS_VIOLATIONS = (
    "window.violations = [];"
    "addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective));"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)


# Preloading would fetch the style sheets anew by ways that the policy forbids; what passes is told of in as many words
# as what fails, unless one asks for the failures.
_AXE = {"preload": False, "resultTypes": ["violations"]}


@dataclass
class Visit:
    """A page, and what went wrong on it so far. Paths are those of the site."""

    page: Page
    site: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str, *, idle: bool = True) -> None:
        """Go there and wait until nothing more is loaded; unless `idle`, until all that the page names is (`faults`
        waits for the rest)."""
        self.page.goto(self.site + path)
        if idle:
            self.page.wait_for_load_state("networkidle")

    def log_in(self, username: str = "root") -> None:
        """As a person does."""
        self.open("/login")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.submit("Log in")

    def submit(self, name: str) -> None:
        """Press the button of that name, and wait until all is there that it leads to."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).press("Enter")
        self.page.wait_for_load_state("networkidle")

    def faults(self) -> list[str]:
        """What a person, a screen reader, the policy or the console would object to here, once the page is at rest."""
        self.page.evaluate(_AT_REST)
        found = [*self.complaints, *self.page.evaluate("violations"), *self.sideways()]
        self.complaints.clear()
        answer = Axe().run(self.page, options=_AXE)
        found += [
            f"{each['id']}: {[node['target'] for node in each['nodes']]}"
            for each in answer.response["violations"]
            if each["impact"] in {"serious", "critical"}
        ]
        self.complaints.clear()  # its own
        return found

    def sideways(self, width: int | None = None) -> list[str]:
        """By how much the page is wider than the window, as it is or at that width."""
        if width is not None:
            self.page.set_viewport_size({"width": width, "height": 900})
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return [f"{wide} px wider than the window"] if wide > 0 else []


# What is being asked for anew is dimmed meanwhile, and asked for only after a pause.
_AT_REST = """async () => {
    const busy = () => document.querySelector('.htmx-request, [aria-busy="true"]') !== null
        || document.getAnimations().some((each) => each.playState === 'running');
    const pause = document.querySelector('[hx-trigger*="delay"]') ? 400 : 0;
    const ends = performance.now() + 30000;
    let rests = performance.now();
    while (busy() || performance.now() - rests < pause) {
        if (performance.now() > ends) throw new Error('the page does not come to rest');
        if (busy()) rests = performance.now();
        await new Promise(requestAnimationFrame);
    }
}"""

Open = Callable[[int, str], Visit]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Ended with the module: its event loop would be in the way of tests that run one of their own."""
    path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium found; on Debian and Ubuntu: apt-get install chromium")
    # Playwright's loop runs in this thread, and Django takes its tests for asynchronous code, which has connections of
    # its own: those from before would be cut off by a database that is put in the place of theirs.
    connections.close_all()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
        connections.close_all()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@dataclass(frozen=True)
class Demo:
    """Brightwell as `tessera demo` leaves it, in few tickets: its administrator, and the queue IT Support."""

    admin: Actor
    support: Queue


@pytest.fixture
def _answered(live_server: LiveServer) -> Iterator[None]:
    """What a window asked for as it was closed is answered before the tables are emptied: each would wait for the
    other's locks."""
    changed = Condition()
    under_way = 0

    def count(by: int) -> None:
        nonlocal under_way
        with changed:
            under_way += by
            changed.notify_all()

    def begun(**_given: object) -> None:
        count(1)

    def ended(**_given: object) -> None:
        count(-1)

    request_started.connect(begun)
    request_finished.connect(ended)
    yield
    with changed:
        assert changed.wait_for(lambda: under_way <= 0, _PATIENCE_S)
    request_started.disconnect(begun)
    request_finished.disconnect(ended)


@pytest.fixture
def demo(live_server: LiveServer, db: None) -> Demo:
    """A fresh demo instead of the furnished office."""
    make_demo(HERE)
    root = administrator("root", email="root@example.com", first_name="Root")
    return Demo(Actor.of(root), Queue.objects.get(name="IT Support"))


@pytest.fixture
def visit(
    request: pytest.FixtureRequest, chromium: Browser, live_server: LiveServer, _answered: None
) -> Iterator[Open]:
    """Opens a window of that width in that theme, at the administrator `root` of the furnished office, or of a fresh
    demo if the test names one."""
    request.getfixturevalue("demo" if "demo" in request.fixturenames else "office")
    root = User.objects.get(username="root")
    root.set_password(PASSWORD)
    root.save()
    contexts = []

    def open_window(width: int, theme: str) -> Visit:
        context = chromium.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        context.add_init_script(_HEARS_VIOLATIONS)
        context.add_init_script(
            "if (self === top) "
            f"localStorage.getItem('tessera.theme') ?? localStorage.setItem('tessera.theme', '{theme}')"
        )
        made = Visit(context.new_page(), live_server.url)

        def heard(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                made.complaints.append(message.text)

        def answered(response: Response) -> None:
            if response.status >= 400:
                made.complaints.append(f"{response.status} {response.url}")

        made.page.on("console", heard)
        made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
        made.page.on("response", answered)
        return made

    yield open_window
    for context in contexts:
        context.close()

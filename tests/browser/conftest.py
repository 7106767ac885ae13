"""A real Chromium at a real server, with everything it complains about."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tessera.accounts.models import User
from tests.office import Office

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


@dataclass
class Visit:
    """A page, and what went wrong on it so far. Paths are those of the site."""

    page: Page
    site: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go there and wait until nothing more is loaded."""
        self.page.goto(self.site + path)
        self.page.wait_for_load_state("networkidle")

    def log_in(self, username: str = "root") -> None:
        """As a person does."""
        self.open("/login")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_load_state("networkidle")

    def faults(self) -> list[str]:
        """What a person, a screen reader, the policy or the console would object to here, once the page is at rest."""
        self.page.evaluate(_AT_REST)
        found = [*self.complaints, *self.page.evaluate("violations"), *self._sideways()]
        self.complaints.clear()
        # It would load the style sheets anew by ways that the policy forbids.
        answer = Axe().run(self.page, options={"preload": False})
        found += [
            f"{each['id']}: {[node['target'] for node in each['nodes']]}"
            for each in answer.response["violations"]
            if each["impact"] in {"serious", "critical"}
        ]
        self.complaints.clear()  # its own
        return found

    def _sideways(self) -> list[str]:
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return [f"{wide} px wider than the window"] if wide > 0 else []


# What is being asked for anew is dimmed meanwhile, and asked for only after a pause.
_AT_REST = """async () => {
    const busy = () => document.querySelector('.htmx-request, [aria-busy="true"]') !== null
        || document.getAnimations().some((each) => each.playState === 'running');
    const pause = document.querySelector('[hx-trigger*="delay"]') ? 400 : 0;
    const ends = performance.now() + 10000;
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
    # Playwright's loop runs in this thread, and Django takes its tests for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def visit(chromium: Browser, live_server: LiveServer, office: Office) -> Iterator[Open]:
    """Opens a window of that width in that theme, at the site's administrator `root`."""
    root = User.objects.get(username="root")
    root.set_password(PASSWORD)
    root.save()
    contexts = []

    def open_window(width: int, theme: str) -> Visit:
        context = chromium.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        context.add_init_script(_HEARS_VIOLATIONS)
        context.add_init_script(
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

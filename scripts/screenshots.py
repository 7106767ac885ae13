"""Makes the pictures of the documentation from a running Tessera with demo data.

    TESSERA_ADMIN_PASSWORD=… .venv/bin/python scripts/screenshots.py http://127.0.0.1:8000 [NAME …]

NAMEs are those of pictures, all of them without. For the portal one customer of the demo gets a password: take them
of a demo that nobody needs. Needs Chromium and the packages of the tests.
"""

import io
import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_WIDTH, _HEIGHT, _SCALE = 1280, 800, 1.25
_COLOURS = 96
_LARGEST = 150_000  # bytes of a picture: it lies in the repository
_ANSWER = """Hi,

this is done now. Please try it, and answer this mail if anything is left."""
_QUERY = "Status = '__Active__' AND Priority >= 40 AND Owner = Nobody"
_CUSTOMER = "paulo.teixeira"


@dataclass(frozen=True)
class Site:
    """A browser at a Tessera, logged in as the administrator."""

    browser: Browser
    url: str
    page: Page

    def open(self, path: str) -> None:
        """Go there, or end."""
        _open(self.page, self.url + path)

    def asked(self, path: str) -> Any:
        """What the API answers."""
        return self.page.request.get(self.url + path).json()

    def found(self, path: str, name: str) -> int:
        """The id of what has that name in a list of the API."""
        rows = self.asked(f"{path}?page_size=100")["results"]
        number: int = next(row["id"] for row in rows if name in (row.get("name"), row.get("key")))
        return number


def _ticket(site: Site) -> Page:
    page = site.page
    page.set_viewport_size({"width": 1440, "height": 900})
    site.open("/search?q=Status = open AND Queue = 'IT Support' AND Owner != Nobody")
    page.locator(".list tbody th a").first.click()
    page.get_by_label("Your message").fill(_ANSWER)
    page.locator("#then").get_by_text("Resolve", exact=True).click()
    page.locator("#happen .fresh:not(:empty)").wait_for()
    return page


def _inbox(site: Site) -> Page:
    site.open("/")
    return site.page


def _search(site: Site) -> Page:
    site.open(f"/search?q={_QUERY}")
    box = site.page.locator("#q")
    box.press("End")
    box.press_sequentially(" AND Que")
    site.page.locator("[role=listbox] [role=option]").first.wait_for()
    return site.page


def _new(site: Site) -> Page:
    page = site.page
    site.open(f"/tickets/new?queue={site.found('/api/queues', 'IT Support')}")
    page.get_by_role("combobox", name="Requestor").fill("rosa.delgado@brightwell.example")
    page.get_by_label("Subject").fill("The projector in Vasa shows nothing")
    page.get_by_label("Message").fill("There is a meeting in it at two.")
    page.locator("#happen .fresh:not(:empty)").wait_for()
    return page


def _portal(site: Site) -> Page:
    """As the customer sees it, who gets a password for that."""
    rows = site.asked("/api/users?page_size=100")["results"]
    number = next(row["id"] for row in rows if row["username"] == _CUSTOMER)
    password = secrets.token_urlsafe(16)
    site.open(f"/admin/accounts/user/{number}/password/")
    for name in ("password1", "password2"):
        site.page.locator(f"input[name={name}]").fill(password)
    site.page.locator("input[type=submit]").first.click()
    site.page.wait_for_load_state("networkidle")
    page = _logged_in(site.browser, site.url, _CUSTOMER, password)
    _open(page, f"{site.url}/portal/")
    page.locator(".requests a", has_text="Answered").first.click()
    return page


def _reports(site: Site) -> Page:
    site.open("/reports/?by=queue")
    return site.page


def _rule(site: Site) -> Page:
    page = site.page
    page.set_viewport_size({"width": _WIDTH, "height": 1350})
    number = site.found("/api/scrips", "Tell the requestor that it is resolved")
    site.open(f"/admin/scrips/scrip/{number}/change/")
    page.locator("#b-try").click()
    page.locator(".offers button").first.click()
    page.get_by_text("It would act", exact=True).wait_for()
    page.get_by_role("button", name="30 days").click()
    page.get_by_role("img", name=re.compile("Matches by day")).wait_for()
    return page


def _template(site: Site) -> Page:
    site.page.set_viewport_size({"width": _WIDTH, "height": 1100})
    number = site.found("/api/templates", "Resolved")
    site.open(f"/admin/scrips/template/{number}/change/")
    with site.page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        site.page.locator(".offers button").last.click()
    answer.value.finished()
    return site.page


def _lifecycle(site: Site) -> Page:
    page = site.page
    site.open(f"/admin/lifecycles/lifecycle/{site.found('/api/lifecycles', 'incident')}/change/")
    return page


def _field(site: Site) -> Page:
    number = site.found("/api/custom-fields", "severity")
    site.open(f"/admin/customfields/customfield/{number}/change/")
    return site.page


def _deliveries(site: Site) -> Page:
    site.open("/admin/scrips/delivery/")
    return site.page


def _why(site: Site) -> Page:
    """The chain of what one act set off."""
    site.open("/search?q=Status = resolved AND Queue = 'IT Support'")
    site.page.locator(".list tbody th a").first.click()
    asked = site.page.get_by_role("link", name="Why, and why not: changed the status")
    site.open(asked.first.get_attribute("href") or "")
    return site.page


def _dashboard(site: Site) -> Page:
    site.open("/admin/")
    return site.page


def _configuration(site: Site) -> Page:
    """The plan of a file in which a few things are otherwise."""
    page = site.page
    exported = page.request.get(f"{site.url}/admin/configuration/export").text()
    changed = exported.replace("we believe that this is done", "this is done, as we see it")
    site.open("/admin/configuration")
    page.locator("textarea").first.fill(changed)
    page.get_by_role("button", name="Show what would change").click()
    page.wait_for_load_state("networkidle")
    return page


_PICTURES: dict[str, Callable[[Site], Page]] = {
    "ticket": _ticket,
    "inbox": _inbox,
    "search": _search,
    "new-ticket": _new,
    "portal": _portal,
    "reports": _reports,
    "rule": _rule,
    "template": _template,
    "lifecycle": _lifecycle,
    "custom-field": _field,
    "deliveries": _deliveries,
    "why": _why,
    "dashboard": _dashboard,
    "configuration": _configuration,
}


def main(url: str, *names: str) -> None:
    """Log in as the administrator and take the pictures."""
    if unknown := set(names) - set(_PICTURES):
        sys.exit(f"There is no picture {', '.join(sorted(unknown))}.")
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = _browser(playwright)
        password = os.environ["TESSERA_ADMIN_PASSWORD"]
        for name in names or _PICTURES:
            site = Site(browser, url, _logged_in(browser, url, "admin", password))
            _keep(name, _PICTURES[name](site))
            site.page.context.close()
        browser.close()


def _browser(playwright: Playwright) -> Browser:
    chromium = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if chromium is None:
        sys.exit("Chromium is not installed.")
    return playwright.chromium.launch(
        executable_path=chromium, args=["--no-sandbox", "--lang=en-GB"]
    )


def _logged_in(browser: Browser, url: str, username: str, password: str) -> Page:
    page = browser.new_page(
        viewport={"width": _WIDTH, "height": _HEIGHT},
        device_scale_factor=_SCALE,
        color_scheme="light",
        reduced_motion="reduce",
        locale="en-GB",
    )
    page.goto(f"{url}/login")
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda found: "/login" not in found)
    return page


def _open(page: Page, address: str) -> None:
    answer = page.goto(address, wait_until="networkidle")
    if answer is None or not answer.ok:
        sys.exit(f"{address} did not answer with a page.")


def _keep(name: str, page: Page) -> None:
    """One picture of the page's beginning, when its fonts are there, in few colours."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    page.evaluate("scrollTo(0, 0)")
    taken = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    made = io.BytesIO()
    taken.quantize(_COLOURS, dither=Image.Dither.NONE).save(made, "PNG", optimize=True)
    picture = made.getvalue()
    if len(picture) > _LARGEST:
        sys.exit(f"{name} has {len(picture):,} bytes: more than may lie in the repository.")
    (IMAGES / f"{name}.png").write_bytes(picture)
    sys.stdout.write(f"docs/images/{name}.png: {len(picture):,} bytes\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

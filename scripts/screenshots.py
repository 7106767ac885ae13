"""Makes the picture of the README from a running Tessera with demo data.

    TESSERA_ADMIN_PASSWORD=… .venv/bin/python scripts/screenshots.py http://127.0.0.1:8000 [TKT-0042]

The ticket is the one that the picture shows; without it, the first of the list. Needs
Chromium and the packages of the tests.
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_WIDTH, _HEIGHT = 1440, 900
_ANSWER = """Hi,

the driver on that machine was too old for the new access points. I have put the current one on it: please try again."""
_LARGEST = 300_000  # bytes of a picture: it lies in the repository


def main(url: str, ticket: str = "") -> None:
    """Log in as the administrator and take the picture."""
    chromium = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if chromium is None:
        sys.exit("Chromium is not installed.")
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = _logged_in(browser, url)
        key = ticket or _first_ticket(page, url)
        _take(page, f"{url}/tickets/{key}", "ticket.png")
        browser.close()


def _logged_in(browser: Browser, url: str) -> Page:
    page = browser.new_page(
        viewport={"width": _WIDTH, "height": _HEIGHT},
        device_scale_factor=1.4,
        color_scheme="light",
        reduced_motion="reduce",
        locale="en-GB",
    )
    page.goto(f"{url}/login")
    page.locator("input[name=username]").fill("admin")
    page.locator("input[name=password]").fill(os.environ["TESSERA_ADMIN_PASSWORD"])
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(f"{url}/")
    return page


def _first_ticket(page: Page, url: str) -> str:
    answer = page.request.get(f"{url}/api/tickets?page_size=1").json()
    key: str = answer["results"][0]["key"]
    return key


def _take(page: Page, address: str, name: str) -> None:
    """One picture of the page's beginning, when its fonts are there."""
    answer = page.goto(address, wait_until="networkidle")
    if answer is None or not answer.ok:
        sys.exit(f"{address} did not answer with a page.")
    page.evaluate("document.fonts.ready")
    page.get_by_label("Your message").fill(_ANSWER)
    page.locator("#then").get_by_text("Resolve", exact=True).click()
    page.locator("#happen .fresh:not(:empty)").wait_for()
    page.wait_for_load_state("networkidle")
    picture = page.screenshot()
    if len(picture) > _LARGEST:
        sys.exit(
            f"{name} has {len(picture):,} bytes; at most {_LARGEST:,} may lie in the repository."
        )
    (IMAGES / name).write_bytes(picture)
    sys.stdout.write(f"docs/images/{name}: {len(picture):,} bytes\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])

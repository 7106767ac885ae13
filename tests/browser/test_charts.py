"""Charts before small screens."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Demo, Open

# What is too small on the screen, and what lies upon another.
_FAULTS = """() => [...document.querySelectorAll('.chart > svg')].flatMap((svg) => {
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    const texts = [...svg.querySelectorAll('text')].filter((each) => each.getClientRects().length);
    const boxes = texts.map((each) => each.getBoundingClientRect());
    const meet = (a, b) => a.left < b.right && b.left < a.right && a.top + 2 < b.bottom && b.top + 2 < a.bottom;
    return [
        ...texts.filter((each) => parseFloat(getComputedStyle(each).fontSize) * scale < 10),
        ...texts.filter((_, at) => boxes.some((other, to) => to !== at && meet(boxes[at], other))),
    ].map((each) => each.textContent);
})"""


@pytest.mark.parametrize("path", ["/reports/", "/admin/"])
def test_letters_of_charts_can_be_read_on_a_telephone(visit: Open, demo: Demo, path: str) -> None:
    window = visit(360, "light")
    window.log_in()
    window.open(path)
    expect(window.page.locator(".chart > svg text").first).to_be_visible()

    assert window.page.evaluate(_FAULTS) == []
    assert window.sideways() == []

"""Charts: where marks stand, and what the table below says."""

import pytest

from tessera.lib import charts
from tessera.lib.charts import Series, Words

WORDS = Words(key="k", title="Tickets", told="many", head="Day")


def test_few_of_one_series_are_tiles_one_for_each() -> None:
    chart = charts.columns(["a", "b"], [Series("n", [2, 0])], WORDS)

    assert [mark.told for mark in chart.marks] == ["a: 2 n", "a: 2 n"]
    first, second = chart.marks
    assert (first.x, first.height) == (second.x, second.height)
    assert second.y < first.y


def test_several_series_stand_upon_each_other_up_to_their_sum() -> None:
    chart = charts.columns(["a"], [Series("n", [30]), Series("m", [10])], WORDS)

    lower, upper = chart.marks
    assert upper.y + upper.height == pytest.approx(lower.y, abs=0.2)
    assert lower.y + lower.height == pytest.approx(chart.bottom, abs=0.2)
    assert lower.height == pytest.approx(3 * upper.height, abs=0.3)


@pytest.mark.parametrize("values", [[0], [1], [2, 7], [9, 10], [11], [999, 3], [1_000_000]])
def test_nothing_stands_above_the_drawing_and_levels_are_whole_and_climb(values: list[int]) -> None:
    chart = charts.columns([str(n) for n in values], [Series("n", values)], WORDS)

    assert all(mark.y >= 0 and mark.height > 0 for mark in chart.marks)
    heights = [int(level.text.replace(",", "")) for level in chart.levels]
    assert heights == sorted(set(heights))
    assert 1 <= len(heights) <= 4
    assert heights[-1] >= 0.9 * max(values)


def test_a_line_goes_through_each_number() -> None:
    chart = charts.lines(["a", "b"], [Series("n", [0, 4]), Series("m", [4, 0])], WORDS)

    first, second = chart.lines
    assert [dot.y for dot in first.dots] == [dot.y for dot in second.dots][::-1]
    assert first.dots[0].y == chart.bottom
    assert first.points == " ".join(f"{dot.x},{dot.y}" for dot in first.dots)


def test_lying_bars_follow_each_other_and_long_names_are_cut() -> None:
    name = "A queue with a very long name indeed"
    chart = charts.across([name, "b"], [Series("n", [3, 1]), Series("m", [2, 0])], WORDS)

    first, second, other = chart.marks
    assert first.x < second.x == pytest.approx(first.x + first.width + 1, abs=0.2)
    assert other.y > first.y
    assert chart.places[0].text == "A queue with a very long …"
    assert [level.text for level in chart.levels] == ["5", "1"]
    assert max(mark.x + mark.width for mark in chart.marks) <= charts.WIDTH


def test_what_is_read_may_have_a_unit_and_names_stand_above() -> None:
    series = [Series("median", [60, 0], texts=["1 min", "–"]), Series("most", [60, 30])]
    chart = charts.across(["a", "b"], series, WORDS, ends=["1 min of 2", "30 s"])

    assert [mark.told for mark in chart.marks] == ["a: 1 min median", "a: 60 most", "b: 30 most"]
    assert [level.text for level in chart.levels] == ["1 min of 2", "30 s"]
    assert [mark.x for mark in chart.marks if mark.series == 0] == [0]
    for place, mark in zip(chart.places, (chart.marks[0], chart.marks[2]), strict=True):
        assert place.at < mark.y < mark.y + mark.height < chart.height


def test_points_of_many_days_are_too_near_to_be_drawn() -> None:
    def dense(days: int) -> bool:
        return charts.lines(["x"] * days, [Series("n", [1] * days)], WORDS).dense

    assert [dense(days) for days in (14, 45, 46, 366)] == [False, False, True, True]


def test_the_table_leaves_zeros_out_and_may_begin_with_the_newest() -> None:
    series = [Series("n", [1, 0, 2], ["/a", "/b", "/c"]), Series("m", [0, 0, 5])]
    chart = charts.lines(["a", "b", "c"], series, WORDS, newest_first=True)

    assert chart.rows == [("c", [(2, "/c"), (5, "")]), ("a", [(1, "/a"), (0, "")])]
    assert chart.total == 8


@pytest.mark.parametrize("draw", [charts.columns, charts.lines, charts.across])
def test_nothing_can_be_drawn(draw: object) -> None:
    assert callable(draw)
    chart = draw([], [Series("n", [])], WORDS)
    assert (chart.total, chart.rows) == (0, [])

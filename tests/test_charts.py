"""Charts show what is in them, in any width; curves tell a right derivative from a wrong one."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import REPEATABLE

from adcli.charts import Chart, Curve, svg_chart, text_chart
from adcli.check.curves import guides, remainder_curve, v_curve
from adcli.contexts.mp import MpContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from adcli.check.curves import Line

EPS = 2.0**-53
SVG = "{http://www.w3.org/2000/svg}"
FALLING = Curve("falling", ((-4.0, 0.0), (-2.0, -4.0), (0.0, -8.0)))


def chart(*curves: Curve, notes: tuple[str, ...] = ()) -> Chart:
    return Chart("a title", "step", "error", curves, notes)


def columns(line: str) -> int:
    wide = {"W": 2, "F": 2}
    return sum(0 if unicodedata.combining(c) else wide.get(unicodedata.east_asian_width(c), 1) for c in line)


# -- the terminal


def test_a_small_chart_is_drawn_like_this() -> None:
    curves = (FALLING, Curve("exact", ((-4.0, -math.inf), (-2.0, -2.0))), Curve("best", ((-1.0, -6.0),)))
    expected = """\
a title
error
    1e+00 +o
          |
    1e-02 +            x
          |
    1e-04 +            o
          |
    1e-06 +                  *
          |
    1e-08 +                        o
exact (0) +x
          ++-----------+-----------+
         1e-04       1e-02       1e+00
                     step
o falling   x exact   * best
as it should be""".splitlines()
    text = text_chart(chart(*curves, notes=("as it should be",)), 38, 9, unicode=False)
    assert text.splitlines() == expected


def test_unicode_marks_differ_from_curve_to_curve() -> None:
    above = Curve("above", tuple((x, y + 1) for x, y in FALLING.points))
    text = text_chart(chart(FALLING, above, Curve("best", ((-1.0, -3.0),))))
    assert text.splitlines()[-1] == "● falling   ○ above   ★ best"
    assert [text.count(mark) for mark in "●○★"] == [4, 4, 2]


def test_curves_that_coincide_take_turns() -> None:
    points = tuple((-k / 10, -k / 10) for k in range(60))
    body = text_chart(chart(Curve("one", points), Curve("two", points))).rpartition("● one")[0]
    assert body.count("●") >= 20
    assert body.count("○") >= 20


def test_a_guide_is_cut_off_where_the_data_end_and_hides_nothing() -> None:
    steep = Curve("slope 40", ((-4.0, -160.0), (0.0, 0.0)), guide=True)
    over = Curve("slope -2", FALLING.points, guide=True)
    text = text_chart(chart(FALLING, steep, over), unicode=False)
    rows = text.splitlines()
    assert rows[19].startswith("1e-08 +")
    assert rows[20].startswith("      ++---")  # and the chart ends there
    assert [sum(mark in row for row in rows[2:20]) for mark in "o."] == [3, 3]
    assert rows[-1] == "o falling   . slope 40   : slope -2"


def test_a_guide_stays_out_of_the_row_of_what_is_exact() -> None:
    exact = Curve("exact", ((-9.0, -math.inf), (-4.0, -math.inf)))
    guide = Curve("slope 0.1", ((-9.0, -8.5), (0.0, -7.6)), guide=True)
    rows = text_chart(chart(FALLING, exact, guide), unicode=False).splitlines()
    floor, ticks = rows[20], rows[22]
    assert floor.startswith("exact (0) +x ")
    assert "." not in floor
    assert any("." in row for row in rows[2:20])
    assert ticks.index("1e-08") == 15  # the axis has room for what is exact


def test_what_is_not_finite_is_left_out_and_counted() -> None:
    gaps = Curve("gaps", ((-3.0, math.nan), (-2.0, math.inf), (-1.0, -1.0), (0.0, -2.0)))
    text = text_chart(chart(gaps), unicode=False)
    assert text.splitlines()[-1] == "not finite, and not drawn: 2 of 4 points"
    assert text.count("o\n") + text.count("o ") == 3


@pytest.mark.parametrize(
    ("y", "why"), [(-math.inf, "every point is exactly 0"), (math.nan, "no point is finite")], ids=["zero", "nan"]
)
def test_a_chart_without_points_says_so_in_words(y: float, why: str) -> None:
    empty = chart(Curve("empty", ((-1.0, y), (0.0, y))), Curve("slope 1", ((-1.0, 0.0), (0.0, 1.0)), guide=True))
    for text in (text_chart(empty), svg_chart([empty])):
        assert f"nothing to draw: {why}" in text
        assert "1e+00" not in text


def test_numbers_beyond_floats_have_their_place() -> None:
    text = text_chart(chart(Curve("tiny", ((-4343.0, -8686.0), (-4000.0, -8000.0)))), unicode=False)
    assert "1e-8000 +" in text
    assert "1e-4000" in text


def test_a_narrow_screen_is_told_in_words() -> None:
    assert "18 columns are too\nfew for a chart" in text_chart(chart(FALLING), 18)


def test_control_characters_reach_neither_terminal_nor_file() -> None:
    evil = Chart("\x1b[31m", "\x00", "\u202e", (Curve("\x07", FALLING.points),), ("\x9b",))
    for text in (text_chart(evil), text_chart(evil, unicode=False), svg_chart([evil])):
        assert all(c.isprintable() or c == "\n" for c in text)
        assert "\\x1b[31m" in text


_sizes = st.sampled_from([1.0, 30.0, 9000.0])
_coordinates = st.builds(lambda size, share: size * share, _sizes, st.floats(-1, 1))
_heights = st.one_of(_coordinates, _coordinates, st.sampled_from([math.inf, -math.inf, math.nan]))
_texts = st.one_of(st.text(max_size=90), st.sampled_from(["漢字 " * 30, "word " * 30, "x" * 300]))
_points = st.lists(st.tuples(_coordinates, _heights), max_size=12).map(tuple)
_curves = st.lists(st.builds(Curve, _texts, _points, st.booleans()), max_size=10).map(tuple)
_charts = st.builds(Chart, _texts, _texts, _texts, _curves, st.lists(_texts, max_size=2).map(tuple))


@REPEATABLE
@given(_charts, st.integers(12, 120), st.integers(1, 40))
def test_no_line_is_wider_than_the_screen(drawn: Chart, width: int, height: int) -> None:
    for unicode in (True, False):
        text = text_chart(drawn, width, height, unicode=unicode)
        assert max(map(columns, text.split("\n"))) <= width
        assert unicode or text.isascii()


# -- SVG


def texts(document: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(document).iter(f"{SVG}text")]  # noqa: S314


def test_svg_escapes_what_xml_reads_as_markup() -> None:
    label = '<b>&amp;"quoted" ]]>'
    found = texts(svg_chart([Chart(label, label, label, (Curve(label, FALLING.points),), (label,))]))
    assert found.count(label) == 5


@REPEATABLE
@given(st.lists(_charts, max_size=3))
@pytest.mark.usefixtures("untraced")
def test_every_chart_is_xml_on_the_page_and_the_same_twice(drawn: list[Chart]) -> None:
    document = svg_chart(drawn)
    root = ET.fromstring(document)  # noqa: S314
    height = float(root.attrib["height"])
    assert all(0 < float(element.attrib["y"]) < height for element in root.iter(f"{SVG}text"))
    assert document == svg_chart(drawn)


def test_svg_needs_nothing_from_elsewhere() -> None:
    document = svg_chart([chart(FALLING)])
    assert document.count("http") == 1  # the name of SVG itself
    assert not any(word in document for word in ("<script", "<image", "@import", "url(", "href"))


def test_svg_draws_a_line_through_each_stretch_and_a_mark_on_each_point() -> None:
    split = Curve(
        "split", ((-4.0, -1.0), (-3.0, -2.0), (-2.0, math.nan), (-1.0, -3.0), (0.0, -4.0), (1.0, -math.inf), (2.0, 0.0))
    )
    paths = [e.attrib for e in ET.fromstring(svg_chart([chart(split)])).iter(f"{SVG}path")]  # noqa: S314
    blue = [p for p in paths if "#0b7fc4" in p.get("stroke", "") + p["fill" if "fill" in p else "d"]]
    line, marks = blue[0]["d"], blue[1]["d"]
    assert (line.count("M"), line.count("L")) == (2, 2)
    assert marks.count("M") == 6
    assert "exact (0)" in texts(svg_chart([chart(split)]))


def test_svg_guides_are_dashed_and_cut_off_by_a_viewport() -> None:
    guide = Curve("slope 40", ((-4.0, -160.0), (0.0, 0.0)), guide=True)
    root = ET.fromstring(svg_chart([chart(FALLING, guide)]))  # noqa: S314
    inner = root.find(f"{SVG}svg")
    assert inner is not None
    assert [path.attrib["stroke-dasharray"] for path in inner] == ["7 4"]
    assert len(root.findall(f"{SVG}path[@stroke-dasharray]")) == 1  # its sample in the legend


# -- the curves of the checker


def line(f: Callable[[Any], Any], x: Any) -> Line:
    return lambda t: [0.0, f(x + t)]


def lowest(curve: Curve) -> tuple[float, float]:
    return min(curve.drawn(), key=lambda point: point[1])


def test_the_v_of_exp_has_its_bottom_where_rounding_meets_truncation() -> None:
    forward, central, chosen = v_curve(line(math.exp, 1.0), 1, math.e, scale=1.0, eps=EPS, label="dy/dx")
    assert [curve.label.partition(": ")[0] for curve in (forward, central, chosen)] == ["dy/dx"] * 3
    assert [x for x, _ in forward.points] == pytest.approx([-k / 2 for k in range(33)])
    (h, error), (central_h, central_error) = lowest(forward), lowest(central)
    assert (h, error) == (pytest.approx(-8, abs=1), pytest.approx(-8, abs=1))
    assert (central_h, central_error) == (pytest.approx(-5.5, abs=1.5), pytest.approx(-10.5, abs=1))
    assert chosen.points[0] == (pytest.approx(central_h, abs=1.5), pytest.approx(central_error, abs=1))


def test_the_v_of_a_wrong_derivative_has_no_bottom() -> None:
    curves = v_curve(line(math.exp, 1.0), 1, math.e + 1e-3, scale=1.0, eps=EPS, label="")
    _, central, chosen = curves
    assert lowest(central)[1] > -3.5  # not -10: rounding may pass it by a little
    assert chosen.points[0][1] == pytest.approx(-3, abs=0.01)
    assert curves[0].label == "forward difference"


def test_the_v_reaches_as_deep_as_the_digits() -> None:
    m = MpContext(50)
    curves = v_curve(line(m.exp, m.number(1)), 1, m.exp(m.number(1)), scale=1.0, eps=m.epsilon, label="")
    assert [lowest(curve)[1] for curve in curves] == pytest.approx([-32, -43, -43], abs=2.5)
    assert len(curves[0].points) == 33


def test_steps_too_small_for_a_float_are_drawn() -> None:
    m = MpContext(30)
    scale = m.number(10) ** -4343
    _, central, _ = v_curve(line(m.sin, m.number(0)), 1, m.number(1), scale=scale, eps=m.epsilon, label="")
    assert central.points[0][0] == pytest.approx(-4343)


def test_steps_that_underflow_are_left_out() -> None:
    curves = v_curve(line(math.sin, 0.0), 1, 1.0, scale=1e-320, eps=EPS, label="")
    remainder, _ = remainder_curve(line(math.sin, 0.0), 1, 0.5, scale=1e-320, eps=EPS, label="")
    assert all(x > -324 for curve in (*curves, remainder) for x, _ in curve.points)
    assert 0 < len(curves[0].points) < 10


STEEPNESS: list[tuple[str, Callable[[float], float], float, float, float | None]] = [
    ("sin, right", math.sin, 1.0, math.cos(1.0), 2),
    ("sin, wrong", math.sin, 1.0, 0.5, 1),
    ("sin, wrong by a millionth", math.sin, 1.0, math.cos(1.0) * (1 + 1e-5), 1),
    ("sin, right where it does not bend", math.sin, 0.0, 1.0, 3),
    ("a fast wave, right", lambda x: math.sin(100 * x), 1.0, 100 * math.cos(100), 2),
    ("a fast wave, wrong", lambda x: math.sin(100 * x), 1.0, 0.0, 1),
    ("half the digits lost, right", lambda x: (1e8 + x * x) - 1e8, 1.0, 2.0, 2),
    ("half the digits lost, wrong", lambda x: (1e8 + x * x) - 1e8, 1.0, 1.9, 1),
    ("near the end of the domain, right", math.log, 1e-3, 1e3, 2),
    ("large values, right", lambda x: 1e12 * x * x, 1.3, 2.6e12, 2),
    ("six decimals, right", lambda x: round(math.sin(x), 6), 1.0, math.cos(1.0), 2),
    ("six decimals, wrong", lambda x: round(math.sin(x), 6), 1.0, 0.1, 1),
    ("a kink, either slope", abs, 0.0, 0.0, 1),
    ("a jump", lambda x: float(x > 0), 0.0, 1.0, 0),
    ("the end of a domain", math.sqrt, 0.0, 1.0, 0.5),
    ("linear, right", lambda x: 3 * x + 2, 1.3, 3.0, None),
    ("linear, wrong", lambda x: 3 * x + 2, 1.3, 2.0, 1),
    ("constant, right", lambda x: 2.0, 1.3, 0.0, None),
]


@pytest.mark.parametrize(("name", "f", "x", "slope", "expected"), STEEPNESS, ids=[row[0] for row in STEEPNESS])
def test_the_remainder_is_as_steep_as_the_derivative_is_right(
    name: str, f: Callable[[float], float], x: float, slope: float, expected: float | None
) -> None:
    curve, steepness = remainder_curve(line(f, x), 1, slope, scale=1.0, eps=EPS, label=name)
    assert curve.label == name
    assert [round(x, 3) for x, _ in curve.points[:3]] == [0, -0.301, -0.602]
    assert steepness == (None if expected is None else pytest.approx(expected, abs=0.1))


def test_the_remainder_of_high_precision_goes_deeper_at_the_same_cost() -> None:
    m = MpContext(200)
    x = m.number(1)
    right, steepness = remainder_curve(line(m.sin, x), 1, m.cos(x), scale=1.0, eps=m.epsilon, label="")
    _, wrong = remainder_curve(line(m.sin, x), 1, m.cos(x) + m.number(10) ** -60, scale=1.0, eps=m.epsilon, label="")
    assert (steepness, wrong) == (pytest.approx(2, abs=0.1), pytest.approx(1, abs=0.1))
    assert lowest(right)[1] < -200
    assert len(right.points) == 41


@pytest.mark.parametrize(
    "nowhere", [lambda t: None, lambda t: [math.log(-1.0)], lambda t: [math.nan]], ids=["none", "raises", "nan"]
)
def test_an_undefined_function_has_curves_without_points(nowhere: Line) -> None:
    curves = v_curve(nowhere, 0, 1.0, scale=1.0, eps=EPS, label="")
    remainder, steepness = remainder_curve(nowhere, 0, 1.0, scale=1.0, eps=EPS, label="")
    assert [curve.drawn() for curve in (*curves, remainder)] == [[], [], []]
    assert steepness is None
    assert guides(remainder, [1, 2]) == []


def test_steps_that_leave_the_domain_interrupt_the_curve() -> None:
    def root(t: float) -> list[float] | None:
        return [math.sqrt(0.01 + t)] if t >= -0.01 else None

    forward, central, _ = v_curve(root, 0, 5.0, scale=1.0, eps=EPS, label="")
    assert len(forward.drawn()) == 33
    assert [x for x, y in central.points if math.isnan(y)] == pytest.approx([0, -0.5, -1, -1.5])


def test_guides_pass_through_the_highest_point() -> None:
    low, high = guides(FALLING, [1, -2])
    exact = FALLING._replace(points=((-6.0, -math.inf), *FALLING.points))
    assert guides(exact, [1])[0].points == ((-6.0, -2.0), (0.0, 4.0))
    assert (low.label, low.guide, low.points) == ("slope 1", True, ((-4.0, 0.0), (0.0, 4.0)))
    assert (high.label, high.guide, high.points) == ("slope -2", True, ((-4.0, 0.0), (0.0, -8.0)))

"""Charts of the Compare page."""

import numpy as np
import pytest

from mtrec_core.ui.charts.compared_curves import Line, Look, Panel, compared_curves
from mtrec_core.ui.charts.dots import NAME_WIDTH, Dot, dot_rows
from mtrec_core.ui.charts.parallel import Axis, parallel, usable
from mtrec_core.ui.charts.smoothing import debiased_ema
from mtrec_core.ui.charts.tradeoff import Mark, Measured, front, tradeoff


def line(label: str, y: np.ndarray, **more) -> Line:
    return Line(label=label, colour="#0072B2", dash="dash", x_P=np.arange(len(y)), y_P=y, **more)


def panels(*lines: Line) -> tuple[Panel, Panel]:
    return tuple(Panel(title=f"click {name}", lines=lines) for name in ("loss", "auc"))


def test_a_long_title_of_a_panel_goes_on_below_before_it_reaches_its_neighbour():
    long = Panel(title="Customer service: the answer that fits: loss", lines=())
    figure = compared_curves([(long, Panel(title="NDCG@10", lines=()))], Look(x_title="step"), dark=False)
    assert [title.text for title in figure.layout.annotations] == [
        "<b>Customer service: the<br>answer that fits: loss</b>",
        "<b>NDCG@10</b>",
    ]


def test_a_long_line_is_drawn_by_its_points_that_show():
    y = np.sin(np.arange(10_000) / 50.0)
    y[4321] = 9.0
    drawn = compared_curves([panels(line("#1", y))], Look(x_title="step"), dark=False).data[0]
    assert len(drawn.x) == 800
    assert max(drawn.y) == 9.0


def test_the_smooth_line_lies_over_the_raw_one():
    y = np.sin(np.arange(60.0))
    figure = compared_curves([panels(line("#1", y))], Look(x_title="step", smoothing=0.5), dark=False)
    raw, smooth = figure.data[0], figure.data[1]
    assert np.array_equal(raw.y, y)
    assert raw.line.color.startswith("rgba(0,114,178")
    assert smooth.y == pytest.approx(debiased_ema(y, 0.5))
    assert (smooth.line.color, smooth.line.dash) == ("#0072B2", "dash")


def test_a_few_measurements_are_not_smoothed():
    y = np.array([1.0, 3.0, 2.0])
    figure = compared_curves([panels(line("#1", y))], Look(x_title="step", smoothing=0.9), dark=False)
    assert [trace.y.tolist() for trace in figure.data] == [[1, 3, 2], [1, 3, 2]]


def test_without_smoothing_there_is_one_line_per_panel():
    figure = compared_curves([panels(line("#1", np.ones(3)))], Look(x_title="step"), dark=False)
    assert len(figure.data) == 2


def test_all_rows_share_the_axis_of_their_column_and_a_run_stands_once_in_the_legend():
    rows = [panels(line("#1", np.ones(3)), line("#2", np.zeros(3)))] * 3
    figure = compared_curves(rows, Look(x_title="step"), dark=True)
    assert {trace.xaxis for trace in figure.data} == {"x", "x2"}
    assert len({trace.yaxis for trace in figure.data}) == 6
    assert [trace.name for trace in figure.data if trace.showlegend] == ["#1", "#2"]
    assert (figure.layout.hovermode, figure.layout.hoversubplots) == ("x unified", "axis")


def test_log_axes_are_for_x_and_for_losses():
    figure = compared_curves(
        [panels(line("#1", np.ones(3)))], Look(x_title="step", log_x=True, log_y=True), dark=False
    )
    kinds = [figure.layout[name].type for name in ("xaxis", "xaxis2", "yaxis", "yaxis2")]
    assert kinds == ["log", "log", "log", "linear"]


def test_a_mean_over_seeds_has_a_band_and_its_members_are_quiet():
    mean = line("#1 (2 seeds)", np.ones(3), low_P=np.zeros(3), high_P=np.full(3, 2.0))
    member = line("#1 seed 0", np.ones(3), quiet=True)
    figure = compared_curves([panels(mean, member)], Look(x_title="step", smoothing=0.9), dark=False)
    band = [trace for trace in figure.data if trace.fill == "toself"]
    assert band[0].y.tolist() == [0, 0, 0, 2, 2, 2]
    assert [trace.name for trace in figure.data if trace.showlegend] == ["#1 (2 seeds)"]


def test_a_label_cannot_smuggle_markup_into_the_hover_text():
    figure = compared_curves([panels(line("<b>x", np.ones(3)))], Look(x_title="step"), dark=False)
    assert "<b>x" not in figure.data[0].hovertemplate


def dot(row: str, series: str, value: float, **more) -> Dot:
    return Dot(row=row, series=series, colour="#0072B2", value=value, **more)


def test_dots_of_one_row_stand_on_lanes_and_bars_reach_to_the_interval():
    figure = dot_rows(
        [dot("click", "#1", 0.2, low=0.1, high=0.4), dot("click", "#2", -0.1), dot("tags", "#1", 0.0)],
        x_title="difference", zero=True, dark=False,
    )  # fmt: skip
    first, second = figure.data
    assert first.x == (0.2, 0.0)
    assert first.error_x.array == pytest.approx((0.4 - 0.2, 0))
    assert first.error_x.arrayminus == pytest.approx((0.2 - 0.1, 0))
    assert first.y[0] < second.y[0] < first.y[1]
    assert figure.layout.yaxis.ticktext == ("click", "tags")


def test_a_long_name_of_a_row_goes_on_below_and_has_room_there():
    long = "Customer service: the answer that fits · NDCG@10"
    plain, wrapped = (
        dot_rows([dot(row, "#1", 1.0)], x_title="change; right is better", zero=False, dark=False)
        for row in ("click", f"{long} {long}")
    )
    assert plain.layout.yaxis.ticktext == ("click",)
    lines = wrapped.layout.yaxis.ticktext[0].split("<br>")
    assert " ".join(lines) == f"{long} {long}"
    assert max(map(len, lines)) <= NAME_WIDTH
    assert wrapped.layout.height > plain.layout.height
    assert plain.layout.xaxis.title.text == "change;<br>right is better"


def test_what_is_not_certain_is_hollow():
    figure = dot_rows(
        [dot("a", "#1", 1.0, hollow=True), dot("b", "#1", 1.0)], x_title="", zero=False, dark=True
    )
    assert list(figure.data[0].marker.color) == ["#0F141C", "#0072B2"]


def test_members_of_a_mean_are_drawn_on_demand():
    figure = dot_rows([dot("a", "#1", 2.0, members=(1.0, 3.0))], x_title="", zero=False, dark=False)
    assert list(figure.data[0].x) == [1.0, 3.0]


MARKS = [
    Mark(run_id=f"r{number}", short=f"#{number}", label=f"#{number} one", colour="#0072B2", hover="")
    for number in (1, 2, 3)
]
CLICK = Measured(title="click AUC", higher_is_better=True, values=(0.5, 0.7, 0.6))
STARS = Measured(title="stars RMSE", higher_is_better=False, values=(1.0, 2.0, 2.5))


def test_the_front_joins_what_no_run_beats():
    assert front([CLICK, STARS]).tolist() == [True, True, False]
    figure = tradeoff(MARKS, CLICK, STARS, None, dark=False)
    points, joined = figure.data
    assert [row[0] for row in points.customdata] == ["r1", "r2", "r3"]
    assert joined.x.tolist() == [0.5, 0.7]
    assert joined.y.tolist() == [1.0, 2.0]
    assert figure.layout.yaxis.title.text == "stars RMSE ←"


def test_error_bars_reach_to_the_interval_and_are_missing_where_there_is_none():
    click = Measured(
        title="c", higher_is_better=True, values=(0.5, 0.7, 0.6), low=(0.4, None, 0.5), high=(0.8, None, 0.7)
    )
    figure = tradeoff(MARKS, click, STARS, None, dark=False)
    assert figure.data[0].error_x.array == pytest.approx((0.3, 0, 0.1))
    assert figure.data[0].error_y.array is None


def test_a_third_metric_is_the_colour_and_counts_for_the_front():
    third = Measured(title="t", higher_is_better=True, values=(0.0, 0.0, 1.0))
    assert front([CLICK, STARS, third]).tolist() == [True, True, True]
    figure = tradeoff(MARKS, CLICK, STARS, third, dark=False)
    assert len(figure.data) == 1
    assert list(figure.data[0].marker.color) == [0.0, 0.0, 1.0]


def test_parallel_axes_take_numbers_and_words():
    axes = [Axis(title="width", values=(32, 64, 32)), Axis(title="sharing", values=("mmoe", "ple", None))]
    figure = parallel(axes, Axis(title="AUC", values=(0.5, 0.7, 0.6)), dark=False)
    numbers, words = figure.data[0].dimensions
    assert numbers["values"] == (32, 64, 32)
    assert (words.ticktext, tuple(words["values"])) == (("mmoe", "ple", "–"), (0, 1, 2))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((1, 1, 1), False),
        ((1, 2, 1), True),
        (("a", "b", None), True),
        (tuple(f"w{n}" for n in range(13)), False),
    ],
)
def test_an_axis_is_of_use_where_it_tells_runs_apart(values, expected):
    assert usable(Axis(title="x", values=values)) is expected

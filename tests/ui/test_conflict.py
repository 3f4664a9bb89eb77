"""Gradients on the Monitor page: panels and matrix, by hand."""

import numpy as np
import plotly.graph_objects as go
import pytest

from mtrec_core.comparing.conflict import RECENT
from mtrec_core.ui.charts.conflict import (
    conflict_parts,
    cosine_matrix,
    gradient_panels,
    matrix_figure,
    mean_cosine,
    strongest_conflict,
)
from mtrec_core.ui.charts.curve_traces import CurveView
from mtrec_core.ui.charts.curves import rows_of, run_figure
from tests.ui.test_curves import CURVES, TASKS, curve

TITLES = {task.name: task.title for task in TASKS}
GRADIENTS = {
    ("click", "train", "gradient_norm"): curve([2.0, 1.0], steps=[2, 4]),
    ("price", "train", "gradient_norm"): curve([4.0], steps=[2]),
    ("click", "train", "cosine:price"): curve([0.5, -0.3], steps=[2, 4]),
    ("click", "train", "cosine:age"): curve([0.1], steps=[2]),
}


def test_the_mean_cosine_of_a_task_is_over_those_it_was_compared_with_at_that_step():
    pull = mean_cosine(GRADIENTS, "click")
    assert pull.steps.tolist() == [2, 4]
    assert pull.values.tolist() == pytest.approx([(0.5 + 0.1) / 2, -0.3])
    assert mean_cosine(GRADIENTS, "price").values.tolist() == pytest.approx([0.5, -0.3])
    assert len(mean_cosine(CURVES, "click")) == 0


def test_the_matrix_is_symmetric_and_means_the_last_comparisons():
    matrix = cosine_matrix(GRADIENTS, ["click", "price", "age"])
    assert matrix[0].tolist() == pytest.approx([1, (0.5 - 0.3) / 2, 0.1])
    assert np.array_equal(matrix, matrix.T, equal_nan=True)
    assert np.isnan(matrix[1, 2])
    long = {("click", "train", "cosine:price"): curve([9.0] * 5 + [0.2] * RECENT)}
    assert cosine_matrix(long, ["click", "price"])[0, 1] == pytest.approx(0.2)


@pytest.mark.parametrize("dark", [False, True])
def test_plotly_takes_panels_and_matrix(dark):
    curves, view = CURVES | GRADIENTS, CurveView(dark=dark)
    more = gradient_panels(rows_of(TASKS), curves, TASKS, view)
    assert {panel.row for panel in more} == {4}
    figure, narrow = run_figure(curves, TASKS, view, more=more)
    go.Figure(figure)
    go.Figure({"data": figure["data"], "layout": {**figure["layout"], **narrow}})
    matrix = matrix_figure(curves, TITLES, dark)
    go.Figure(matrix)
    assert matrix["data"][0]["text"] == [["", "+0.10"], ["+0.10", ""]]


def test_before_two_tasks_were_compared_there_is_nothing_to_show():
    assert gradient_panels(4, CURVES, TASKS, CurveView()) == []
    assert matrix_figure(CURVES, TITLES, dark=False) is None


def test_the_strongest_conflict_is_told_in_words():
    told = strongest_conflict({("click", "train", "cosine:price"): curve([-0.25])}, TITLES)
    assert told == "Ad click and Price conflict most: their cosine is -0.25."
    told = strongest_conflict({("click", "train", "cosine:price"): curve([0.25])}, TITLES)
    assert told.startswith("No two tasks conflict")


def test_the_parts_of_the_model_say_where_two_tasks_pull_apart():
    curves = [
        ("click", "cosine:price", curve([0.5, -0.3])),
        ("click", "part_cosine:tower of item:price", curve([-0.5, -0.3])),
        ("click", "part_cosine:sharing:price", curve([0.5, 0.3])),
    ]
    table = conflict_parts(curves, {"click": "Click", "price": "Price"})
    assert table["part"].tolist() == ["All that is shared", "Tower of item", "Sharing structure"]
    assert table["share"].tolist() == [0.5, 1.0, 0.0]
    assert set(table["pair"]) == {"Click · Price"}
    assert table["cosine"].tolist() == pytest.approx([0.1, -0.4, 0.4])

"""Charts of a dataset's profile show its numbers, and the sentences beside them say the same."""

import numpy as np
import pytest

from mtrec_core.data.profile import profile
from mtrec_core.data.samples import FOLDER
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.ui.charts import data_profile as charts
from mtrec_core.ui.charts.palette import task_colour


@pytest.fixture(scope="module")
def content():
    return profile(load_dataset_spec(FOLDER / "enrolments")).to_json()


@pytest.fixture(scope="module")
def names(content):
    return [task["name"] for task in content["tasks"]]


def test_each_task_with_a_tail_has_its_line_in_its_colour(content, names):
    figure = charts.long_tails(content["tasks"], names, dark=False)
    tailed = [task for task in content["tasks"] if task["tail"]]
    assert [trace.name for trace in figure.data] == [*(task["title"] for task in tailed), "all alike"]
    assert figure.data[0].line.color == task_colour(tailed[0]["name"], names, False)
    assert figure.data[0].x[0] == 0
    assert figure.data[0].y[-1] == pytest.approx(1)
    assert tailed[0]["title"] in charts.long_tail_words(tailed)


def test_a_long_legend_takes_no_room_from_the_lines(content, names):
    tailed = [task for task in content["tasks"] if task["tail"]]
    heights = [charts.long_tails(tailed[:count], names, dark=False).layout.height for count in (1, 2)]

    assert heights[1] - heights[0] == charts.LEGEND_ROW
    assert heights[0] > charts.HEIGHT


def test_activity_counts_all_rows(content, names):
    timed = [task for task in content["tasks"] if task["activity"]]
    assert timed
    figure = charts.activity(content["tasks"], names, dark=True)
    counted = sum(moment["rows"] for moment in timed[0]["activity"]["moments"])
    assert np.sum(figure.data[0].y) == counted
    assert charts.activity([{"activity": None}], names, dark=True) is None


def test_a_yes_no_task_shows_its_rate():
    task = {
        "name": "a", "title": "A", "kind": "binary", "missing_labels": 0.25,
        "label": {"mean": 0.3, "quantiles": ()},
        "bars": [{"label": "0", "count": 7}, {"label": "1", "count": 3}],
    }  # fmt: skip
    figure = charts.labels(task, ["a"], dark=False)
    assert list(figure.data[0].x) == ["no", "yes"]
    assert list(figure.data[0].y) == [7, 3]
    words = charts.label_words(task)
    assert "30.0" in words
    assert "25" in words


def test_classes_lie_below_each_other_with_the_most_frequent_on_top():
    task = {
        "name": "a", "title": "A", "kind": "multiclass", "missing_labels": 0.0, "label": None,
        "bars": [{"label": "red", "count": 7}, {"label": "blue", "count": 3}],
    }  # fmt: skip
    figure = charts.labels(task, ["a"], dark=False)
    assert figure.data[0].orientation == "h"
    assert figure.layout.yaxis.autorange == "reversed"
    assert "red" in charts.label_words(task)
    assert charts.labels({"bars": []}, [], dark=False) is None


def test_texts_and_gaps(content):
    entities = content["entities"]
    with_text = [entity["name"] for entity in entities if entity["text"]]
    marks = [trace.name for trace in charts.text_lengths(entities, False).data if trace.mode == "markers"]
    assert marks == with_text
    assert all(name in charts.text_words(entities) for name in with_text)
    assert charts.missing_values([{"name": "user", "missing": {"age": 0.0}}], False) is None
    gaps = charts.missing_values([{"name": "user", "missing": {"age": 0.1, "city": 0.4, "job": 0.0}}], False)
    assert list(gaps.data[0].y) == ["user.city", "user.age"]

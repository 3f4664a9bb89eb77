"""Slices measured beside the pages."""

import json
import math
import sys

import numpy as np
import pytest

from mtrec_core.comparing import slice_work
from mtrec_core.errors import DataError
from mtrec_core.evaluation.draws import Drawn
from mtrec_core.evaluation.slices_file import Slice
from tests.sliced_run import FAMILY, keep_sliced


def test_what_is_measured_survives_the_way_through_json(tmp_path):
    keep_sliced(tmp_path)
    slices = slice_work.measure(tmp_path, str(tmp_path), "ad_click", "auc")
    read = slice_work.from_json(json.loads(json.dumps(slice_work.to_json(slices))))
    # Scores in the first half are right, in the second half wrong.
    assert [(one.value, one.drawn.value) for one in read] == [("old", 1.0), ("new", 0.0)]
    for one, other in zip(slices, read, strict=True):
        np.testing.assert_array_equal(one.drawn.draws_S, other.drawn.draws_S)
        assert (one.drawn.rows, one.drawn.users) == (other.drawn.rows, other.drawn.users)
        assert one.units == other.units


def test_an_undefined_draw_and_an_undefined_metric_come_back_as_such():
    drawn = Drawn(task="t", metric="auc", value=0.5, draws_S=np.array([0.5, math.nan]), users=2, rows="ab")
    whole = Slice(family=FAMILY, value="a", units=3, drawn=drawn)
    slices = [whole, Slice(family=FAMILY, value="b", units=1, drawn=None)]
    first, second = slice_work.from_json(json.loads(json.dumps(slice_work.to_json(slices))))
    assert math.isnan(first.drawn.draws_S[1])
    assert second.drawn is None


def test_a_task_that_the_dataset_no_longer_has_is_told(tmp_path, monkeypatch):
    keep_sliced(tmp_path)
    with pytest.raises(DataError, match="has no task 'gone' any more"):
        slice_work.measure(tmp_path, str(tmp_path), "gone", "auc")
    answer = tmp_path / "answer.json"
    monkeypatch.setattr(sys, "argv", ["", str(answer), str(tmp_path), str(tmp_path), "gone", "auc"])
    slice_work.main()
    assert "'gone'" in json.loads(answer.read_text())["problem"]

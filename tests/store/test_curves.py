"""Curves of many runs as arrays, on both backends."""

import math

import numpy as np
import pytest

from mtrec_core.store.curves import CurveKey


@pytest.fixture
def two_runs(store, add_run):
    """Two runs with a loss of three points and an AUC of one, written in turns."""
    runs = [add_run(name=name).id for name in "ab"]
    for number, run in enumerate(runs):
        with store.writer(run, lambda name: False) as writer:
            for step in (1, 2, 3):
                writer.add(
                    "loss", number + 1 / step, step=step, task="tags", epoch=step / 2, seconds=2.0 * step
                )
            writer.add("auc", math.nan, step=3, task="ads", split="validation")
    return runs


def test_whole_curves_of_several_runs_come_with_one_call(store, two_runs):
    found = store.curves(two_runs)
    assert list(found) == [
        CurveKey(run, *rest)
        for run in sorted(two_runs)
        for rest in (("tags", "train", "loss"), ("ads", "validation", "auc"))
    ]
    loss = found[CurveKey(two_runs[1], "tags", "train", "loss")]
    assert loss.ids.tolist() == [1, 2, 3]
    assert (loss.steps.tolist(), loss.epochs.tolist()) == ([1, 2, 3], [0.5, 1.0, 1.5])
    assert (loss.seconds.tolist(), loss.values.tolist()) == ([2.0, 4.0, 6.0], [2.0, 1.5, 1 + 1 / 3])
    assert loss.steps.dtype == np.int64
    assert np.isnan(found[CurveKey(two_runs[0], "ads", "validation", "auc")].values).all()


def test_curves_are_chosen_by_name_task_and_split(store, two_runs):
    first = two_runs[0]
    assert {key.name for key in store.curves(two_runs, names=["loss"])} == {"loss"}
    assert {key.task for key in store.curves([first], tasks=["ads"])} == {"ads"}
    assert {key.split for key in store.curves([first], splits={"train"})} == {"train"}
    assert store.curves([first], names=["loss"], splits=["validation"]) == {}
    assert store.curves([]) == {}


def test_a_tick_reads_only_what_is_new(store, two_runs):
    first = two_runs[0]
    assert store.curves_after(first, 4) == {}
    with store.writer(first, lambda name: False) as writer:
        writer.add("loss", 0.25, step=4, task="tags")
    ((key, new),) = store.curves_after(first, 4).items()
    assert (key.name, new.ids.tolist(), new.values.tolist()) == ("loss", [5], [0.25])
    assert store.curves_after(first, 4, names=["auc"]) == {}

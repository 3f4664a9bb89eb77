"""Metric points and their summaries, on both backends."""

import math
import time

import numpy as np
import pytest
from sqlalchemy import event

from mtrec_core.errors import StorageError, UserError
from mtrec_core.store.store import Store


def is_accuracy(name):
    return name == "accuracy"


def add_and_interrupt(writer):
    writer.add("loss", 0.5, step=1)
    raise KeyboardInterrupt


class TestPoints:
    def test_points_read_back_in_their_order(self, store, add_run):
        run = add_run()
        with store.writer(run.id, is_accuracy) as writer:
            writer.add("loss", 0.75, step=1, task="purchase", epoch=0.5, seconds=2.5)
            writer.add("accuracy", np.float32(0.5), step=np.int64(2), task="profile", split="validation")
        assert store.points(run.id) == [
            (1, "purchase", "train", "loss", 1, 0.5, 2.5, 0.75),
            (2, "profile", "validation", "accuracy", 2, 0.0, 0.0, 0.5),
        ]

    def test_only_what_is_new_is_read(self, store, add_run):
        run = add_run()
        with store.writer(run.id, is_accuracy) as writer:
            for step in range(1, 6):
                writer.add("loss", 1 / step, step=step)
            writer.flush()
            last_read = store.get_run(run.id).last_point
            writer.add("loss", 1 / 6, step=6)
            writer.add("accuracy", 0.5, step=6)
        assert last_read == 5
        assert [(point.name, point.step) for point in store.points(run.id, last_read)] == [
            ("loss", 6),
            ("accuracy", 6),
        ]
        assert store.points(run.id, after_id=7) == []

    def test_curves_are_chosen_by_name_task_and_split(self, store, add_run):
        run = add_run()
        with store.writer(run.id, is_accuracy) as writer:
            for task in ("purchase", "profile"):
                for split in ("train", "validation"):
                    for name in ("loss", "accuracy"):
                        writer.add(name, 0.5, step=1, task=task, split=split)
        assert len(store.points(run.id)) == 8
        assert len(store.points(run.id, names=["loss"])) == 4
        (point,) = store.points(run.id, names={"loss"}, task="profile", split="validation")
        assert (point.task, point.split, point.name) == ("profile", "validation", "loss")
        assert store.points(run.id, names=[]) == []

    def test_a_run_sees_its_own_points_only(self, store, add_run):
        run, other = add_run(), add_run()
        for each, value in ((run, 0.25), (other, 0.75)):
            with store.writer(each.id, is_accuracy) as writer:
                writer.add("loss", value, step=1)
        assert [point.value for point in store.points(run.id)] == [0.25]
        assert [summary.last for summary in store.summaries([other.id])] == [0.75]

    def test_two_writers_of_one_run_do_not_mix_their_ids(self, store, url, add_run, check_sums):
        run = add_run()
        with Store.open(url) as second:
            early, late = store.writer(run.id, is_accuracy), second.writer(run.id, is_accuracy)
            for step in range(500):
                early.add("loss", 1 / (step + 1), step=step)
                late.add("accuracy", step / 500, step=step)
            early.close()
            late.close()
        assert check_sums(run.id) == 1000

    def test_a_writer_needs_a_run(self, store):
        with pytest.raises(UserError, match="no run 'zzzzzz'"):
            store.writer("zzzzzz", is_accuracy)


class TestSummaries:
    def test_a_summary_holds_the_last_and_the_best_value_with_their_steps(self, store, add_run):
        run = add_run()
        with store.writer(run.id, is_accuracy) as writer:
            for step, value in ((1, 0.5), (2, 0.25), (3, 0.75), (4, 0.75), (5, 0.25)):
                writer.add("loss", value, step=step)
                writer.add("accuracy", value, step=step)
                writer.flush()  # each in a batch of its own
        loss, accuracy = store.summaries([run.id])
        assert loss == (run.id, "", "train", "loss", 0.25, 5, 0.25, 2, False, 5)
        assert accuracy == (run.id, "", "train", "accuracy", 0.25, 5, 0.75, 3, True, 5)

    def test_summaries_of_several_runs_come_in_one_reading(self, store, add_run):
        runs = [add_run() for _ in range(3)]
        for run in runs:
            with store.writer(run.id, is_accuracy) as writer:
                writer.add("loss", 0.5, step=1)
                writer.add("accuracy", 0.5, step=1)
        assert len(store.summaries([run.id for run in runs])) == 6
        assert {summary.run_id for summary in store.summaries([runs[0].id, runs[2].id], names=["loss"])} == {
            runs[0].id,
            runs[2].id,
        }
        assert store.summaries([]) == []

    def test_by_default_the_table_of_metrics_says_what_is_better(self, store, add_run):
        run = add_run()
        with store.writer(run.id) as writer:
            for name in ("ndcg@10", "rmse", "loss"):
                writer.add(name, 0.25, step=1)
                writer.add(name, 0.75, step=2)
        assert {summary.name: summary.best for summary in store.summaries([run.id])} == {
            "ndcg@10": 0.75,
            "rmse": 0.25,
            "loss": 0.25,
        }


class TestRewind:
    def test_a_run_that_goes_on_from_a_checkpoint_has_each_step_once(self, store, add_run):
        run, other = add_run(), add_run()
        with store.writer(run.id, is_accuracy) as writer, store.writer(other.id, is_accuracy) as others:
            for step, value in ((1, 0.5), (2, 0.75), (3, 0.25), (4, 1.0)):
                writer.add("loss", value, step=step)
                others.add("loss", value, step=step)
            writer.add("accuracy", 0.5, step=3)
        store.rewind(run.id, 2)
        assert store.summaries([run.id]) == [(run.id, "", "train", "loss", 0.75, 2, 0.5, 1, False, 2)]
        assert (store.events(run.id)[-1].kind, store.events(run.id)[-1].payload) == ("rewound", {"step": 2})
        with store.writer(run.id, is_accuracy) as writer:
            writer.add("loss", 0.125, step=3)
            writer.add("accuracy", 0.25, step=3)
        assert [(point.id, point.name, point.step, point.value) for point in store.points(run.id)] == [
            (1, "loss", 1, 0.5),
            (2, "loss", 2, 0.75),
            (6, "loss", 3, 0.125),
            (7, "accuracy", 3, 0.25),
        ]
        assert [summary.best for summary in store.summaries([run.id])] == [0.125, 0.25]
        assert len(store.points(other.id)) == 4

    def test_a_rewind_beyond_the_last_step_forgets_nothing(self, store, add_run, check_sums):
        run = add_run()
        with store.writer(run.id, is_accuracy) as writer:
            for step in range(5):
                writer.add("loss", 1 / (step + 1), step=step)
        before = store.summaries([run.id])
        store.rewind(run.id, 4)
        assert check_sums(run.id) == 5
        assert store.summaries([run.id]) == before


class TestValuesThatAreNotFinite:
    def test_they_are_gaps_in_the_curve_and_never_the_best(self, store, add_run):
        run = add_run()
        with store.writer(run.id, is_accuracy) as writer:
            for step, value in ((1, math.inf), (2, 0.5), (3, -math.inf), (4, math.nan)):
                writer.add("loss", value, step=step)
        values = [point.value for point in store.points(run.id)]
        assert values[1] == 0.5
        assert [math.isnan(value) for value in values] == [True, False, True, True]
        (summary,) = store.summaries([run.id])
        assert (summary.best, summary.best_step, summary.last_step, summary.n) == (0.5, 2, 4, 4)
        assert math.isnan(summary.last)

    def test_a_curve_of_nothing_else_has_no_best(self, store, add_run):
        run = add_run()
        with store.writer(run.id, is_accuracy) as writer:
            writer.add("loss", math.nan, step=1)
        (summary,) = store.summaries([run.id])
        assert math.isnan(summary.best)
        assert summary.best_step is None

    def test_the_first_of_each_curve_is_an_event(self, store, add_run):
        run = add_run()
        with store.writer(run.id, is_accuracy) as writer:
            for step in range(3):
                writer.add("loss", math.nan, step=step, task="purchase")
                writer.flush()
            writer.add("loss", math.inf, step=9, task="profile")
        told = [event.payload for event in store.events(run.id) if event.kind == "not_finite"]
        assert told == [
            {"task": "purchase", "split": "train", "name": "loss", "step": 0},
            {"task": "profile", "split": "train", "name": "loss", "step": 9},
        ]


class TestBatches:
    def test_a_point_is_visible_after_about_a_second_without_flush(self, store, add_run):
        run = add_run()
        with store.writer(run.id, is_accuracy) as writer:
            began = time.monotonic()
            writer.add("loss", 0.5, step=1)
            while not store.points(run.id):
                assert time.monotonic() - began < 3, "the point did not come"
                time.sleep(0.02)
            assert time.monotonic() - began > 0.5, "a single point must wait for others"

    def test_200_points_do_not_wait_for_the_second(self, store, add_run, monkeypatch):
        monkeypatch.setattr(
            "mtrec_core.store.writer.BATCH_SECONDS", 60.0
        )  # a slow disk is no second of waiting
        run = add_run()
        with store.writer(run.id, is_accuracy) as writer:
            began = time.monotonic()
            for step in range(200):
                writer.add("loss", 0.5, step=step)
            while len(store.points(run.id)) < 200 and time.monotonic() - began < 30:
                time.sleep(0.01)
            assert len(store.points(run.id)) == 200

    def test_many_points_take_few_transactions(self, store, add_run):
        run, transactions = add_run(), []
        event.listen(store._database.engine, "commit", transactions.append)
        with store.writer(run.id, is_accuracy) as writer:
            for step in range(10_000):
                writer.add("loss", 0.5, step=step)
        assert len(transactions) <= 10_000 / 200
        assert len(store.points(run.id)) == 10_000

    def test_points_given_before_an_error_are_kept(self, store, add_run):
        run = add_run()
        with pytest.raises(KeyboardInterrupt), store.writer(run.id, is_accuracy) as writer:
            add_and_interrupt(writer)
        assert len(store.points(run.id)) == 1

    def test_a_closed_writer_takes_no_more(self, store, add_run):
        with store.writer(add_run().id, is_accuracy) as writer:
            pass
        writer.close()
        with pytest.raises(StorageError, match="closed"):
            writer.add("loss", 0.5, step=1)

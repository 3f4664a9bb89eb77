"""The store's contract, as its module states it, on both backends."""

import dataclasses
import math
import os
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psutil
import pytest

from mtrec_core.errors import UserError
from mtrec_core.store.states import IllegalTransition, RunRole, RunState
from mtrec_core.store.store import Store


def several_threads(count, work):
    """What `work(n)` returned or raised in each of several threads that began together."""
    barrier, results = threading.Barrier(count), [None] * count

    def body(n):
        barrier.wait()
        try:
            results[n] = work(n)
        except UserError as error:
            results[n] = error

    threads = [threading.Thread(target=body, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class TestDatasetsAndExperiments:
    def test_a_dataset_reads_back(self, store, add_dataset):
        added = add_dataset()
        assert (added.name, added.folder, added.fingerprint) == ("shop", Path("/data/shop"), "f1")
        assert added.spec == {"tasks": ["a"]}
        assert store.list_datasets() == [added]

    def test_the_same_data_are_one_record_that_knows_its_latest_folder(self, store, add_dataset):
        first = add_dataset()
        moved = store.add_dataset(name="shop", folder=Path("/elsewhere"), fingerprint="f1")
        assert (moved.id, moved.folder, moved.spec) == (first.id, Path("/elsewhere"), first.spec)
        assert len(store.list_datasets()) == 1

    def test_changed_data_are_a_new_record_and_the_newest_stands_first(self, store, add_dataset):
        first, second = add_dataset(), add_dataset(fingerprint="f2")
        assert store.list_datasets() == [second, first]

    def test_several_threads_add_the_same_dataset_once(self, store, url):
        def add(_n):
            with Store.open(url) as own:
                return own.add_dataset(name="shop", folder=Path("/data/shop"), fingerprint="f1").id

        assert len(set(several_threads(4, add))) == 1

    def test_an_experiment_holds_its_runs(self, store, add_run):
        seeds = store.add_experiment(name="three seeds", kind="seeds", note="before the talk")
        inside = [add_run(experiment=seeds, seed=seed) for seed in range(3)]
        add_run()
        assert store.list_experiments() == [seeds]
        assert [run.seed for run in store.list_runs(experiment=seeds)] == [2, 1, 0]
        assert inside[0].experiment_id == seeds.id


class TestRuns:
    def test_a_run_reads_back_with_all_it_was_given(self, store, add_run):
        before = datetime.now(UTC)
        run = add_run(name="first", seed=2**40, role=RunRole.SINGLE_TASK, task="ad_click")
        assert store.get_run(run.id) == run
        assert (run.name, run.seed, run.role, run.task) == ("first", 2**40, "single_task", "ad_click")
        assert (run.dataset, run.dataset_fingerprint) == ("shop", "f1")
        assert (run.config, run.config_fingerprint) == ({"training": {"epochs": 3}}, "c1")
        assert run.folder == Path("/data/runs") / run.id
        assert (run.state, run.reason, run.result, run.process) == (RunState.QUEUED, "", None, None)
        assert before - timedelta(seconds=1) < run.created < datetime.now(UTC) + timedelta(seconds=1)

    def test_a_record_can_not_be_changed_and_outlives_the_store(self, store, add_run):
        run = add_run()
        store.close()
        with pytest.raises(dataclasses.FrozenInstanceError):
            run.state = RunState.RUNNING
        assert run.config["training"] == {"epochs": 3}

    def test_runs_are_listed_newest_first_and_by_every_filter(self, store, add_dataset, add_run, run_in):
        shop, other = add_dataset(), add_dataset(name="courses")
        first = add_run(dataset=shop)
        second = add_run(dataset=other)
        third = run_in(RunState.STARTING, dataset=shop)
        assert [run.id for run in store.list_runs()] == [third.id, second.id, first.id]
        assert [run.id for run in store.list_runs(dataset="shop")] == [third.id, first.id]
        assert [run.id for run in store.list_runs(dataset="shop", state=RunState.QUEUED)] == [first.id]
        assert [run.id for run in store.list_runs(limit=2)] == [third.id, second.id]

    def test_a_single_task_run_names_its_task_and_a_joint_one_none(self, store, add_run):
        with pytest.raises(UserError, match="names its task"):
            add_run(role=RunRole.SINGLE_TASK)
        with pytest.raises(UserError, match="names none"):
            add_run(task="ad_click")
        assert store.list_runs() == []

    def test_a_result_keeps_numpy_numbers_and_has_null_for_what_is_not_finite(self, store, add_run):
        run = add_run()
        store.set_result(
            run.id,
            {"auc": np.float32(0.5), "n": np.int64(3), "bad": {"list": [math.nan, 1.0, np.float32("inf")]}},
            best_step=40,
            rows_per_second=12.5,
        )
        found = store.get_run(run.id)
        assert found.result == {"auc": 0.5, "n": 3, "bad": {"list": [None, 1.0, None]}}
        assert (found.best_step, found.rows_per_second) == (40, 12.5)

    def test_a_result_of_an_unknown_run_is_refused(self, store):
        with pytest.raises(UserError, match="no run 'zzzzzz'"):
            store.set_result("zzzzzz", {})


class TestNamesOfRuns:
    def test_last_is_the_newest_run(self, store, add_run):
        add_run()
        newest = add_run()
        assert store.get_run("last").id == newest.id
        assert store.get_run(" LAST ").id == newest.id

    def test_a_number_names_a_run_as_on_the_pages(self, store, add_run):
        first, second = add_run(), add_run()
        assert (store.get_run("#1").id, store.get_run("2").id) == (first.id, second.id)
        for named in ("#3", "#", "99999999999999999999"):
            with pytest.raises(UserError, match="There is no run"):
                store.get_run(named)

    def test_the_beginning_of_an_id_is_enough_when_it_fits_one_run(self, store, monkeypatch, add_run):
        self.give_ids(monkeypatch, "kbr234", "kbx567", "w22222")
        for _ in range(3):
            add_run()
        assert store.get_run("kbr").id == "kbr234"
        assert store.get_run("W").id == "w22222"
        assert store.get_run("kbx567").id == "kbx567"

    def test_a_beginning_that_fits_several_runs_lists_them(self, store, monkeypatch, add_run):
        self.give_ids(monkeypatch, "kbr234", "kbx567", "w22222")
        for name in ("one", "two", "three"):
            add_run(name=name)
        with pytest.raises(UserError, match=r"fits 2 runs: kbx567 \(two, queued\), kbr234 \(one, queued\)"):
            store.get_run("kb")

    def test_an_unknown_run_is_told_with_those_that_come_near(self, store, monkeypatch, add_run):
        self.give_ids(monkeypatch, "kbr234", "w22222")
        add_run(name="one")
        add_run(name="two")
        with pytest.raises(UserError, match=r"'kbr235'. Near it: kbr234 \(one, queued\)\. `runs` lists"):
            store.get_run("kbr235")
        with pytest.raises(UserError, match=r"no run 'two'. Near it: w22222 \(two, queued\)\."):
            store.get_run("two")

    def test_letters_with_a_meaning_in_sql_find_nothing(self, store, add_run):
        add_run()
        for named in ("%", "_", "' OR 1=1 --"):
            with pytest.raises(UserError, match="There is no run"):
                store.get_run(named)

    def test_without_any_run_the_message_says_how_to_make_one(self, store, add_run):
        for named in ("last", "kbr234"):
            with pytest.raises(UserError, match="`train DATASET` makes one"):
                store.get_run(named)
        add_run()
        with pytest.raises(UserError, match="has to be named"):
            store.get_run(" ")

    def test_an_id_that_is_taken_is_not_given_twice(self, store, monkeypatch, add_run):
        self.give_ids(monkeypatch, "kbr234", "kbr234", "w22222")
        assert [add_run().id, add_run().id] == ["kbr234", "w22222"]

    @staticmethod
    def give_ids(monkeypatch, *ids):
        monkeypatch.setattr("mtrec_core.store.runs.new_run_id", iter(ids).__next__)


class TestStates:
    def test_a_run_goes_through_its_life_and_each_transition_is_an_event(self, store, run_in):
        run = run_in(RunState.STARTING, RunState.RUNNING)
        assert run.started is not None
        assert run.ended is None
        run = store.change_state(run.id, RunState.FAILED, "the disk is full")
        assert (run.state, run.reason) == (RunState.FAILED, "the disk is full")
        assert run.seconds(datetime.now(UTC)) == (run.ended - run.started).total_seconds()
        assert [(event.kind, event.payload) for event in store.events(run.id)] == [
            ("state", {"from": None, "to": "queued", "reason": ""}),
            ("state", {"from": "queued", "to": "starting", "reason": ""}),
            ("state", {"from": "starting", "to": "running", "reason": ""}),
            ("state", {"from": "running", "to": "failed", "reason": "the disk is full"}),
        ]

    def test_an_illegal_transition_raises_and_leaves_no_trace(self, store, run_in):
        run = run_in(RunState.STARTING, RunState.RUNNING, RunState.COMPLETED)
        with pytest.raises(IllegalTransition, match=f"Run {run.id} is completed; it can't become running"):
            store.change_state(run.id, RunState.RUNNING)
        assert store.get_run(run.id) == run
        assert len(store.events(run.id)) == 4

    def test_a_run_that_is_queued_again_forgets_its_end_and_its_process(self, store, run_in):
        run = run_in(RunState.STARTING, RunState.RUNNING)
        store.beat(run.id)
        store.change_state(run.id, RunState.LOST, "its process is gone")
        again = store.change_state(run.id, RunState.QUEUED)
        assert (again.started, again.ended, again.process, again.reason) == (None, None, None, "")
        assert again.seconds(datetime.now(UTC)) is None

    def test_a_new_run_is_queued_or_starting(self, store, add_run):
        run = add_run(state=RunState.STARTING)
        assert run.started is not None
        assert store.claim_next_run("supervisor") is None
        with pytest.raises(IllegalTransition, match="A new run can't be completed"):
            add_run(state=RunState.COMPLETED)

    def test_an_unknown_run_has_no_state_to_change(self, store):
        with pytest.raises(UserError, match="no run 'zzzzzz'"):
            store.change_state("zzzzzz", RunState.RUNNING)

    def test_of_several_that_try_the_same_transition_one_succeeds(self, store, url, add_run):
        run = add_run()

        def start(_n):
            with Store.open(url) as own:
                return own.change_state(run.id, RunState.STARTING)

        results = several_threads(6, start)
        assert sorted(isinstance(result, IllegalTransition) for result in results) == [False] + 5 * [True]
        assert len(store.events(run.id)) == 2

    def test_a_reason_with_signs_that_a_database_refuses_is_kept_without_them(self, store, add_run):
        run = store.change_state(add_run().id, RunState.FAILED, "file caf\udce9\0.csv is broken ✓")
        assert run.reason == "file caf??.csv is broken ✓"

    def test_a_sign_of_life_names_the_process(self, store, run_in):
        run = run_in(RunState.STARTING)
        store.beat(run.id)
        process = store.get_run(run.id).process
        assert (process.pid, process.host) == (os.getpid(), socket.gethostname())
        assert process.create_time == psutil.Process().create_time()
        store.beat(run.id)
        assert store.get_run(run.id).process.beat > process.beat

    def test_a_sign_of_life_of_a_run_that_is_over_changes_nothing(self, store, run_in):
        run = run_in(RunState.STARTING, RunState.STOPPED)
        store.beat(run.id)
        assert store.get_run(run.id) == run


class TestQueue:
    def test_the_run_that_waited_longest_is_claimed_first(self, store, add_run):
        waiting = [add_run().id for _ in range(3)]
        claimed = [store.claim_next_run("supervisor") for _ in range(4)]
        assert [run and run.id for run in claimed] == [*waiting, None]
        assert {run.state for run in claimed[:3]} == {RunState.STARTING}
        assert store.events(waiting[0])[-1].payload["reason"] == "claimed by supervisor"

    def test_every_queued_run_is_claimed_once(self, store, url, add_run):
        waiting = [add_run().id for _ in range(30)]

        def claim(n):
            with Store.open(url) as own:
                claims = iter(lambda: own.claim_next_run(f"worker {n}"), None)
                return [run.id for run in claims]

        assert sorted(run_id for claimed in several_threads(4, claim) for run_id in claimed) == sorted(
            waiting
        )
        assert all(len(store.events(run_id)) == 2 for run_id in waiting)

    def test_a_run_that_was_stopped_in_the_queue_is_not_claimed(self, store, add_run):
        store.change_state(add_run().id, RunState.STOPPED, "cancelled")
        assert store.claim_next_run("supervisor") is None


class TestEventsAndCommands:
    def test_events_are_read_from_where_the_last_reading_ended(self, store, add_run):
        run, other = add_run(), add_run()
        first = store.add_event(run.id, "checkpoint", {"step": 10})
        store.add_event(other.id, "checkpoint", {"step": 99})
        store.add_event(run.id, "weights", {"purchase": 0.5})
        assert [event.kind for event in store.events(run.id)] == ["state", "checkpoint", "weights"]
        (new,) = store.events(run.id, after_id=first)
        assert (new.kind, new.payload, new.run_id) == ("weights", {"purchase": 0.5}, run.id)

    def test_an_event_of_an_unknown_run_is_refused(self, store):
        with pytest.raises(UserError, match="no run 'zzzzzz'"):
            store.add_event("zzzzzz", "checkpoint")

    def test_commands_are_taken_once_and_in_their_order(self, store, run_in):
        run = run_in(RunState.STARTING, RunState.RUNNING)
        store.issue_command(run.id, "weights", {"purchase": 2.0})
        store.issue_command(run.id, "stop")
        taken = store.take_commands(run.id)
        assert [(command.kind, command.payload) for command in taken] == [
            ("weights", {"purchase": 2.0}),
            ("stop", {}),
        ]
        assert store.take_commands(run.id) == []

    def test_a_run_that_is_over_takes_no_command(self, store, run_in):
        run = run_in(RunState.STARTING, RunState.STOPPED)
        with pytest.raises(UserError, match="is stopped; it takes no more commands"):
            store.issue_command(run.id, "stop")

"""The queue, notes of people, commands to a running run and supervisors, on both backends."""

import pytest

from mtrec_core.errors import UserError
from mtrec_core.store.records import RunProgress
from mtrec_core.store.states import IllegalTransition, RunState
from mtrec_core.store.store import Store
from tests.store.test_contract import several_threads


@pytest.fixture
def queued(add_run):
    """Three waiting runs, first to last."""
    return [add_run(name=name) for name in "abc"]


def order(store):
    waiting = store.list_runs(state=RunState.QUEUED)
    return "".join(run.name for run in sorted(waiting, key=lambda run: run.queue_place))


class TestNumbers:
    def test_runs_are_numbered_from_1_in_the_order_in_which_they_were_made(self, queued):
        assert [run.number for run in queued] == [1, 2, 3]

    def test_several_processes_never_give_one_number_twice(self, store, url, add_dataset):
        dataset = add_dataset()

        def add(_n):
            with Store.open(url) as own:
                return [
                    own.add_run(
                        dataset=dataset, config={}, config_fingerprint="c", runs_folder=dataset.folder
                    )
                    for _ in range(5)
                ]

        several_threads(4, add)
        assert sorted(run.number for run in store.list_runs()) == list(range(1, 21))


class TestQueue:
    @pytest.mark.parametrize(
        ("name", "place", "expected"),
        [
            ("c", "first", "cab"),
            ("c", "up", "acb"),
            ("a", "down", "bac"),
            ("a", "last", "bca"),
            ("a", "up", "abc"),
            ("c", "down", "abc"),
        ],
    )
    def test_a_waiting_run_moves(self, store, queued, name, place, expected):
        store.move_in_queue(queued["abc".index(name)].id, place)
        assert order(store) == expected
        claimed = [store.claim_next_run("supervisor").name for _ in range(3)]
        assert "".join(claimed) == expected

    def test_a_run_that_is_added_after_many_moves_comes_last(self, store, queued, add_run):
        for _ in range(5):
            store.move_in_queue(queued[0].id, "last")
            store.move_in_queue(queued[0].id, "first")
        add_run(name="d")
        assert order(store) == "abcd"

    def test_only_a_queued_run_moves_and_only_to_a_place_that_exists(self, store, queued):
        with pytest.raises(
            UserError, match="'middle' is no place in the queue; known: first, up, down, last"
        ):
            store.move_in_queue(queued[0].id, "middle")
        store.claim_next_run("supervisor")
        with pytest.raises(UserError, match="is starting; only a queued run"):
            store.move_in_queue(queued[0].id, "first")

    def test_a_worker_takes_the_first_run_that_fits_its_slot(self, store, queued):
        run = store.claim_next_run("supervisor", lambda run: "gpu:1" if run.name != "a" else None)
        assert (run.name, run.slot, run.state) == ("b", "gpu:1", RunState.STARTING)
        assert store.claim_next_run("supervisor", lambda run: None) is None
        assert order(store) == "ac"

    def test_a_run_that_is_over_goes_to_the_end_with_its_extensions_added_up(self, store, queued, run_in):
        old = run_in(RunState.STARTING, RunState.RUNNING, RunState.COMPLETED, name="old")
        store.queue_again(old.id, 2.0)
        assert order(store) == "abc" + "old"
        with pytest.raises(IllegalTransition):
            store.queue_again(old.id)
        store.change_state(old.id, RunState.STOPPED)
        again = store.queue_again(old.id, 0.5, claimed_by="the command line")
        assert (again.state, again.more_epochs, again.slot) == (RunState.STARTING, 2.5, "")

    def test_a_wish_to_stop_that_came_too_late_does_not_stop_the_next_attempt(self, store, run_in):
        run = run_in(RunState.STARTING, RunState.RUNNING)
        store.issue_command(run.id, "stop")
        store.issue_command(run.id, "weights", {"weights": {"a": 2.0}})
        store.change_state(run.id, RunState.FAILED)
        store.queue_again(run.id)
        assert [command.kind for command in store.pending_commands(run.id)] == ["weights"]


class TestNotesOfPeople:
    def test_each_part_is_replaced_alone(self, store, add_run):
        run = add_run()
        assert (run.note, run.tags, run.starred, run.archived) == ("", (), False, False)
        store.annotate(run.id, note="shown on Friday", tags=[" talk ", "talk", "", "ads"])
        found = store.annotate(run.id, starred=True)
        assert (found.note, found.tags, found.starred) == ("shown on Friday", ("talk", "ads"), True)
        found = store.annotate(run.id, note="", tags=[], archived=True)
        assert (found.note, found.tags, found.starred, found.archived) == ("", (), True, True)
        assert store.get_run(run.id) == found

    def test_an_unknown_run_takes_no_notes(self, store):
        with pytest.raises(UserError, match="no run 'zzzzzz'"):
            store.annotate("zzzzzz", note="x")


class TestProgress:
    def test_progress_comes_with_the_beat_and_stays_when_the_run_is_over(self, store, run_in):
        run = run_in(RunState.STARTING, RunState.RUNNING)
        told = RunProgress(stage="train", text="Training", step=3, total_steps=9, epoch=0.5, patience_left=2)
        store.beat(run.id, told, process=(77, 12.5, "elsewhere"))
        found = store.get_run(run.id)
        assert found.progress == told
        assert (found.process.pid, found.process.create_time, found.process.host) == (77, 12.5, "elsewhere")
        store.beat(run.id)
        assert store.get_run(run.id).progress == told
        store.change_state(run.id, RunState.STOPPED)
        store.beat(run.id, RunProgress(stage="late", text=""))
        assert store.get_run(run.id).progress == told

    def test_progress_of_another_version_is_read_as_far_as_it_is_known(self):
        known = RunProgress(stage="data", text="Reading").to_json()
        assert RunProgress.from_json(known | {"mood": "good"}) == RunProgress(stage="data", text="Reading")


class TestWeights:
    def test_changed_weights_are_an_event_the_runs_record_and_a_settled_command(self, store, run_in):
        run = run_in(RunState.STARTING, RunState.RUNNING)
        asked = store.issue_command(run.id, "weights", {"weights": {"a": 2.0}})
        assert [command.id for command in store.pending_commands(run.id)] == [asked]
        assert [command.id for command in store.pending_commands(run.id)] == [asked]  # reading takes nothing
        store.change_weights(run.id, step=7, before={"a": 1.0}, after={"a": 2.0}, settles=[asked])
        assert store.pending_commands(run.id) == []
        assert store.get_run(run.id).weights_now == {"a": 2.0}
        (event,) = [event for event in store.events(run.id) if event.kind == "weights"]
        assert event.payload == {"step": 7, "before": {"a": 1.0}, "after": {"a": 2.0}}


class TestSupervisors:
    def test_one_record_per_host_and_home_that_a_new_process_takes_over(self, store):
        def beat(pid, home="/home"):
            store.beat_supervisor(
                host="h", home=home, pid=pid, create_time=float(pid), slots=["cpu", "gpu:0"], version="1"
            )

        beat(1)
        (first,) = store.supervisors()
        beat(1)
        (again,) = store.supervisors()
        assert (again.started, again.slots) == (first.started, ("cpu", "gpu:0"))
        assert again.beat >= first.beat
        beat(2)
        (taken,) = store.supervisors()
        assert (taken.pid, taken.create_time) == (2, 2.0)
        assert taken.started > first.started
        beat(3, "/other")
        assert [one.home for one in store.supervisors()] == ["/home", "/other"]
        store.forget_supervisor(host="h", home="/home", pid=1)  # it was taken over
        store.forget_supervisor(host="h", home="/other", pid=3)
        assert store.supervisors() == [taken]

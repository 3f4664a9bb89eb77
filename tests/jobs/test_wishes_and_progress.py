"""Commands on their way to the loop, and progress read off events."""

from datetime import UTC, datetime

import pytest

from mtrec_core.jobs.logs import follow, last_lines
from mtrec_core.jobs.meter import ProgressMeter
from mtrec_core.jobs.wishes import Wishes, changes_after
from mtrec_core.store.records import EventRecord
from mtrec_core.store.states import RunState
from mtrec_core.training.events import EvaluationEvent, ProgressEvent, StageEvent, StepEvent, WeightsEvent


@pytest.fixture
def running(store, queue):
    run = queue()
    store.claim_next_run("a worker")
    return store.change_state(run.id, RunState.RUNNING)


def weights_event(step, after):
    return WeightsEvent(step=step, epoch=0.0, seconds=0.0, before={"a": 1.0}, after=after)


def events(*changes):
    """Changes of weights as events: (step, weight of a)."""
    return [
        EventRecord(
            id=number,
            run_id="r",
            time=datetime.now(UTC),
            kind="weights",
            payload={"step": step, "before": {}, "after": {"a": weight}},
        )
        for number, (step, weight) in enumerate(changes, 1)
    ]


class TestWeights:
    def test_the_loop_gets_what_was_asked_once_and_the_store_learns_that_it_was_applied(self, store, running):
        wishes = Wishes(running.id, store)
        assert wishes.new_weights(1) is None
        store.issue_command(running.id, "weights", {"weights": {"a": 2.0, "b": 1.0}})
        store.issue_command(running.id, "weights", {"weights": {"a": 3.0}})
        wishes.look()
        wishes.look()
        assert wishes.new_weights(5) == {"a": 3.0, "b": 1.0}
        assert wishes.new_weights(6) is None
        assert len(store.pending_commands(running.id)) == 2  # not applied yet
        wishes.listen(weights_event(5, {"a": 3.0, "b": 1.0}))
        assert store.pending_commands(running.id) == []
        assert store.get_run(running.id).weights_now == {"a": 3.0, "b": 1.0}
        wishes.look()
        assert wishes.new_weights(7) is None

    def test_a_wish_that_a_killed_process_saw_but_did_not_apply_is_heard_by_the_next(self, store, running):
        store.issue_command(running.id, "weights", {"weights": {"a": 2.0}})
        Wishes(running.id, store).look()
        again = Wishes(running.id, store)
        again.look()
        assert again.new_weights(0) == {"a": 2.0}

    def test_changes_come_again_at_their_steps_and_without_a_second_event(self, store, running):
        wishes = Wishes(running.id, store, [(4, {"a": 2.0}), (6, {"a": 3.0})])
        assert [wishes.new_weights(step) for step in range(3, 8)] == [
            None,
            {"a": 2.0},
            None,
            {"a": 3.0},
            None,
        ]
        wishes.listen(weights_event(4, {"a": 2.0}))
        assert [event.kind for event in store.events(running.id)] == ["state"] * 3

    def test_a_newer_wish_takes_the_place_of_changes_that_would_come_again(self, store, running):
        wishes = Wishes(running.id, store, [(4, {"a": 2.0}), (6, {"a": 3.0})])
        store.issue_command(running.id, "weights", {"weights": {"a": 9.0}})
        wishes.look()
        assert wishes.new_weights(3) == {"a": 9.0}
        assert [wishes.new_weights(step) for step in range(4, 8)] == [None] * 4

    @pytest.mark.parametrize(
        ("told", "checkpoint", "expected"),
        [
            (((2, 1.0), (4, 2.0), (6, 3.0)), 4, [(4, {"a": 2.0}), (6, {"a": 3.0})]),
            (((2, 1.0), (4, 2.0)), 5, []),
            # Went back from 6 to 3, where another wish came: the one at 6 was never trained with again.
            (((4, 2.0), (6, 3.0), (3, 9.0)), 0, [(3, {"a": 9.0})]),
            (((4, 2.0), (4, 5.0)), 3, [(4, {"a": 5.0})]),
        ],
    )
    def test_the_changes_after_a_checkpoint_are_those_that_the_run_went_through_last(
        self, told, checkpoint, expected
    ):
        assert changes_after(events(*told), checkpoint) == expected


class TestStop:
    def test_a_wish_to_stop_is_told_to_the_loop_and_taken_from_the_store(self, store, running):
        wishes = Wishes(running.id, store)
        wishes.listen(StageEvent(stage="train", text="Training"))
        assert not wishes.stop_asked()
        store.issue_command(running.id, "stop")
        wishes.look()
        assert wishes.stop_asked()
        assert store.pending_commands(running.id) == []


def step_event(step, seconds, total=100):
    return StepEvent(
        step=step, total_steps=total, epoch=step / 20, seconds=seconds, rows=step * 10, losses={}, weights={},
        shares={}, total=1.0, learning_rate=0.1, effective_learning_rate=0.1,
    )  # fmt: skip


class TestProgress:
    def test_stages_tell_how_far_they_are(self):
        meter = ProgressMeter()
        meter(StageEvent(stage="text", text="Reading 40 texts"))
        meter(ProgressEvent(stage="text", done=10, total=40))
        now = meter.now()
        assert (now.stage, now.text, now.done, now.total) == ("text", "Reading 40 texts", 10, 40)
        assert (now.step, now.total_steps, now.eta_seconds) == (0, 0, None)
        assert now.memory_bytes > 10_000_000

    def test_speed_and_time_left_follow_from_the_steps(self):
        meter = ProgressMeter()
        meter(StageEvent(stage="train", text="Training"))
        for step in range(1, 11):
            meter(step_event(step, seconds=2.0 * step))
        now = meter.now()
        assert (now.step, now.total_steps, now.epoch, now.epochs) == (10, 100, 0.5, 5.0)
        assert now.rows_per_second == pytest.approx(10 / 2.0)  # 10 rows a step of 2 s
        assert now.eta_seconds == pytest.approx(90 * 2.0)
        meter(StageEvent(stage="test", text="Testing"))
        assert meter.now().eta_seconds is None
        assert meter.now().step == 10

    def test_the_speed_is_that_of_the_last_half_minute(self):
        meter = ProgressMeter()
        meter(StageEvent(stage="train", text="Training"))
        for step, seconds in ((1, 1.0), (2, 1000.0), (3, 1001.0), (4, 1002.0)):
            meter(step_event(step, seconds))
        assert meter.now().rows_per_second == pytest.approx(10.0)

    def test_patience_comes_from_the_validations_that_select(self):
        meter = ProgressMeter()
        meter(step_event(1, 1.0))
        evaluation = {"step": 1, "epoch": 0.1, "seconds": 1.0, "metrics": {}}
        meter(EvaluationEvent(**evaluation, split="validation", monitor=0.5, patience_left=3))
        meter(EvaluationEvent(**evaluation, split="test"))
        assert meter.now().patience_left == 3


class TestLog:
    def test_the_last_lines_are_read_from_the_end_of_a_long_file(self, tmp_path):
        path = tmp_path / "run.log"
        path.write_text("".join(f"line {number} ü\n" for number in range(50_000)), encoding="utf-8")
        assert last_lines(path, 2) == "line 49998 ü\nline 49999 ü"
        assert last_lines(tmp_path / "none", 2) == ""

    def test_following_gives_what_is_appended_until_the_run_is_over(self, tmp_path):
        path = tmp_path / "run.log"
        path.write_text("old\n")
        looks = iter([False, False, True])

        def is_over():
            with path.open("a") as file:
                file.write("new\n")
            return next(looks)

        assert list(follow(path, is_over, pause=0.0)) == ["new\n"] * 3

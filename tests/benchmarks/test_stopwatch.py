"""Seconds per stage, with a clock that the test turns."""

from benchmarks.stopwatch import OF_STAGE_EVENT, STAGES, RunWatch, Stopwatch
from mtrec_core.training.events import EvaluationEvent, Event, ProgressEvent, StageEvent, StepEvent


class Clock:
    """Stands still until it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def step(number: int) -> StepEvent:
    return StepEvent(
        step=number,
        total_steps=2,
        epoch=0.5,
        seconds=1,
        rows=10,
        losses={},
        weights={},
        shares={},
        total=0,
        learning_rate=0,
        effective_learning_rate=0,
    )


def evaluation(split: str) -> EvaluationEvent:
    return EvaluationEvent(step=1, epoch=1, seconds=1, split=split, metrics={})


def test_blocks_of_one_stage_add_up():
    clock = Clock()
    watch = Stopwatch(clock)
    for seconds in (2, 3):
        with watch.measure("training"):
            clock.now += seconds
    assert watch.seconds["training"] == 2 + 3


def test_a_run_is_charged_by_its_events_and_a_validation_within_training_to_evaluating():
    clock = Clock()
    watch = RunWatch(clock)
    story: list[tuple[float, Event]] = [
        (1, StageEvent(stage="data", text="")),  # 1 before it: writing
        (2, StageEvent(stage="text", text="")),  # 2 of data: reading
        (4, ProgressEvent(stage="text", done=7, total=7)),
        (4, StageEvent(stage="train", text="")),  # 4 + 4 of text: encoding
        (8, step(1)),  # 8: training
        (16, evaluation("validation")),  # 16 between step and evaluation: evaluating
        (32, step(2)),  # 32: training
        (64, StageEvent(stage="test", text="")),  # 64 after the last step: training
        (128, evaluation("test")),
        (128, StageEvent(stage="bundle", text="")),  # 128 + 128: evaluating
        (256, StageEvent(stage="data", text="")),  # 256: writing
    ]
    for seconds, event in story:
        clock.now += seconds
        watch(event)
    watch.stop()
    assert watch.seconds == {
        "reading": 2,
        "encoding": 4 + 4,
        "training": 8 + 32 + 64,
        "evaluating": 16 + 128 + 128,
        "writing": 1 + 256,
    }
    assert watch.texts_read == 7


def test_every_stage_that_is_charged_is_one_of_the_table():
    assert set(OF_STAGE_EVENT.values()) <= set(STAGES)

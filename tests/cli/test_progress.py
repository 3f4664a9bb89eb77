"""What a run tells on standard error while it goes on."""

import contextlib
import io
from dataclasses import replace

import pytest
from rich.console import Console

from mtrec_core.cli import progress
from mtrec_core.cli.progress import TerminalProgress
from mtrec_core.training.events import EvaluationEvent, MessageEvent, ProgressEvent, StageEvent, StepEvent

STEP = StepEvent(
    step=3,
    total_steps=10,
    epoch=0.3,
    seconds=2.0,
    rows=3000,
    losses={"purchase": 1.25},
    weights={"purchase": 1.0},
    shares={"purchase": 1.0},
    total=1.25,
    learning_rate=1e-3,
    effective_learning_rate=1e-3,
)
VALIDATION = EvaluationEvent(
    step=3,
    epoch=1.0,
    seconds=2.0,
    split="validation",
    metrics={"purchase": {"ndcg@10": 0.0512, "mrr": 0.03}, "age": {"rmse": 12.3}},
    monitor=0.1,
    is_best=True,
)


def told(*events, terminal=False):
    """What is written for the events; to a terminal of 100 columns, or to a file."""
    written = io.StringIO()
    listener = TerminalProgress({"purchase": "retrieval", "age": "regression"})
    out = Console(file=written, width=100, force_terminal=terminal, color_system=None)
    listener.write_to(out)
    with listener:
        for event in events:
            listener(event)
    return written.getvalue()


def test_a_stage_is_told_in_its_own_words():
    assert told(StageEvent(stage="data", text="Reading the tables")) == "Reading the tables\n"


def test_a_validation_names_the_headline_metric_of_each_task():
    line = told(VALIDATION)
    assert line == "  epoch 1.0, validation: purchase ndcg@10 0.0512, age rmse ↓ 12.3000  best so far\n"


def test_the_untrained_model_is_told_as_such():
    before = replace(VALIDATION, step=0, epoch=0.0, split="test", is_best=False)
    assert told(before).startswith("  before training, test: purchase ndcg@10 0.0512")


def test_the_last_test_has_no_epoch():
    assert told(replace(VALIDATION, split="test", is_best=False)).startswith(
        "  test: purchase ndcg@10 0.0512"
    )


def test_a_warning_is_marked_as_one():
    assert (
        told(MessageEvent(text="3 texts were cut off.", level="warning"))
        == "  Warning: 3 texts were cut off.\n"
    )


def test_square_brackets_in_a_message_stay_as_they_are():
    assert told(MessageEvent(text="see [bold]")) == "  see [bold]\n"


def test_a_file_gets_no_line_for_each_step(monkeypatch):
    monkeypatch.setattr(progress, "LINE_EVERY", 1000.0)
    assert told(STEP, STEP) == ""


def test_a_file_gets_a_line_about_the_steps_now_and_then(monkeypatch):
    monkeypatch.setattr(progress, "LINE_EVERY", 0.0)
    # 3000 rows in 2 seconds are 1,500 a second
    assert told(STEP) == "  training 3 of 10  loss 1.250  1,500 rows/s\n"


def test_a_terminal_gets_a_bar_with_rate_and_counts():
    shown = told(STEP, terminal=True)
    assert "3/10" in shown
    assert "1,500 rows/s" in shown


def test_a_bar_follows_the_stage_that_is_going_on():
    shown = told(ProgressEvent(stage="text", done=1, total=4), STEP, terminal=True)
    assert shown.rindex("training") > shown.rindex("text")


@pytest.mark.parametrize("terminal", [True, False])
def test_a_failure_in_the_block_ends_the_bar_and_passes_through(terminal):
    listener = TerminalProgress({})
    listener.write_to(Console(file=io.StringIO(), force_terminal=terminal))
    with contextlib.suppress(KeyboardInterrupt), listener:
        listener(STEP)
        raise KeyboardInterrupt
    assert listener.bar.finished or not listener.bar.live.is_started

"""Records with made-up numbers, for the tests of the report."""

from benchmarks.machine import Machine
from benchmarks.recipe_record import RecipeRecord, RecipeTask, Round, Side
from benchmarks.records import Difference, SeedRun, StudyRecord, TaskNumbers
from benchmarks.stopwatch import STAGES

MACHINE = Machine(
    processor="Some CPU",
    cores=2,
    memory_gib=8.0,
    python="3.11.7",
    torch="2.13.0",
    transformers="5.0",
    program="0.1.0",
)


def numbers(ndcg: float, *, low: float = 0.1, high: float = 0.3) -> TaskNumbers:
    """A retrieval task that reaches `ndcg`, beside a popularity of 0.1."""
    return TaskNumbers(
        kind="retrieval",
        headline="ndcg@10",
        split="random",
        test={"ndcg@10": ndcg, "recall@10": 0.6, "ndcg@10_seen_kept": 0.25, "recall@10_seen_kept": 0.5},
        before={"ndcg@10": 0.01},
        baselines={"popularity": {"ndcg@10": 0.1}},
        differences={"popularity": Difference(value=round(ndcg - 0.1, 6), low=low, high=high, users=9)},
    )


def error(rmse: float, *, low: float, high: float) -> TaskNumbers:
    """A regression task with an error of `rmse`, beside a mean of 1."""
    return TaskNumbers(
        kind="regression",
        headline="rmse",
        split="random",
        test={"rmse": rmse},
        before={},
        baselines={"constant": {"rmse": 1.0}},
        differences={"constant": Difference(value=round(rmse - 1.0, 6), low=low, high=high, users=9)},
    )


def run(seed: int, tasks: dict[str, TaskNumbers], alone: str = "") -> SeedRun:
    """A training of half a minute."""
    return SeedRun(
        seed=seed,
        alone=alone,
        seconds=30.0,
        rows_per_second=1000.0,
        steps=10,
        best_step=5,
        notes=("a note",),
        tasks=tasks,
    )


def study_record(*runs: SeedRun, study: str = "amazon_beauty", name: str = "") -> StudyRecord:
    """By default two joint models and one of a task alone."""
    chosen = runs or (
        run(0, {"buy": numbers(0.2)}, alone="buy"),
        run(0, {"buy": numbers(0.3, low=0.15)}),
        run(1, {"buy": numbers(0.5, high=0.45)}),
    )
    return StudyRecord(
        name=name or study,
        study=study,
        command="python -m benchmarks.studies it",
        made="2026-01-31",
        device="the CPU",
        machine=MACHINE,
        settings={"training.epochs": 3},
        titles={"buy": "Next item"},
        runs=tuple(chosen),
    )


def side(seconds: float, wasted: float = 0.0, *, rows: int = 100) -> Side:
    """One side that spends half its time in training."""
    stages = dict.fromkeys(STAGES, 0.0) | {"training": seconds / 2, "evaluating": seconds / 2}
    return Side(
        seconds=seconds,
        seconds_to_best=seconds - wasted,
        stages=stages,
        train_rows=rows,
        texts_read=50,
        padded_share=0.25,
        metrics={"click": 0.75},
        epochs={"click": 2},
    )


def recipe_record() -> RecipeRecord:
    """Two rounds: 300 and 500 seconds against 8 and 12."""
    return RecipeRecord(
        command="python -m benchmarks.recipe",
        made="2026-01-31",
        machine=MACHINE,
        threads=2,
        encoder="minilm",
        classic={"max_length": 128, "learning_rate": 5e-5, "batch_size": 32, "epochs": 3},
        ours={"data.train_rows": 500},
        tasks={"click": RecipeTask(title="Click", metric="AUC", train_rows=500, validation_rows=300)},
        rounds=(
            Round(classic=side(300, wasted=100), ours=side(8)),
            Round(classic=side(500, wasted=100), ours=side(12)),
        ),
    )

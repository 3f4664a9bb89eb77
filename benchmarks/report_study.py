"""A study's section of docs/benchmarks.md. No torch here."""

from benchmarks.extra_measures import EXTRA_MEASURES
from benchmarks.markdown import bullets, paragraph, table
from benchmarks.records import StudyRecord, TaskNumbers
from benchmarks.study_table import STUDIES
from mtrec_core.evaluation.baselines.table import BASELINES
from mtrec_core.evaluation.compare import Spread, gain
from mtrec_core.evaluation.metric_table import METRICS

SEEN_KEPT = "_seen_kept"
OTHER_BASELINES = {"chance": "The catalogue shuffled"}
"""Baselines that a study adds to those of the program."""


def study_section(record: StudyRecord) -> str:
    """Heading, protocol, how it was measured, and the tables that the record has numbers for."""
    study = STUDIES[record.study]
    title = study.title if record.name == record.study else f"{study.title} ({record.name})"
    parts = [f"## {title}", paragraph(study.protocol), how_measured(record), against_baselines(record)]
    parts += [other_metrics(record), against_published(record), joint_and_alone(record), splits(record)]
    return "\n\n".join(part for part in parts if part)


def how_measured(record: StudyRecord) -> str:
    """Command, day, machine, seeds, duration."""
    seconds = [run.seconds for run in record.joint]
    minutes = sum(seconds) / len(seconds) / 60
    seeds = ", ".join(str(run.seed) for run in record.joint)
    drawn = ", each with its own draw of the training rows" if STUDIES[record.study].draws else ""
    settings = ", ".join(f"`{name}={value}`" for name, value in sorted(record.settings.items()))
    return paragraph(
        f"`{record.command}` on {record.made}: {record.machine.text()}. Seeds {seeds}{drawn}; a training "
        f"took {minutes:.1f} minutes with everything in it, {mean_rate(record):,.0f} rows per second in "
        "the loop. "
        + (f"Set apart from the defaults: {settings}." if settings else "All settings at their defaults.")
    )


def mean_rate(record: StudyRecord) -> float:
    """Rows per second of the loop, mean over the seeds."""
    return sum(run.rows_per_second for run in record.joint) / len(record.joint)


def against_baselines(record: StudyRecord) -> str:
    """Each task's headline metric beside the untrained model and every baseline, with the interval."""
    rows = []
    spreads = record.spreads()
    for task in tasks_of(record):
        first = numbers_of(record, task)[0]
        metric = first.headline
        own = [record.titles.get(task, task), metric_title(metric), cell(spreads[task][metric])]
        for baseline, value in compared(first, metric):
            rows.append([*own, baseline_title(baseline), number(value), *difference(record, task, baseline)])
            own = ["", "", ""]
    head = ("Task", "Metric", "Model", "Beside it", "Its value", "Difference, 95 % interval", "")
    return table(head, rows) + "\n\n" + INTERVALS if rows else ""


INTERVALS = paragraph(
    "The difference is the model's value less the other's, mean over the seeds. The interval reaches from "
    "the lowest to the highest end of the seeds' intervals (paired bootstrap over users). *ahead* and "
    "*behind* stand where it leaves out 0."
)


def compared(numbers: TaskNumbers, metric: str) -> list[tuple[str, float]]:
    """The untrained model, then the baselines that have the metric, with their values for the first "
    "seed."""
    before = [("before", numbers.before[metric])] if metric in numbers.before else []
    return before + [
        (name, metrics[metric]) for name, metrics in numbers.baselines.items() if metric in metrics
    ]


def difference(record: StudyRecord, task: str, baseline: str) -> tuple[str, str]:
    """The difference with its interval over the seeds, and what follows; empty where it can't be paired."""
    found = [numbers.differences.get(baseline) for numbers in numbers_of(record, task)]
    known = [one for one in found if one is not None]
    if len(known) < len(found) or not known:
        return "", ""
    value = sum(one.value for one in known) / len(known)
    low, high = min(one.low for one in known), max(one.high for one in known)
    clear = low > 0 or high < 0
    higher = METRICS[numbers_of(record, task)[0].headline].higher_is_better
    verdict = "even" if not clear else "ahead" if (value > 0) == higher else "behind"
    return f"{value:+.4f} [{low:+.4f}, {high:+.4f}]", verdict


def other_metrics(record: StudyRecord) -> str:
    """All metrics but the headline, a line per task."""
    rows = []
    for task, metrics in record.spreads().items():
        headline = numbers_of(record, task)[0].headline
        text = ", ".join(
            f"{metric_title(name)} {cell(spread)}" for name, spread in metrics.items() if name != headline
        )
        rows.append([record.titles.get(task, task), text])
    return table(("Task", "Other metrics on test"), rows)


def against_published(record: StudyRecord) -> str:
    """What others reported beside the mean over the seeds; retrieval also with seen items kept."""
    rows = []
    spreads = record.spreads()
    for published in STUDIES[record.study].published:
        own = spreads.get(published.task, {})
        for metric, value in published.values.items():
            if metric in own:
                kept = own.get(metric + SEEN_KEPT)
                rows.append(
                    [
                        record.titles.get(published.task, published.task),
                        metric_title(metric),
                        published.by,
                        number(value),
                        cell(own[metric]),
                        cell(kept) if kept else "",
                    ]
                )
    return table(("Task", "Metric", "Published by", "Their value", "Ours", "Ours, seen kept"), rows)


def joint_and_alone(record: StudyRecord) -> str:
    """One model for all tasks beside one model per task, where the study trained those too."""
    rows = []
    for task, metrics in record.spreads().items():
        metric = numbers_of(record, task)[0].headline
        alone = record.alone(task, metric)
        if alone is None:
            continue
        relative = gain(metric, metrics[metric].mean, alone.mean)
        shown = "" if relative is None else f"{relative:+.1%}"
        rows.append(
            [record.titles.get(task, task), metric_title(metric), cell(metrics[metric]), cell(alone), shown]
        )
    return table(
        ("Task", "Metric", "One model for all tasks", "A model of its own", "Gain of learning together"), rows
    )


def splits(record: StudyRecord) -> str:
    """How the rows were split, as the program says it."""
    first = record.joint[0].tasks
    lines = bullets([f"{record.titles.get(task, task)}: {one.split}" for task, one in first.items()])
    return f"How rows were split:\n\n{lines}"


def tasks_of(record: StudyRecord) -> list[str]:
    """The tasks of the models for all tasks."""
    return list(record.joint[0].tasks)


def numbers_of(record: StudyRecord, task: str) -> list[TaskNumbers]:
    """A task's numbers, a seed each."""
    return [run.tasks[task] for run in record.joint]


def metric_title(name: str) -> str:
    """The metric's title, with an arrow where lower is better."""
    if name in EXTRA_MEASURES:
        return EXTRA_MEASURES[name].title
    return METRICS[name].title + ("" if METRICS[name].higher_is_better else " ↓")


def baseline_title(name: str) -> str:
    """What a baseline is called in the page."""
    if name == "before":
        return "The model before training"
    return BASELINES[name].title if name in BASELINES else OTHER_BASELINES[name]


def number(value: float) -> str:
    """Four decimals; one where the number is large."""
    return f"{value:.4f}" if abs(value) < 1000 else f"{value:,.1f}"


def cell(spread: Spread) -> str:
    """Mean and sample standard deviation over the seeds."""
    return number(spread.mean) + ("" if spread.deviation is None else f" ± {number(spread.deviation)}")

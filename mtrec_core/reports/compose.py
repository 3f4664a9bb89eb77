"""What a report says of runs, from their records to one HTML file. No torch here."""

from collections.abc import Callable, Sequence

from mtrec_core.comparing.affinity import affinity
from mtrec_core.comparing.intervals import draws_or_why
from mtrec_core.comparing.run_values import compared_tasks, label, task_results
from mtrec_core.comparing.seeds import seed_groups
from mtrec_core.comparing.subset_runs import subset_runs
from mtrec_core.comparing.sweep_front import front
from mtrec_core.comparing.transfer import single_runs, transfers
from mtrec_core.errors import UserError
from mtrec_core.evaluation.draws_file import RunDraws
from mtrec_core.evaluation.grouping import MOST_TASKS
from mtrec_core.reports.about import configurations, foot, head, limits
from mtrec_core.reports.html_parts import Section, page_html, section_html
from mtrec_core.store.curve_names import COSINE
from mtrec_core.store.records import RunRecord
from mtrec_core.store.store import Store
from mtrec_core.ui.shown.affinity import groupings_table, groups_text, pairs_shown, shares_shown
from mtrec_core.ui.shown.curves import CurveChoice, curves_shown
from mtrec_core.ui.shown.front import front_shown
from mtrec_core.ui.shown.gradients import pulls_shown
from mtrec_core.ui.shown.results import results_shown
from mtrec_core.ui.shown.seeds import seeds_shown
from mtrec_core.ui.shown.settings import differences_shown
from mtrec_core.ui.shown.shown import Shown, TaskTitles
from mtrec_core.ui.shown.tradeoff import tradeoff_shown
from mtrec_core.ui.shown.transfer import transfer_shown
from mtrec_core.ui.shown.tuning import tuning_shown
from mtrec_core.ui.texts import _

MOST_RUNS = 24
SMOOTHING = 0.6


def report(runs: Sequence[RunRecord], store: Store, base: RunRecord | None = None) -> str:
    """One self-contained HTML file about the runs; `base` is what differences are counted from, by default
    the first. UserError without runs, or with too many to be told apart."""
    if not runs:
        raise UserError("A report needs at least one run.")
    if len(runs) > MOST_RUNS:
        raise UserError(f"A report takes up to {MOST_RUNS} runs; {len(runs)} were given.")
    specs = {dataset.id: dataset.spec for dataset in store.list_datasets()}
    titles = TaskTitles.of([specs.get(run.dataset_id, {}) for run in runs])
    parts, problems = _sections(list(runs), store, base or runs[0], titles)
    names = ", ".join(f"#{run.number}" for run in runs)
    title = (
        _("MTRec Studio: runs {names}").format(names=names)
        if len(runs) > 1
        else f"MTRec Studio: {label(runs[0])}"
    )
    body = [head(title, runs)]
    body += [section_html(section, number) for number, section in enumerate(parts)]
    body += [configurations(runs), limits(runs, problems), foot()]
    return page_html(title, body)


def _sections(
    runs: list[RunRecord], store: Store, base: RunRecord, titles: TaskTitles
) -> tuple[list[Section], list[str]]:
    """The parts that have something to show, and why intervals are missing."""
    everything = store.list_runs(dataset=runs[0].dataset)
    singles = single_runs(runs, everything)
    draws: dict[str, RunDraws] = {}
    problems = []
    for run in {run.id: run for run in [*runs, *singles]}.values():
        if task_results(run):
            draws[run.id], why = draws_or_why(run)
            if why:
                problems.append(f"#{run.number}: {why}")
    tasks = compared_tasks(runs)
    sections = []
    if tasks:
        sections.append(
            _section(
                _("Test results"),
                lambda dark: results_shown(runs, base, draws, titles, True, dark),
                opened=True,
            )
        )
    sections += _curves(runs, store, titles)
    groups = seed_groups(runs)
    if tasks and any(len(group.members) > 1 for group in groups):
        based = next(group for group in groups if base.id in {run.id for run in group.members})
        first = tasks[0]
        sections.append(
            _section(
                _("Seeds"),
                lambda dark: seeds_shown(
                    groups, based, first.name, first.headline, draws, titles, True, dark
                ),
                opened=True,
            )
        )
    found = transfers(groups, singles, draws)
    if found:
        sections.append(
            _section(_("Together or alone"), lambda dark: transfer_shown(found, titles, dark), opened=True)
        )
    sections += _affinity([base, *runs], everything, titles)
    learned = _section(_("Before and after"), lambda dark: tuning_shown(runs, titles, dark))
    sections += [learned] if learned.light is not None else []
    sections += _gradients(runs, store, titles)
    if len(tasks) > 1 and len(runs) > 1:
        choices = [(task.name, task.headline) for task in tasks[:2]]
        over_seeds = front(groups, choices) if len(groups) < len(runs) else None
        shown = _section(
            _("Trade-off"),
            lambda dark: (
                tradeoff_shown(runs, choices, draws, titles, dark)
                if over_seeds is None
                else front_shown(over_seeds, titles, dark)
            ),
        )
        if shown.light is not None:
            sections.append(shown)
    if len(runs) > 1:
        sections.append(
            _section(_("Settings that differ"), lambda dark: differences_shown(runs), opened=True)
        )
    return sections, problems


def _curves(runs: Sequence[RunRecord], store: Store, titles: TaskTitles) -> list[Section]:
    headlines = {task.name: task.headline for task in compared_tasks(runs)}
    if not headlines:
        return []
    names = ("loss", *dict.fromkeys(headlines.values()))
    curves = store.curves(
        [run.id for run in runs], names=names, tasks=tuple(headlines), splits=("train", "validation")
    )
    choice = CurveChoice(tasks=headlines, smoothing=SMOOTHING)
    groups = seed_groups(runs)
    return [_section(_("Curves"), lambda dark: curves_shown(groups, curves, choice, titles, dark))]


def _affinity(
    runs: Sequence[RunRecord], everything: Sequence[RunRecord], titles: TaskTitles
) -> list[Section]:
    """Who helps whom, where subsets of the runs' tasks were trained as well."""
    tasks = [task for task in titles.titles if any(task in task_results(run) for run in runs)]
    tested = next((run for run in runs if task_results(run)), None)
    if tested is None or not 2 <= len(tasks) <= MOST_TASKS:
        return []
    found = subset_runs(tested, tasks, everything)
    members = [run for group in found.runs.values() for run in group]
    seen = affinity(found, "test", {run.id: draws_or_why(run)[0] for run in members})
    if not seen.pairs:
        return []
    sections = [_section(_("Who helps whom"), lambda dark: pairs_shown(seen, titles, dark), opened=True)]
    if seen.suggested is not None:
        text = _("Suggested: {groups}").format(groups=groups_text(seen.suggested.groups, titles))
        table = groupings_table(seen, titles)
        sections.append(Section(title=_("Which to train together"), says=text, table=table, open_table=True))
    if seen.shares:
        sections.append(
            _section(_("What each task adds"), lambda dark: shares_shown(seen, titles, dark), opened=True)
        )
    return sections


def _gradients(runs: Sequence[RunRecord], store: Store, titles: TaskTitles) -> list[Section]:
    names = [f"{COSINE}{task}" for task in titles.titles]
    curves = store.curves(
        [run.id for run in runs], names=names, tasks=tuple(titles.titles), splits=("train",)
    )
    if not curves:
        return []
    return [_section(_("Gradients"), lambda dark: pulls_shown(runs, curves, titles, dark))]


def _section(title: str, show: Callable[[bool], Shown], opened: bool = False) -> Section:
    """Both shades of a chart; table and sentence are the same in both."""
    light, dark = show(False), show(True)
    return Section(
        title=title,
        says=light.says,
        light=light.figure,
        dark=dark.figure,
        table=light.table,
        open_table=opened,
    )

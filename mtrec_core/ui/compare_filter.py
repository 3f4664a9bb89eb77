"""Which runs stand in Compare's table: search and filters. No streamlit, no torch."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mtrec_core.store.records import RunRecord


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What a run must fit to be listed; the empty value of each asks nothing."""

    words: str = ""
    """Each word must occur in number, name, data set, note, tags or id."""
    datasets: Collection[str] = ()
    states: Collection[str] = ()
    tags: Collection[str] = ()
    """One of them is enough."""
    starred: bool = False
    archived: bool = False
    """Archived runs as well."""


def fits(run: RunRecord, wanted: Filter) -> bool:
    """Whether the run is listed."""
    text = " ".join([f"#{run.number}", run.name, run.dataset, run.note, *run.tags, run.id]).casefold()
    return (
        all(word in text for word in wanted.words.casefold().split())
        and (not wanted.datasets or run.dataset in wanted.datasets)
        and (not wanted.states or run.state.value in wanted.states)
        and (not wanted.tags or bool(set(wanted.tags) & set(run.tags)))
        and (run.starred or not wanted.starred)
        and (wanted.archived or not run.archived)
    )


def names_in(text: str) -> list[str]:
    """Numbers and ids of runs as a link lists them."""
    return [name.strip().removeprefix("#") for name in text.split(",") if name.strip()]


def named_runs(text: str, runs: Sequence[RunRecord]) -> list[str]:
    """Ids of the runs that a link names, by number or id, in its order; unknown ones are left out."""
    by_name = {run.id: run.id for run in runs} | {str(run.number): run.id for run in runs}
    return list(dict.fromkeys(by_name[name] for name in names_in(text) if name in by_name))


def first_choice(runs: Sequence[RunRecord], most: int) -> list[str]:
    """What is compared before anyone chose: the newest runs with a result on the data of the newest such
    run, its group (seeds, single-task models) first."""
    tested = [run for run in runs if run.result and not run.archived]
    if not tested:
        return [run.id for run in runs[:most]]
    newest = tested[0]
    same = [run for run in tested if run.dataset_fingerprint == newest.dataset_fingerprint]
    joint = [run for run in same if run.task is None] or same
    return [run.id for run in joint[:most]]

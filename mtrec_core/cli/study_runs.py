"""Carrying out a study in the terminal or through the queue. No torch here until a run begins."""

from collections.abc import Sequence

import typer

from mtrec_core.cli.failures import STOPPED
from mtrec_core.cli.output import note
from mtrec_core.cli.progress import TerminalProgress
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.home import Home
from mtrec_core.jobs.interruption import Interruption
from mtrec_core.jobs.plan import PlannedRun
from mtrec_core.jobs.studies import StudyRun, experiment_of, look_up, queue_study
from mtrec_core.store.store import Store
from mtrec_core.training.events import Listener

WITHOUT_BASELINES = "evaluation.baselines=false"
"""First of a study's settings: its runs are set against each other, and baselines would take longer."""


def carry_out(
    plans: Sequence[PlannedRun],
    spec: DatasetSpec,
    home: Home,
    store: Store,
    *,
    title: str,
    kind: str,
    queued: bool,
    only_planned: bool,
) -> list[StudyRun]:
    """Trains what is missing, or queues it, or only says what that is; gives the study as it is then.

    Ctrl-C ends it with exit code 1; the same command goes on.
    """
    study = look_up(plans, spec, store)
    missing = [one for one in study if not one.is_done and not one.is_pending]
    _tell(study)
    if not missing or only_planned:
        return study
    experiment = experiment_of(study, store, title, kind)
    if queued:
        from mtrec_core.jobs.supervisor_state import ensure_supervisor

        queue_study(study, store, home, experiment)
        ensure_supervisor(home)
        note("The supervisor trains them; the same command shows how far it is, and the results.")
        return look_up(plans, spec, store)
    from mtrec_core.recorded_run import resume_run, start_run, train_run

    kinds = {task.name: task.kind for task in spec.tasks.values()}
    for number, one in enumerate(missing, 1):
        config = one.plan.config
        goes_on = "" if one.run is None else ", which goes on"
        note(f"Run {number} of {len(missing)}: {config.name}, seed {config.seed}{goes_on}")
        with Interruption() as interruption, TerminalProgress(kinds) as progress:
            listeners: list[Listener] = [progress, interruption.listen]
            if one.run is None:
                run = start_run(config, store, home, experiment, one.plan.task)
                result = train_run(run, store, home, listeners, interruption.asked)
            else:
                result = resume_run(one.run, store, home, listeners, interruption.asked)
        if result.state != "completed":
            note(f"Stopped; {number - 1} of {len(missing)} runs were trained. The same command goes on.")
            raise typer.Exit(STOPPED)
    return look_up(plans, spec, store)


def _tell(study: Sequence[StudyRun]) -> None:
    done, pending = sum(one.is_done for one in study), sum(one.is_pending for one in study)
    waiting = f", {pending} in the queue or going on" if pending else ""
    note(f"{len(study)} runs: {done} there already{waiting}, {len(study) - done - pending} to train.")

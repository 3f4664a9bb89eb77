"""Whether tasks help or hurt each other: the joint model against models of one task. No torch here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mtrec_core.comparing.intervals import Difference, compare_metric
from mtrec_core.comparing.run_values import task_results, test_value
from mtrec_core.comparing.settings import flat_settings
from mtrec_core.evaluation.draws_file import RunDraws
from mtrec_core.store.records import RunRecord
from mtrec_core.store.states import RunRole

FREE = ("seed", "name", "tasks")
"""Settings in which a single-task run may differ from the joint one."""


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """One task in a joint model and in a model of its own."""

    joint: RunRecord
    single: RunRecord
    task: str
    metric: str
    before: float | None
    """The joint model before training."""
    alone: float
    together: float
    difference: Difference
    """Together less alone; clearly worse is negative transfer."""
    like: bool
    """Whether the two differ in nothing but the tasks: other settings, or another seed, would share the
    blame."""


def transfers(
    joints: Sequence[RunRecord], singles: Sequence[RunRecord], draws: Mapping[str, RunDraws]
) -> list[Transfer]:
    """A row for each joint run and task that has a single-task run on the same data; `draws` by run id.

    Of several single-task runs the one that is most alike is taken: settings, then the seed, then the newest.
    """
    rows = []
    for joint in joints:
        for task, result in task_results(joint).items():
            single = matching_single(joint, task, singles)
            metric = result["headline"]
            if single is None:
                continue
            together, alone = test_value(joint, task, metric), test_value(single, task, metric)
            if together is None or alone is None:
                continue
            rows.append(
                Transfer(
                    joint=joint,
                    single=single,
                    task=task,
                    metric=metric,
                    before=result["before"].get(metric),
                    alone=alone,
                    together=together,
                    difference=compare_metric(joint, single, draws, task, metric),
                    like=_settings(joint) == _settings(single) and joint.seed == single.seed,
                )
            )
    return rows


def matching_single(joint: RunRecord, task: str, singles: Sequence[RunRecord]) -> RunRecord | None:
    """The single-task run of a task to set a joint run against; None without one."""
    fitting = [
        run
        for run in singles
        if run.role is RunRole.SINGLE_TASK
        and run.task == task
        and run.dataset_fingerprint == joint.dataset_fingerprint
        and task_results(run).get(task, {}).get("test")
    ]
    wanted = _settings(joint)
    return max(
        fitting,
        key=lambda run: (_settings(run) == wanted, run.seed == joint.seed, run.number),
        default=None,
    )


def trainable_part(run: RunRecord) -> str:
    """What of the encoder learns, to tell a run before fine-tuning from one after it."""
    text = run.config.get("text", {})
    kind = text.get("trainable", "heads")
    if kind == "heads":
        return "encoder frozen"
    if kind == "last_k":
        return f"last {text.get('last_k')} layers tuned"
    return {"lora": "tuned with LoRA", "full": "fully tuned"}.get(kind, kind)


def _settings(run: RunRecord) -> dict[str, str]:
    """All that should be the same in both; a joint run's weights are its own affair."""
    return {
        name: str(value)
        for name, value in flat_settings(run.config).items()
        if name not in FREE and not name.startswith("weights.")
    }

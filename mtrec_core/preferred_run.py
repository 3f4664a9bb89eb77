"""A trained run under many preferences: the trade-offs that its one model can make. Composes the stages anew
around the model of the best step."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from mtrec_core.config import RunConfig
from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.errors import DataError, UserError
from mtrec_core.evaluation.preference_front import PreferenceFront, PreferencePoint
from mtrec_core.judge import split_metrics
from mtrec_core.objective.preferences import shares_of
from mtrec_core.prepare import prepare
from mtrec_core.training.checkpoint import load_checkpoint, load_learned_state, part_of
from mtrec_core.training.events import Listener, ProgressEvent, StageEvent


def measure_front(
    folder: Path,
    config: RunConfig,
    vectors: Path,
    preferences: Sequence[Mapping[str, float]],
    listen: Listener,
) -> PreferenceFront:
    """All tasks' metrics on validation and test under each preference (task -> what it is worth, any scale).

    UserError when the run's model reads no preference, DataError when its model of the best step is gone.
    """
    if not (folder / "best").is_dir():
        raise DataError(f"The run keeps no model of its best step in {folder / 'best'}; train it again.")
    prepared = prepare(config, vectors, listen)
    model = prepared.model
    if model.preference is None:
        raise UserError("The run's model reads no preference.")
    load_learned_state(model, part_of(load_checkpoint(folder / "best"), "model"))
    listen(StageEvent(stage="front", text=f"Asking for {len(preferences)} preferences"))
    points = []
    for place, preference in enumerate(preferences):
        listen(ProgressEvent(stage="front", done=place, total=len(preferences)))
        shares = shares_of(preference)
        model.prefer(shares)
        points.append(
            PreferencePoint(
                preference=shares,
                validation=split_metrics(prepared, config, "validation")[1],
                test=split_metrics(prepared, config, "test")[1],
            )
        )
    headlines = {task: TASK_KINDS[prepared.dataset.tasks[task].spec.kind].headline for task in prepared.tasks}
    return PreferenceFront(headlines=headlines, points=tuple(points))

"""The rows of a step: drawn for this process, and what the processes' losses of them come to together."""

from collections.abc import Mapping

from torch import Tensor

from mtrec_core.data.dataset import Dataset
from mtrec_core.model.batches import TaskBatch, make_batch
from mtrec_core.model.plan import TaskPlan
from mtrec_core.objective.config import ObjectiveSettings
from mtrec_core.objective.task_losses import loss_size
from mtrec_core.training.processes import Processes, WholeStep
from mtrec_core.training.sampler import NegativeSampler, Sampler


def draw_batches(
    dataset: Dataset,
    sampler: Sampler,
    negatives: Mapping[str, NegativeSampler],
    step: int,
    processes: Processes,
) -> dict[str, TaskBatch]:
    """This process's rows of the step, a batch per task that has any. `negatives`: the retrieval tasks that
    are trained against a sample."""
    batches = {}
    for task, rows in sampler.draw(step, processes.rank, processes.count).items():
        batch = make_batch(dataset, dataset.tasks[task], rows)
        if task in negatives:
            batch = batch.with_negatives(negatives[task].draw(step), negatives[task].log_expected_N)
        batches[task] = batch
    return batches


def whole_step(
    losses: Mapping[str, Tensor],
    batches: Mapping[str, TaskBatch],
    tasks: Mapping[str, TaskPlan],
    objective: ObjectiveSettings,
    processes: Processes,
) -> WholeStep:
    """What the processes' losses come to together; `tasks` are all that are trained."""
    rows = sum(map(len, batches.values()))
    if processes.count == 1:
        values = {task: float(loss.detach()) for task, loss in losses.items()}
        return WholeStep(parts=dict(losses), losses=values, rows=rows)
    sizes = {task: loss_size(tasks[task], batch, objective) for task, batch in batches.items()}
    return processes.whole_step(losses, sizes, rows, list(tasks))

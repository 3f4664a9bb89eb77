"""The training loop: draw, compute, step, look at validation, keep the best."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from accelerate import Accelerator
from torch import Tensor
from torch.optim import Optimizer

from mtrec_core.data.dataset import Dataset
from mtrec_core.model.multitask import MultiTaskModel
from mtrec_core.objective.adversarial import Adversary, joined_cuts, mean_losses
from mtrec_core.objective.config import ObjectiveSettings
from mtrec_core.objective.gradients import compare_gradients, network_parts
from mtrec_core.objective.jacobian import Representation
from mtrec_core.objective.shared_part import reads_representation
from mtrec_core.objective.step import Objective
from mtrec_core.objective.step_parts import Backward, StepInputs
from mtrec_core.training.config import TrainingSettings
from mtrec_core.training.events import Listener
from mtrec_core.training.looks import Looks
from mtrec_core.training.loop_state import save_best, save_state
from mtrec_core.training.optimizer import WeightAverage, schedule_factor, set_learning_rate
from mtrec_core.training.overfitting import Fit
from mtrec_core.training.processes import ALONE, Processes
from mtrec_core.training.sampler import NegativeSampler, Sampler
from mtrec_core.training.step_rows import draw_batches, whole_step
from mtrec_core.training.stopping import Selection
from mtrec_core.training.telling import Telling

NewWeights = Callable[[int], Mapping[str, float] | None]
"""From the steps done to task weights that count from the next one on; None keeps those there are."""


def unchanged(step: int) -> None:
    """The weights of a run that nobody changes."""


@dataclass(frozen=True, kw_only=True)
class LoopResult:
    """How a loop ended."""

    stopped: bool
    """True when it was asked to stop before its last step."""
    steps: int
    best_step: int
    rows: int
    seconds: float
    """Time in steps and validations, with that of earlier processes on the same run."""


@dataclass(kw_only=True)
class Loop:
    """What a training run works with. `run` goes from the current step to the last."""

    model: MultiTaskModel
    dataset: Dataset
    sampler: Sampler
    negatives: Mapping[str, NegativeSampler]
    """Retrieval tasks that are trained against a sample."""
    optimizer: Optimizer
    average: WeightAverage | None
    rule: Objective
    """From the tasks' losses to gradients."""
    adversary: Adversary
    """What is added to the texts of a step."""
    selection: Selection
    settings: TrainingSettings
    objective: ObjectiveSettings
    accelerator: Accelerator
    validate: Callable[[], dict[str, dict[str, float]]]
    """Metrics of every task on validation, with the model as it stands."""
    fit: Callable[[], Fit]
    """What tells overfitting; asked after `validate`."""
    folder: Path
    """Of the run: `last/` and `best/` are written there."""
    processes: Processes = ALONE
    """Those that share the rows of a step. Only the main one validates, tells and writes."""
    step: int = 0
    rows: int = 0
    seconds_before: float = 0.0
    """Spent by an earlier process on the same run."""
    more_epochs: float = 0.0
    """Passes by which the run was extended, on top of what the settings say."""

    def __post_init__(self) -> None:
        whole = max(1, round(self.settings.epochs * self.sampler.steps_per_epoch))
        if self.settings.max_steps:
            whole = min(whole, self.settings.max_steps)
        whole += round(self.more_epochs * self.sampler.steps_per_epoch)
        per_update = self.settings.accumulation
        self.total_steps = max(whole // per_update, 1) * per_update
        per_evaluation = self.sampler.steps_per_epoch / self.settings.evaluations_per_epoch
        self.evaluate_every = max(1, round(per_evaluation / per_update)) * per_update

    def run(
        self, listen: Listener, stop_asked: Callable[[], bool], new_weights: NewWeights = unchanged
    ) -> LoopResult:
        """Trains to the end, to early stopping, or until `stop_asked` says so at an update's end.

        `new_weights` is asked before each update.
        """
        prepared, optimizer = self.accelerator.prepare(self.model, self.optimizer)
        learning = [part for part in self.model.parameters() if part.requires_grad]
        plans = self.model.plan.tasks
        self.processes.copy_from_main([part.data for part in learning])
        self._share_texts()
        backward = Backward(
            total=self.accelerator.backward,
            parameters=learning,
            share=1 / self.settings.accumulation,
            add=self.processes.add_rows if self.processes.count > 1 else None,
            keeps=self.processes.is_main,
        )
        looks = Looks(
            network=prepared,
            plan=self.model.plan,
            objective=self.objective,
            adversary=self.adversary,
            device=self.accelerator.device,
            cuts=self._cuts,
            remembers=self.rule.looks_again,
        )
        telling = Telling(loop=self, listen=listen)
        stopped = False
        while self.step < self.total_steps and not self.selection.is_over:
            if self.step % self.settings.accumulation == 0:
                self._change_weights(self.processes.from_main(new_weights(self.step)), telling)
            self.model.prefer(self.rule.wanted_preference, self.rule.preference(self.step))
            self.model.train()
            factor = schedule_factor(self.step, self.total_steps, self.settings)
            learning_rate = set_learning_rate(self.optimizer, factor)
            batches = draw_batches(self.dataset, self.sampler, self.negatives, self.step, self.processes)
            with self.accelerator.accumulate(prepared):
                passes = looks.first(batches, self.rule.given(batches), self.step)
                losses = mean_losses(passes)
                cut = joined_cuts(passes)
                self._compare_gradients(losses, cut, telling)
                whole = whole_step(losses, batches, plans, self.objective, self.processes)
                report = self.rule.step(
                    StepInputs(
                        number=self.step,
                        epoch=int(self.passes(self.step)),
                        parts=whole.parts,
                        losses=whole.losses,
                        representation=cut,
                    ),
                    backward,
                )
                if self.accelerator.sync_gradients:
                    self.processes.add_gradients(learning)
                if self.accelerator.sync_gradients and self.settings.clip_norm:
                    self.accelerator.clip_grad_norm_(self.model.parameters(), self.settings.clip_norm)
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
                if self.rule.looks_again and self.accelerator.sync_gradients:
                    after = looks.again(batches, passes)
                    whole_after = whole_step(after, batches, plans, self.objective, self.processes)
                    self.rule.look_again(whole_after.losses)
            if self.average is not None and self.accelerator.sync_gradients:
                self.average.update()
            self.step += 1
            self.rows += whole.rows
            telling.step(report, learning_rate)
            stopped = self.accelerator.sync_gradients and self.processes.from_main(stop_asked())
            if self.step % self.evaluate_every == 0 or self.step == self.total_steps:
                self._evaluate(telling)
            if stopped:
                break
        save_state(self, telling.seconds)
        return LoopResult(
            stopped=stopped and self.step < self.total_steps,
            steps=self.step,
            best_step=self.selection.best_step,
            rows=self.rows,
            seconds=telling.seconds,
        )

    def tell_start(self, listen: Listener) -> None:
        """How the untrained model does on validation, as step 0."""
        Telling(loop=self, listen=listen).start(self.validate(), self.fit())

    def passes(self, step: int) -> float:
        """Passes over the training rows after so many steps."""
        return step / self.sampler.steps_per_epoch

    @property
    def _cuts(self) -> bool:
        """Whether methods look at the entities' vectors."""
        return self.rule.needs_gradients and reads_representation(
            self.objective, self.model.text_encoder is not None, self.processes.count
        )

    def _compare_gradients(
        self, losses: Mapping[str, Tensor], cut: Representation | None, telling: Telling
    ) -> None:
        """Every so many steps, whether the tasks pull what they share the same way; on the main process's
        rows."""
        every = self.objective.gradients_every
        if not every or (self.step + 1) % every or len(losses) < 2 or not self.processes.is_main:
            return
        parts = network_parts(self.model, self.model.text_encoder)
        telling.gradients(compare_gradients(losses, parts, cut))

    def _change_weights(self, new: Mapping[str, float] | None, telling: Telling) -> None:
        """Trains with the given task weights from the next step on; None changes nothing."""
        if new is None:
            return
        before = {task: self.rule.weights.get(task, 1.0) for task in self.model.plan.tasks}
        after = before | {task: weight for task, weight in new.items() if task in before}
        self.rule.weights = after
        telling.weights(before, after)

    def _share_texts(self) -> None:
        """Histories read the vectors of the last validation, which only the main process makes."""
        if self.model.features.texts.live is not None:
            self.processes.copy_from_main([self.model.features.texts.vectors_UH])

    def _evaluate(self, telling: Telling) -> None:
        metrics: dict[str, dict[str, float]] = {}
        fit = Fit(losses={}, learned={})
        value, is_best = 0.0, False
        if self.processes.is_main:
            with self.average.in_place() if self.average else nullcontext():
                metrics, fit = self.validate(), self.fit()
                value, is_best = self.selection.see(self.step, metrics)
                if is_best:
                    save_best(self)
        self.selection.load_state(self.processes.from_main(self.selection.state()))
        self._share_texts()
        save_state(self, telling.seconds)
        telling.validation(metrics, fit, value, is_best)

"""Settings of the training loop. No torch here."""

from dataclasses import dataclass
from typing import Literal

from mtrec_core.errors import SettingError


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How long, how fast and where a run trains."""

    epochs: float = 4.0
    """Passes over the training rows of all tasks together. [passes; above 0]"""
    max_steps: int = 0
    """Ends the run after so many steps; 0 sets no limit. [steps; 0 or more]"""
    batch_size: int = 512
    """Rows of a step, all tasks together. [rows; 1 or more]"""
    accumulation: int = 1
    """Steps whose gradients are added up before one update. [steps; 1 or more]"""
    task_power: float = 0.75
    """Each step draws rows of a task in proportion to its training rows to this power: 1 as they are, 0
    all alike. [0 to 1]"""
    optimizer: Literal["adamw", "sgd"] = "adamw"
    """`adamw` suits nearly always; `sgd` runs with momentum 0.9."""
    learning_rate: float = 2e-3
    """Peak step size of everything but the encoder. [above 0]"""
    encoder_learning_rate: float = 5e-5
    """Peak step size of the encoder's own parameters, where it learns. [above 0]"""
    ngram_learning_rate: float = 1e-2
    """Peak step size of the weights by which heads read n-grams directly; each is met by few rows. 0 leaves
    them as they start. [0 or more]"""
    schedule: Literal["constant", "linear", "cosine"] = "cosine"
    """How the step size falls after the warm-up."""
    warmup: float = 0.05
    """Share of the steps in which the step size grows from 0. [0 to below 1]"""
    weight_decay: float = 0.01
    """Pull of the weights towards 0 (not of biases, norms and tables of vectors). [0 or more]"""
    id_weight_decay: float = 0.0
    """Pull of the tables of vectors (own vectors, categories, n-grams) towards 0. [0 or more]"""
    clip_norm: float = 1.0
    """Longest gradient that is taken as it is; longer ones are shortened to it. 0 never shortens.
    [0 or more]"""
    averaging: float = 0.98
    """Decay of a running average of the weights, used for validation, test and the bundle (such as 0.99);
    0: none. [0 to below 1]"""
    evaluations_per_epoch: float = 1.0
    """How often validation runs. [per pass; above 0]"""
    monitor: str = "mean_gain"
    """What picks the best step and stops early, on validation: `mean_gain` (geometric mean of the tasks'
    relative gains in headline metric over the first validation) or `TASK/METRIC`."""
    patience: int = 0
    """Validations without a new best after which the run ends; 0 never ends early (the best step is kept
    all the same). [validations; 0 or more]"""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where it runs; `auto` takes a GPU if there is one."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """`auto` computes in bf16 where the device does so natively."""
    threads: int = 0
    """CPU threads of each process; 0 shares out all cores. [threads; 0 or more]"""
    processes: int = 1
    """Processes that share each step's rows: one per GPU, or several on the CPU. The batch size stays that
    of the whole step. [processes; 1 or more]"""

    def __post_init__(self) -> None:
        if self.epochs <= 0 or self.batch_size < 1 or self.accumulation < 1 or self.max_steps < 0:
            raise SettingError(
                "training.epochs must be above 0, training.batch_size and training.accumulation 1 or more, "
                "training.max_steps 0 or more."
            )
        if self.processes < 1:
            raise SettingError(f"training.processes is {self.processes}; it must be 1 or more.")
        if self.ngram_learning_rate < 0:
            raise SettingError("training.ngram_learning_rate must be 0 or more.")
        if self.learning_rate <= 0 or self.encoder_learning_rate <= 0:
            raise SettingError("training.learning_rate and training.encoder_learning_rate must be above 0.")
        if not 0 <= self.task_power <= 1:
            raise SettingError(f"training.task_power is {self.task_power}; it must lie between 0 and 1.")
        if not 0 <= self.warmup < 1:
            raise SettingError(f"training.warmup is {self.warmup}; it must be at least 0 and below 1.")
        if min(self.weight_decay, self.id_weight_decay, self.clip_norm, self.patience, self.threads) < 0:
            raise SettingError(
                "training.weight_decay, id_weight_decay, clip_norm, patience and threads can't be negative."
            )
        if not 0 <= self.averaging < 1:
            raise SettingError(f"training.averaging is {self.averaging}; it must be at least 0 and below 1.")
        if self.evaluations_per_epoch <= 0:
            raise SettingError("training.evaluations_per_epoch must be above 0.")
        if self.monitor != "mean_gain" and self.monitor.count("/") != 1:
            raise SettingError(
                f"training.monitor is '{self.monitor}'; "
                "write mean_gain or TASK/METRIC, such as purchase/ndcg@10."
            )

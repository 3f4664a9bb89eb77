"""Settings of the evaluation. No torch here."""

from dataclasses import dataclass

from mtrec_core.errors import SettingError


@dataclass(frozen=True, kw_only=True)
class EvaluationSettings:
    """How a run is judged."""

    list_length: int = 100
    """How many items of each ranked list are kept; the place of every relevant item is known all the same.
    [items; 10 or more]"""
    baselines: bool = True
    """Whether the run is compared with majority or mean, popularity, TF-IDF + linear and last item."""
    max_validation_lists: int = 2000
    """Most lists or rows per task that a validation during training looks at, drawn once; 0 takes all.
    [lists; 0 or more]"""
    bootstrap_samples: int = 1000
    """How often users are drawn anew for the interval of a difference. [draws; 100 or more]"""

    def __post_init__(self) -> None:
        if self.list_length < 10:
            raise SettingError(
                f"evaluation.list_length is {self.list_length}; it must be 10 or more, "
                "since the metrics look at the first 10."
            )
        if self.max_validation_lists < 0:
            raise SettingError("evaluation.max_validation_lists must be 0 (all) or more.")
        if self.bootstrap_samples < 100:
            raise SettingError(
                f"evaluation.bootstrap_samples is {self.bootstrap_samples}; an interval needs 100 or more."
            )

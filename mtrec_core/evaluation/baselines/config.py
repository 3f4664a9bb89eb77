"""Settings of the baselines. No torch here."""

from dataclasses import dataclass

from mtrec_core.errors import SettingError


@dataclass(frozen=True, kw_only=True)
class BaselineSettings:
    """How much work the baselines may do; within these bounds they use all rows."""

    max_rows: int = 100_000
    """Most training rows of a linear model, and most texts that TF-IDF counts words in; drawn at random."""
    max_cells: int = 20_000_000
    """Most stored numbers of a training matrix; long texts and long histories bring fewer rows."""
    max_work: int = 200_000_000
    """Most stored numbers times outputs (classes, tags, targets); many outputs bring fewer training rows."""
    max_features: int = 50_000
    """Most words and pairs of words that TF-IDF keeps, the frequent ones."""
    tuning_rows: int = 8_000
    """Most training rows on which the strength of the regularisation is tried."""
    validation_rows: int = 3_000
    """Most validation rows or lists on which it is chosen."""
    classifier_targets: int = 2_000
    """Retrieval from a text alone tries a classifier over the targets when there are at most so many."""
    list_length: int = 10
    """How many items of each ranked list are kept; metrics look at the first 10."""

    def __post_init__(self) -> None:
        for name in ("max_rows", "max_cells", "max_work", "max_features", "tuning_rows", "validation_rows"):
            if getattr(self, name) < 1:
                raise SettingError(f"{name} of the baselines is {getattr(self, name)}; it must be 1 or more.")
        if self.list_length < 10:
            raise SettingError(f"list_length of the baselines is {self.list_length}; it must be 10 or more.")

    def affordable_rows(self, cells_per_row: float, outputs: int) -> int:
        """How many training rows `max_cells` and `max_work` allow; at least one."""
        cells = min(self.max_cells, self.max_work / max(1, outputs))
        return max(1, int(cells / max(1.0, cells_per_row)))

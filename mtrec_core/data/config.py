"""Settings of the data stage. No torch here."""

from dataclasses import dataclass

from mtrec_core.errors import SettingError


@dataclass(frozen=True, kw_only=True)
class DataSettings:
    """Which rows a run sees."""

    split_seed: int = 0
    """Changes which rows a random split draws."""
    train_per_class: int = 0
    """Keep only this many training rows per class, for few-shot studies; 0 keeps all. [rows; 0 or more]"""
    train_rows: int = 0
    """Keep only this many training rows per task, drawn at random; 0 keeps all. [rows; 0 or more]"""
    class_names: bool = False
    """Whether the name of each class, read as a text, is one more training row of that class. Helps where
    classes have few rows; for multiclass tasks that read nothing but a text."""
    hide_items: float = 0.0
    """Share of each retrieval task's targets that training never sees, to measure cold items. [0 to 0.9]"""

    def __post_init__(self) -> None:
        if self.train_per_class < 0 or self.train_rows < 0:
            raise SettingError("data.train_per_class and data.train_rows must be 0 or more.")
        if not 0 <= self.hide_items <= 0.9:
            raise SettingError(f"data.hide_items is {self.hide_items}; it must lie between 0 and 0.9.")

"""What a task can be: its inputs, its label, its headline metric. No torch here."""

from dataclasses import dataclass
from typing import Literal

LabelForm = Literal["none", "number", "zero_one", "class", "tags", "grade"]


@dataclass(frozen=True, kw_only=True)
class TaskKind:
    """One row of the table of kinds."""

    key: str
    title: str
    label: LabelForm
    """What the label column holds; `none` means that each row is a positive pair."""
    headline: str
    """The accuracy-like number of this kind, a name in `evaluation.metric_table`."""
    higher_is_better: bool
    summary: str


TASK_KINDS: dict[str, TaskKind] = {
    kind.key: kind
    for kind in (
        TaskKind(
            key="retrieval",
            title="Retrieval",
            label="none",
            headline="ndcg@10",
            higher_is_better=True,
            summary="Which of all the items (or answers) goes with this user, item or question.",
        ),
        TaskKind(
            key="multiclass",
            title="One of several classes",
            label="class",
            headline="accuracy",
            higher_is_better=True,
            summary="Which class the row belongs to.",
        ),
        TaskKind(
            key="binary",
            title="Yes or no",
            label="zero_one",
            headline="auc",
            higher_is_better=True,
            summary="How probable a yes is, such as a click or a purchase.",
        ),
        TaskKind(
            key="regression",
            title="A number",
            label="number",
            headline="rmse",
            higher_is_better=False,
            summary="How large a number is, such as a rating or an age.",
        ),
        TaskKind(
            key="multilabel",
            title="A set of tags",
            label="tags",
            headline="map",
            higher_is_better=True,
            summary="Which tags belong to the thing.",
        ),
        TaskKind(
            key="ranking",
            title="Ranking",
            label="grade",
            headline="ndcg@10",
            higher_is_better=True,
            summary="In which order to show the products of one search.",
        ),
    )
}

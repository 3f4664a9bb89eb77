"""The table of baselines: a row each, with the kinds of task that it can do. No torch here."""

from dataclasses import dataclass

from mtrec_core.data.kinds import TASK_KINDS


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """One row of the table of baselines."""

    key: str
    title: str
    kinds: tuple[str, ...]
    """The kinds of task that it can do. A task may still lack what it needs, such as a text or a history."""
    summary: str
    """What it learns from the train rows, and when it is left out."""
    target: str
    """`module:function`; the function takes a `Problem`, returns a predictions table or, left out, None."""


ALL_KINDS = tuple(TASK_KINDS)

BASELINES: dict[str, Baseline] = {
    baseline.key: baseline
    for baseline in (
        Baseline(
            key="constant",
            title="Majority or mean",
            kinds=("multiclass", "binary", "regression", "multilabel"),
            summary="The same answer for every row: shares of the classes or tags, base rate, or mean.",
            target="mtrec_core.evaluation.baselines.constant:constant",
        ),
        Baseline(
            key="popularity",
            title="Popularity",
            kinds=("retrieval", "binary", "regression", "ranking"),
            summary=(
                "How often a target occurs (retrieval), or the mean label of the item (the last input; of a "
                "ranking the one after the query), drawn towards the overall mean. Left out when no item "
                "has two train rows."
            ),
            target="mtrec_core.evaluation.baselines.popularity:popularity",
        ),
        Baseline(
            key="tfidf_linear",
            title="TF-IDF + linear model",
            kinds=ALL_KINDS,
            summary=(
                "TF-IDF of words and word pairs of the inputs and of the items in their histories, one-hot "
                "codes, numbers, context and cosines between the inputs; on top logistic regression, linear "
                "SVM or ridge on at most 100,000 train rows, its strength chosen on validation. Retrieval: "
                "cosine of the query's (or history's) and the target's text, or a classifier over the "
                "targets, whichever is better on validation. Left out when the inputs have no features, for "
                "retrieval when one side has no text."
            ),
            target="mtrec_core.evaluation.baselines.tfidf:tfidf_linear",
        ),
        Baseline(
            key="last_item",
            title="Last item",
            kinds=("retrieval",),
            summary=(
                "How often the target followed the last item of the history in train (without times: any "
                "item of it; for items asked for by an item: how often the two went together), then "
                "popularity. Left out without a history or query item."
            ),
            target="mtrec_core.evaluation.baselines.last_item:last_item",
        ),
    )
}

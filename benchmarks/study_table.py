"""The studies: which data set, which protocol, how often, and what others published on it. No torch here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
DATASETS = PROJECT / "benchmarks" / "datasets"

FROM_ZERO: Mapping[str, str | float] = {
    "model.dropout": 0.2,
    "model.ngram_start": "zero",
    "training.ngram_learning_rate": 0.01,
}
"""Reviews with n-grams that nothing was fitted to beforehand: what studies of methods set, where a start next
to the end would hide differences."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """A number that others reported."""

    by: str
    task: str
    values: Mapping[str, float]
    """Metric -> value; a name of `evaluation.metric_table` or of the extra measures."""


@dataclass(frozen=True, kw_only=True)
class Study:
    """One row of the table of studies."""

    key: str
    folder: Path
    title: str
    protocol: str
    """What is measured, in a sentence or two."""
    seeds: int = 3
    """How many trainings, unless the command says otherwise."""
    draws: bool = False
    """Whether `data.split_seed` follows the seed, so that each training also sees other rows."""
    settings: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    """What this study sets beyond the data set's own settings, by dotted name."""
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Task -> names in `extra_measures.EXTRA_MEASURES`."""
    published: tuple[Published, ...] = ()


TIGER = "Rajput et al., NeurIPS 2023"
CASANUEVA = "USE+ConveRT (Casanueva et al., 2020)"
TFRS = "TensorFlow Recommenders' multi-task tutorial"

STUDIES: dict[str, Study] = {
    study.key: study
    for study in (
        Study(
            key="shop",
            folder=PROJECT / "sample_data" / "shop",
            title="The sample shop",
            protocol=(
                "The invented shop that comes with the program, at the program's defaults: all its tasks in "
                "one model."
            ),
        ),
        Study(
            key="amazon_beauty",
            folder=DATASETS / "amazon_beauty",
            title="Amazon Beauty",
            protocol=(
                "Leave-one-out: the last purchase of each user is test, the one before validation; ranked "
                "against the whole catalogue. Seen items are left out of a list; the variant that keeps them "
                "stands beside it."
            ),
            published=(
                Published(
                    by=f"SASRec, as reported by {TIGER}",
                    task="purchase",
                    values={"ndcg@10": 0.0318, "recall@10": 0.0605},
                ),
                Published(
                    by=f"S3-Rec, as reported by {TIGER}",
                    task="purchase",
                    values={"ndcg@10": 0.0327, "recall@10": 0.0647},
                ),
                Published(
                    by=f"TIGER ({TIGER})", task="purchase", values={"ndcg@10": 0.0384, "recall@10": 0.0648}
                ),
            ),
        ),
        Study(
            key="amazon_beauty_cold",
            folder=DATASETS / "amazon_beauty",
            title="Amazon Beauty, cold items",
            protocol=(
                "One item in ten is hidden from training. The rows on cold items look only at the lists "
                "whose relevant item was hidden: its title is all that the model knows of it."
            ),
            settings={"data.hide_items": 0.1},
        ),
        Study(
            key="movielens_100k",
            folder=DATASETS / "movielens_100k",
            title="MovieLens-100K, full ranking",
            protocol=(
                "RecBole's protocol: 8:1:1 at random within each user, ranked against the whole catalogue, "
                "seen movies left out."
            ),
            extra={"watch": ("mrr@10",)},
            published=(
                Published(
                    by="BPR (README of RecBole)",
                    task="watch",
                    values={"ndcg@10": 0.2768, "recall@10": 0.2368, "hit@10": 0.7614, "mrr@10": 0.4519},
                ),
            ),
        ),
        Study(
            key="movielens_100k_rating",
            folder=DATASETS / "movielens_100k_rating",
            title="MovieLens-100K, retrieval and rating",
            protocol=(
                "The protocol of TensorFlow Recommenders' multi-task tutorial: 80,000 rows to learn from "
                "(4,000 of them held out for validation here), 20,000 to test, at random; the first 100 of "
                "all movies, seen ones kept."
            ),
            extra={"watch": ("hit@100_seen_kept",)},
            published=(
                Published(by=f"{TFRS}, rating only", task="watch", values={"hit@100_seen_kept": 0.060}),
                Published(by=f"{TFRS}, retrieval only", task="watch", values={"hit@100_seen_kept": 0.233}),
                Published(by=f"{TFRS}, joint", task="watch", values={"hit@100_seen_kept": 0.235}),
                Published(by=f"{TFRS}, rating only", task="rating", values={"rmse": 1.113}),
                Published(by=f"{TFRS}, joint", task="rating", values={"rmse": 1.110}),
            ),
        ),
        Study(
            key="banking77",
            folder=DATASETS / "banking77",
            title="banking77, frozen encoder",
            protocol=(
                "Questions of bank customers to one of 77 intents; the published test set, a tenth of the "
                "training file for validation."
            ),
            published=(Published(by=CASANUEVA, task="intent", values={"accuracy": 0.934}),),
        ),
        Study(
            key="banking77_fine_tuned",
            folder=DATASETS / "banking77",
            title="banking77, the encoder learns too",
            protocol=("The same data and split; all layers of the encoder learn."),
            settings={
                "text.trainable": "full",
                "text.pooling": "mean",
                "text.max_length": 64,
                "training.epochs": 5,
                "training.batch_size": 64,
                "training.learning_rate": 1e-3,
                "training.encoder_learning_rate": 1e-4,
            },
            published=(Published(by=CASANUEVA, task="intent", values={"accuracy": 0.934}),),
        ),
        Study(
            key="banking77_few_shot",
            folder=DATASETS / "banking77_few_shot",
            title="banking77, 10 examples per intent",
            protocol=("The same test set; each training draws ten other questions per intent."),
            seeds=5,
            draws=True,
            published=(
                Published(by=f"{CASANUEVA}, 10 per intent", task="intent", values={"accuracy": 0.852}),
            ),
        ),
        Study(
            key="womens_clothing",
            folder=DATASETS / "womens_clothing",
            title="Women's clothing reviews",
            protocol=(
                "Five labels from one text in one model: 6,000 rows at random to learn from (600 of them for "
                "validation), 2,000 to test."
            ),
        ),
        Study(
            key="book_crossing",
            folder=DATASETS / "book_crossing",
            title="Book-Crossing",
            protocol=(
                "Which book next, how it is rated, and the reader's age, in one model. Events have no time: "
                "rows are split at random, readers for the age."
            ),
        ),
    )
}

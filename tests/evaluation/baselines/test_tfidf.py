"""TF-IDF + linear finds what words, codes, numbers and histories say, and nothing else."""

import numpy as np
import pytest

from mtrec_core.evaluation.baselines.config import BaselineSettings
from mtrec_core.evaluation.baselines.problem import Problem
from mtrec_core.evaluation.baselines.row_features import RowFeatures
from mtrec_core.evaluation.baselines.text_vectors import text_vectors
from mtrec_core.evaluation.baselines.tfidf import tfidf_linear
from mtrec_core.evaluation.metrics import evaluate
from tests.evaluation.baselines.hand_made import TASK, dataset, entity, history

ROWS = 120
SPLITS = ["train"] * 80 + ["validation"] * 20 + ["test"] * 20
FILLER = ["the", "a", "very", "one", "of", "these", "some"]


def problem(data, settings=None):
    return Problem(
        dataset=data, task=TASK, splits=("validation", "test"), settings=settings or BaselineSettings()
    )


def quality(data, metric, settings=None):
    table = tfidf_linear(problem(data, settings))
    assert np.isfinite(table["score"]).all()
    assert table["split"].value_counts().index.isin(["validation", "test"]).all()
    return evaluate(data.tasks[TASK].spec, table[table["split"] == "test"])[metric]


def texts_of(words):
    """A filler word around each meaning one."""
    rng = np.random.default_rng(1)
    return [f"{rng.choice(FILLER)} {word} {rng.choice(FILLER)}" for word in words]


def drawn(choices, seed=0):
    return np.random.default_rng(seed).choice(choices, size=ROWS)


def things(words=None, **columns):
    texts = None if words is None else texts_of(words)
    return entity("item", [f"i{code}" for code in range(ROWS)], texts=texts, **columns)


def test_a_word_that_means_yes_is_found():
    words = drawn(["lovely", "awful", "superb", "broken"])
    labels = np.isin(words, ["lovely", "superb"])
    data = dataset("binary", [things(words)], {"item": range(ROWS)}, SPLITS, labels=labels)
    assert quality(data, "auc") == 1


def test_yes_is_a_probability():
    words = drawn(["lovely", "awful"])
    labels = np.where(np.random.default_rng(2).random(ROWS) < 0.8, words == "lovely", words != "lovely")
    data = dataset("binary", [things(words)], {"item": range(ROWS)}, SPLITS, labels=labels)
    table = tfidf_linear(problem(data))
    assert table["score"].between(0, 1).all()


def test_words_of_classes_are_found():
    words = drawn(["dress", "shoe", "scarf"])
    labels = np.unique(words, return_inverse=True)[1]
    data = dataset(
        "multiclass",
        [things(words)],
        {"item": range(ROWS)},
        SPLITS,
        labels=labels,
        classes=("dress", "scarf", "shoe"),
    )
    assert quality(data, "accuracy") == 1
    table = tfidf_linear(problem(data))
    assert table.groupby(["split", "row"])["score"].sum().to_numpy() == pytest.approx(np.ones(40), abs=1e-5)
    assert quality(data, "log_loss") < 0.3


def test_two_classes_keep_their_order():
    words = drawn(["dress", "shoe"])
    labels = np.unique(words, return_inverse=True)[1]
    data = dataset(
        "multiclass", [things(words)], {"item": range(ROWS)}, SPLITS, labels=labels, classes=("dress", "shoe")
    )
    assert quality(data, "accuracy") == 1


def test_words_of_tags_are_found():
    first, second = drawn(["red", "blue"]), drawn(["silk", "wool"], seed=3)
    tags = [{int(a == "red"), 2 + int(b == "silk")} for a, b in zip(first, second, strict=True)]
    words = [f"{a} {b}" for a, b in zip(first, second, strict=True)]
    data = dataset(
        "multilabel",
        [things(words)],
        {"item": range(ROWS)},
        SPLITS,
        tags=tags,
        classes=("blue", "red", "wool", "silk"),
    )
    assert quality(data, "map") == 1
    assert quality(data, "micro_f1") > 0.95


def test_a_number_follows_words_codes_and_numbers():
    words, codes, numbers = drawn(["big", "small"]), drawn([1, 2], seed=4), drawn([-1.0, 0.0, 1.0], seed=5)
    labels = 10 * (words == "big") + 5 * (codes == 2) + 3 * numbers
    data = dataset(
        "regression",
        [things(words, categories=codes, numbers=numbers)],
        {"item": range(ROWS)},
        SPLITS,
        labels=labels,
    )
    assert quality(data, "r2") > 0.98


def test_no_number_lies_beyond_those_of_train():
    numbers = np.linspace(-2, 2, ROWS)
    data = dataset(
        "regression", [things(numbers=numbers)], {"item": range(ROWS)}, SPLITS, labels=10 * numbers
    )
    table = tfidf_linear(problem(data))
    assert table["score"].max() == pytest.approx(10 * numbers[79])
    assert numbers[79] < numbers[-1]


def test_the_context_counts():
    hour = drawn([-1.0, 1.0])
    items = entity("item", ["a"])
    data = dataset("binary", [items], {"item": [0] * ROWS}, SPLITS, labels=hour > 0, hour=hour)
    assert quality(data, "auc") == 1


def test_the_items_of_a_history_tell_of_the_user():
    items = entity("item", ["a", "b", "c", "d"], texts=["red dress", "red shoe", "blue dress", "blue shoe"])
    bought = [[0, 1] if code % 2 else [2, 3] for code in range(ROWS)]
    users = entity("user", [f"u{code}" for code in range(ROWS)], histories=history("item", bought))
    ends = [2 * code + 2 for code in range(ROWS)]
    labels = [code % 2 for code in range(ROWS)]
    data = dataset("binary", [users, items], {"user": range(ROWS)}, SPLITS, labels=labels, ends={0: ends})
    assert quality(data, "auc") == 1


def ranking_of_likeness(seed=0):
    """Products are relevant to a query whose word they have; each word is rare, so only likeness tells."""
    words = [f"word{code}" for code in range(30)]
    rng = np.random.default_rng(seed)
    query = np.repeat(rng.integers(0, 30, size=60), 4)
    other = (query + rng.integers(1, 30, size=240)) % 30
    item = np.where(np.arange(240) % 4 == 0, query, other)
    splits = ["train"] * 120 + ["validation"] * 60 + ["test"] * 60
    queries = entity("query", words, texts=words, key=None)
    items = entity("item", [f"i{code}" for code in range(30)], texts=[f"{word} shirt" for word in words])
    group = [f"g{row // 4}" for row in range(240)]
    inputs = {"query": query, "item": item}
    return dataset("ranking", [queries, items], inputs, splits, labels=item == query, group=group)


def test_a_ranking_learns_from_how_alike_query_and_product_are():
    assert quality(ranking_of_likeness(), "ndcg@10") == 1


def test_lists_of_a_ranking_stay_whole_when_validation_is_cut():
    data = ranking_of_likeness()
    cut = problem(data, BaselineSettings(validation_rows=8)).held_out_rows()
    groups, sizes = np.unique(data.tasks[TASK].group_R[cut], return_counts=True)
    assert len(groups) == 8 * 15 // 60
    assert (sizes == 4).all()


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_labels_of_test_rows_change_no_score(kind):
    words = drawn(["lovely", "awful", "superb", "broken"])
    labels = np.isin(words, ["lovely", "superb"]).astype(float)
    turned = np.where(np.array(SPLITS) == "test", 1 - labels, labels)
    tables = [
        tfidf_linear(problem(dataset(kind, [things(words)], {"item": range(ROWS)}, SPLITS, labels=given)))
        for given in (labels, turned)
    ]
    assert tables[0]["score"].tolist() == tables[1]["score"].tolist()


def test_words_of_test_rows_are_not_learned():
    texts = ["lovely"] * 60 + ["awful"] * 20 + ["unseen"] * 40
    items = entity("item", [f"i{code}" for code in range(ROWS)], texts=texts)
    data = dataset("binary", [items], {"item": range(ROWS)}, SPLITS, labels=[1] * 60 + [0] * 60)
    vectors = text_vectors(problem(data), data.tasks[TASK].rows("train"))
    assert vectors.width == len({"lovely", "awful"})
    assert vectors.by_entity["item"][80:].nnz == 0


def test_a_word_of_a_single_text_counts_only_while_texts_are_few(monkeypatch):
    texts = ["lovely dress"] * 79 + ["lovely shirt"] + ["lovely"] * 40
    items = entity("item", [f"i{code}" for code in range(ROWS)], texts=texts)
    data = dataset("binary", [items], {"item": range(ROWS)}, SPLITS, labels=drawn([0, 1]))
    words = {"lovely", "dress", "lovely dress"}
    assert text_vectors(problem(data), np.arange(80)).width == len(words | {"shirt", "lovely shirt"})
    monkeypatch.setattr("mtrec_core.evaluation.baselines.text_vectors.FEW_TEXTS", 80)
    assert text_vectors(problem(data), np.arange(80)).width == len(words)


def test_within_its_bounds_it_learns_from_drawn_rows():
    words = drawn(["lovely", "awful"])
    data = dataset("binary", [things(words)], {"item": range(ROWS)}, SPLITS, labels=words == "lovely")
    assert quality(data, "auc", BaselineSettings(max_rows=30, tuning_rows=20, validation_rows=10)) == 1
    few = BaselineSettings(max_cells=100)
    features = RowFeatures.fit(problem(data), text_vectors(problem(data), np.arange(80)), np.arange(80))
    cells_per_row = features.matrix(np.arange(80)).nnz / 80
    assert few.affordable_rows(cells_per_row, outputs=1) == int(100 / cells_per_row) < 80


def test_drawn_rows_with_a_single_answer_are_not_what_it_tunes_on():
    words = np.where(np.arange(ROWS) % 40 == 0, "lovely", "awful")
    data = dataset("binary", [things(words)], {"item": range(ROWS)}, SPLITS, labels=words == "lovely")
    assert len(tfidf_linear(problem(data, BaselineSettings(tuning_rows=1)))) == 40


def test_without_validation_rows_it_takes_the_middle_strength():
    words = drawn(["lovely", "awful"])
    splits = ["train"] * 100 + ["test"] * 20
    data = dataset("binary", [things(words)], {"item": range(ROWS)}, splits, labels=words == "lovely")
    assert quality(data, "auc") == 1


def test_a_text_without_spaces_is_read_character_by_character():
    words = drawn(["很好的裙子", "不好的裙子"])
    data = dataset("binary", [things(words)], {"item": range(ROWS)}, SPLITS, labels=words == "很好的裙子")
    assert quality(data, "auc") == 1


def test_words_that_occur_once_count_when_there_are_no_others(monkeypatch):
    monkeypatch.setattr("mtrec_core.evaluation.baselines.text_vectors.FEW_TEXTS", 0)
    texts = [f"word{code}" for code in range(3)]
    data = dataset(
        "regression",
        [entity("item", ["a", "b", "c"], texts=texts)],
        {"item": [0, 1, 2]},
        ["train", "train", "test"],
        labels=[0, 4, 1],
    )
    assert tfidf_linear(problem(data))["score"].tolist() == pytest.approx([2])


def test_things_without_features_leave_it_out():
    data = dataset("binary", [things()], {"item": range(ROWS)}, SPLITS, labels=drawn([0, 1]))
    assert tfidf_linear(problem(data)) is None


def test_empty_texts_leave_it_out():
    blank = entity("item", [f"i{code}" for code in range(ROWS)], texts=[""] * ROWS)
    data = dataset("binary", [blank], {"item": range(ROWS)}, SPLITS, labels=drawn([0, 1]))
    assert tfidf_linear(problem(data)) is None


def test_a_single_answer_leaves_it_out():
    data = dataset("binary", [things(["x"] * ROWS)], {"item": range(ROWS)}, SPLITS, labels=[1] * ROWS)
    assert tfidf_linear(problem(data)) is None

"""Retrieval by the words of the query, of the history, or by a classifier: the best on validation."""

import numpy as np
import pytest

from mtrec_core.evaluation.baselines.config import BaselineSettings
from mtrec_core.evaluation.baselines.problem import Problem
from mtrec_core.evaluation.baselines.tfidf import tfidf_linear
from mtrec_core.evaluation.metrics import evaluate
from tests.evaluation.baselines.hand_made import TASK, dataset, entity, history

WORDS = [f"word{code}" for code in range(12)]
ITEMS = entity("item", WORDS, texts=[f"{word} lamp" for word in WORDS])


def first_items(data, settings=None, split="test"):
    table = tfidf_linear(
        Problem(
            dataset=data, task=TASK, splits=("validation", "test"), settings=settings or BaselineSettings()
        )
    )
    found = table[(table["split"] == split) & (table["rank"] == 1)]
    return found["item"].tolist(), evaluate(data.tasks[TASK].spec, table[table["split"] == split])["ndcg@10"]


def asked(query_texts, targets, splits, items=ITEMS):
    queries = entity("query", [f"q{code}" for code in range(len(query_texts))], texts=query_texts, key=None)
    return dataset("retrieval", [queries, items], {"query": range(len(query_texts)), "item": targets}, splits)


def test_a_target_without_a_train_row_is_found_by_its_words():
    codes = [0, 1, 2, 3, 4, 5, 9, 10, 11]
    data = asked(
        [f"a {WORDS[code]} please" for code in codes],
        codes,
        ["train"] * 4 + ["validation"] * 2 + ["test"] * 3,
    )
    assert first_items(data) == (["word9", "word10", "word11"], 1)


def questions():
    """What is asked shares no word with what is answered: only a classifier can learn it."""
    answers = entity("answer", ["A", "B", "C"], texts=["we pay it back", "look at the map", "write to us"])
    words = ["refund", "where", "contact"]
    targets = [row % 3 for row in range(60)]
    texts = [f"{words[target]} {row % 7}" for row, target in enumerate(targets)]
    queries = entity("query", [f"q{row}" for row in range(60)], texts=texts, key=None)
    splits = ["train"] * 40 + ["validation"] * 10 + ["test"] * 10
    return dataset("retrieval", [queries, answers], {"query": range(60), "answer": targets}, splits)


def test_a_classifier_answers_where_words_are_not_shared():
    assert first_items(questions())[1] == 1


def test_above_so_many_targets_no_classifier_is_tried():
    assert first_items(questions(), BaselineSettings(classifier_targets=2))[1] < 1


def test_a_target_without_text_is_left_to_the_classifier():
    data = questions()
    answers = entity("answer", ["A", "B", "C"])
    bare = dataset(
        "retrieval",
        [data.entities["query"], answers],
        {"query": range(60), "answer": data.tasks[TASK].inputs[1]},
        ["train"] * 40 + ["validation"] * 10 + ["test"] * 10,
    )
    assert first_items(bare)[1] == 1


def test_a_user_gets_what_is_most_like_the_items_of_the_history():
    items = entity(
        "item", list("abcdef"), texts=["red silk", "red silk", "red silk", "blue wool", "blue wool", "blue"]
    )
    users = entity(
        "user", [f"u{code}" for code in range(4)], histories=history("item", [[0, 1], [3, 4], [0], [4]])
    )
    data = dataset(
        "retrieval",
        [users, items],
        {"user": [0, 1, 2, 3], "item": [2, 5, 1, 3]},
        ["train", "train", "validation", "test"],
        ends={0: [2, 4, 5, 6]},
    )
    table = tfidf_linear(Problem(dataset=data, task=TASK, splits=("test",)))
    scores = table.set_index("item")["score"]
    assert scores[["d", "e"]].tolist() == pytest.approx([1, 1])
    assert scores[["a", "b", "c"]].tolist() == [0, 0, 0]
    assert 0 < scores["f"] < 1


def test_own_text_history_or_both_is_chosen_on_validation():
    rng = np.random.default_rng(0)
    bought, target = rng.integers(0, 12, size=60), rng.integers(0, 12, size=60)
    splits = ["train"] * 20 + ["validation"] * 20 + ["test"] * 20
    users = entity(
        "user",
        [f"u{code}" for code in range(60)],
        texts=[f"wants {WORDS[code]}" for code in target],
        histories=history("item", [[code] for code in bought]),
    )
    ends = {0: np.arange(60) + 1}
    by_text = dataset("retrieval", [users, ITEMS], {"user": range(60), "item": target}, splits, ends=ends)
    by_history = dataset("retrieval", [users, ITEMS], {"user": range(60), "item": bought}, splits, ends=ends)
    assert first_items(by_text)[1] == 1
    assert first_items(by_history)[1] == 1


def test_without_a_text_on_the_query_side_it_is_left_out():
    users = entity("user", ["u0", "u1"])
    data = dataset("retrieval", [users, ITEMS], {"user": [0, 1], "item": [0, 1]}, ["train", "test"])
    assert tfidf_linear(Problem(dataset=data, task=TASK, splits=("test",))) is None

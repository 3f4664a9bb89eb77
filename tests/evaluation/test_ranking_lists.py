"""Which lists a retrieval task is judged on, and the table that comes of their scores."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from mtrec_core.data.dataset import Dataset, EntityData, TaskData
from mtrec_core.data.features import FeatureEncoder
from mtrec_core.data.schema import DatasetSpec, EntitySpec, TaskSpec
from mtrec_core.errors import MtrecError, UserError
from mtrec_core.evaluation.predictions import COLUMNS
from mtrec_core.evaluation.ranking_lists import RankingLists, build_lists, ranked_predictions, row_users

TRAIN, VALIDATION, TEST = 0, 1, 2
USERS, ITEMS = 4, 6


def entity(name: str, size: int, key: str | None) -> EntityData:
    return EntityData(
        spec=EntitySpec(name=name, key=key),
        keys=pa.array([f"{name}{code}" for code in range(size)]),
        texts=None,
        features=FeatureEncoder(),
        categorical_NC=np.zeros((size, 0), dtype=np.int32),
        numeric_NF=np.zeros((size, 0), dtype=np.float32),
        in_train_N=np.ones(size, dtype=bool),
    )


def dataset(
    rows: list[tuple[int, int, int]],
    inputs: tuple[str, str] = ("user", "item"),
    history_end: list[int] | None = None,
    context: list[int] | None = None,
    user_key: str | None = "user_id",
    seen: str = "filter",
    kind: str = "retrieval",
    group: list[int] | None = None,
) -> Dataset:
    """A dataset with one task, from rows of (query, item, split)."""
    query, item, split = (np.array(column, dtype=np.int32) for column in zip(*rows, strict=True))
    spec = TaskSpec(name="buy", kind=kind, table="buy.csv", inputs=inputs, seen=seen)
    task = TaskData(
        spec=spec,
        inputs=(query, item),
        label_R=np.ones(len(rows), dtype=np.float32),
        classes=(),
        tag_starts_R1=None,
        tag_codes=None,
        context=FeatureEncoder(),
        context_categorical_RC=np.array(context or [0] * len(rows), dtype=np.int32)[:, None],
        context_numeric_RF=np.zeros((len(rows), 0), dtype=np.float32),
        group_R=None if group is None else np.array(group, dtype=np.int32),
        group_keys=None if group is None else pa.array(["group0", "group1"]),
        time_R=None,
        history_end_R={0: np.array(history_end)} if history_end else {},
        split_R=split.astype(np.int8),
        split_text="by hand",
    )
    folder = Path("shop")
    entities = {"user": entity("user", USERS, user_key), "item": entity("item", ITEMS, "item_id")}
    return Dataset(
        spec=DatasetSpec(
            name="shop",
            folder=folder,
            tables=folder,
            entities={name: thing.spec for name, thing in entities.items()},
            tasks={"buy": spec},
        ),
        entities=entities,
        tasks={"buy": task},
        fingerprint="0",
    )


ROWS = [(0, 0, TRAIN), (0, 1, VALIDATION), (0, 2, TEST), (1, 3, TRAIN), (1, 4, TEST), (0, 5, TEST)]


def sets(lists: RankingLists, which: str) -> list[list[int]]:
    return [getattr(lists, which).of(position).tolist() for position in range(len(lists))]


def test_rows_with_the_same_query_make_one_list_named_by_its_first_row():
    lists = build_lists(dataset(ROWS), "buy", "test")
    assert lists.row_L.tolist() == [2, 4]
    assert lists.user_L.to_pylist() == ["user0", "user1"]
    assert sets(lists, "relevant") == [[2, 5], [4]]


def test_rows_whose_histories_end_elsewhere_are_lists_of_their_own():
    lists = build_lists(dataset(ROWS, history_end=[0, 1, 2, 0, 1, 3]), "buy", "test")
    assert sets(lists, "relevant") == [[2], [4], [5]]


def test_rows_in_another_context_are_lists_of_their_own():
    lists = build_lists(dataset(ROWS, context=[0, 0, 1, 0, 1, 2]), "buy", "test")
    assert sets(lists, "relevant") == [[2], [4], [5]]


def test_a_test_list_has_seen_the_targets_of_train_and_validation():
    lists = build_lists(dataset(ROWS), "buy", "test")
    assert sets(lists, "seen") == [[0, 1], [3]]


def test_a_validation_list_has_seen_those_of_train_only():
    lists = build_lists(dataset(ROWS), "buy", "validation")
    assert sets(lists, "seen") == [[0]]


def test_targets_of_the_same_split_are_not_seen_even_by_a_later_list():
    lists = build_lists(dataset(ROWS, history_end=[0, 1, 2, 0, 1, 3]), "buy", "test")
    assert sets(lists, "relevant") == [[2], [4], [5]]
    assert sets(lists, "seen") == [[0, 1], [3], [0, 1]]


def test_rows_without_a_split_are_in_no_list_and_count_as_unseen():
    lists = build_lists(dataset([*ROWS, (1, 5, -1)]), "buy", "test")
    assert sets(lists, "relevant") == [[2, 5], [4]]
    assert sets(lists, "seen") == [[0, 1], [3]]


def test_a_relevant_item_is_never_a_seen_one():
    lists = build_lists(dataset([(0, 0, TRAIN), (0, 1, TRAIN), (0, 1, TEST)]), "buy", "test")
    assert (sets(lists, "relevant"), sets(lists, "seen")) == ([[1]], [[0]])


@pytest.mark.parametrize("change", [{"seen": "keep"}, {"user_key": None}])
def test_nothing_is_seen_where_the_task_keeps_it_or_the_query_has_no_key(change):
    lists = build_lists(dataset(ROWS, **change), "buy", "test")
    assert sets(lists, "seen") == [[], []]


def test_the_user_is_the_group_where_there_is_one_else_the_first_input():
    data = dataset(ROWS, group=[0, 0, 1, 0, -1, 0])
    assert row_users(data, "buy", np.array([0, 2, 4])).to_pylist() == ["group0", "group1", "user1"]
    assert row_users(dataset(ROWS), "buy", np.array([0, 4])).to_pylist() == ["user0", "user1"]


def test_an_item_that_is_asked_for_its_likes_is_no_candidate_itself():
    lists = build_lists(dataset([(0, 1, TRAIN), (0, 2, TEST), (3, 3, TEST)], ("item", "item")), "buy", "test")
    assert sets(lists, "never") == [[0], []]  # item 3 is declared relevant for itself and stays a candidate
    assert sets(lists, "seen") == [[1], []]


def test_a_limit_takes_the_same_whole_lists_each_time():
    everything = build_lists(dataset(ROWS, history_end=[0, 1, 2, 0, 1, 3]), "buy", "test")
    drawn_from = dataset(ROWS, history_end=[0, 1, 2, 0, 1, 3])
    some = [build_lists(drawn_from, "buy", "test", limit=2) for _ in range(2)]
    assert sets(some[0], "relevant") == sets(some[1], "relevant")
    assert len(some[0]) == 2
    for position, row in enumerate(some[0].row_L):
        at = everything.row_L.tolist().index(row)
        for which in ("relevant", "seen", "never"):
            assert sets(some[0], which)[position] == sets(everything, which)[at]


def test_a_split_without_rows_gives_an_empty_table():
    lists = build_lists(dataset([(0, 0, TRAIN)]), "buy", "test")
    table = ranked_predictions(lists, [])
    assert (len(lists), len(table), list(table.columns)) == (0, 0, list(COLUMNS))


def test_only_a_retrieval_task_has_lists():
    with pytest.raises(UserError, match="of kind binary"):
        build_lists(dataset(ROWS, kind="binary"), "buy", "test")


def scores_of(*rows: list[float]) -> np.ndarray:
    return np.array(rows, dtype=np.float32)


def test_the_table_holds_each_lists_first_items_and_all_its_relevant_ones():
    lists = build_lists(dataset(ROWS), "buy", "test")
    user0, user1 = scores_of([9, 8, 1, 7, 6, 5]), scores_of([0, 1, 2, 3, 4, 5])
    table = ranked_predictions(lists, iter([user0, user1]), list_length=2)
    found = table[["row", "user", "item", "target", "rank", "rank_seen_kept"]].to_numpy().tolist()
    assert found == [
        [2, "user0", "item3", 0, 1, 3],
        [2, "user0", "item4", 0, 2, 4],
        [2, "user0", "item5", 1, 3, 5],
        [2, "user0", "item2", 1, 4, 6],
        [4, "user1", "item5", 0, 1, 1],
        [4, "user1", "item4", 1, 2, 2],
    ]
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == COLUMNS
    assert set(table["task"]) == {"buy"}
    assert set(table["split"]) == {"test"}


def test_how_the_lists_are_cut_into_blocks_changes_nothing():
    lists = build_lists(dataset(ROWS), "buy", "test")
    scores = np.random.default_rng(0).random((2, ITEMS), dtype=np.float32)
    assert ranked_predictions(lists, [scores]).equals(ranked_predictions(lists, [scores[:1], scores[1:]]))


def test_scores_that_are_not_finite_are_refused():
    lists = build_lists(dataset(ROWS), "buy", "test")
    for wrong in (np.nan, np.inf, -np.inf):
        scores = np.zeros((2, ITEMS), dtype=np.float32)
        scores[1, 3] = wrong
        with pytest.raises(MtrecError, match="'buy': some scores on test are not finite"):
            ranked_predictions(lists, [scores])


@pytest.mark.parametrize("shape", [(1, ITEMS), (3, ITEMS), (2, ITEMS + 1)])
def test_blocks_that_do_not_fit_the_lists_are_refused(shape):
    with pytest.raises(ValueError, match="lists"):
        ranked_predictions(build_lists(dataset(ROWS), "buy", "test"), [np.zeros(shape, dtype=np.float32)])

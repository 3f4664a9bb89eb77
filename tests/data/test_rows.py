"""New rows are read under what training learned; nothing is learned from them."""

import numpy as np
import pyarrow as pa
import pytest

from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.histories import task_windows
from mtrec_core.data.rows import append_entity, compile_rows, find_key
from mtrec_core.data.schema import EntitySpec, HistorySpec, SplitSpec, TaskSpec
from mtrec_core.errors import DataError

ALL_TRAIN = SplitSpec(kind="random", validation=0, test=0)


@pytest.fixture
def shop(make_spec):
    """Users with histories, items with features, questions without a key; every row is train."""
    entities = [
        EntitySpec(
            name="user", key="user", history=HistorySpec(table="buys.csv", item="item", time="time", max=3)
        ),
        EntitySpec(
            name="item",
            table="items.csv",
            key="id",
            text="{title}. {brand}",
            categorical=("brand",),
            numeric=("price",),
        ),
        EntitySpec(name="question", text="{words}"),
    ]
    tables = {
        "items.csv": {"id": ["a", "b"], "title": ["lamp", "sofa"], "brand": ["x", "y"], "price": [1, 3]},
        "buys.csv": {"user": ["u", "u", "v"] * 2, "item": ["a", "b", "a"] * 2, "time": [1, 2, 3, 4, 5, 6]},
        "clicks.csv": {"user": ["u", "v"], "item": ["a", "b"], "y": [1, 0], "hour": [7, 8]},
        "asked.csv": {"words": ["where", "when"], "topic": ["place", "date"], "tags": ["p|q", "q"]},
    }
    tasks = [
        TaskSpec(
            name="buy",
            kind="retrieval",
            table="buys.csv",
            inputs=("user", "item"),
            time="time",
            split=SplitSpec(kind="time", validation=0, test=0),
        ),
        TaskSpec(
            name="click",
            kind="binary",
            table="clicks.csv",
            inputs=("user", "item"),
            label="y",
            context=("hour",),
            split=ALL_TRAIN,
        ),
        TaskSpec(
            name="topic",
            kind="multiclass",
            table="asked.csv",
            inputs=("question",),
            label="topic",
            split=ALL_TRAIN,
        ),
        TaskSpec(
            name="tags",
            kind="multilabel",
            table="asked.csv",
            inputs=("question",),
            label="tags",
            min_count=1,
            split=ALL_TRAIN,
        ),
    ]
    return compile_dataset(make_spec(tables, entities, tasks))


def test_known_things_keep_their_codes_and_new_ones_follow(shop):
    rows = pa.table(
        {
            "user": ["v", "new", "u", "new"],
            "id": ["b", "c", "a", "c"],
            "title": [None, "desk", None, "other"],
            "price": [99, 2, 99, 99],
        }
    )
    found = compile_rows(shop, "click", rows)
    task = found.tasks["click"]
    assert [codes.tolist() for codes in task.inputs] == [[1, 2, 0, 2], [1, 2, 0, 2]]
    item = found.entities["item"]
    assert item.keys.to_pylist() == ["a", "b", "c"]
    assert item.texts.to_pylist() == ["lamp. x", "sofa. y", "desk"]
    assert item.numeric_NF[:, 0].tolist() == [-1, 1, 0]  # (2 - 2) / 1; known items keep their price
    assert item.categorical_NC.tolist() == [[1], [2], [0]]
    assert item.in_train_N.tolist() == [True, True, False]
    assert len(shop.entities["item"]) == 2  # the compiled dataset stays as it was


def test_labels_are_optional_and_contexts_too(shop):
    rows = pa.table({"user": ["u", "v"], "item": ["a", "b"]})
    task = compile_rows(shop, "click", rows).tasks["click"]
    assert np.isnan(task.label_R).all()
    assert task.context_categorical_RC.tolist() == [[0], [0]]
    assert task.rows("test").tolist() == []
    with_label = compile_rows(
        shop, "click", rows.append_column("y", pa.array([1, 0])).append_column("hour", pa.array([8, 9]))
    )
    assert with_label.tasks["click"].label_R.tolist() == [1, 0]
    assert with_label.tasks["click"].context_categorical_RC.tolist() == [[2], [0]]  # 7, 8 are known; 9 is not
    assert with_label.tasks["click"].rows("test").tolist() == [0, 1]


def test_a_class_or_tag_that_training_lacked_is_no_label(shop):
    rows = pa.table({"words": ["what", "where"], "topic": ["thing", "place"], "tags": ["p|z", None]})
    topic = compile_rows(shop, "topic", rows).tasks["topic"]
    assert topic.classes == ("date", "place")
    np.testing.assert_array_equal(topic.label_R, [np.nan, 1])
    tags = compile_rows(shop, "tags", rows).tasks["tags"]
    assert tags.classes == ("p", "q")
    assert (tags.tag_starts_R1.tolist(), tags.tag_codes.tolist()) == ([0, 1, 1], [0])


def test_histories_are_those_of_now_and_a_new_user_has_none(shop):
    rows = pa.table({"user": ["u", "new"], "item": ["a", "b"]})
    found = compile_rows(shop, "buy", rows)
    assert task_windows(found, "buy", 0, np.arange(2)).tolist() == [[1, 0, 1], [-1, -1, -1]]
    found = compile_rows(shop, "click", rows)  # clicks have no time, so the row's own item is left out
    assert task_windows(found, "click", 0, np.arange(2)).tolist() == [[-1, 1, 1], [-1, -1, -1]]


def test_a_row_with_a_time_has_the_history_before_it(shop):
    rows = pa.table({"user": ["u", "u", "u", "v"], "item": ["a", "a", "a", "b"], "time": [5, 4, None, 3]})
    found = compile_rows(shop, "buy", rows)
    # u bought a, b at 1, 2 and a, b at 4, 5; v bought a at 3 and 6
    expected = [[0, 1, 0], [-1, 0, 1], [1, 0, 1], [-1, -1, -1]]
    assert task_windows(found, "buy", 0, np.arange(4)).tolist() == expected


def test_the_target_of_a_retrieval_is_optional(shop):
    found = compile_rows(shop, "buy", pa.table({"user": ["v", "new"]}))
    assert [codes.tolist() for codes in found.tasks["buy"].inputs] == [[1, 2], [-1, -1]]
    assert len(found.entities["item"]) == 2
    with pytest.raises(DataError, match="no column 'user'"):
        compile_rows(shop, "buy", pa.table({"item": ["a"]}))


def test_rows_without_a_key_are_things_of_their_own_in_the_order_of_the_table(shop):
    rows = pa.table({"user": ["u", None, "v", None], "item": ["a", "a", "b", "b"]})
    found = compile_rows(shop, "click", rows)
    assert found.tasks["click"].inputs[0].tolist() == [0, 2, 1, 3]
    features = pa.table({"user": ["u", "v"], "title": ["desk", "desk"], "brand": ["y", None]})
    found = compile_rows(shop, "click", features)  # no item key at all
    assert found.tasks["click"].inputs[1].tolist() == [2, 3]
    assert found.entities["item"].texts.to_pylist()[2:] == ["desk. y", "desk"]


def test_an_entity_without_a_key_is_found_by_its_content(shop):
    found = compile_rows(shop, "topic", pa.table({"words": ["why", "when", "why"]}))
    assert found.tasks["topic"].inputs[0].tolist() == [2, 1, 2]
    assert found.entities["question"].texts.to_pylist() == ["where", "when", "why"]


def test_a_table_without_the_inputs_is_an_error_that_lists_its_columns(shop):
    with pytest.raises(DataError, match=r"my.csv has no column.*'user'.*columns are: item"):
        compile_rows(shop, "click", pa.table({"item": ["a"]}), name="my.csv")
    with pytest.raises(DataError, match=r"none of the columns of 'question' \(words\)"):
        compile_rows(shop, "topic", pa.table({"item": ["a"]}))


def test_a_typed_history_makes_an_anonymous_user(shop):
    extended, code = append_entity(shop, "user", {}, history=["a", "b"])
    assert code == 2
    histories = extended.entities["user"].histories
    assert histories.items_E[histories.starts_N1[code] : histories.starts_N1[code + 1]].tolist() == [0, 1]
    assert len(shop.entities["user"].histories.items_E) == 6
    again, second = append_entity(extended, "user", {}, history=["b"])
    assert second == 3
    assert len(set(again.entities["user"].keys.to_pylist())) == 4
    with pytest.raises(DataError, match=r"item 'aa' isn't known. Did you mean 'a'"):
        append_entity(shop, "user", {}, history=["aa"])
    with pytest.raises(DataError, match="has no history"):
        append_entity(shop, "item", {}, history=["a"])


def test_a_thing_is_made_of_its_cells_and_a_known_one_is_found(shop):
    extended, code = append_entity(shop, "item", {"id": "c", "title": "desk", "price": 3.0})
    assert (code, extended.entities["item"].texts[code].as_py()) == (2, "desk")
    assert extended.entities["item"].numeric_NF[code].tolist() == [1]
    assert append_entity(shop, "item", {"id": "b", "title": "ignored"})[1] == 1
    assert append_entity(shop, "question", {"words": "when"})[1] == 1
    free, code = append_entity(shop, "question", {"words": "how"})
    assert (code, free.entities["question"].texts[code].as_py()) == (2, "how")
    with pytest.raises(DataError, match=r"'item' has no column 'colour'.*id, title, brand, price"):
        append_entity(shop, "item", {"colour": "red"})


def test_a_key_is_found_whatever_its_type(make_spec):
    tasks = [TaskSpec(name="t", kind="binary", table="t.csv", inputs=("user",), label="y", split=ALL_TRAIN)]
    spec = make_spec({"t.csv": {"user": [7, 8], "y": [0, 1]}}, [EntitySpec(name="user", key="user")], tasks)
    entity = compile_dataset(spec).entities["user"]
    assert [find_key(entity, key) for key in (8, "8", 8.0, " 8 ", "9")] == [1, 1, 1, 1, None]

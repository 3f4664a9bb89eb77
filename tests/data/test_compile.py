"""Tables become codes: keys, inline columns, labels, classes, tags, limits and errors."""

import dataclasses

import numpy as np
import pytest

from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.config import DataSettings
from mtrec_core.data.cuts import TRAIN
from mtrec_core.data.schema import EntitySpec, HistorySpec, SplitSpec, TaskSpec
from mtrec_core.errors import DataError, SettingError

USER = EntitySpec(name="user", key="user_id")
ALL_TRAIN = SplitSpec(kind="random", validation=0, test=0)


def task(**options):
    """A task on facts.csv whose rows are all train."""
    defaults = {
        "name": "t",
        "kind": "binary",
        "table": "facts.csv",
        "inputs": ("user",),
        "label": "y",
        "split": ALL_TRAIN,
    }
    return TaskSpec(**{**defaults, **options})


def labels_of(make_spec, column, **options):
    """The label array of a task with this label column."""
    facts = {"user_id": [f"u{row}" for row in range(len(column))], "y": column}
    return compile_dataset(make_spec({"facts.csv": facts}, [USER], [task(**options)])).tasks["t"]


# entities


def test_the_first_of_two_rows_with_a_key_counts_and_rows_without_a_key_are_left_out(make_spec):
    item = EntitySpec(name="item", table="items.csv", key="id", text="{title}", categorical=("title",))
    items = {"id": [1, 2, 1, None], "title": ["lamp", "sofa", "other", "keyless"]}
    facts = {"item": [2, 1, 2], "y": [0, 1, 1]}
    dataset = compile_dataset(
        make_spec({"items.csv": items, "facts.csv": facts}, [item], [task(inputs=("item",))])
    )
    entity = dataset.entities["item"]
    assert entity.keys.to_pylist() == ["1", "2"]
    assert entity.texts.to_pylist() == ["lamp", "sofa"]
    assert dataset.tasks["t"].inputs[0].tolist() == [1, 0, 1]


def test_a_key_that_the_own_table_lacks_is_a_thing_without_text_and_features(make_spec):
    item = EntitySpec(
        name="item", table="items.csv", key="id", text="{title}", categorical=("title",), numeric=("price",)
    )
    items = {"id": ["a", "b"], "title": ["lamp", "sofa"], "price": [1, 3]}
    facts = {"id": ["b", "new", "a"], "y": [0, 1, 1]}
    dataset = compile_dataset(
        make_spec({"items.csv": items, "facts.csv": facts}, [item], [task(inputs=("item",))])
    )
    entity = dataset.entities["item"]
    assert entity.keys.to_pylist() == ["a", "b", "new"]
    assert entity.texts.to_pylist() == ["lamp", "sofa", ""]
    assert entity.categorical_NC.tolist() == [[1], [2], [0]]
    assert entity.numeric_NF.tolist() == [[-1, 0], [1, 0], [0, 1]]  # (price - 2) / 1, and "is missing"


def test_features_are_learned_from_things_in_training_rows_only(make_spec):
    item = EntitySpec(name="item", table="items.csv", key="id", categorical=("brand",), numeric=("price",))
    items = {"id": ["a", "b", "c"], "brand": ["x", "y", "z"], "price": [1, 3, 1000]}
    facts = {"id": ["a", "b", "c"], "y": [0, 1, 1], "fold": ["train", "train", "test"]}
    split = SplitSpec(kind="column", column="fold")
    spec = make_spec({"items.csv": items, "facts.csv": facts}, [item], [task(inputs=("item",), split=split)])
    entity = compile_dataset(spec).entities["item"]
    assert entity.in_train_N.tolist() == [True, True, False]
    assert entity.categorical_NC[:, 0].tolist() == [1, 2, 0]
    assert entity.numeric_NF[:, 0].tolist() == [-1, 1, 5]


def test_an_inline_entity_with_a_key_takes_the_first_row_of_each_key(make_spec):
    item = EntitySpec(name="item", key="item_id", text="{title}", numeric=("price",))
    facts = {
        "item_id": ["a", "b", "a"],
        "title": ["lamp", "sofa", "changed"],
        "price": [1, 3, 9],
        "y": [0, 1, 1],
    }
    entity = compile_dataset(make_spec({"facts.csv": facts}, [item], [task(inputs=("item",))])).entities[
        "item"
    ]
    assert entity.keys.to_pylist() == ["a", "b"]
    assert entity.texts.to_pylist() == ["lamp", "sofa"]


def test_an_inline_entity_is_known_in_a_table_that_has_only_its_key(make_spec):
    item = EntitySpec(name="item", key="item_id", text="{title}")
    keys = task(name="keys", table="keys.csv", inputs=("item",))
    full = task(name="full", table="full.csv", inputs=("item",))
    tables = {
        "keys.csv": {"item_id": ["b", "c"], "y": [0, 1]},
        "full.csv": {"item_id": ["a", "b"], "title": ["lamp", "sofa"], "y": [0, 1]},
    }
    dataset = compile_dataset(make_spec(tables, [item], [keys, full]))
    texts = dict(
        zip(
            dataset.entities["item"].keys.to_pylist(), dataset.entities["item"].texts.to_pylist(), strict=True
        )
    )
    assert texts == {"a": "lamp", "b": "sofa", "c": ""}


def test_an_inline_entity_without_a_key_is_its_content(make_spec):
    review = EntitySpec(name="review", text="{title}. {body}", categorical=("shop",))
    facts = {
        "title": ["good", "good", None, "good"],
        "body": ["lamp", "lamp", "lamp", "lamp"],
        "shop": ["x", "y", "x", "x"],
        "y": [0, 1, 1, 0],
    }
    dataset = compile_dataset(make_spec({"facts.csv": facts}, [review], [task(inputs=("review",))]))
    assert dataset.tasks["t"].inputs[0].tolist() == [0, 1, 2, 0]
    assert dataset.entities["review"].texts.to_pylist() == ["good. lamp", "good. lamp", "lamp"]
    assert len(set(dataset.entities["review"].keys.to_pylist())) == 3


def test_an_entity_with_only_a_key_is_made_of_facts_and_histories(make_spec):
    user = EntitySpec(
        name="user", key="user_id", history=HistorySpec(table="views.csv", item="item", time="time")
    )
    item = EntitySpec(name="item", key="item_id")
    views = {"user_id": ["v", "u"], "item_id": ["p", "q"], "time": [1, 2]}
    facts = {"user_id": ["u", "w"], "item_id": ["q", "r"], "y": [0, 1]}
    spec = make_spec({"views.csv": views, "facts.csv": facts}, [user, item], [task(inputs=("user", "item"))])
    dataset = compile_dataset(spec)
    assert sorted(dataset.entities["user"].keys.to_pylist()) == ["u", "v", "w"]
    assert sorted(dataset.entities["item"].keys.to_pylist()) == ["p", "q", "r"]
    assert dataset.entities["user"].texts is None
    assert dataset.entities["user"].categorical_NC.shape == (3, 0)


def test_things_that_only_stand_in_histories_have_features_too(make_spec):
    views = HistorySpec(table="views.csv", item="item", time="time")
    user = EntitySpec(name="user", key="user_id", history=views)
    item = EntitySpec(name="item", table="items.csv", key="item_id", categorical=("brand",))
    tables = {
        "views.csv": {"user_id": ["u", "u"], "item_id": ["p", "q"], "time": [1, 2]},
        "items.csv": {"item_id": ["p", "q", "r"], "brand": ["x", "y", "z"]},
        "facts.csv": {"user_id": ["u", "w"], "y": [0, 1]},
    }
    entity = compile_dataset(make_spec(tables, [user, item], [task()])).entities["item"]
    assert entity.categorical_NC.tolist() == [[1], [2], [0]]


def test_keys_match_across_tables_whatever_their_type(make_spec):
    user = EntitySpec(name="user", table="users.csv", key="user_id", numeric=("age",))
    users = {"user_id": [1, 2, 3], "age": [10, 20, 30]}
    facts = {"user_id": ["2", None, "1", "x7"], "y": [0, 1, 1, 0]}  # text, because of x7
    dataset = compile_dataset(make_spec({"users.csv": users, "facts.csv": facts}, [user], [task()]))
    assert dataset.tasks["t"].inputs[0].tolist() == [1, 0, 3]  # the row without a key is left out
    assert dataset.tasks["t"].label_R.tolist() == [0, 1, 0]


def test_the_same_entity_may_be_two_inputs_with_columns_of_their_own(make_spec):
    item = EntitySpec(name="item", table="items.csv", key="id")
    pairs = {"left": ["a", "b", "c"], "right": ["b", "c", "a"]}
    related = task(kind="retrieval", inputs=("item", "item"), columns=("left", "right"), label=None)
    dataset = compile_dataset(
        make_spec({"items.csv": {"id": ["a", "b", "c"]}, "facts.csv": pairs}, [item], [related])
    )
    assert [codes.tolist() for codes in dataset.tasks["t"].inputs] == [[0, 1, 2], [1, 2, 0]]


def test_where_filters_rows_and_events_become_tasks(make_spec):
    facts = {"user_id": list("abcd"), "event": ["view", "buy", "buy", "cart"], "y": [0, 1, 0, 1]}
    bought = task(where={"event": ("buy", "cart")})
    data = compile_dataset(make_spec({"facts.csv": facts}, [USER], [bought])).tasks["t"]
    assert data.label_R.tolist() == [1, 0, 1]
    with pytest.raises(DataError, match=r"No row of facts.csv has event = sold; it holds view, buy, cart"):
        compile_dataset(make_spec({"facts.csv": facts}, [USER], [task(where={"event": ("sold",)})]))


# labels


@pytest.mark.parametrize(
    "column",
    [[0, 1, None, 1], ["no", "Yes", None, "YES"], ["false", "true", None, "True"], ["0", "1.0", None, "1"]],
)
def test_yes_and_no_are_read_in_their_spellings(make_spec, column):
    label = labels_of(make_spec, column).label_R
    assert label.dtype == np.float32
    np.testing.assert_array_equal(label, [0, 1, np.nan, 1])


def test_a_positive_value_of_ones_own_counts_as_yes(make_spec):
    np.testing.assert_array_equal(
        labels_of(make_spec, ["f", "m", None], positive="f").label_R, [1, 0, np.nan]
    )
    with pytest.raises(DataError, match="no 'x' in y, only f, m"):
        labels_of(make_spec, ["f", "m"], positive="x")


def test_a_value_that_is_neither_yes_nor_no_is_named_with_its_row(make_spec):
    with pytest.raises(DataError, match=r"'y' of facts.csv has 'maybe' in row 4"):  # the header is row 1
        labels_of(make_spec, ["yes", "no", "maybe", "no"])


def test_a_number_that_is_none_is_named_with_its_row_in_the_file_despite_a_filter(make_spec):
    facts = {"user_id": list("abcd"), "on": [0, 1, 0, 1], "y": ["bad", "1", "2", "dear"]}
    with pytest.raises(DataError, match=r"facts.csv.*row 5.*'dear'"):
        compile_dataset(
            make_spec({"facts.csv": facts}, [USER], [task(kind="regression", where={"on": ("1",)})])
        )
    fine = {**facts, "y": ["bad", "1", "2", "4"]}
    data = compile_dataset(
        make_spec({"facts.csv": fine}, [USER], [task(kind="regression", where={"on": ("1",)})])
    )
    assert data.tasks["t"].label_R.tolist() == [1, 4]


def test_numbers_keep_their_unit(make_spec):
    np.testing.assert_array_equal(
        labels_of(make_spec, [120.5, None, -3], kind="regression").label_R, [120.5, np.nan, -3]
    )


def test_classes_are_those_of_training_rows_in_order(make_spec):
    facts = {
        "user_id": list("abcde"),
        "y": ["10", "9", "2", "7", None],
        "fold": ["train"] * 3 + ["test", "train"],
    }
    split = SplitSpec(kind="column", column="fold")
    spec = make_spec({"facts.csv": facts}, [USER], [task(kind="multiclass", split=split)])
    data = compile_dataset(spec).tasks["t"]
    assert data.classes == ("2", "9", "10")
    np.testing.assert_array_equal(data.label_R, [2, 1, 0, np.nan, np.nan])  # 7 is no class of train
    assert data.rows("test").tolist() == []


def test_tags_are_split_and_rare_ones_dropped(make_spec):
    cells = ["red|big", "red", None, " big | red|red", "blue", "|"]
    data = labels_of(make_spec, cells, kind="multilabel", min_count=2)
    assert data.classes == ("big", "red")
    rows = [
        sorted(data.tag_codes[a:b].tolist())
        for a, b in zip(data.tag_starts_R1, data.tag_starts_R1[1:], strict=False)
    ]
    assert rows == [[0, 1], [1], [], [0, 1], [], []]
    np.testing.assert_array_equal(data.label_R, [1, 1, np.nan, 1, 1, 1])
    with pytest.raises(DataError, match="min_count"):
        labels_of(make_spec, cells, kind="multilabel", min_count=9)


def test_groups_and_contexts_are_codes(make_spec):
    facts = {"user_id": list("abc"), "query": ["q", "r", "q"], "position": [1, 2, None], "y": [2, 0, 1]}
    ranking = task(kind="ranking", group="query", context=("position",))
    data = compile_dataset(make_spec({"facts.csv": facts}, [USER], [ranking])).tasks["t"]
    assert [data.group_keys[code].as_py() for code in data.group_R.tolist()] == ["q", "r", "q"]
    assert data.context_categorical_RC.tolist() == [[1], [2], [0]]
    assert data.context_numeric_RF.shape == (3, 0)
    assert data.label_R.tolist() == [2, 0, 1]


# settings


def many(count=200):
    return {"user_id": [f"u{row}" for row in range(count)], "y": [row % 4 for row in range(count)]}


def test_few_shot_keeps_so_many_training_rows_per_class_and_the_seed_draws_others(make_spec):
    spec = make_spec({"facts.csv": many()}, [USER], [task(kind="multiclass", split=SplitSpec(kind="random"))])
    full = compile_dataset(spec).tasks["t"]
    few = [
        compile_dataset(spec, DataSettings(train_per_class=5, split_seed=seed)).tasks["t"] for seed in (0, 1)
    ]
    for data in few:
        assert np.bincount(data.label_R[data.rows("train")].astype(int)).tolist() == [5] * 4
    assert len(few[0].rows("test")) == len(full.rows("test"))
    assert set(few[0].rows("train").tolist()) <= set(full.rows("train").tolist())
    assert set(few[0].rows("train").tolist()) != set(few[1].rows("train").tolist())
    assert "at most 5 training rows per class" in few[0].split_text


def test_a_limit_on_training_rows_leaves_the_other_parts_alone(make_spec):
    spec = make_spec({"facts.csv": many()}, [USER], [task(kind="multiclass", split=SplitSpec(kind="random"))])
    full, few = (
        compile_dataset(spec).tasks["t"],
        compile_dataset(spec, DataSettings(train_rows=30)).tasks["t"],
    )
    assert len(few.rows("train")) == 30
    for part in ("validation", "test"):
        np.testing.assert_array_equal(few.rows(part), full.rows(part))


# errors and fingerprint


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"inputs": ("shop",)}, "names the entity 'shop', which isn't declared.*user"),
        ({"columns": ("buyer",)}, "no column 'buyer' with keys of 'user'.*user_id, y"),
        ({"columns": ("a", "b")}, "1 inputs but 2 `columns`"),
        ({"label": "clicked"}, "no column 'clicked'"),
        ({"label": None}, "needs a `label`"),
        ({"context": ("hour",)}, "no column 'hour'"),
        ({"group": "users_id"}, "Did you mean 'user_id'"),
        ({"time": "when"}, "no column 'when'"),
        ({"where": {"kind": ("x",)}}, "no column 'kind'"),
        ({"table": "absent.csv"}, "absent.csv"),
    ],
)
def test_what_a_task_names_but_does_not_exist_is_an_error_that_says_what_does(make_spec, options, message):
    with pytest.raises(DataError, match=message):
        compile_dataset(
            make_spec({"facts.csv": {"user_id": ["a", "b"], "y": [0, 1]}}, [USER], [task(**options)])
        )


def test_no_key_at_all_and_no_training_label_are_errors(make_spec):
    with pytest.raises(DataError, match=r"every row of facts.csv lacks the key"):
        compile_dataset(make_spec({"facts.csv": {"user_id": [None, None], "y": [0, 1]}}, [USER], [task()]))
    with pytest.raises(DataError, match="no training row with a label"):
        labels_of(make_spec, [None, None, None], kind="regression")


def test_a_text_in_a_numeric_feature_is_named_with_its_row_in_the_file(make_spec):
    item = EntitySpec(name="item", key="user_id", numeric=("price",))
    facts = {"user_id": ["a", "a", "a", "b"], "price": ["1", "1", "1", "dear"], "y": [0, 1, 0, 1]}
    with pytest.raises(DataError, match=r"facts.csv.*'price'.*row 5.*'dear'"):
        compile_dataset(make_spec({"facts.csv": facts}, [item], [task(inputs=("item",))]))


def test_an_unknown_task_is_named_with_those_that_exist(make_spec):
    spec = make_spec({"facts.csv": many()}, [USER], [task(kind="multiclass")])
    with pytest.raises(SettingError, match=r"no task 'u'.*tasks are: t"):
        compile_dataset(spec, tasks=["u"])


def test_the_fingerprint_follows_the_cells_and_the_declaration(make_spec):
    def fingerprint(facts, *tasks):
        return compile_dataset(make_spec({"facts.csv": facts}, [USER], tasks)).fingerprint

    plain = task(kind="multiclass")
    changed_cell = {**many(), "y": [1, *many()["y"][1:]]}
    prints = [
        fingerprint(many(), plain),
        fingerprint(changed_cell, plain),
        fingerprint(many(), dataclasses.replace(plain, seen="keep")),
    ]
    assert len(set(prints)) == 3
    assert fingerprint(many(), plain) == prints[0]


def test_only_the_entities_of_the_chosen_tasks_are_returned(make_spec):
    item = EntitySpec(name="item", key="item_id")
    facts = {**many(), "item_id": [f"i{row % 7}" for row in range(200)]}
    tasks = [task(kind="multiclass"), task(name="buy", kind="retrieval", inputs=("user", "item"), label=None)]
    spec = make_spec({"facts.csv": facts}, [USER, item], tasks)
    assert set(compile_dataset(spec, tasks=["t"]).entities) == {"user"}
    assert set(compile_dataset(spec).entities) == {"user", "item"}
    assert compile_dataset(spec).tasks["buy"].split_R.tolist() == [TRAIN] * 200

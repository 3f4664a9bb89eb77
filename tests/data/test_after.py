"""A task that comes after another on the same rows: what it may declare, and what its labels become."""

from dataclasses import replace

import numpy as np
import pytest

from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.config import DataSettings
from mtrec_core.data.fingerprint import fingerprint
from mtrec_core.data.schema import EntitySpec, SplitSpec, TaskSpec
from mtrec_core.data.spec_file import load_dataset_spec, write_dataset_spec
from mtrec_core.errors import DataError
from mtrec_core.ui.data_task_changes import without_task

TOML = """
name = "ads"
[entity.user]
key = "user_id"
[entity.ad]
key = "ad_id"
[task.click]
kind = "binary"
table = "ads.csv"
inputs = ["user", "ad"]
label = "clicked"
context = ["place"]
[task.buy]
kind = "binary"
table = "ads.csv"
inputs = ["user", "ad"]
label = "bought"
context = ["place"]
after = "click"
[task.seen]
kind = "retrieval"
table = "ads.csv"
inputs = ["user", "ad"]
"""


@pytest.fixture
def load(tmp_path):
    def load(text):
        (tmp_path / "dataset.toml").write_text(text, encoding="utf-8")
        return load_dataset_spec(tmp_path)

    return load


def test_after_is_read_written_and_part_of_the_fingerprint(load, tmp_path):
    (tmp_path / "ads.csv").write_text("user_id,ad_id,place,clicked,bought\n", encoding="utf-8")
    spec = load(TOML)
    assert spec.tasks["buy"].after == "click"
    write_dataset_spec(spec, tmp_path)
    assert load_dataset_spec(tmp_path) == spec
    assert (tmp_path / "dataset.toml").read_text().count("after") == 1
    without = replace(spec, tasks=spec.tasks | {"buy": replace(spec.tasks["buy"], after=None)})
    assert fingerprint(spec) != fingerprint(without)


def buy_with(old, new):
    """The file with a line of the task `buy` changed."""
    before, buy = TOML.split("[task.buy]")
    assert old in buy
    return f"{before}[task.buy]{buy.replace(old, new, 1)}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (buy_with('after = "click"', 'after = "clik"'), "is 'clik', which is no other.*Did you mean 'click'"),
        (buy_with('after = "click"', 'after = "buy"'), "is 'buy', which is no other binary task.*click"),
        (buy_with('after = "click"', 'after = "seen"'), "is 'seen', which is no other binary task"),
        (TOML + 'after = "click"', "'after' in .*seen.* has a meaning for kind \"binary\" only"),
        (TOML.replace("[task.buy]", 'after = "buy"\n[task.buy]'), "leads in a circle"),
        (buy_with("ads.csv", "orders.csv"), "'table' is orders.csv here and ads.csv there; make it the same"),
        (buy_with('"user", "ad"', '"ad", "user"'), "'inputs' is ad, user here and user, ad there"),
        (buy_with('context = ["place"]\n', ""), "'context' is nothing here and place there"),
        (
            buy_with("after", "where = { clicked = 1 }\nafter"),
            "'where' is .*clicked.* here and nothing there",
        ),
        (buy_with("after", 'split = "random"\nafter'), "'split' is random here and nothing there"),
    ],
)
def test_two_tasks_that_do_not_tell_of_the_same_rows_are_refused(load, text, words):
    with pytest.raises(DataError, match=f"(?s){words}"):
        load(text)


@pytest.mark.parametrize("name", ["buy", "click"])
def test_a_removed_task_leaves_a_declaration_that_loads(load, tmp_path, name):
    spec = without_task(load(TOML), name)
    write_dataset_spec(spec, tmp_path)
    assert load_dataset_spec(tmp_path) == spec
    assert [task.after for task in spec.tasks.values() if task.kind == "binary"] == [None]


COMMON = {"kind": "binary", "table": "ads.csv", "inputs": ("user",), "columns": ("user_id",)}


def chain(make_spec, tables, context=(), split=None):
    """click, cart after it, buy after that."""
    split = split or SplitSpec(kind="random", validation=0, test=0)
    tasks = [
        TaskSpec(name=name, label=name, after=after, context=context, split=split, **COMMON)
        for name, after in (("buy", "cart"), ("cart", "click"), ("click", None))
    ]
    return make_spec({"ads.csv": tables}, [EntitySpec(name="user", key="user_id")], tasks)


LABELS = {
    "user_id": [f"u{row}" for row in range(6)],
    "click": [0, 1, 1, None, 0, 1],
    "cart": [None, 0, 1, None, 1, None],
    "buy": [None, None, 1, 1, 0, None],
}


def test_an_empty_cell_is_a_no_where_the_task_before_has_one(make_spec):
    found = compile_dataset(chain(make_spec, LABELS)).tasks
    nan = np.nan
    np.testing.assert_array_equal(found["click"].label_R, [0, 1, 1, nan, 0, 1])
    # Row 0 was not clicked, so nothing came of it; row 3 and 5 are unknown. What is written stays.
    np.testing.assert_array_equal(found["cart"].label_R, [0, 0, 1, nan, 1, nan])
    np.testing.assert_array_equal(found["buy"].label_R, [0, 0, 1, 1, 0, nan])


def test_the_labels_are_the_same_when_the_task_before_is_not_trained(make_spec):
    alone = compile_dataset(chain(make_spec, LABELS), tasks=["buy"]).tasks
    assert set(alone) == {"buy"}
    np.testing.assert_array_equal(alone["buy"].label_R, [0, 0, 1, 1, 0, np.nan])


def test_limits_count_a_no_that_follows_from_the_task_before(make_spec):
    limited = compile_dataset(chain(make_spec, LABELS), DataSettings(train_per_class=1), ["buy"])
    assert sorted(limited.tasks["buy"].label_R[limited.tasks["buy"].rows("train")]) == [0, 1]


def test_tasks_of_a_chain_read_their_context_on_one_scale(make_spec):
    """The later one's labels are known in other rows, so its own scale would be another."""
    tables = LABELS | {"place": [1, 2, 3, 4, 50, 60], "page": ["a", "b", "b", "c", "d", "a"]}
    found = compile_dataset(chain(make_spec, tables, context=("place", "page"))).tasks
    for name in ("cart", "buy"):
        np.testing.assert_array_equal(
            found[name].context_categorical_RC, found["click"].context_categorical_RC
        )
        np.testing.assert_array_equal(found[name].context_numeric_RF, found["click"].context_numeric_RF)
        assert found[name].context == found["click"].context

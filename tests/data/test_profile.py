"""The profile of a small shop, with numbers that can be counted in its tables."""

import json

import numpy as np
import pandas as pd
import pytest

from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.profile import profile
from mtrec_core.data.schema import DatasetSpec, EntitySpec, HistorySpec, TaskSpec
from mtrec_core.errors import DataError

ROWS = 100


@pytest.fixture
def spec(tmp_path):
    pd.DataFrame(
        {
            "item_id": range(10),
            "title": ["one two three", None, *["lamp"] * 8],
            "price": [None] * 5 + [3.5] * 5,
            "tags": ["a|b", "a", *["b"] * 7, None],
        }
    ).to_csv(tmp_path / "items.csv", index=False)
    pd.DataFrame(
        {
            "user": [f"u{n % 5}" for n in range(ROWS)],
            "item_id": [0] * 60 + list(range(10)) * 4,
            "liked": [1, 0, 0, None] * 25,
            "day": pd.date_range("2024-03-01", periods=ROWS, freq="12h").astype(str),
        }
    ).to_csv(tmp_path / "likes.csv", index=False)
    item = EntitySpec(name="item", table="items.csv", key="item_id", text="{title}", numeric=("price",))
    user = EntitySpec(
        name="user", key="user", history=HistorySpec(table="likes.csv", item="item", time="day")
    )
    like = TaskSpec(
        name="like",
        title="Likes",
        kind="binary",
        table="likes.csv",
        inputs=("user", "item"),
        label="liked",
        time="day",
    )
    tags = TaskSpec(
        name="tags", kind="multilabel", table="items.csv", inputs=("item",), label="tags", min_count=1
    )
    return DatasetSpec(
        name="likes",
        folder=tmp_path,
        tables=tmp_path,
        entities={"user": user, "item": item},
        tasks={"like": like, "tags": tags},
    )


def test_entities_are_counted_with_their_texts_and_gaps(spec):
    user, item = profile(spec).entities
    assert (item.count, item.table) == (10, "items.csv")
    assert item.missing == {"title": 0.1, "price": 0.5}
    assert item.text.present == 0.9
    assert item.text.distinct == 2
    assert item.text.words.mean == pytest.approx((3 + 8) / 9)
    assert item.text.tokens.quantiles[-1] == pytest.approx(3 * 1.3)
    assert item.text.over_limit == 0.0
    assert (user.count, user.text, user.missing) == (5, None, {})
    assert user.history.mean == 20.0  # 100 likes of 5 users


def test_tasks_are_counted_with_their_labels_time_and_tail(spec):
    like, tags = profile(spec).tasks
    assert like.title == "Likes"
    assert like.rows == 100
    assert sum(like.splits.values()) == 75
    assert like.missing_labels == 0.25
    assert like.label.mean == pytest.approx(1 / 3)
    assert [(bar.label, bar.count) for bar in like.bars] == [("0", 50), ("1", 25)]
    assert like.things == {"user": 5, "item": 10}
    assert like.activity.unit == "day"
    assert len(like.activity.moments) == 50  # two rows a day
    assert like.activity.moments[0].mean == 0.5
    assert like.tail.top_10 == 0.64  # item 0: 60 and 4 of 100 rows
    assert (tags.activity, tags.tail, tags.label) == (None, None, None)
    assert tags.missing_labels == 0.1


def test_a_profile_is_plain_json(spec):
    content = json.loads(json.dumps(profile(spec).to_json(), allow_nan=False))
    assert content["name"] == "likes"
    assert content["tasks"][0]["splits"].keys() == {"train", "validation", "test"}


def test_a_compiled_dataset_gives_the_same_profile(spec):
    assert profile(spec, compile_dataset(spec)) == profile(spec)


def test_a_wrong_date_does_not_stretch_the_activity(spec):
    likes = pd.read_csv(spec.tables / "likes.csv")
    likes.loc[0, "day"] = "1970-01-01 00:00:00"
    likes.to_csv(spec.tables / "likes.csv", index=False)
    found = profile(spec).tasks[0].activity
    assert found.unit == "day"
    assert sum(moment.rows for moment in found.moments) == 99


def test_a_dataset_that_can_not_be_compiled_says_why(spec):
    likes = pd.read_csv(spec.tables / "likes.csv")
    likes["liked"] = np.where(likes.index == 3, "perhaps", "yes")
    likes.to_csv(spec.tables / "likes.csv", index=False)
    with pytest.raises(DataError, match="perhaps"):
        profile(spec)

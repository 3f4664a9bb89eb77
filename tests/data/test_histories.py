"""A window never holds what the row could not know."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.config import DataSettings
from mtrec_core.data.cuts import TRAIN, UNUSED
from mtrec_core.data.dataset import Histories
from mtrec_core.data.histories import build_timeline, task_windows, window
from mtrec_core.data.schema import EntitySpec, HistorySpec, SplitSpec, TaskSpec

EVENTS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(-5, 5)), max_size=40)
"""(entity, item, time)"""
ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(-6, 6)), min_size=1, max_size=20)
"""(entity, time)"""


def timeline_of(events, max_length, ordered=True):
    columns = np.array(events, np.int64).reshape(-1, 3)
    return build_timeline(
        item_entity="item",
        count=4,
        max_length=max_length,
        owners_E=columns[:, 0].astype(np.int32),
        items_E=columns[:, 1].astype(np.int32),
        time_E=columns[:, 2],
        parts_E=None,
        ordered=ordered,
    )


def padded(items, length):
    """The last items, right-aligned."""
    kept = items[-length:]
    return [-1] * (length - len(kept)) + kept


@given(EVENTS, ROWS, st.integers(1, 5))
def test_a_window_holds_the_latest_events_strictly_before_the_row(events, rows, length):
    timeline = timeline_of(events, length)
    owners, times = (np.array(column) for column in zip(*rows, strict=True))
    windows = window(timeline.histories, owners, timeline.ends_before(owners, times))
    for (owner, time), found in zip(rows, windows.tolist(), strict=True):
        before = sorted(
            (event for event in events if event[0] == owner and event[2] < time), key=lambda event: event[2]
        )
        assert found == padded([item for _, item, _ in before], length)


@given(
    EVENTS,
    st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 9)), min_size=1, max_size=20),
    st.integers(1, 5),
)
def test_an_excluded_item_leaves_room_for_older_ones(events, rows, length):
    timeline = timeline_of(events, length, ordered=False)
    owners, exclude = (np.array(column) for column in zip(*rows, strict=True))
    windows = window(timeline.histories, owners, timeline.ends_of_all(owners), exclude)
    for (owner, left_out), found in zip(rows, windows.tolist(), strict=True):
        mine = sorted((event for event in events if event[0] == owner), key=lambda event: event[2])
        assert found == padded([item for _, item, _ in mine if item != left_out], length)


def test_a_window_of_no_events_is_all_padding():
    histories = Histories(
        item_entity="item",
        starts_N1=np.zeros(3, np.int64),
        items_E=np.zeros(0, np.int32),
        max_length=3,
        ordered=True,
    )
    codes, ends = np.array([0, 1]), np.array([0, 0])
    assert window(histories, codes, ends).tolist() == [[-1] * 3] * 2
    assert window(histories, codes, ends, np.array([0, 5])).tolist() == [[-1] * 3] * 2


# compiled datasets


ITEM = EntitySpec(name="item", key="item")
BUY = TaskSpec(name="buy", kind="retrieval", table="buys.csv", inputs=("user", "item"), time="time")


def user(time="time", **options):
    return EntitySpec(
        name="user", key="user", history=HistorySpec(table="buys.csv", item="item", time=time, **options)
    )


def buys(count=100, users=5, seed=0):
    draw = np.random.default_rng(seed)
    return {
        "user": [f"u{code}" for code in draw.integers(0, users, count)],
        "item": [f"i{code}" for code in draw.integers(0, 30, count)],
        "time": draw.integers(0, 40, count).tolist(),  # many ties
    }


def changed(task, **options):
    return TaskSpec(**{**{name: getattr(task, name) for name in task.__dataclass_fields__}, **options})


def all_windows(dataset, task="buy"):
    return task_windows(dataset, task, 0, np.arange(len(dataset.tasks[task])))


def keys_of(dataset, entity, codes):
    keys = dataset.entities[entity].keys.to_pylist()
    return [keys[code] for code in codes if code >= 0]


def test_no_window_of_a_compiled_task_holds_an_event_of_its_moment_or_later(make_spec):
    rows = buys()
    dataset = compile_dataset(make_spec({"buys.csv": rows}, [user(max=100), ITEM], [BUY]))
    windows = all_windows(dataset)
    events = list(zip(rows["user"], rows["item"], rows["time"], strict=True))
    for (owner, _, time), found in zip(events, windows.tolist(), strict=True):
        before = [item for other, item, moment in events if other == owner and moment < time]
        assert sorted(keys_of(dataset, "item", found)) == sorted(before)


def test_events_of_another_table_count_only_before_the_row(make_spec):
    click = TaskSpec(
        name="click", kind="binary", table="clicks.csv", inputs=("user",), label="y", time="time"
    )
    clicks = {"user": ["u"] * 5 + ["stranger"], "time": [0, 1, 2, 3, 99, 99], "y": [0, 1, 0, 1, 0, 1]}
    others = {"user": ["v"] * 20, "item": ["a"] * 20, "time": list(range(20))}
    bought = {"user": ["u", "u", "u", *others["user"]], "item": ["a", "b", "c", *others["item"]]}
    bought["time"] = [1, 2, 2, *others["time"]]
    tables = {"buys.csv": bought, "clicks.csv": clicks}
    dataset = compile_dataset(make_spec(tables, [user(), ITEM], [BUY, click]))
    found = [keys_of(dataset, "item", row) for row in all_windows(dataset, "click").tolist()]
    assert found == [[], [], ["a"], ["a", "b", "c"], ["a", "b", "c"], []]


def test_a_label_that_copies_a_future_event_is_not_in_the_window(make_spec):
    # The label says whether the user buys "x" later. Only the future reveals it.
    draw = np.random.default_rng(1)
    label = draw.integers(0, 2, 200).tolist()
    ads = {"user": [f"u{row}" for row in range(200)], "time": [row * 10 for row in range(200)], "y": label}
    later = [("x" if y else "z", row * 10 + shift) for row, y in enumerate(label) for shift in (0, 5)]
    bought = {
        "user": [f"u{row}" for row in range(200) for _ in range(2)],
        "item": [item for item, _ in later],
        "time": [time for _, time in later],  # at the very moment of the row, and after it
    }
    ad = TaskSpec(name="ad", kind="binary", table="ads.csv", inputs=("user",), label="y", time="time")
    dataset = compile_dataset(make_spec({"buys.csv": bought, "ads.csv": ads}, [user(), ITEM], [ad, BUY]))
    assert (all_windows(dataset, "ad") == -1).all()


def test_a_row_without_a_time_sees_what_came_before_the_end_of_train(make_spec):
    grown = TaskSpec(name="grown", kind="binary", table="users.csv", inputs=("user",), label="y")
    people = {"user": [f"u{row}" for row in range(5)], "y": [0, 1, 0, 1, 0]}
    rows = buys()
    spec = make_spec({"buys.csv": rows, "users.csv": people}, [user(max=100), ITEM], [BUY, grown])
    dataset = compile_dataset(spec)
    buy = dataset.tasks["buy"]
    end_of_train = buy.time_R[buy.split_R != TRAIN].min()
    for owner, found in zip(people["user"], all_windows(dataset, "grown").tolist(), strict=True):
        before = [i for u, i, t in zip(*rows.values(), strict=True) if u == owner and t < end_of_train]
        assert sorted(keys_of(dataset, "item", found)) == sorted(before)
        assert before


def test_a_row_without_a_time_stops_before_the_rows_that_leave_last_out_holds_out(make_spec):
    grown = TaskSpec(name="grown", kind="binary", table="users.csv", inputs=("user",), label="y")
    bought = {"user": ["u"] * 4 + ["v"] * 2, "item": list("abcdab"), "time": [1, 2, 3, 4, 1, 2]}
    people = {"user": ["u", "v", "w", "x", "y"], "y": [0, 1, 0, 1, 0]}
    task = changed(BUY, split=SplitSpec(kind="leave_last_out"))
    dataset = compile_dataset(
        make_spec({"buys.csv": bought, "users.csv": people}, [user(), ITEM], [task, grown])
    )
    found = [keys_of(dataset, "item", row) for row in all_windows(dataset, "grown").tolist()]
    assert found == [["a", "b"], ["a", "b"], [], [], []]
    test_row = [keys_of(dataset, "item", row) for row in all_windows(dataset)[3:4].tolist()]
    assert test_row == [["a", "b", "c"]]  # the validation row is known when the test row is asked for


@pytest.mark.parametrize("time", [None, "time"])
def test_without_a_usable_time_only_training_events_count_and_never_the_own_target(make_spec, time):
    # Distinct pairs: an item that is in the window by another row of the same user would be no leak.
    pairs = [(f"u{u}", f"i{i}") for u in range(6) for i in range(20)]
    bought = {"user": [u for u, _ in pairs], "item": [i for _, i in pairs], "time": list(range(120))}
    task = changed(BUY, time=None)
    dataset = compile_dataset(make_spec({"buys.csv": bought}, [user(time=time, max=50), ITEM], [task]))
    buy = dataset.tasks["buy"]
    assert not dataset.entities["user"].histories.ordered
    parts = {(int(u), int(i)): int(part) for u, i, part in zip(*buy.inputs, buy.split_R, strict=True)}
    for row, found in enumerate(all_windows(dataset).tolist()):
        owner, target = int(buy.inputs[0][row]), int(buy.inputs[1][row])
        expected = {i for (u, i), part in parts.items() if u == owner and part == TRAIN} - {target}
        assert {item for item in found if item >= 0} == expected


def test_a_rating_does_not_see_its_own_item_in_an_untimed_history(make_spec):
    rate = TaskSpec(name="rate", kind="regression", table="rates.csv", inputs=("user", "item"), label="stars")
    bought = {"user": ["u"] * 30, "item": [f"i{i}" for i in range(30)]}
    rates = {**bought, "stars": [1, 2, 3] * 10}
    buy = changed(BUY, time=None)
    dataset = compile_dataset(
        make_spec({"buys.csv": bought, "rates.csv": rates}, [user(time=None, max=50), ITEM], [buy, rate])
    )
    windows = all_windows(dataset, "rate")
    assert (windows != dataset.tasks["rate"].inputs[1][:, None]).all()


def test_a_row_without_a_time_does_not_see_its_own_item_in_a_timed_history(make_spec):
    got = TaskSpec(name="got", kind="binary", table="got.csv", inputs=("user", "item"), label="y")
    rows = buys()
    pairs = sorted(set(zip(rows["user"], rows["item"], strict=True)))
    asked = {"user": [u for u, _ in pairs], "item": [i for _, i in pairs], "y": [1] * len(pairs)}
    spec = make_spec({"buys.csv": rows, "got.csv": asked}, [user(max=100), ITEM], [BUY, got])
    dataset = compile_dataset(spec)
    assert dataset.entities["user"].histories.ordered
    windows = all_windows(dataset, "got")
    assert (windows >= 0).any()
    assert (windows != dataset.tasks["got"].inputs[1][:, None]).all()


def test_events_with_unknown_items_or_without_a_time_are_dropped(make_spec):
    item = EntitySpec(name="item", table="items.csv", key="item")
    viewer = EntitySpec(
        name="user", key="user", history=HistorySpec(table="views.csv", item="item", time="time")
    )
    views = {"user": ["u", "u", "u", "u"], "item": ["a", "gone", "b", "b"], "time": [1, 2, 3, None]}
    bought = {"user": ["u", "u", "u"], "item": ["a", "b", "a"], "time": [9, 10, 11]}
    tables = {"views.csv": views, "buys.csv": bought, "items.csv": {"item": ["a", "b"]}}
    dataset = compile_dataset(make_spec(tables, [viewer, item], [BUY]))
    assert len(dataset.entities["item"]) == 2
    assert keys_of(dataset, "item", all_windows(dataset)[0].tolist()) == ["a", "b"]


def test_a_filter_on_the_history_keeps_only_its_events(make_spec):
    rows = {"user": ["u"] * 6, "item": list("abcabc"), "time": list(range(6)), "event": ["view", "buy"] * 3}
    task = changed(BUY, where={"event": ("buy",)}, split=SplitSpec(kind="time", validation=0.3, test=0.3))
    viewer = user(where={"event": ("view",)})
    dataset = compile_dataset(make_spec({"buys.csv": rows}, [viewer, ITEM], [task]))
    found = [keys_of(dataset, "item", row) for row in all_windows(dataset).tolist()]
    assert found == [["a"], ["a", "c"], ["a", "c", "b"]]  # buys at 1, 3, 5; views a at 0, c at 2, b at 4


def test_hidden_items_are_in_no_training_row_and_no_history(make_spec):
    like = TaskSpec(name="like", kind="binary", table="likes.csv", inputs=("item",), label="y")
    likes = {"item": [f"i{n}" for n in range(30)], "y": [0, 1] * 15}
    spec = make_spec({"buys.csv": buys(300), "likes.csv": likes}, [user(), ITEM], [BUY, like])
    plain, cold = compile_dataset(spec), compile_dataset(spec, DataSettings(hide_items=0.3))
    hidden = np.flatnonzero(~cold.entities["item"].in_train_N)
    assert len(hidden) >= 9  # 30% of 30 items
    for name, task in cold.tasks.items():
        is_hidden = np.isin(task.inputs[-1], hidden)
        assert (task.split_R[is_hidden] != TRAIN).all()
        held_out = plain.tasks[name].split_R > TRAIN
        np.testing.assert_array_equal(task.split_R[held_out], plain.tasks[name].split_R[held_out])
        was_train = is_hidden & (plain.tasks[name].split_R == TRAIN)
        assert (task.split_R[was_train] == UNUSED).all()
    drawn = set(hidden.tolist()) - set(np.flatnonzero(~plain.entities["item"].in_train_N).tolist())
    assert drawn
    assert not drawn & set(cold.entities["user"].histories.items_E.tolist())

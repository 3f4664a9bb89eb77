"""Each kind of split keeps together what it promises, and the default says why it was chosen."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.config import DataSettings
from mtrec_core.data.cuts import (
    TEST,
    TRAIN,
    UNUSED,
    VALIDATION,
    find_cuts,
    last_out,
    shared_cuts,
    within_groups,
)
from mtrec_core.data.schema import EntitySpec, HistorySpec, SplitSpec, TaskSpec
from mtrec_core.errors import DataError

USER = EntitySpec(name="user", key="user")
ITEM = EntitySpec(name="item", key="item")
BUY = TaskSpec(name="buy", kind="retrieval", table="buys.csv", inputs=("user", "item"))


def with_split(task, **options):
    """The task with a split of its own."""
    return TaskSpec(
        **{**{name: getattr(task, name) for name in task.__dataclass_fields__}, "split": SplitSpec(**options)}
    )


def timed(task):
    return TaskSpec(**{**{name: getattr(task, name) for name in task.__dataclass_fields__}, "time": "time"})


def buys(count=200, users=20):
    """Buys of distinct pairs, at times 0, 1, 2, ..."""
    return {
        "user": [f"u{row % users}" for row in range(count)],
        "item": [f"i{row // users}" for row in range(count)],
        "time": list(range(count)),
    }


def parts_by_pair(task):
    return {(int(u), int(i)): int(part) for u, i, part in zip(*task.inputs, task.split_R, strict=True)}


def counts(task):
    return [int((task.split_R == part).sum()) for part in (TRAIN, VALIDATION, TEST)]


# cuts


@given(st.lists(st.integers(0, 30), min_size=3, max_size=60), st.floats(0.05, 0.4), st.floats(0.05, 0.4))
def test_cuts_keep_ties_together_and_leave_no_part_empty(values, validation, test):
    column = np.array(values)
    cuts = find_cuts([column], validation, test)
    if len(set(values)) < 3:
        assert cuts is None
        return
    parts = cuts.parts(column)
    assert set(parts.tolist()) == {TRAIN, VALIDATION, TEST}
    assert all(
        len({part for part, other in zip(parts.tolist(), values, strict=True) if other == value}) == 1
        for value in values
    )
    order = np.argsort(column, kind="stable")
    assert (np.diff(parts[order]) >= 0).all()  # train, then validation, then test


def test_pooled_cuts_weigh_a_small_task_like_a_large_one():
    large, small = np.arange(1000), np.arange(500, 1500, 10)  # 1,000 and 100 rows
    cuts = find_cuts([large, small], 0.1, 0.1)
    # Below t lies (t / 1000 + (t - 500) / 1000) / 2, from t = 1000 on (1 + (t - 500) / 1000) / 2
    # 0.9 is reached at t = 1300, 0.8 at t = 1100.
    assert cuts.test == 1300
    assert cuts.validation == 1100


def test_a_task_that_would_get_too_few_rows_is_cut_alone():
    columns = {"new": np.arange(900, 1000), "old": np.arange(0, 800), "also_old": np.arange(0, 900)}
    found = shared_cuts(columns, 0.1, 0.1)
    assert [is_shared for _, is_shared in found.values()] == [False, True, True]
    assert found["new"][0].test == 990
    assert found["old"][0] == found["also_old"][0]


def test_a_cut_without_validation_or_test_leaves_the_part_empty():
    values = np.arange(10)
    assert find_cuts([values], 0, 0.2).parts(values).tolist() == [TRAIN] * 8 + [TEST] * 2
    assert find_cuts([values], 0.2, 0).parts(values).tolist() == [TRAIN] * 8 + [VALIDATION] * 2
    assert find_cuts([values], 0, 0).parts(values).tolist() == [TRAIN] * 10


def test_the_last_two_rows_of_each_user_are_held_out():
    by, time = np.array([0, 1, 0, 0, 1, 2]), np.array([5, 1, 3, 9, 2, 0])
    # User 0 at 3, 5, 9: train, validation, test. Users 1 and 2 have fewer than three rows.
    assert last_out(by, time, has_test=True).tolist() == [VALIDATION, TRAIN, TRAIN, TEST, TRAIN, TRAIN]
    assert last_out(by, time, has_test=False).tolist() == [TRAIN, TRAIN, TRAIN, VALIDATION, VALIDATION, TRAIN]


def test_drawing_within_groups_gives_each_group_its_shares():
    by = np.repeat([0, 1, 2, 3], [10, 25, 2, 1])
    parts = within_groups(by, np.random.default_rng(0).integers(0, 2**60, len(by)), 0.1, 0.1)
    table = [
        [int((parts[by == group] == part).sum()) for part in (TRAIN, VALIDATION, TEST)] for group in range(4)
    ]
    # 10 rows: 1 + 1; 25 rows: floor(2.5) each; 2 rows: train keeps one, test comes first; 1 row: train.
    assert table == [[8, 1, 1], [21, 2, 2], [1, 0, 1], [1, 0, 0]]


def test_equal_hashes_stay_together_within_groups():
    by = np.zeros(40, np.int64)
    hashes = np.repeat(np.arange(10, dtype=np.uint64), 4)
    parts = within_groups(by, hashes, 0.3, 0.3)
    assert all(len(set(parts[hashes == value].tolist())) == 1 for value in range(10))


# tasks


def test_a_task_with_a_time_is_split_by_time_and_the_text_says_so(make_spec):
    task = compile_dataset(make_spec({"buys.csv": buys()}, [USER, ITEM], [timed(BUY)])).tasks["buy"]
    assert counts(task) == [160, 20, 20]
    assert (np.diff(task.split_R) >= 0).all()
    assert task.split_text == (
        "by time (default, since the task has a time): train before 160, validation before 180, "
        "test from there: 160 train, 20 validation, 20 test rows"
    )


def test_a_cut_in_dates_is_printed_as_a_date(make_spec):
    rows = buys()
    rows["time"] = [str(date(2024, 1, 1) + timedelta(days=row)) for row in range(200)]
    task = compile_dataset(make_spec({"buys.csv": rows}, [USER, ITEM], [timed(BUY)])).tasks["buy"]
    assert "train before 2024-06-09 00:00:00, validation before 2024-06-29 00:00:00" in task.split_text


def test_tasks_in_one_dataset_share_their_cuts(make_spec):
    click = TaskSpec(
        name="click", kind="binary", table="clicks.csv", inputs=("user", "item"), label="y", time="time"
    )
    clicks = {**buys(100), "time": list(range(50, 250, 2)), "y": [0, 1] * 50}
    spec = make_spec({"buys.csv": buys(), "clicks.csv": clicks}, [USER, ITEM], [timed(BUY), click])
    tasks = compile_dataset(spec).tasks
    last_train = [task.time_R[task.split_R == TRAIN].max() for task in tasks.values()]
    first_validation = [task.time_R[task.split_R == VALIDATION].min() for task in tasks.values()]
    assert max(last_train) < min(first_validation)
    assert all("cuts shared" in task.split_text for task in tasks.values())


def test_a_task_about_one_entity_keeps_it_in_one_part_in_all_such_tasks(make_spec):
    user = EntitySpec(name="user", table="users.csv", key="user")
    users = {"user": [f"u{row}" for row in range(100)], "age": list(range(100)), "city": ["a", "b"] * 50}
    age = TaskSpec(name="age", kind="regression", table="users.csv", inputs=("user",), label="age")
    city = TaskSpec(name="city", kind="multiclass", table="more.csv", inputs=("user",), label="city")
    more = {"user": users["user"][::-1] * 2, "city": users["city"] * 2}
    tasks = compile_dataset(make_spec({"users.csv": users, "more.csv": more}, [user], [age, city])).tasks
    part = dict(zip(tasks["age"].inputs[0].tolist(), tasks["age"].split_R.tolist(), strict=True))
    assert all(
        part[code] == other
        for code, other in zip(tasks["city"].inputs[0].tolist(), tasks["city"].split_R.tolist(), strict=True)
    )
    assert counts(tasks["age"]) == [80, 10, 10]
    assert (
        "by user, each in one part (default, since the task is about 'user' alone)" in tasks["age"].split_text
    )


def test_identical_inputs_never_straddle_and_keep_their_part_in_every_task(make_spec):
    rate = TaskSpec(name="rate", kind="regression", table="rates.csv", inputs=("user", "item"), label="stars")
    twice = {name: [*cells, *cells] for name, cells in buys(120).items()}
    rates = {"user": twice["user"][50:150], "item": twice["item"][50:150], "stars": [1, 2] * 50}
    tasks = compile_dataset(
        make_spec({"buys.csv": twice, "rates.csv": rates}, [USER, ITEM], [BUY, rate])
    ).tasks
    seen = {}
    for task in tasks.values():
        for user, item, part in zip(*task.inputs, task.split_R, strict=True):
            assert seen.setdefault((int(user), int(item)), int(part)) == int(part)
    assert set(seen.values()) == {TRAIN, VALIDATION, TEST}


def test_a_list_stays_whole(make_spec):
    search = TaskSpec(
        name="search", kind="ranking", table="buys.csv", inputs=("user", "item"), label="grade", group="user"
    )
    rows = {**buys(), "grade": [row % 3 for row in range(200)]}
    data = compile_dataset(make_spec({"buys.csv": rows}, [USER, ITEM], [search])).tasks["search"]
    assert all(len(set(data.split_R[data.group_R == group].tolist())) == 1 for group in range(20))
    assert "a list stays whole" in data.split_text


def test_a_small_task_takes_the_cut_of_the_largest_with_the_same_inputs(make_spec):
    rate = TaskSpec(name="rate", kind="regression", table="rates.csv", inputs=("user", "item"), label="stars")
    rates = {"user": buys()["user"][:40], "item": buys()["item"][:40], "stars": [1, 2] * 20}
    spec = make_spec({"buys.csv": buys(), "rates.csv": rates}, [USER, ITEM], [rate, BUY])
    tasks = compile_dataset(spec).tasks
    assert counts(tasks["buy"]) == [160, 20, 20]
    assert parts_by_pair(tasks["rate"]).items() <= parts_by_pair(tasks["buy"]).items()


def test_the_order_of_the_rows_does_not_change_a_random_split(make_spec):
    first = compile_dataset(make_spec({"buys.csv": buys()}, [USER, ITEM], [BUY]))
    turned = {name: cells[::-1] for name, cells in buys().items()}
    second = compile_dataset(make_spec({"buys.csv": turned}, [USER, ITEM], [BUY]))

    def by_key(dataset):
        users, items = (dataset.entities[name].keys.to_pylist() for name in ("user", "item"))
        return {(users[u], items[i]): part for (u, i), part in parts_by_pair(dataset.tasks["buy"]).items()}

    assert by_key(first) == by_key(second)


def test_seeds_draw_other_rows(make_spec):
    spec = make_spec({"buys.csv": buys()}, [USER, ITEM], [with_split(BUY, kind="random", seed=1)])
    parts = [compile_dataset(spec, DataSettings(split_seed=seed)).tasks["buy"].split_R for seed in (0, 1)]
    assert (parts[0] != parts[1]).any()
    other = make_spec({"buys.csv": buys()}, [USER, ITEM], [with_split(BUY, kind="random", seed=2)])
    np.testing.assert_array_equal(compile_dataset(other).tasks["buy"].split_R, parts[1])  # 1 + 1 = 2 + 0


def test_whole_numbers_are_numbers_of_rows_and_train_can_be_limited(make_spec):
    task = with_split(BUY, kind="random", validation=30, test=50, train=60)
    data = compile_dataset(make_spec({"buys.csv": buys()}, [USER, ITEM], [task])).tasks["buy"]
    assert counts(data) == [60, 30, 50]
    assert int((data.split_R == UNUSED).sum()) == 200 - 60 - 30 - 50
    assert "train limited to 60 rows" in data.split_text


def test_random_with_by_draws_within_each_user(make_spec):
    task = with_split(BUY, kind="random", by="user")
    data = compile_dataset(make_spec({"buys.csv": buys()}, [USER, ITEM], [task])).tasks["buy"]
    for user in range(20):  # 10 rows each
        parts = data.split_R[data.inputs[0] == user]
        assert [int((parts == part).sum()) for part in (TRAIN, VALIDATION, TEST)] == [8, 1, 1]


def test_leave_last_out_goes_by_time_not_by_row(make_spec):
    rows = {"user": ["a"] * 4 + ["b"] * 2, "item": list("pqrspq"), "time": [4, 3, 2, 1, 1, 2]}
    task = with_split(timed(BUY), kind="leave_last_out")
    data = compile_dataset(make_spec({"buys.csv": rows}, [USER, ITEM], [task])).tasks["buy"]
    assert data.split_R.tolist() == [TEST, VALIDATION, TRAIN, TRAIN, TRAIN, TRAIN]


def test_a_column_says_the_part_and_an_empty_cell_leaves_the_row_out(make_spec):
    rows = {"user": list("abcde"), "item": list("pqrst"), "fold": ["train", "Dev", "TEST", "valid", None]}
    task = with_split(BUY, kind="column", column="fold")
    data = compile_dataset(make_spec({"buys.csv": rows}, [USER, ITEM], [task])).tasks["buy"]
    assert data.split_R.tolist() == [TRAIN, VALIDATION, TEST, VALIDATION, UNUSED]
    rows["fold"][0] = "fold 1"
    with pytest.raises(DataError, match=r"'fold'.*holds 'fold 1'"):
        compile_dataset(make_spec({"buys.csv": rows}, [USER, ITEM], [task]))


def test_the_rows_of_a_test_table_are_the_test_set(make_spec):
    task = TaskSpec(
        name="buy", kind="retrieval", table="buys.csv", inputs=("user", "item"), test_table="later.csv"
    )
    later = {"user": ["u1", "u2"], "item": ["i1", "new"]}
    dataset = compile_dataset(make_spec({"buys.csv": buys(), "later.csv": later}, [USER, ITEM], [task]))
    data = dataset.tasks["buy"]
    assert data.split_R[200:].tolist() == [TEST, TEST]
    assert counts(data) == [180, 20, 2]
    assert dataset.entities["item"].keys[int(data.inputs[1][201])].as_py() == "new"


def test_a_split_of_the_dataset_that_does_not_fit_gives_way_to_the_default(make_spec):
    spec = make_spec({"buys.csv": buys()}, [USER, ITEM], [BUY], SplitSpec(kind="time"))
    text = compile_dataset(spec).tasks["buy"].split_text
    assert "the dataset's split 'time' doesn't fit, the task names no `time`" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "time"}, "names no `time`"),
        ({"kind": "leave_last_out"}, "names no `time`"),
        ({"kind": "user", "by": "shop"}, "'shop' is not among the inputs"),
        ({"kind": "column"}, "names no `column`"),
        ({"kind": "column", "column": "fold"}, "no column 'fold'"),
        ({"kind": "random", "validation": 0.5, "test": 0.5}, "100%.*leave some for train"),
    ],
)
def test_a_split_that_a_task_declares_but_cannot_have_is_an_error(make_spec, options, message):
    with pytest.raises(DataError, match=message):
        compile_dataset(make_spec({"buys.csv": buys()}, [USER, ITEM], [with_split(BUY, **options)]))


def test_rows_of_one_moment_fall_back_to_a_random_split(make_spec):
    rows = {**buys(), "time": [0] * 199 + [1]}
    text = compile_dataset(make_spec({"buys.csv": rows}, [USER, ITEM], [timed(BUY)])).tasks["buy"].split_text
    assert text.startswith("at random by input keys (default, since too many rows have the same time)")
    with pytest.raises(DataError, match="too few"):
        compile_dataset(make_spec({"buys.csv": rows}, [USER, ITEM], [with_split(timed(BUY), kind="time")]))


def test_a_task_alone_is_split_as_among_all_tasks(make_spec):
    click = TaskSpec(
        name="click", kind="binary", table="clicks.csv", inputs=("user", "item"), label="y", time="time"
    )
    clicks = {**buys(100), "time": list(range(50, 250, 2)), "y": [0, 1] * 50}
    spec = make_spec({"buys.csv": buys(), "clicks.csv": clicks}, [USER, ITEM], [timed(BUY), click])
    joint, alone = compile_dataset(spec), compile_dataset(spec, tasks=["click"])
    assert list(alone.tasks) == ["click"]
    np.testing.assert_array_equal(joint.tasks["click"].split_R, alone.tasks["click"].split_R)
    np.testing.assert_array_equal(joint.tasks["click"].inputs[0], alone.tasks["click"].inputs[0])


def test_a_profile_task_of_an_entity_with_only_a_history_is_split_by_it(make_spec):
    user = EntitySpec(
        name="user", key="user", history=HistorySpec(table="buys.csv", item="item", time="time")
    )
    grown = TaskSpec(name="grown", kind="binary", table="grown.csv", inputs=("user",), label="y")
    spec = make_spec(
        {"buys.csv": buys(), "grown.csv": {"user": [f"u{n}" for n in range(20)], "y": [0, 1] * 10}},
        [user, ITEM],
        [timed(BUY), grown],
    )
    assert compile_dataset(spec).tasks["grown"].split_text.startswith("by user")

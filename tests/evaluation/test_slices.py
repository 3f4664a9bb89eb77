"""New users, rare items, categories."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import DataError
from mtrec_core.evaluation.draws import draw_metrics
from mtrec_core.evaluation.slices import FREQUENT, slice_members, sliced
from mtrec_core.evaluation.slices_file import load_members, load_task_lines, measure_slices, save_members


@pytest.fixture(scope="module")
def shop(dataset_folder):
    return compile_dataset(load_dataset_spec(dataset_folder))


@pytest.fixture(scope="module")
def members(shop):
    return slice_members(shop, list(shop.tasks))


def of(members: pd.DataFrame, task: str, family: str) -> pd.DataFrame:
    return members[(members["task"] == task) & (members["family"] == family)]


def test_every_test_row_is_in_one_value_of_a_family(shop, members):
    for task, family in (
        ("liked", "user: job"),
        ("ad_click", "user: training rows"),
        ("liked", "item: brand"),
    ):
        assert sorted(of(members, task, family)["row"]) == shop.tasks[task].rows("test").tolist()


def test_training_rows_are_counted_in_the_task_itself(shop, members):
    data = shop.tasks["ad_click"]
    train = data.inputs[0][data.rows("train")]
    family = of(members, "ad_click", "user: training rows")
    for value, low, high in (("1 to 4 (rare)", 1, 4), ("5 to 19", 5, 19)):
        rows = family[family["value"] == value]["row"]
        counts = [int((train == data.inputs[0][row]).sum()) for row in rows]
        assert counts
        assert all(low <= count <= high for count in counts)


def test_slices_of_a_retrieval_tasks_items_hold_keys(shop, members):
    brands = of(members, "purchase", "item: brand")
    assert (brands["row"] == -1).all()
    bought = {
        shop.entities["item"].keys[code].as_py()
        for code in shop.tasks["purchase"].inputs[1][shop.tasks["purchase"].rows("test")]
    }
    assert set(brands["item"]) == bought
    assert not brands["item"].duplicated().any()


def test_a_ranking_is_cut_by_whole_lists_only(members):
    families = set(members[members["task"] == "search"]["family"])
    assert "user: job" in families
    assert not any(family.startswith("item") for family in families)


def test_context_of_a_row_makes_slices(members):
    assert set(of(members, "ad_click", "position")["value"]) == {"1", "2", "3"}


def test_two_inputs_of_the_same_entity_are_told_apart_by_their_column(members):
    families = set(members[members["task"] == "related"]["family"])
    assert {"item (item_id): brand", "item (related_id): brand"} <= families


def test_a_family_with_one_value_is_left_out(members):
    assert "user: training rows" not in set(members[members["task"] == "gold"]["family"])


def test_rare_values_share_a_slice(shop):
    data = shop.tasks["gold"]
    user = shop.entities["user"]
    many = np.arange(len(user)) % 20 + 1
    column = dataclasses.replace(
        user.features.categorical[0], values=tuple(f"v{number}" for number in range(20))
    )
    changed = dataclasses.replace(
        user,
        categorical_NC=many[:, None].astype(np.int32),
        features=dataclasses.replace(user.features, categorical=(column,)),
    )
    dataset = dataclasses.replace(shop, entities={**shop.entities, "user": changed})
    found = of(slice_members(dataset, ["gold"]), "gold", "user: job")
    found = found if len(found) else slice_members(dataset, ["gold"])
    assert found["value"].nunique() == FREQUENT + 1
    assert found["value"].iloc[-1] == "other"
    assert len(found) == len(data.rows("test"))


def test_a_slice_of_items_counts_only_these_as_to_be_found(read_table):
    """Item a is found first, item b as the 40th.

    row user item target rank rank_seen_kept
    0   u    a    1      1    1
    0   u    c    0      2    2
    1   v    b    1      40   40
    """
    table = read_table(test_a_slice_of_items_counts_only_these_as_to_be_found.__doc__.partition("\n\n")[2])
    part = pd.DataFrame({"row": [-1], "item": ["a"]})
    assert sliced(table, part)["item"].tolist() == ["a"]


def test_the_metric_in_a_slice_is_that_of_its_rows(make_spec, lay_out):
    target = np.array([1, 0, 1, 0, 1, 0, 1, 0])[:, None]
    score = np.array([0.9, 0.1, 0.8, 0.2, 0.1, 0.9, 0.2, 0.8])[:, None]
    table = lay_out(target, score, user=np.arange(8))
    members = pd.DataFrame(
        {"family": ["half"] * 8, "value": ["good"] * 4 + ["bad"] * 4, "row": range(8), "item": [""] * 8}
    )
    good, bad = measure_slices(make_spec("binary"), table, members, "auc")
    assert (good.value, good.units, good.drawn.value) == ("good", 4, 1.0)
    assert (bad.value, bad.units, bad.drawn.value) == ("bad", 4, 0.0)


def test_where_the_metric_is_undefined_the_slice_says_how_large_it_is(make_spec, lay_out):
    table = lay_out(np.ones((3, 1)), np.ones((3, 1)), user=np.arange(3))
    members = pd.DataFrame({"family": ["f"] * 3, "value": ["v"] * 3, "row": range(3), "item": [""] * 3})
    (found,) = measure_slices(make_spec("binary"), table, members, "auc")
    assert (found.units, found.drawn) == (3, None)


def test_what_was_written_is_read_again_by_task(tmp_path, members):
    save_members(members, tmp_path / "slices.parquet")
    read = load_members(tmp_path / "slices.parquet", "purchase")
    expected = members[members["task"] == "purchase"].reset_index(drop=True)
    pd.testing.assert_frame_equal(read, expected, check_dtype=False)


def test_a_run_without_slices_says_why(tmp_path):
    with pytest.raises(DataError, match="kept no slices"):
        load_members(tmp_path / "slices.parquet", "purchase")


def test_lines_of_one_task_are_what_the_whole_table_holds_of_it(tmp_path, make_spec, lay_out):
    from mtrec_core.evaluation.predictions_file import save_predictions

    one = lay_out(np.array([[1], [0], [1]]), np.array([[0.9], [0.1], [0.4]]))
    save_predictions(
        pd.concat([one, one.assign(task="other"), one.assign(split="validation")]), tmp_path / "p"
    )
    read = load_task_lines(tmp_path / "p", "t")
    assert len(read) == 3
    assert draw_metrics(make_spec("binary"), read)[0].rows == draw_metrics(make_spec("binary"), one)[0].rows
    with pytest.raises(DataError, match="has not finished its test"):
        load_task_lines(tmp_path / "none", "t")

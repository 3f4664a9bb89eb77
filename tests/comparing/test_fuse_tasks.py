"""The tasks of a run fused into one order, judged on test lists."""

import pytest

from mtrec_core.comparing.fuse_tasks import fuse_tasks, item_values
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import DataError, UserError
from mtrec_core.evaluation.fusion_file import load_fusion
from mtrec_core.evaluation.metrics import measure
from mtrec_core.evaluation.predictions_file import load_predictions
from tests.tiny_shop import train


@pytest.fixture(scope="module")
def folder(tmp_path_factory, config):
    """Of a completed run on the tiny shop."""
    folder = tmp_path_factory.mktemp("run")
    assert train(folder, config).state == "completed"
    return folder


@pytest.fixture
def run(make_run, config, folder):
    return make_run(1, {"purchase": {"ndcg@10": 0.1}}, config=config, folder=folder)


def test_tasks_are_set_against_the_best_of_them_on_the_leading_tasks_lists(run, folder):
    found = fuse_tasks(run, "equal")
    assert (found.task, found.metric) == ("purchase", "ndcg@10")
    assert list(found.blend.weights) == ["purchase", "liked", "stars"]
    assert found.best == max(found.validation, key=found.validation.__getitem__)
    assert found.on_test.b == found.test[found.best]
    test = load_predictions(folder / "predictions.parquet")
    assert found.on_test.users == test[test["task"] == "purchase"]["user"].nunique()


def test_the_validation_metric_is_that_which_recommending_tells(run, folder):
    lists = load_fusion(folder / "bundle")
    for weights in ({"purchase": 1.0}, {"purchase": 1.0, "stars": 0.5, "liked": -0.2}):
        found = fuse_tasks(run, weights)
        assert found.fused_validation == pytest.approx(lists.validation_metric(weights), abs=0.01)
    assert fuse_tasks(run, "learned").blend.weights == pytest.approx(lists.weights("learned"), abs=0.01)


def test_the_leading_task_alone_has_its_metric_of_the_test_predictions(run, folder, config):
    found = fuse_tasks(run, {"purchase": 1.0})
    spec = load_dataset_spec(config.dataset).tasks["purchase"]
    test = load_predictions(folder / "predictions.parquet")
    expected = measure(spec, test[test["task"] == "purchase"], "ndcg@10").value()
    assert found.on_test.a == pytest.approx(expected)  # the lists are the whole catalogue
    assert found.test["purchase"] == pytest.approx(expected)


def test_an_expected_value_takes_the_price_of_each_item(run, config):
    plain = fuse_tasks(run, "equal", "utility")
    priced = fuse_tasks(run, "equal", "utility", value="price")
    assert plain.blend.weights == {"purchase": 1.0, "liked": 1.0, "stars": 1.0}
    assert plain.on_test.a != priced.on_test.a
    assert plain.value is None
    assert priced.value.low <= priced.value.a - priced.value.b <= priced.value.high
    assert priced.to_json()["value"]["a"] == priced.value.a
    prices = item_values(load_dataset_spec(config.dataset), "item", "price")
    assert len(prices) >= 30
    assert min(prices.values()) > 0


@pytest.mark.parametrize("method", ["rank", "borda"])
def test_places_are_fused_too(run, method):
    found = fuse_tasks(run, "learned", method)
    assert sum(map(abs, found.blend.weights.values())) == pytest.approx(1)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"weighing": "volume", "method": "utility"}, "takes equal weights or given ones"),
        ({"weighing": "learned", "method": "utility"}, "no weights to learn"),
        ({"weighing": "equal", "value": "price"}, "add --method utility"),
        ({"weighing": "best"}, "Unknown fusion 'best'"),
        ({"weighing": {"tags": 1.0}}, "'tags' in the fusion; known here: purchase, liked, stars"),
    ],
)
def test_what_does_not_fit_is_refused(run, options, says):
    with pytest.raises(UserError, match=says):
        fuse_tasks(run, **options)


def test_a_column_that_the_items_lack_is_named(run):
    with pytest.raises(DataError, match="worth"):
        fuse_tasks(run, "equal", "utility", value="worth")

"""A curve as a few of its values."""

import pytest


@pytest.fixture
def filled(store, tmp_path):
    """Two runs with 500 and 3 points of one curve, among others; a third without."""
    dataset = store.add_dataset(name="shop", folder=tmp_path, fingerprint="f")
    runs = [
        store.add_run(dataset=dataset, config={}, config_fingerprint="c", runs_folder=tmp_path)
        for _ in range(3)
    ]
    for run, count in zip(runs, (500, 3, 0), strict=True):
        with store.writer(run.id) as writer:
            for step in range(count):
                for name, value in (("auc", step / 500), ("loss", -1.0)):
                    writer.add(name, value, step=step, task="click", split="validation", epoch=0, seconds=0)
            writer.add("auc", 9.0, step=0, task="other", split="validation", epoch=0, seconds=0)
    return store, [run.id for run in runs]


def test_a_long_curve_comes_as_a_few_values_over_its_whole_length(filled):
    store, (long, short, empty) = filled
    found = store.sparklines([long, short, empty], task="click", split="validation", name="auc", points=11)
    assert set(found) == {long, short}
    assert len(found[long]) == 11
    assert found[long][0] == 0
    assert found[long][-1] == 499 / 500
    assert found[long] == pytest.approx([part / 10 for part in range(11)], abs=0.01)


def test_a_short_curve_comes_whole(filled):
    store, (_, short, _) = filled
    assert store.sparklines([short], task="click", split="validation", name="auc") == {
        short: [0, 1 / 500, 2 / 500]
    }


def test_a_curve_that_nobody_has_gives_nothing(filled):
    store, ids = filled
    assert store.sparklines(ids, task="click", split="test", name="auc") == {}

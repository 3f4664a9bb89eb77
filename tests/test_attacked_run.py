"""A trained run under attack: what is attacked, what is not, and that it comes out the same again."""

import numpy as np
import pytest
import torch

from mtrec_core.attacked_run import AttackedRun, measure_attacked
from mtrec_core.config import with_settings
from mtrec_core.errors import DataError
from mtrec_core.evaluation.robustness import CLEAN
from mtrec_core.evaluation.text_attacks import Attack
from mtrec_core.prepare import prepare
from mtrec_core.training.events import ignore
from mtrec_core.training.predict import predict
from tests.tiny_shop import train

WORDS = {"red": ["blue"], "shoe": ["lamp"]}
HARMLESS = Attack(key="typos", amount=1e-12)
STRONG = [
    Attack(key="drops", amount=0.9),
    Attack(key="synonyms", amount=1.0),
    Attack(key="vectors", amount=0.1),
    Attack(key="vectors", amount=1.0),
]
WAYS = {
    "frozen": {"training.epochs": 4},
    "n-grams": {"model.ngram_buckets": 64, "training.max_steps": 6},
    "lora": {"text.trainable": "lora", "training.max_steps": 6},
    "top layers": {"text.trainable": "last_k", "text.last_k": 1, "training.max_steps": 6},
}


@pytest.fixture(scope="module", params=WAYS)
def trained(request, config, tmp_path_factory):
    """(folder, configuration, result) of a run."""
    folder = tmp_path_factory.mktemp("attacked")
    chosen = with_settings(config, WAYS[request.param])
    return folder, chosen, train(folder, chosen)


def measured(trained, attacks, seed=0):
    folder, config, _ = trained
    found = measure_attacked(folder, config, folder / "vectors", attacks, seed, WORDS, "words", ignore)
    return found.measured


def test_clean_metrics_are_those_of_the_runs_own_test_and_so_are_those_after_an_empty_attack(trained):
    found = measured(trained, [HARMLESS])
    result = trained[2]
    assert set(found) == set(result.tasks)
    for task, by_attack in found.items():
        of_run = result.tasks[task].test[result.tasks[task].headline]
        assert by_attack[CLEAN].value == pytest.approx(of_run, abs=1e-5), task
        assert by_attack[HARMLESS.name].value == pytest.approx(of_run, abs=1e-3), task


def test_attacks_change_metrics_and_come_out_the_same_again(trained):
    first, again = measured(trained, STRONG), measured(trained, STRONG)
    for attack in STRONG:
        values = [{task: found[task][attack.name].value for task in found} for found in (first, again)]
        assert values[0] == values[1]
        assert values[0] != {task: first[task][CLEAN].value for task in first}, attack
    # Uphill of its own loss, a task that reads nothing but its text falls; the farther the deeper.
    tags = {name: one.value for name, one in first["tags"].items()}
    assert tags["vectors=1"] < tags["vectors=0.1"] <= tags[CLEAN]


def test_catalogues_and_histories_are_read_as_they_are(config, tmp_path):
    prepared = prepare(config, tmp_path, ignore)
    run = AttackedRun(prepared, config, {}, tmp_path)
    moved = run.with_moved_vectors("related", 1.0)
    model = prepared.model
    codes = np.arange(5)
    with model.fixed():
        catalogue = model.whole_catalogue("shared", "item")
        row = model.row_vectors("shared", "item", codes)
        torch.testing.assert_close(row, catalogue[:5])
    with model.rows_read_from(moved), model.fixed():
        torch.testing.assert_close(model.whole_catalogue("shared", "item"), catalogue)
        assert not torch.allclose(model.row_vectors("shared", "item", codes), catalogue[:5])


def test_only_texts_that_test_rows_read_are_attacked_and_lists_stay_whole(config, tmp_path):
    prepared = prepare(config, tmp_path, ignore)
    run = AttackedRun(prepared, config, {}, tmp_path)
    texts = prepared.dataset.entities["answer"].texts.to_pylist()
    known = prepared.model.features.texts.distinct.texts.to_pylist()
    attacked = {known[place] for place in run.read_U}
    assert not attacked & set(texts), "answers are a catalogue"
    data = prepared.dataset.tasks["search"]
    monkey = pytest.MonkeyPatch()
    monkey.setattr("mtrec_core.attacked_run.ROWS_AT_ONCE", 7)
    pieces = list(run._in_pieces(data))
    monkey.undo()
    assert sorted(np.concatenate(pieces).tolist()) == data.rows("test").tolist()
    assert len(pieces) > 1
    groups = [set(data.group_R[piece].tolist()) for piece in pieces]
    assert sum(map(len, groups)) == len(set.union(*groups))


def test_a_part_of_the_rows_is_the_same_for_reading_and_for_judging(config, tmp_path):
    prepared = prepare(config, tmp_path, ignore)
    whole, part = (AttackedRun(prepared, config, {}, tmp_path, rows) for rows in (0, 6))
    assert len(part.read_U) < len(whole.read_U)
    for task in ("gold", "stars", "search", "service", "related"):
        data = prepared.dataset.tasks[task]
        table = predict(prepared.model, prepared.dataset, [task], "test", 10, 6)
        found = set(part._rows(data).tolist())
        assert set(table["row"].tolist()) == found, task
        assert len(found) < len(data.rows("test")), task
        assert np.array_equal(whole._rows(data), data.rows("test"))
    one = part.measure(part.clean, ["stars"])["stars"]
    assert one.rows != whole.measure(whole.clean, ["stars"])["stars"].rows


def test_a_run_without_the_model_of_its_best_step_is_refused(config, tmp_path):
    with pytest.raises(DataError, match="keeps no model of its best step"):
        measure_attacked(tmp_path, config, tmp_path, [], 0, WORDS, "", ignore)

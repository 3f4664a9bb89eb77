"""The bundle's folder: whole or not there, checked, and enough by itself."""

import errno
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.dataset import Dataset
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import DataError, StorageError
from mtrec_core.evaluation.fusion_file import load_fusion
from mtrec_core.inference import bundle as bundle_module
from mtrec_core.inference.bundle import MANIFEST_FILE, load_bundle, write_bundle
from mtrec_core.inference.engine import Engine
from mtrec_core.inference.kept_data import without_typed_things
from mtrec_core.inference.predictor import Predictor
from tests.tiny_encoders import write_bert
from tests.tiny_shop import DATASET, train, write_dataset

FILES = (
    *("bundle.json", "model.safetensors", "texts.safetensors", "arrays.safetensors", "snapshot.json"),
    *("dataset.toml", "fusion.parquet"),
    *(f"entity-{name}.parquet" for name in ("user", "item", "ad", "query", "question", "answer")),
)


@pytest.fixture
def copied(bundle, tmp_path):
    """A copy of the bundle to do harm to."""
    return shutil.copytree(bundle, tmp_path / "copy")


def test_a_bundle_holds_these_files_and_no_others(bundle):
    assert sorted(path.name for path in bundle.iterdir()) == sorted(FILES)
    assert sorted(path.name for path in bundle.parent.iterdir() if "writing" in path.name) == []


@pytest.mark.parametrize("name", FILES)
def test_a_changed_byte_is_noticed(copied, name):
    content = bytearray((copied / name).read_bytes())
    place = len(content) // 2
    content[place] ^= 1
    (copied / name).write_bytes(bytes(content))
    with pytest.raises(DataError, match=rf"damaged: {name}"):
        load_bundle(copied)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_was_cut_off_is_noticed(copied, name):
    content = (copied / name).read_bytes()
    (copied / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match=rf"damaged: {name}.*Copy the whole folder again"):
        load_bundle(copied)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_noticed(copied, name):
    (copied / name).unlink()
    with pytest.raises(DataError, match=rf"{name} is missing"):
        load_bundle(copied)


def test_a_bundle_of_a_newer_program_is_told(copied):
    content = json.loads((copied / MANIFEST_FILE).read_text())
    (copied / MANIFEST_FILE).write_text(json.dumps(content | {"format": 2, "program": "9.1"}))
    with pytest.raises(DataError, match=r"has format 2, written by version 9\.1.*formats up to 1"):
        load_bundle(copied)


def test_a_folder_without_a_model_is_told(tmp_path):
    with pytest.raises(DataError, match="There is no model in"):
        Predictor(tmp_path)
    with pytest.raises(DataError, match="There is no model in"):
        load_fusion(tmp_path)


def assert_equal_entities(found: Dataset, expected: Dataset) -> None:
    assert list(found.entities) == list(expected.entities)
    for name, entity in expected.entities.items():
        other = found.entities[name]
        assert other.spec == entity.spec
        assert other.keys.equals(entity.keys)
        assert (other.texts is None) == (entity.texts is None)
        assert entity.texts is None or other.texts.equals(entity.texts)
        assert other.features == entity.features
        for field in ("categorical_NC", "numeric_NF", "in_train_N"):
            np.testing.assert_array_equal(getattr(other, field), getattr(entity, field))
        assert (other.histories is None) == (entity.histories is None)
        if entity.histories is not None:
            for field in ("starts_N1", "items_E", "time_E", "ordered", "max_length", "item_entity"):
                np.testing.assert_array_equal(
                    getattr(other.histories, field), getattr(entity.histories, field)
                )


def test_the_snapshot_holds_the_things_of_the_dataset(bundle, dataset_folder):
    expected = compile_dataset(load_dataset_spec(dataset_folder))
    found = load_bundle(bundle).snapshot
    assert_equal_entities(found.dataset, without_typed_things(expected))
    sizes = {name: len(entity) for name, entity in found.dataset.entities.items()}
    assert sizes == {"user": 40, "item": 32, "ad": 3, "query": 0, "question": 0, "answer": 3}
    assert found.dataset.fingerprint == expected.fingerprint
    for name, task in expected.tasks.items():
        other = found.dataset.tasks[name]
        assert (other.spec, other.classes, other.context) == (task.spec, task.classes, task.context)
        assert len(other) == 0
    pairs = {(int(user), int(item)) for user, item in zip(*expected.tasks["purchase"].inputs, strict=True)}
    seen = found.seen["purchase"]
    assert {(user, int(item)) for user in range(40) for item in seen.of(user)} == pairs
    assert seen.of(40).tolist() == []
    assert found.seen["service"].targets.tolist() == []  # a question has no key, so nobody asked it before


def test_a_bundle_works_without_the_dataset_the_run_and_the_vectors(
    tmp_path, tables, config, encoder_folder, predictor
):
    folder = tmp_path / "data"
    folder.mkdir()
    write_dataset(folder, tables, DATASET)
    train(tmp_path / "run", replace(config, dataset=str(folder), tasks=("purchase", "service")))
    shutil.move(tmp_path / "run" / "bundle", tmp_path / "elsewhere")
    shutil.rmtree(folder)
    shutil.rmtree(tmp_path / "run")
    moved = Predictor(tmp_path / "elsewhere")
    assert len(moved.recommend(user="u01", n=3)) == 3
    assert moved.answer("where is my lamp")[0].text
    assert list(moved.tasks) == ["purchase", "service"]


def write_again(engine: Engine, folder):
    """The engine's own bundle, written to another folder."""
    compiled = without_typed_things(compile_dataset(load_dataset_spec(engine.bundle.config.dataset)))
    engine.model.attach(engine.features)
    write_bundle(
        folder,
        config=engine.bundle.config,
        dataset=compiled,
        model=engine.model,
        texts=engine.bundle.texts,
        encoder=engine.bundle.encoder,
        inverse_frequency=engine.bundle.inverse_frequency,
        evidence=engine.bundle.evidence,
        fusion_scores=load_fusion(engine.bundle.folder).scores,
    )


def test_what_is_loaded_and_written_again_is_the_same(bundle, tmp_path):
    write_again(Engine(bundle), tmp_path / "again")
    for name in FILES:
        if name.endswith((".safetensors", ".json")):
            assert (tmp_path / "again" / name).read_bytes() == (bundle / name).read_bytes(), name


def test_a_full_disk_leaves_the_old_bundle_and_nothing_half_written(bundle, copied, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    engine = Engine(bundle)
    monkeypatch.setattr(bundle_module, "save_fusion_scores", full)
    with pytest.raises(StorageError, match=r"No space left on device\. Free some space"):
        write_again(engine, copied)
    assert [path.name for path in copied.parent.iterdir()] == ["copy"]
    load_bundle(copied)


def test_a_bundle_takes_the_place_of_an_older_one(bundle, copied):
    (copied / "left.over").write_text("old")
    write_again(Engine(bundle), copied)
    assert sorted(path.name for path in copied.iterdir()) == sorted(FILES)
    assert [path.name for path in copied.parent.iterdir()] == ["copy"]
    load_bundle(copied)


def test_another_encoder_of_the_same_name_is_told_when_a_new_text_comes(tmp_path, config, copied):
    folder = write_bert(tmp_path / "encoder", seed=1)
    content = json.loads((copied / MANIFEST_FILE).read_text())
    content["encoder"]["name"] = str(folder)
    content["checksum"] = bundle_module._own_checksum(content)
    (copied / MANIFEST_FILE).write_text(json.dumps(content))
    predictor = Predictor(copied)
    assert predictor.recommend(user="u01")  # needs no new text
    with pytest.raises(DataError, match=r"another version of the text encoder.*can't read new texts"):
        predictor.answer("refund refund refund")


@pytest.mark.parametrize("kind", ["frozen", "learned"])
def test_a_new_text_is_read_as_the_known_ones_were(kind, run_folder, live_run_folder):
    engine = Engine((run_folder if kind == "frozen" else live_run_folder) / "bundle")
    texts = engine.bundle.texts.distinct.texts.to_pylist()
    known_UH = engine.bundle.texts.vectors_UH[: len(texts)].numpy()
    assert engine.reader is not None
    read_UH = engine.reader.read(texts)
    # the outputs of frozen layers are kept in half precision: 3 digits
    np.testing.assert_allclose(read_UH, known_UH, atol=1e-4 if kind == "frozen" else 1e-2)
    assert np.abs(known_UH).max(axis=1).min() > 0.5  # none is missing
    if kind == "learned":
        assert len(engine.reader.learned) > 0
        base_UH = Engine(run_folder / "bundle").reader.read(texts)  # the same encoder before it learned
        assert np.abs(read_UH - base_UH).max() > 0.02


def test_many_new_texts_go_through_the_cache_on_disk(bundle, tmp_path):
    words = ["red", "blue", "green", "lamp", "sofa", "chair", "desk", "shirt", "shoe"]
    texts = [f"{one} {two} refund" for one in words for two in words]
    cached, plain = Engine(bundle, tmp_path / "vectors"), Engine(bundle)
    assert cached.reader is not None
    assert plain.reader is not None
    cached.reader.read(texts[:3])
    assert not (tmp_path / "vectors").exists()
    first = cached.reader.read(texts)
    assert len(list((tmp_path / "vectors").rglob("values.npy"))) == 1
    np.testing.assert_allclose(first, plain.reader.read(texts), atol=1e-5)


def test_making_a_predictor_leaves_the_random_numbers_as_they_were(bundle):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    Predictor(bundle)
    assert torch.equal(torch.rand(3), expected)

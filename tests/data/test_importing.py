"""A dataset folder is written whole or not at all."""

import shutil
from pathlib import Path

import pytest

from mtrec_core.data.importing import import_dataset
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import DataError, StorageError


@pytest.fixture
def reviews(tmp_path) -> Path:
    """A file to import."""
    path = tmp_path / "brought" / "reviews.csv"
    path.parent.mkdir()
    rows = [f"the quick brown fox number {n} was here,{n % 2}" for n in range(50)]
    path.write_text("text,label\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_tables_are_copied_beside_the_declaration(reviews, tmp_path):
    datasets = tmp_path / "datasets"
    spec = import_dataset([reviews], "mine", datasets)
    assert spec == load_dataset_spec(datasets / "mine")
    assert sorted(path.name for path in (datasets / "mine").iterdir()) == ["dataset.toml", "reviews.csv"]
    assert (datasets / "mine" / "reviews.csv").read_bytes() == reviews.read_bytes()
    assert [path.name for path in datasets.iterdir()] == ["mine"]
    assert "'label' is its label" in (datasets / "mine" / "dataset.toml").read_text()


def test_tables_may_stay_where_they_are(reviews, tmp_path):
    spec = import_dataset([reviews], "mine", tmp_path / "datasets", copy=False)
    assert spec.tables == reviews.parent
    assert [path.name for path in (tmp_path / "datasets" / "mine").iterdir()] == ["dataset.toml"]


def test_a_name_that_is_taken_is_refused_and_the_folder_stays_as_it_was(reviews, tmp_path):
    import_dataset([reviews], "mine", tmp_path / "datasets")
    before = (tmp_path / "datasets" / "mine" / "dataset.toml").read_text()
    with pytest.raises(DataError, match="There is a dataset 'mine'"):
        import_dataset([reviews], "mine", tmp_path / "datasets", copy=False)
    assert (tmp_path / "datasets" / "mine" / "dataset.toml").read_text() == before


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "a b", "-rf", "x" * 65, "ä"])
def test_a_name_that_is_no_safe_folder_is_refused(reviews, tmp_path, name):
    with pytest.raises(DataError, match="can't be a dataset's name"):
        import_dataset([reviews], name, tmp_path / "datasets")


def test_a_broken_file_leaves_nothing_behind(reviews, tmp_path):
    reviews.write_text("a,b\n1,2,3\n")
    with pytest.raises(DataError, match="row 2"):
        import_dataset([reviews], "mine", tmp_path / "datasets")
    assert not (tmp_path / "datasets").exists()


def test_a_full_disk_leaves_nothing_behind(reviews, tmp_path, monkeypatch):
    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", no_space)
    with pytest.raises(StorageError, match="No space left on device"):
        import_dataset([reviews], "mine", tmp_path / "datasets")
    assert list((tmp_path / "datasets").iterdir()) == []


def test_files_of_several_folders_have_to_be_copied(reviews, tmp_path):
    other = tmp_path / "other.csv"
    shutil.copyfile(reviews, other)
    with pytest.raises(DataError, match="different folders"):
        import_dataset([reviews, other], "mine", tmp_path / "datasets", copy=False)

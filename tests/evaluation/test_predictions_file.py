"""The predictions table on disk."""

import pandas as pd
import pyarrow.parquet as pq
import pytest

from mtrec_core.errors import DataError, StorageError
from mtrec_core.evaluation import predictions_file
from mtrec_core.evaluation.predictions import empty_predictions
from mtrec_core.evaluation.predictions_file import load_predictions, save_predictions


@pytest.fixture
def predictions(read_table) -> pd.DataFrame:
    return read_table("row user item target score rank\n0 Zoë 牛奶 1 0.5 1\n7 b x nan 0.25 2")


def test_a_table_comes_back_as_it_was(tmp_path, predictions):
    path = tmp_path / "run" / "predictions.parquet"
    save_predictions(predictions, path)
    pd.testing.assert_frame_equal(load_predictions(path), predictions)
    assert [file.name for file in path.parent.iterdir()] == ["predictions.parquet"]


def test_an_empty_table_comes_back_as_it_was(tmp_path):
    save_predictions(empty_predictions(), tmp_path / "p.parquet")
    pd.testing.assert_frame_equal(load_predictions(tmp_path / "p.parquet"), empty_predictions())


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, predictions, monkeypatch):
    path = tmp_path / "p.parquet"
    save_predictions(predictions, path)
    before = path.read_bytes()

    def disk_is_full(table, where, **options):
        where.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(predictions_file.pq, "write_table", disk_is_full)
    with pytest.raises(StorageError, match=r"could not be written to .*p\.parquet: No space left on device"):
        save_predictions(predictions.iloc[:1], path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["p.parquet"]


def test_a_table_without_a_column_is_not_written(tmp_path, predictions):
    with pytest.raises(ValueError, match="lack the columns score"):
        save_predictions(predictions.drop(columns="score"), tmp_path / "p.parquet")
    assert not list(tmp_path.iterdir())


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(DataError, match=r"no predictions at .*p\.parquet"):
        load_predictions(tmp_path / "p.parquet")


def test_a_file_that_is_no_parquet_says_so(tmp_path):
    (tmp_path / "p.parquet").write_bytes(b"PAR1 this is not one")
    with pytest.raises(DataError, match="not a readable Parquet file"):
        load_predictions(tmp_path / "p.parquet")


def test_another_table_is_refused_by_what_it_lacks(tmp_path, predictions):
    predictions.drop(columns=["rank", "score"]).to_parquet(tmp_path / "p.parquet")
    with pytest.raises(DataError, match="it lacks score, rank"):
        load_predictions(tmp_path / "p.parquet")


def test_a_column_of_another_type_is_refused(tmp_path, predictions):
    predictions.assign(score="high").to_parquet(tmp_path / "p.parquet")
    with pytest.raises(DataError, match="not a predictions table"):
        load_predictions(tmp_path / "p.parquet")


def test_the_file_holds_the_types_of_the_contract(tmp_path, predictions):
    save_predictions(predictions, tmp_path / "p.parquet")
    types = {field.name: str(field.type) for field in pq.read_schema(tmp_path / "p.parquet")}
    assert types["score"] == "float"
    assert types["rank"] == "int32"
    assert types["user"] == "string"

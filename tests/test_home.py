"""The data folder: where it is, and that it is made only when something is to be kept."""

from pathlib import Path

import pytest

from mtrec_core.errors import StorageError, UserError
from mtrec_core.home import Home
from mtrec_core.store.store import Store


def home_in(folder, **variables):
    return Home.from_environment({"MTREC_HOME": str(folder), **variables})


def test_by_default_it_lies_in_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for environment in ({}, {"MTREC_HOME": "", "MTREC_DB": ""}):
        home = Home.from_environment(environment)
        assert home.root == tmp_path / ".mtrec"
        assert home.database_url == f"sqlite:///{tmp_path}/.mtrec/mtrec.db"


def test_the_process_environment_is_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("MTREC_HOME", str(tmp_path / "here"))
    monkeypatch.setenv("MTREC_DB", "postgresql://db.example/mtrec")
    assert Home.from_environment() == Home(
        root=tmp_path / "here", database_url="postgresql://db.example/mtrec"
    )


def test_a_relative_folder_stays_where_it_was_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    home = home_in("data")
    monkeypatch.chdir("/")
    assert home.runs == tmp_path / "data" / "runs"


def test_a_tilde_is_the_users_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home_in("~/mtrec").root == tmp_path / "mtrec"
    with pytest.raises(UserError, match="MTREC_HOME is '~nobody_of_that_name/x', which is no usable path"):
        home_in("~nobody_of_that_name/x")


def test_a_folder_is_made_when_it_is_asked_for_and_not_before(tmp_path):
    home = home_in(tmp_path / "home")
    assert not home.root.exists()
    assert home.runs.is_dir()
    assert [path.name for path in home.root.iterdir()] == ["runs"]
    assert home.run_folder("kbr234") == home.runs / "kbr234"
    assert (home.runs / "kbr234").is_dir()
    assert {home.vectors.name, home.datasets.name} == {"vectors", "datasets"}
    assert home.vectors.is_dir()
    assert home.datasets.is_dir()


@pytest.mark.parametrize("run_id", ["", "..", "../x", "a/b", "/tmp"])
def test_a_run_folder_stays_inside(tmp_path, run_id):
    with pytest.raises(UserError, match="is no run id"):
        home_in(tmp_path).run_folder(run_id)


def test_a_file_in_the_way_is_told(tmp_path):
    (tmp_path / "taken").write_text("")
    for folder in (tmp_path / "taken", tmp_path / "taken" / "below"):
        with pytest.raises(StorageError, match=r"taken.*: a file stands in its way.*MTREC_HOME"):
            _ = home_in(folder).runs


def test_a_place_that_takes_no_folder_is_told():
    """/proc takes none, not even from root."""
    with pytest.raises(
        StorageError, match=r"Can't make the folder /proc/mtrec.*Free some space or allow writing"
    ):
        _ = home_in("/proc/mtrec").runs


@pytest.mark.parametrize("name", ["with space", "100%20#1", "what?", "käse", "a&b=c", "a@b:c"])
def test_the_store_opens_whatever_the_folder_is_called(tmp_path, name):
    home = home_in(tmp_path / name)
    Store.open(home.database_url).close()
    assert [path.name for path in Path(tmp_path / name).iterdir()] == ["mtrec.db"]

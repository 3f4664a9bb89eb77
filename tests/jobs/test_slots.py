"""Slots and the supervisor's settings."""

import pytest

from mtrec_core.errors import SettingError, UserError
from mtrec_core.jobs.config import SupervisorSettings, load_settings, save_settings, with_values
from mtrec_core.jobs.slots import choose_slot, find_slots, slot_environment

GPUS = ("gpu:0", "gpu:3", "cpu")


def config(device="auto", processes=1):
    return {"training": {"device": device, "processes": processes}}


@pytest.mark.parametrize(
    ("asked", "free", "expected"),
    [
        (config(), GPUS, "gpu:0"),
        (config(), ("gpu:3", "cpu"), "gpu:3"),
        (config(), ("cpu",), None),  # waits for a GPU
        (config("cpu"), GPUS, "cpu"),
        (config("cpu"), ("gpu:0",), None),
        (config("cuda", 2), GPUS, "gpu:0,gpu:3"),
        (config("cuda", 2), ("gpu:3", "cpu"), None),
        (config("cuda", 9), GPUS, "gpu:0,gpu:3"),  # the run itself says that there are too few
        ({}, GPUS, "gpu:0"),
    ],
)
def test_a_run_goes_where_it_fits(asked, free, expected):
    assert choose_slot(asked, GPUS, free) == expected


def test_without_a_gpu_every_run_goes_to_the_cpu():
    for device in ("auto", "cpu", "cuda"):  # `cuda` fails there with a sentence instead of waiting for ever
        assert choose_slot(config(device), ("cpu",), ("cpu",)) == "cpu"


def test_a_slot_decides_what_its_processes_see(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("os.sched_getaffinity", lambda _pid: range(6))
    assert slot_environment("gpu:0,gpu:3", GPUS) == {"CUDA_VISIBLE_DEVICES": "0,3"}
    assert slot_environment("cpu", GPUS) == {"CUDA_VISIBLE_DEVICES": ""}
    shared = ("cpu:0", "cpu:1")
    assert slot_environment("cpu:1", shared) == {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "3"}


def test_slots_follow_from_settings_and_from_what_the_environment_shows(monkeypatch):
    assert find_slots(SupervisorSettings(gpus="0,2", cpu_slots=2)) == ("gpu:0", "gpu:2", "cpu:0", "cpu:1")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5")
    assert find_slots(SupervisorSettings()) == ("gpu:4", "gpu:5", "cpu")
    assert find_slots(SupervisorSettings(gpus="none")) == ("cpu",)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert find_slots(SupervisorSettings()) == ("cpu",)


def test_settings_are_kept_for_the_next_supervisor(home):
    assert load_settings(home) == SupervisorSettings()
    changed = with_values(SupervisorSettings(), {"cpu_slots": "3", "gpus": "none"})
    save_settings(home, changed)
    assert load_settings(home) == changed == SupervisorSettings(cpu_slots=3, gpus="none")


def test_wrong_settings_are_refused_with_their_rule(home):
    with pytest.raises(SettingError, match="cpu_slots is 0; it must be 1 or more"):
        with_values(SupervisorSettings(), {"cpu_slots": 0})
    with pytest.raises(SettingError, match="Did you mean cpu_slots"):
        with_values(SupervisorSettings(), {"cpu_slot": 2})
    home.root.mkdir(parents=True)
    (home.root / "supervisor.json").write_text("{")
    with pytest.raises(UserError, match=r"supervisor\.json can't be read.*delete it for the defaults"):
        load_settings(home)

"""Where a run computes, and in which precision."""

import pytest
import torch

from mtrec_core.errors import SettingError
from mtrec_core.training.config import TrainingSettings
from mtrec_core.training.device import choose_device, make_accelerator, threads_each


@pytest.fixture
def without_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def cpu_with(monkeypatch, avx512, amx):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)


@pytest.mark.parametrize(
    ("avx512", "amx", "precision"), [(False, False, "fp32"), (True, False, "bf16"), (False, True, "bf16")]
)
def test_auto_computes_in_bf16_only_where_the_cpu_does(monkeypatch, without_gpu, avx512, amx, precision):
    cpu_with(monkeypatch, avx512, amx)
    device = choose_device(TrainingSettings())
    assert (device.device.type, device.precision) == ("cpu", precision)
    assert device.title.endswith(precision)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_precision_that_is_asked_for_is_taken(monkeypatch, without_gpu, precision):
    cpu_with(monkeypatch, avx512=precision == "fp32", amx=False)
    device = choose_device(TrainingSettings(precision=precision))
    assert device.precision == precision
    assert make_accelerator(device, 1).mixed_precision == {"fp32": "no", "bf16": "bf16"}[precision]


def test_a_gpu_that_is_not_there_is_refused(without_gpu):
    with pytest.raises(SettingError, match=r"training.device is cuda, .*no GPU here; set it to auto or cpu"):
        choose_device(TrainingSettings(device="cuda"))


def test_each_process_needs_a_gpu_of_its_own(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(SettingError, match=r"2 processes need a GPU each, but torch finds 1; lower"):
        choose_device(TrainingSettings(processes=2, precision="fp32"))


def test_processes_share_out_the_threads_unless_each_is_given_some(monkeypatch, without_gpu):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 8)
    assert [threads_each(TrainingSettings(processes=count)) for count in (1, 3, 9)] == [8, 2, 1]
    assert threads_each(TrainingSettings(processes=3, threads=8)) == 8
    title = choose_device(TrainingSettings(processes=3, precision="fp32")).title
    assert title == "3 processes, each on CPU, 2 threads, fp32"


def test_a_new_accelerator_takes_nothing_over_from_the_one_before(without_gpu):
    make_accelerator(choose_device(TrainingSettings(precision="bf16")), 4)
    later = make_accelerator(choose_device(TrainingSettings(precision="fp32")), 1)
    assert (later.mixed_precision, later.gradient_accumulation_steps) == ("no", 1)
    assert later.device.type == "cpu"


@pytest.mark.gpu
def test_auto_takes_a_gpu_where_there_is_one():
    assert choose_device(TrainingSettings()).device.type == "cuda"
    assert choose_device(TrainingSettings(device="cpu")).device.type == "cpu"

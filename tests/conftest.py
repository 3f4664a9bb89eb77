"""Markers and fixtures that every test may use."""

import os
from pathlib import Path

import pytest

pytest_plugins = ("tests.made_up_runs", "tests.tiny_encoders", "tests.tiny_shop")

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of public data sets. Without it a test is skipped on a desk and fails in CI."""
    folder = Path(os.environ.get("MTREC_REAL_DATA", PROJECT.parent / "shared" / "data"))
    if not folder.is_dir():
        message = f"No real data in {folder}; MTREC_REAL_DATA names the folder."
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked gpu run where there is one; torch is asked only when such a test was collected."""
    wants_gpu = [item for item in items if item.get_closest_marker("gpu")]
    if not wants_gpu:
        return
    import torch

    if not torch.cuda.is_available():
        for item in wants_gpu:
            item.add_marker(pytest.mark.skip(reason="no CUDA device"))

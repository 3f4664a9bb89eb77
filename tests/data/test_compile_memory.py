"""Ten million rows must fit in four gigabytes, so a row may cost no more than 400 bytes."""

import pytest

from benchmarks.large_table import measure


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_million_rows_take_less_than_400_bytes_each(suffix):
    found = measure(1_000_000, suffix)
    assert found["rows"] == 1_000_000
    assert (found["peak"] - found["start"]) / found["rows"] < 4e9 / 10_000_000

"""CSV that a spreadsheet opens without running anything."""

import io

import pandas as pd
import pytest

from mtrec_core.comparing.csv_table import safe_cell, to_csv


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_text_that_would_be_a_formula_is_marked_as_text(text):
    assert safe_cell(text) == f"'{text}"


def test_other_texts_and_numbers_stay_as_they_are():
    assert safe_cell("a=1") == "a=1"
    assert safe_cell(-1.5) == -1.5
    assert safe_cell(None) is None


def test_a_table_goes_out_with_safe_cells_and_names_and_true_numbers():
    table = pd.DataFrame({"=name": ["=cmd()", "shop, old"], "difference": [-0.25, float("nan")]})
    text = to_csv(table).decode("utf-8-sig")
    assert text.splitlines() == ["'=name,difference", "'=cmd(),-0.25", '"shop, old",']
    assert pd.read_csv(io.StringIO(text))["difference"][0] == -0.25
    assert table["=name"][0] == "=cmd()"

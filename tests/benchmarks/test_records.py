"""Records: a round trip through JSON, six digits, the summary."""

import json
import math

import pytest

from benchmarks.records import StudyRecord, read_record, write_record
from mtrec_core.errors import DataError
from tests.benchmarks.made_up import study_record


def test_a_record_comes_back_as_it_was_written(tmp_path):
    record = study_record()
    write_record(record.to_json(), tmp_path / "a" / "tiny.json")
    assert StudyRecord.from_json(read_record(tmp_path / "a" / "tiny.json")) == record
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["tiny.json"]


def test_the_summary_holds_mean_and_spread_over_the_seeds_of_the_joint_models():
    summary = study_record().to_json()["summary"]["buy"]["ndcg@10"]
    # Seeds gave 0.3 and 0.5; the model of this task alone (0.2) is none of them.
    assert summary == {
        "mean": pytest.approx((0.3 + 0.5) / 2),
        "deviation": pytest.approx(math.sqrt(0.1**2 + 0.1**2)),
        "seeds": 2,
    }


def test_numbers_keep_six_significant_digits(tmp_path):
    write_record({"small": 0.00012345678, "list": [123456.789], "text": "0.1234567"}, tmp_path / "r.json")
    assert json.loads((tmp_path / "r.json").read_text()) == {
        "small": 0.000123457,
        "list": [123457.0],
        "text": "0.1234567",
    }


def test_a_file_that_is_no_record_is_told_by_its_name(tmp_path):
    for text in ("{", "[1]"):
        (tmp_path / "broken.json").write_text(text)
        with pytest.raises(DataError, match=r"broken\.json is not a record"):
            read_record(tmp_path / "broken.json")

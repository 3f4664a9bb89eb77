"""The table of studies fits the data sets, the settings and the metrics that it names."""

import pytest

from benchmarks.extra_measures import EXTRA_MEASURES
from benchmarks.studies import find_study, study_config
from benchmarks.study_table import DATASETS, STUDIES
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import SettingError
from mtrec_core.evaluation.metric_table import METRICS


def test_every_declared_data_set_has_a_study():
    declared = {path.parent for path in DATASETS.glob("*/dataset.toml")}
    assert declared <= {study.folder for study in STUDIES.values()}


@pytest.mark.parametrize("key", STUDIES)
def test_a_study_names_tasks_settings_and_metrics_that_exist(key):
    study = STUDIES[key]
    spec = load_dataset_spec(study.folder)
    study_config(study, spec, "", (), "")
    for task, names in study.extra.items():
        assert spec.tasks[task].kind == "retrieval"
        assert set(names) <= set(EXTRA_MEASURES)
    for published in study.published:
        extra = study.extra.get(published.task, ())
        for metric in published.values:
            assert metric in extra or spec.tasks[published.task].kind in METRICS[metric].kinds


def test_the_command_line_wins_over_the_study_and_the_study_over_the_data_set():
    study = STUDIES["banking77_fine_tuned"]
    spec = load_dataset_spec(study.folder)
    own = study_config(study, spec, "", (), "")
    assert own.training.epochs == study.settings["training.epochs"] != spec.settings["training.epochs"]
    assert study_config(study, spec, "", ("training.epochs=1",), "").training.epochs == 1


def test_a_misspelt_study_is_told_the_nearest():
    with pytest.raises(SettingError, match="amazon_beauty"):
        find_study("amazon_buty")

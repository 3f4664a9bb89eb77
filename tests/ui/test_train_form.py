"""The form is made of the settings, and its link opens it again."""

import dataclasses

import pytest

from mtrec_core.config import RunConfig, all_settings, with_settings
from mtrec_core.data.samples import FOLDER
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import SettingError
from mtrec_core.model.sharing_table import SHARING
from mtrec_core.objective.adversaries import ADVERSARIES
from mtrec_core.ui import train_form
from mtrec_core.ui.train_form import (
    by_section,
    form_fields,
    option_title,
    option_words,
    read_form,
    value_of,
)
from mtrec_core.ui.train_link import (
    base_config,
    config_for,
    config_of_link,
    differences,
    link_of,
)

SPEC = load_dataset_spec(FOLDER / "enrolments")
FIELDS = form_fields(SPEC)
TASKS = list(SPEC.tasks)


def test_every_setting_has_its_field_with_label_and_help():
    assert set(FIELDS) | train_form.ELSEWHERE == {item.name for item in all_settings()}
    for name, field in FIELDS.items():
        assert field.label, name
        assert field.setting.help in field.help, name
        assert f"`{name}`" in field.help, name


def test_every_section_has_its_heading():
    assert [name for name in FIELDS if name.split(".")[0] not in train_form.SECTION_TITLES] == []
    shown = [item.name for items in by_section(FIELDS, list(FIELDS)).values() for item in items]
    assert sorted(shown) == sorted(FIELDS)


def test_the_basic_fields_exist():
    assert [name for name in train_form.BASIC if name not in FIELDS] == []


def test_a_field_shows_unit_and_range():
    assert FIELDS["training.batch_size"].label == "Batch size (rows)"
    assert "1 or more" in FIELDS["training.batch_size"].help
    assert FIELDS["model.sharing"].options == tuple(SHARING)
    assert FIELDS["training.monitor"].options[0] == "mean_gain"


def test_what_stands_in_the_form_becomes_the_configuration():
    config, errors = read_form(base_config(SPEC), {"training.epochs": 7.0, "model.sharing": "mmoe"})
    assert errors == {}
    assert (config.training.epochs, config.model.sharing) == (7.0, "mmoe")


def test_a_wrong_field_is_told_by_its_name_and_the_others_count():
    config, errors = read_form(base_config(SPEC), {"training.epochs": -1.0, "model.width": 32})
    assert list(errors) == ["training.epochs"]
    assert "training.epochs must be above 0" in errors["training.epochs"]
    assert config.model.width == 32


def test_two_fields_that_are_right_together_are_taken_together():
    start = with_settings(base_config(SPEC), {"text.max_length": 128, "text.tokens_per_batch": 256})
    config, errors = read_form(start, {"text.max_length": 512, "text.tokens_per_batch": 1024})
    assert errors == {}
    assert (config.text.max_length, config.text.tokens_per_batch) == (512, 1024)


def test_a_link_opens_the_form_as_it_stood():
    changed = with_settings(
        base_config(SPEC), {"training.epochs": 3, "model.width": 64, "model.sharing": "mmoe"}
    )
    weights = dict.fromkeys(TASKS, 1.0) | {TASKS[0]: 0.5}
    changed = dataclasses.replace(changed, weights=weights, name="mine")
    link = link_of(changed, SPEC, seeds=3, single_task=True)
    assert link["weights"] == f"{TASKS[0]}=0.5"
    assert (link["seeds"], link["single"], link["name"]) == ("3", "1", "mine")
    opened, wrong = config_of_link(link, SPEC)
    assert wrong == []
    assert opened == changed


def test_a_form_that_was_not_touched_needs_no_link():
    assert link_of(base_config(SPEC), SPEC, 1, False) == {}
    assert differences(base_config(SPEC), base_config(SPEC)) == {}


@pytest.mark.parametrize(
    ("link", "says"),
    [
        ({"weights": "nobody=2"}, "nobody"),
        ({"weights": "nonsense"}, "NAME=NUMBER"),
        ({"set": "training.epoch=3"}, "training.epoch"),
        ({"set": "training.epochs=-3"}, "above 0"),
        ({"set": "epochs"}, "NAME=VALUE"),
    ],
)
def test_what_a_link_says_wrongly_is_told_and_the_form_opens_all_the_same(link, says):
    config, wrong = config_of_link(link, SPEC)
    assert says in " ".join(wrong)
    assert config.training == base_config(SPEC).training


def test_the_configuration_of_another_dataset_keeps_what_fits():
    other = RunConfig(dataset="elsewhere", weights={TASKS[0]: 2.0, "purchase": 3.0}).to_json()
    config, wrong = config_for(other, SPEC)
    assert config.weights == {TASKS[0]: 2.0}
    assert config.dataset == str(SPEC.folder)
    assert "purchase" in wrong[0]


def test_a_run_for_some_tasks_is_cloned_with_weight_0_for_the_others():
    config, wrong = config_for(RunConfig(dataset="x", tasks=(TASKS[1],)).to_json(), SPEC)
    assert wrong == []
    assert config.weights == {task: float(task == TASKS[1]) for task in TASKS}


def test_a_file_with_unknown_settings_is_refused():
    with pytest.raises(SettingError, match="epoch"):
        config_for({"dataset": "x", "training": {"epoch": 3}}, SPEC)


def test_a_value_is_found_by_its_dotted_name():
    assert value_of(RunConfig(dataset="x"), "training.batch_size") == 512


def test_the_adversary_is_chosen_from_its_table_in_words():
    assert FIELDS["objective.adversary"].options == tuple(ADVERSARIES)
    assert option_title("objective.adversary", "fgm") == ADVERSARIES["fgm"].title
    assert "Miyato" in option_words("objective.adversary", "fgm")
    assert "(-)" not in option_words("objective.adversary", "none")

"""Names of classes as training rows."""

import numpy as np
import pytest

from mtrec_core.data.class_names import spoken
from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.config import DataSettings
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import SettingError

INTENTS = ("card_arrival", "top_up", "7")
SPEC = """
[entity.question]
text = "{text}"

[task.intent]
kind   = "multiclass"
table  = "questions.csv"
inputs = ["question"]
label  = "intent"
"""


@pytest.fixture
def questions(tmp_path):
    rows = [f"question {row} of a customer,{INTENTS[row % 3]}" for row in range(60)]
    (tmp_path / "questions.csv").write_text("\n".join(["text,intent", *rows]), encoding="utf-8")
    (tmp_path / "dataset.toml").write_text(SPEC, encoding="utf-8")
    return load_dataset_spec(tmp_path)


def test_each_class_with_words_in_its_name_gets_one_training_row_more(questions):
    plain = compile_dataset(questions).tasks["intent"]
    dataset = compile_dataset(questions, DataSettings(class_names=True))
    task, question = dataset.tasks["intent"], dataset.entities["question"]
    added = np.arange(len(plain), len(task))
    told = {
        question.texts[int(task.inputs[0][row])].as_py(): task.classes[int(task.label_R[row])]
        for row in added
    }
    assert told == {"card arrival": "card_arrival", "top up": "top_up"}  # "7" has no words
    assert set(added) <= set(task.rows("train"))
    assert question.in_train_N[task.inputs[0][added]].all()
    for split in ("validation", "test"):
        np.testing.assert_array_equal(task.rows(split), plain.rows(split))
    assert "2 names of classes added to train" in task.split_text


def test_a_row_that_already_says_the_name_stays_one_thing(questions):
    path = questions.tables / "questions.csv"
    path.write_text(path.read_text(encoding="utf-8") + "\ntop up,top_up", encoding="utf-8")
    dataset = compile_dataset(questions, DataSettings(class_names=True))
    assert dataset.entities["question"].texts.to_pylist().count("top up") == 1


def test_the_limit_on_rows_per_class_does_not_count_them(questions):
    task = compile_dataset(questions, DataSettings(class_names=True, train_per_class=5)).tasks["intent"]
    assert len(task.rows("train")) == 5 * 3 + 2


@pytest.mark.parametrize(
    ("change", "to"),
    [
        ('text = "{text}"', 'text = "{text}"\ncategorical = ["text"]'),
        ('label  = "intent"', 'label  = "intent"\ncontext = ["text"]'),
        ('"multiclass"', '"multilabel"'),
    ],
)
def test_it_is_refused_where_no_task_reads_a_text_alone(questions, change, to):
    (questions.folder / "dataset.toml").write_text(SPEC.replace(change, to), encoding="utf-8")
    with pytest.raises(SettingError, match="needs a multiclass task with one input that is a text"):
        compile_dataset(load_dataset_spec(questions.folder), DataSettings(class_names=True))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("card_arrival", "card arrival"),
        ("cardArrival", "card Arrival"),
        ("Home/Garden - new", "Home Garden new"),
    ],
)
def test_a_name_is_read_as_words(name, words):
    assert spoken(name) == words

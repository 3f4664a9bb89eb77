"""Things outside the splits are left out, and nothing else moves."""

import numpy as np

from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.spec_file import load_dataset_spec

TOML = """
name = "reviews"
[split]
kind = "random"
train = 4
validation = 2
test = 2
[entity.review]
text = "{words}"
[task.stars]
kind = "regression"
table = "reviews.csv"
inputs = ["review"]
label = "stars"
"""


def test_only_reviews_of_some_split_are_kept_and_rows_still_name_their_own(tmp_path):
    lines = [f"review number {row},{row}" for row in range(20)]
    (tmp_path / "reviews.csv").write_text("words,stars\n" + "\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "dataset.toml").write_text(TOML, encoding="utf-8")
    dataset = compile_dataset(load_dataset_spec(tmp_path))
    task, review = dataset.tasks["stars"], dataset.entities["review"]
    assert len(task) == 20
    assert len(review) == 4 + 2 + 2
    used = np.flatnonzero(task.split_R >= 0)
    texts = review.texts.take(task.inputs[0][used]).to_pylist()
    assert texts == [f"review number {int(task.label_R[row])}" for row in used]

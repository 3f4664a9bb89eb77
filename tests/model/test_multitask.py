"""The whole model: outputs of every kind of task, what each step computes, and how often.

Shape suffixes: B = rows, N = targets, S = sampled targets, n = texts, H = the encoder's width.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mtrec_core.model.entity_features import TextSource
from mtrec_core.model.plan import candidate_of
from mtrec_core.model.step_vectors import StepVectors
from mtrec_core.text.config import TextSettings
from mtrec_core.text.distinct import tokenize
from mtrec_core.text.encoder import load_encoder
from mtrec_core.text.trainable import LiveEncoder, make_trainable


def outputs(model, batches):
    with torch.no_grad():
        return model(batches)


def negatives(count, targets):
    """Drawn targets and the log of how often each is expected."""
    return np.arange(count) % targets, np.zeros(targets, np.float32)


@pytest.mark.parametrize("history", ["none", "attention", "gru", "both"])
def test_every_kind_of_task_gets_outputs_of_its_shape(bench, history):
    found = outputs(bench.model(history=history), bench.batches())
    items, answers = len(bench.dataset.entities["item"]), len(bench.dataset.entities["answer"])
    assert {task: tuple(output.shape) for task, output in found.items()} == {
        "purchase": (12, items),
        "liked": (12, 1),
        "stars": (12, 1),
        "ad_click": (12, 1),
        "gold": (12, 1),
        "segment": (12, 3),
        "tags": (12, len(bench.dataset.tasks["tags"].classes)),
        "search": (12, 1),
        "related": (12, items),
        "service": (12, answers),
    }
    assert all(torch.isfinite(output).all() for output in found.values())


def test_a_sample_of_targets_gives_one_score_for_the_positive_and_one_per_drawn(bench):
    batch = bench.batch("purchase").with_negatives(*negatives(7, len(bench.dataset.entities["item"])))
    model = bench.model()
    sampled_BS = outputs(model, {"purchase": batch})["purchase"]
    whole_BN = outputs(model, {"purchase": replace(batch, negatives_S=None)})["purchase"]
    assert sampled_BS.shape == (12, 1 + 7)
    own_B = batch.labels_B.astype(int)
    torch.testing.assert_close(sampled_BS[:, 0], whole_BN[np.arange(12), own_B])
    expected_BS = whole_BN[:, :7].clone()
    expected_BS[own_B[:, None] == np.arange(7)] = float("-inf")  # a drawn target that is the positive
    torch.testing.assert_close(sampled_BS[:, 1:], expected_BS)


def test_a_row_scores_the_same_whatever_else_is_in_the_step(bench):
    model = bench.model()
    together = outputs(model, bench.batches())
    for task in together:
        alone = torch.cat(
            [outputs(model, {task: bench.batch(task, slice(row, row + 1))})[task] for row in range(12)]
        )
        torch.testing.assert_close(alone, together[task], atol=1e-5, rtol=1e-4)


def test_candidates_for_one_person_score_as_each_alone_would(bench):
    model, rows = bench.model(tasks=["liked"]), np.arange(12)
    batch = bench.batch("liked", slice(150, 162))
    user, window = batch.inputs[0][:1], batch.windows[0][:1]
    assert (window >= 0).any()
    same = replace(
        batch, inputs=(user.repeat(12), batch.inputs[1]), windows={0: np.repeat(window, 12, axis=0)}
    )
    together_B1 = outputs(model, {"liked": same})["liked"]
    other = bench.batch("liked", slice(170, 171))
    for row in rows:  # beside a row of another person the past is not read once for all
        pair = replace(
            same,
            inputs=tuple(
                np.concatenate([codes[row : row + 1], codes_other])
                for codes, codes_other in zip(same.inputs, other.inputs, strict=True)
            ),
            windows={0: np.concatenate([window, other.windows[0]])},
            context_categorical_BC=same.context_categorical_BC[:2],
            context_numeric_BF=same.context_numeric_BF[:2],
            labels_B=same.labels_B[:2],
        )
        torch.testing.assert_close(outputs(model, {"liked": pair})["liked"][0], together_B1[row])


def test_a_users_history_changes_the_output_and_its_order_does_with_a_gru(bench):
    batch = bench.batch("purchase", slice(200, 201))
    window_1L = batch.windows[0]
    assert (window_1L >= 0).sum() >= 2
    turned = replace(batch, windows={0: window_1L[:, ::-1].copy()})
    empty = replace(batch, windows={0: np.full_like(window_1L, -1)})
    model = bench.model(history="gru")
    now, other_order, nothing = (
        outputs(model, {"purchase": each})["purchase"] for each in (batch, turned, empty)
    )
    assert (now - nothing).abs().max() > 1e-3
    assert (now - other_order).abs().max() > 1e-4


def test_each_whole_catalogue_is_computed_once_while_the_model_is_fixed(bench):
    model = bench.model()
    kept = {}
    with model.fixed(kept):
        first = model.whole_catalogue("shared", "item")
        assert model.whole_catalogue("shared", "item") is first
        model(bench.batches())
    assert kept["shared", "item"] is first
    assert not first.requires_grad
    with model.fixed():
        assert model.whole_catalogue("shared", "item") is not first
    assert model.whole_catalogue("shared", "item").requires_grad


def test_fixed_gives_the_mode_back_even_after_an_error(bench):
    model = bench.model().train()
    with pytest.raises(KeyError, match="nowhere"), model.fixed():
        model({"nowhere": bench.batch("gold")})
    assert model.training
    assert model.whole_catalogue("shared", "item").requires_grad


def test_each_entity_passes_its_tower_once_per_step_however_many_rows_and_tasks_use_it(bench):
    model = bench.model(tasks=["liked", "stars", "gold"], history="none")
    rows = []
    model.sets["shared"].towers["user"].register_forward_hook(lambda *call: rows.append(len(call[2])))
    batches = {task: bench.batch(task) for task in ("liked", "stars", "gold")}
    outputs(model, batches)
    assert rows == [len(np.unique(np.concatenate([batch.inputs[0] for batch in batches.values()])))]


@pytest.fixture
def live(bench, bert_folder):
    """The shop's texts with an encoder that learns, and the rows that it read in each call."""
    settings = TextSettings(encoder=str(bert_folder), trainable="full")
    encoder = load_encoder(settings)
    make_trainable(encoder, settings)
    tokens = tokenize(encoder.tokenizer, bench.texts.distinct.texts.to_pylist(), encoder.max_length)
    source = TextSource(
        distinct=bench.texts.distinct,
        vectors_UH=torch.zeros(len(bench.texts.distinct) + 1, encoder.width),
        live=LiveEncoder(encoder, tokens),
    )
    read = []
    encoder.register_forward_hook(lambda module, args, output: read.append(len(output)))
    return source, read


@pytest.mark.parametrize("sharing", ["single", "shared_bottom"])
def test_a_learning_encoder_reads_each_text_of_a_step_once(bench, live, sharing):
    source, read = live
    tasks = ["tags", "search", "liked"]  # all read items, two read users
    model = bench.model(tasks=tasks, texts=source, sharing=sharing).train()
    batches = {task: bench.batch(task) for task in tasks}
    model(batches)
    texts = set()
    for task, batch in batches.items():
        for entity, codes in zip(bench.dataset.tasks[task].spec.inputs, batch.inputs, strict=True):
            cells = bench.dataset.entities[entity].texts.take(codes).to_pylist()
            texts |= {cell for cell in cells if cell}
    assert read == [len(texts)]
    assert len(texts) < sum(len(codes) for batch in batches.values() for codes in batch.inputs) / 2


def test_a_learning_encoder_gets_gradients_in_training_and_is_not_run_in_evaluation(bench, live):
    source, read = live
    model = bench.model(tasks=["tags"], texts=source)
    outputs(model, {"tags": bench.batch("tags")})
    assert read == []
    model.train()
    model({"tags": bench.batch("tags")})["tags"].sum().backward()
    touched = [name for name, part in model.text_encoder.named_parameters() if part.grad is not None]
    assert len(touched) > 20


def test_texts_of_drawn_targets_and_of_positives_are_read_live(bench, live):
    source, read = live
    model = bench.model(tasks=["service"], texts=source).train()
    batch = bench.batch("service").with_negatives(*negatives(3, 3))
    vectors = StepVectors(model, {"service": batch})
    questions = len(np.unique(batch.inputs[0]))
    assert read == [questions + 3]  # all three answers
    assert vectors.of("service", "answer", np.array([2, 0, 2])).shape == (3, 16)
    torch.testing.assert_close(*vectors.of("service", "answer", np.array([2, 2])))


@pytest.mark.parametrize(
    ("inputs", "position", "item", "asks"),
    [
        (("user", "item"), 0, "item", 1),
        (("query", "item", "user"), 2, "item", 1),
        (("user", "ad"), 0, "item", 1),  # none of the history's kind: the last other
        (("user", "item", "ad"), 0, "item", 1),
        (("user",), 0, "item", None),
    ],
)
def test_the_candidate_of_a_history_is_the_input_of_its_kind(inputs, position, item, asks):
    assert candidate_of(inputs, position, item) == asks

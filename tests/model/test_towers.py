"""An entity's vector and the reading of a history, by hand.

Shape suffixes: n = entities, D = width, B = rows, L = places of a history.
"""

import math

import pytest
import torch

from mtrec_core.model.config import ModelSettings
from mtrec_core.model.towers import (
    ALL_KEYS_FACTOR,
    EntityTower,
    HistoryReader,
    TowerInputs,
    TowerShape,
    keys_by_query,
)

D = 6


def settings(**chosen):
    return ModelSettings(**{"width": D, "dropout": 0.0, "text_dropout": 0.0} | chosen)


def tower(own=0, cardinalities=(), numeric=0, text=0, ngrams=0, **chosen):
    torch.manual_seed(0)
    shape = TowerShape(
        text_width=text,
        ngram_buckets=ngrams,
        own_vectors=own,
        cardinalities=cardinalities,
        numeric_width=numeric,
    )
    return EntityTower(shape, settings(**chosen))


def inputs(codes, known=None, text=None, categories=None, numbers=None, bags=None):
    codes_n = torch.tensor(codes)
    buckets, weights, offsets = bags or (None, None, None)
    return TowerInputs(
        text_nH=text,
        ngram_buckets=buckets,
        ngram_weights=weights,
        ngram_offsets=offsets,
        codes_n=codes_n,
        known_n=torch.ones(len(codes), dtype=torch.bool) if known is None else torch.tensor(known),
        categorical_nC=torch.zeros(len(codes), 0, dtype=torch.long) if categories is None else categories,
        numeric_nF=torch.zeros(len(codes), 0) if numbers is None else numbers,
    )


def test_a_vector_is_the_normalised_sum_of_what_is_known():
    made = tower(own=3, cardinalities=(4,), numeric=1, text=5, ngrams=7).eval()
    text_nH, numbers = torch.randn(2, 5), torch.tensor([[0.5], [-1.0]])
    bags = (torch.tensor([2, 6, 0]), torch.tensor([0.6, 0.8, 1.0]), torch.tensor([0, 2]))
    given = inputs([2, 0], text=text_nH, categories=torch.tensor([[3], [1]]), numbers=numbers, bags=bags)
    table = made.ngrams.weight
    total_nD = (
        made.start
        + made.text(text_nH)
        + torch.stack([0.6 * table[2] + 0.8 * table[6], table[0]])
        + made.own.weight[[2, 0]]
        + made.categories[0].weight[[3, 1]]
        + made.numeric(numbers)
    )
    torch.testing.assert_close(made(given), made.norm(total_nD))


def test_an_entity_that_training_did_not_see_has_no_part_of_its_own_vector():
    made = tower(own=3, text=5).eval()
    given = inputs([1, 2, 7], known=[True, False, False], text=torch.randn(3, 5))  # 7: added after training
    before_nD = made(given)
    with torch.no_grad():
        made.own.weight += 5.0 * torch.randn_like(made.own.weight)
    after_nD = made(given)
    assert not torch.allclose(after_nD[0], before_nD[0])
    torch.testing.assert_close(after_nD[1:], before_nD[1:])


def test_cold_entities_differ_by_their_texts():
    made = tower(own=3, text=5).eval()
    first_D, second_D = made(inputs([1, 2], known=[False, False], text=torch.randn(2, 5)))
    assert not torch.allclose(first_D, second_D)
    same_D, again_D = made(inputs([1, 2], known=[False, False], text=torch.ones(2, 5)))
    torch.testing.assert_close(same_D, again_D)


def test_id_dropout_hides_own_vectors_in_training_at_its_rate_and_never_later():
    made = tower(own=1, text=5, id_dropout=0.3)
    count = 4000
    given = inputs([0] * count, text=torch.ones(count, 5))
    shown_D = made.eval()(inputs([0], text=torch.ones(1, 5)))[0]
    hidden_D = made(inputs([0], known=[False], text=torch.ones(1, 5)))[0]
    torch.testing.assert_close(made(given), shown_D.expand(count, -1))
    trained_nD = made.train()(given)
    is_shown_n = (trained_nD - shown_D).abs().amax(dim=1) < 1e-5
    is_hidden_n = (trained_nD - hidden_D).abs().amax(dim=1) < 1e-5
    assert (is_shown_n ^ is_hidden_n).all()
    assert float(is_hidden_n.float().mean()) == pytest.approx(0.3, abs=0.03)  # 4 standard deviations


def test_without_id_dropout_own_vectors_stay_in_training():
    made = tower(own=2, text=5, id_dropout=0.0)
    given = inputs([0, 1], text=torch.ones(2, 5))
    torch.testing.assert_close(made.train()(given), made.eval()(given))


def reader(history, length=8, ordered=True, **chosen):
    torch.manual_seed(0)
    return HistoryReader(settings(history=history, **chosen), length, ordered).eval()


def read(made, past_BLD, there_BL, candidate_BD=None):
    return made(prepare(made, past_BLD, there_BL), candidate_BD)


def prepare(made, past_BLD, there_BL):
    """What the reader makes of vectors that stand at their places already."""
    places_BL = torch.arange(there_BL.numel()).reshape(there_BL.shape)
    return made.prepare(past_BLD.reshape(-1, past_BLD.shape[-1]), places_BL, there_BL)


@pytest.mark.parametrize("history", ["attention", "gru", "both"])
@pytest.mark.parametrize("asked", [False, True])
def test_adding_empty_places_changes_nothing(history, asked):
    made = reader(history)
    past_BLD, candidate_BD = torch.randn(2, 3, D), torch.randn(2, D) if asked else None
    there_BL = torch.ones(2, 3, dtype=torch.bool)
    plain_BD, _ = read(made, past_BLD, there_BL, candidate_BD)
    for more in (1, 5):
        padded_BLD = torch.cat([torch.randn(2, more, D), past_BLD], dim=1)
        padded_BL = torch.cat([torch.zeros(2, more, dtype=torch.bool), there_BL], dim=1)
        torch.testing.assert_close(read(made, padded_BLD, padded_BL, candidate_BD)[0], plain_BD)


@pytest.mark.parametrize("history", ["attention", "gru", "both"])
def test_rows_of_different_lengths_read_as_each_alone(history):
    made = reader(history)
    past_BLD = torch.randn(4, 5, D)
    count_B = [5, 2, 1, 0]
    there_BL = torch.tensor([[place >= 5 - count for place in range(5)] for count in count_B])
    together_BD, _ = read(made, past_BLD, there_BL)
    for row, count in enumerate(count_B[:3]):
        alone_BD, _ = read(made, past_BLD[row : row + 1, 5 - count :], there_BL[row : row + 1, 5 - count :])
        torch.testing.assert_close(together_BD[row], alone_BD[0])
    torch.testing.assert_close(together_BD[3], torch.zeros(D))


@pytest.mark.parametrize("history", ["attention", "gru", "both"])
def test_no_history_gives_zeros_and_no_broken_gradient(history):
    made = reader(history)
    past_BLD = torch.randn(2, 3, D, requires_grad=True)
    read_BD, _ = read(made, past_BLD, torch.zeros(2, 3, dtype=torch.bool), torch.randn(2, D))
    assert (read_BD == 0).all()
    read_BD.sum().backward()
    assert torch.isfinite(past_BLD.grad).all()


@pytest.mark.parametrize("asked", [False, True])
def test_attention_over_two_items_by_hand(asked):
    made = reader("attention")
    older_D, newer_D, candidate_D = torch.randn(3, D)
    query_D = made.query.detach() + (made.of_candidate.weight @ candidate_D if asked else 0)
    scores = [
        float((query_D @ (made.key(item_D) + made.position[place])).detach()) / math.sqrt(D)
        for item_D, place in ((older_D, -2), (newer_D, -1))  # the latest item has the last position
    ]
    weight = 1 / (1 + math.exp(scores[1] - scores[0]))
    expected_D = weight * made.value(older_D) + (1 - weight) * made.value(newer_D)
    past_BLD = torch.stack([older_D, newer_D]).unsqueeze(0)
    read_BD, attention_BL = read(
        made, past_BLD, torch.ones(1, 2, dtype=torch.bool), candidate_D.unsqueeze(0) if asked else None
    )
    assert attention_BL[0].tolist() == pytest.approx([weight, 1 - weight], abs=1e-5)
    torch.testing.assert_close(read_BD[0], expected_D)


def test_a_gru_reads_the_items_from_the_oldest_to_the_latest_and_adds_the_latest():
    made = reader("gru")
    past_BLD = torch.randn(1, 3, D)
    state_BD = torch.zeros(1, D)
    cell = torch.nn.GRUCell(D, D)
    cell.load_state_dict({name.removesuffix("_l0"): part for name, part in made.gru.state_dict().items()})
    for place in range(3):
        state_BD = cell(past_BLD[:, place], state_BD)
    read_BD, attention_BL = read(made, past_BLD, torch.ones(1, 3, dtype=torch.bool))
    torch.testing.assert_close(read_BD, state_BD + past_BLD[:, -1])
    assert attention_BL is None


def test_both_readers_add_up():
    made = reader("both")
    past_BLD, there_BL = torch.randn(2, 3, D), torch.ones(2, 3, dtype=torch.bool)
    both_BD, _ = read(made, past_BLD, there_BL)
    prepared = prepare(made, past_BLD, there_BL)
    query_D = made.query
    scores_BL = (made.key(past_BLD) + made.position[-3:]) @ query_D / math.sqrt(D)
    attended_BD = (scores_BL.softmax(dim=1).unsqueeze(-1) * made.value(past_BLD)).sum(dim=1)
    torch.testing.assert_close(both_BD, attended_BD + prepared.state_BD)


@pytest.mark.parametrize("history", ["attention", "gru", "both"])
def test_a_split_history_reads_as_the_whole(history):
    made = reader(history)
    whole = prepare(made, torch.randn(5, 3, D), torch.ones(5, 3, dtype=torch.bool))
    parts = [made(part, None)[0] for part in whole.split([1, 0, 4])]
    assert [len(part) for part in parts] == [1, 0, 4]
    torch.testing.assert_close(torch.cat(parts), made(whole, None)[0])


@pytest.mark.parametrize("history", ["attention", "both"])
def test_a_past_without_order_reads_alike_in_any_order(history):
    made = reader(history, ordered=False)
    assert made.gru is None
    assert made.way == "attention"
    past_BLD, there_BL, candidate_BD = (
        torch.randn(2, 4, D),
        torch.ones(2, 4, dtype=torch.bool),
        torch.randn(2, D),
    )
    turned_BLD = past_BLD[:, [2, 0, 3, 1]]
    torch.testing.assert_close(
        read(made, turned_BLD, there_BL, candidate_BD)[0], read(made, past_BLD, there_BL, candidate_BD)[0]
    )
    ordered = reader(history)
    assert ordered.way == history
    assert not torch.allclose(read(ordered, turned_BLD, there_BL)[0], read(ordered, past_BLD, there_BL)[0])


def test_one_past_serves_many_candidates():
    made = reader("both")
    past_BLD, there_BL, candidates_BD = (
        torch.randn(1, 3, D),
        torch.ones(1, 3, dtype=torch.bool),
        torch.randn(5, D),
    )
    together_BD, _ = read(made, past_BLD, there_BL, candidates_BD)
    for row in range(5):
        alone_BD, _ = read(made, past_BLD, there_BL, candidates_BD[row : row + 1])
        torch.testing.assert_close(together_BD[row], alone_BD[0])


@pytest.mark.parametrize("items", [3 * ALL_KEYS_FACTOR, 3 * ALL_KEYS_FACTOR + 1])
def test_few_keys_are_scored_at_once_and_many_where_they_stand_with_the_same_scores(items):
    query_BD, keys_nD = torch.randn(4, D), torch.randn(items, D)
    window_BL = torch.randint(items, (4, 3))
    expected_BL = [
        [float(query_BD[row] @ keys_nD[window_BL[row, place]]) for place in range(3)] for row in range(4)
    ]
    torch.testing.assert_close(keys_by_query(query_BD, keys_nD, window_BL), torch.tensor(expected_BL))

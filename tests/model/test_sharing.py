"""What the tasks share: every row of the table, and the mixture against a plain loop.

Shape suffixes: B = rows, D = width, E = experts.
"""

import pytest
import torch

from mtrec_core.errors import SettingError
from mtrec_core.model.config import ModelSettings
from mtrec_core.model.sharing import MixtureOfExperts, SharedBottom, Single, build_sharing
from mtrec_core.model.sharing_table import SHARING, sharing_choice

EDIT = "see mtrec_core/model/sharing_table.py and sharing.py"
KEYS = list(SHARING)


def touched_by(model, task, batch):
    """The parameters that get a gradient, other than zeros, from one task's rows."""
    model.zero_grad(set_to_none=True)
    output = model({task: batch})[task]
    torch.manual_seed(1)
    (output * torch.randn_like(output)).sum().backward()
    return {
        name
        for name, part in model.named_parameters()
        if part.grad is not None and float(part.grad.abs().max()) > 0
    }


@pytest.fixture(scope="module")
def touched(bench):
    """Key of the table -> task -> names of the parameters that its rows train."""
    found = {}
    for key in KEYS:
        model = bench.model(sharing=key)
        found[key] = {task: touched_by(model, task, batch) for task, batch in bench.batches().items()}
    return found


@pytest.mark.parametrize("key", KEYS)
def test_every_task_trains_its_head_its_towers_and_the_structure_itself(bench, touched, key):
    for task, names in touched[key].items():
        assert any(name.startswith(f"heads.{task}.") for name in names), f"{key}, {task}: {EDIT}"
        assert any(name.startswith("sharing.") for name in names), f"{key}, {task}: {EDIT}"
        for entity in bench.dataset.tasks[task].spec.inputs:
            place = "sets." + (task if SHARING[key].separate_towers else "shared")
            assert any(name.startswith(f"{place}.towers.{entity}.") for name in names), (
                f"{key}, {task}: {EDIT}"
            )


@pytest.mark.parametrize("key", KEYS)
def test_no_task_trains_what_is_anothers(touched, key):
    for task, names in touched[key].items():
        for part in ("heads", "interactions", "sharing.gates", "sharing.blocks"):
            strangers = {name for name in names if name.startswith(f"{part}.")} - {
                name for name in names if name.startswith(f"{part}.{task}.")
            }
            assert strangers == set(), f"{key}, {task}: {EDIT}"


@pytest.mark.parametrize("key", KEYS)
def test_tasks_share_parameters_unless_the_row_says_that_nothing_is_shared(touched, key):
    purchase, liked = touched[key]["purchase"], touched[key]["liked"]
    assert bool(purchase & liked) != SHARING[key].separate_towers, EDIT
    if SHARING[key].separate_towers:
        everything = [name for names in touched[key].values() for name in names]
        assert len(everything) == len(set(everything)), EDIT


@pytest.mark.parametrize("key", KEYS)
def test_a_row_is_complete_and_its_structure_keeps_the_shape(key):
    choice = SHARING[key]
    assert choice.key == key
    assert choice.title, EDIT
    assert choice.use, EDIT
    assert choice.source, EDIT
    structure = build_sharing(key, ["a", "b"], ModelSettings(width=8))
    rows_BD = torch.randn(5, 8)
    assert structure(rows_BD, "b").shape == (5, 8), EDIT
    assert structure(rows_BD[:0], "a").shape == (0, 8), EDIT


@pytest.mark.parametrize("key", KEYS)
def test_a_structure_adds_to_its_input(key):
    """So that a task can pass a structure that does not help it."""
    structure = build_sharing(key, ["a"], ModelSettings(width=8)).eval()
    with torch.no_grad():
        for part in structure.parameters():
            part.zero_()
    rows_BD = torch.randn(5, 8)
    torch.testing.assert_close(structure(rows_BD, "a"), rows_BD)


def test_the_mixture_equals_a_loop_over_its_experts():
    mixture = MixtureOfExperts(["a", "b"], ModelSettings(width=6, experts=3)).eval()
    torch.manual_seed(2)
    with torch.no_grad():
        for part in mixture.parameters():
            part.copy_(torch.randn_like(part))
    rows_BD = torch.randn(4, 6)
    for task in ("a", "b"):
        expected_BD = []
        for row_D in rows_BD:
            normed_D = torch.nn.functional.layer_norm(row_D, (6,), mixture.norm.weight, mixture.norm.bias)
            gate_E = mixture.gates[task](normed_D).softmax(dim=-1)
            total_D = row_D.clone()
            for expert in range(3):
                inner_D = normed_D @ mixture.inner_EDD[expert] + mixture.inner_bias_ED[expert]
                hidden_D = torch.nn.functional.gelu(inner_D)
                total_D += gate_E[expert] * (
                    hidden_D @ mixture.outer_EDD[expert] + mixture.outer_bias_ED[expert]
                )
            expected_BD.append(total_D)
        torch.testing.assert_close(mixture(rows_BD, task), torch.stack(expected_BD))


def test_gates_of_a_mixture_differ_by_task_and_the_experts_do_not():
    mixture = MixtureOfExperts(["a", "b"], ModelSettings(width=6, experts=3)).eval()
    rows_BD = torch.randn(4, 6)
    assert not torch.allclose(mixture(rows_BD, "a"), mixture(rows_BD, "b"))
    mixture.gates["b"].load_state_dict(mixture.gates["a"].state_dict())
    torch.testing.assert_close(mixture(rows_BD, "a"), mixture(rows_BD, "b"))


def test_a_shared_bottom_treats_all_tasks_alike_and_single_does_not():
    rows_BD = torch.randn(4, 6)
    shared = SharedBottom(["a", "b"], ModelSettings(width=6)).eval()
    single = Single(["a", "b"], ModelSettings(width=6)).eval()
    torch.testing.assert_close(shared(rows_BD, "a"), shared(rows_BD, "b"))
    assert not torch.allclose(single(rows_BD, "a"), single(rows_BD, "b"))


def test_an_unknown_structure_is_refused_with_the_nearest_name():
    with pytest.raises(SettingError, match=r"model\.sharing mmo; Did you mean mmoe\?.*shared_bottom"):
        sharing_choice("mmo")

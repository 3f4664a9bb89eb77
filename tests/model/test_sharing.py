"""What the tasks share: every row of the table keeps the same promises, and computes something of its own.

Shape suffixes: B = rows, D = width, T = tasks.
"""

import dataclasses
from itertools import combinations

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from mtrec_core.errors import SettingError
from mtrec_core.model.config import ModelSettings
from mtrec_core.model.sharing import OwnBlocks, SharedBottom, build_sharing
from mtrec_core.model.sharing_table import SHARING, sharing_choice

EDIT = "see mtrec_core/model/sharing_table.py and the module that it names"
KEYS = list(SHARING)
CHAINS = [key for key in KEYS if SHARING[key].chain]
OWN_PARTS = ("heads", "interactions", "sharing.gates", "sharing.blocks", "sharing.transfers")
"""Below these stands the name of the task whose own the parameters are."""


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
def touched(funnel):
    """Key of the table -> task -> names of the parameters that its rows train."""
    found = {}
    for key in KEYS:
        model = funnel.model(sharing=key)
        found[key] = {task: touched_by(model, task, batch) for task, batch in funnel.batches().items()}
    return found


@pytest.mark.parametrize("key", KEYS)
def test_every_task_trains_its_head_its_towers_and_the_structure_itself(funnel, touched, key):
    for task, names in touched[key].items():
        assert any(name.startswith(f"heads.{task}.") for name in names), f"{key}, {task}: {EDIT}"
        assert any(name.startswith("sharing.") for name in names), f"{key}, {task}: {EDIT}"
        for entity in funnel.dataset.tasks[task].spec.inputs:
            place = "sets." + (task if SHARING[key].separate_towers else "shared")
            assert any(name.startswith(f"{place}.towers.{entity}.") for name in names), (
                f"{key}, {task}: {EDIT}"
            )


@pytest.mark.parametrize("key", KEYS)
def test_all_of_a_structure_learns(funnel, touched, key):
    own = {f"sharing.{name}" for name, _ in funnel.model(sharing=key).sharing.named_parameters()}
    assert own - set().union(*touched[key].values()) == set(), f"{key}: {EDIT}"


@pytest.mark.parametrize("key", KEYS)
def test_no_task_trains_what_is_anothers(funnel, touched, key):
    """But for a task after another: by its definition it reads the rows, or the probability, of that one."""
    chain, after = SHARING[key].chain, funnel.model(sharing=key).plan.tasks
    for task, names in touched[key].items():
        for part in OWN_PARTS:
            may = {task}
            if chain == "product" or (chain == "transfer" and part != "heads"):
                may.add(after[task].after)
            owners = {
                name.removeprefix(f"{part}.").split(".")[0] for name in names if name.startswith(f"{part}.")
            }
            assert owners <= may, f"{key}, {task}, {part}: {EDIT}"


@pytest.mark.parametrize("key", CHAINS)
def test_a_task_after_another_trains_what_comes_before_it(touched, key):
    earlier = {name for name in touched[key]["ad_buy"] if ".ad_click." in name}
    assert any(name.startswith("sharing.blocks.ad_click.") for name in earlier), f"{key}: {EDIT}"
    assert any(name.startswith("interactions.ad_click.") for name in earlier), f"{key}: {EDIT}"
    assert not any("ad_buy" in name for name in touched[key]["ad_click"]), f"{key}: {EDIT}"


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
    assert choice.formula, EDIT
    assert choice.source, EDIT
    assert set(choice.options) <= {field.name for field in dataclasses.fields(ModelSettings)}, EDIT
    structure = build_sharing(key, ["a", "b"], ModelSettings(width=8))
    rows_BD = torch.randn(5, 8)
    assert structure(rows_BD, "b").shape == (5, 8), EDIT
    assert structure(rows_BD[:0], "a").shape == (0, 8), EDIT


@pytest.mark.parametrize("key", KEYS)
def test_each_option_of_a_row_changes_its_structure_and_no_other_option_does(key):
    def shapes(**changed):
        structure = build_sharing(key, ["a", "b"], ModelSettings(width=8, **changed))
        return [tuple(part.shape) for part in structure.parameters()]

    for option in ("experts", "task_experts", "sharing_levels"):
        assert (shapes(**{option: 3}) != shapes(**{option: 5})) == (option in SHARING[key].options), EDIT


@pytest.mark.parametrize("key", KEYS)
def test_a_structure_adds_to_its_input(key):
    """So that a task can pass a structure that does not help it."""
    structure = build_sharing(key, ["a", "b"], ModelSettings(width=8), {"b": "a"}).eval()
    with torch.no_grad():
        for part in structure.parameters():
            part.zero_()
    rows_BD = torch.randn(5, 8)
    torch.testing.assert_close(structure(rows_BD, "a"), rows_BD)
    if SHARING[key].chain == "transfer":
        torch.testing.assert_close(structure(rows_BD, "b", torch.randn(5, 8)), rows_BD)


def test_no_two_rows_compute_the_same(funnel):
    """Not even where all that they have in common is the same: shared parts get the same numbers by name."""
    batch = funnel.batch("ad_buy")
    found = {}
    for key in KEYS:
        model = funnel.model(sharing=key)
        for name, part in model.named_parameters():
            torch.manual_seed(sum(name.replace("sets.ad_buy", "sets.shared").encode()))
            with torch.no_grad():
                part.copy_(torch.randn_like(part) * 0.3)
        with torch.no_grad():
            found[key] = model({"ad_buy": batch})["ad_buy"]
    for one, other in combinations(KEYS, 2):
        difference = float((found[one] - found[other]).abs().max())
        assert difference > 1e-3, f"{one} and {other} are the same: {EDIT}"


def test_a_shared_bottom_treats_all_tasks_alike_and_blocks_of_their_own_do_not():
    rows_BD = torch.randn(4, 6)
    shared = SharedBottom(["a", "b"], ModelSettings(width=6)).eval()
    own = OwnBlocks(["a", "b"], ModelSettings(width=6)).eval()
    torch.testing.assert_close(shared(rows_BD, "a"), shared(rows_BD, "b"))
    assert not torch.allclose(own(rows_BD, "a"), own(rows_BD, "b"))


class ProductCount(TorchDispatchMode):
    """Counts matrix products while it is entered."""

    count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += "mm" in func.overloadpacket.__name__
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize(
    ("key", "tasks", "options"),
    [
        ("mmoe", ["a", "b"], {"experts": 16}),
        ("ple", ["a", "b"], {"experts": 16, "task_experts": 16}),
        ("cross_stitch", ["a", "b", *"cdefgh"], {}),  # a network per task is an expert here
    ],
)
def test_all_experts_run_in_one_product_however_many_they_are(key, tasks, options):
    def products(names, **changed):
        structure = build_sharing(key, names, ModelSettings(width=8, sharing_levels=1, **changed)).eval()
        with torch.no_grad(), ProductCount() as counted:
            structure(torch.randn(5, 8), "a")
        return counted.count

    few = products(["a", "b"], experts=2, task_experts=2)
    assert few >= 2, EDIT
    assert products(tasks, **options) == few, EDIT


def test_an_unknown_structure_is_refused_with_the_nearest_name():
    with pytest.raises(SettingError, match=r"model\.sharing mmo; Did you mean mmoe\?.*shared_bottom"):
        sharing_choice("mmo")

"""What every weighting and every aggregation must do."""

import math
from itertools import combinations

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from mtrec_core.errors import SettingError
from mtrec_core.objective.aggregations import AGGREGATIONS
from mtrec_core.objective.methods import all_methods, deciding_method, setting_of
from mtrec_core.objective.option_text import (
    example_of,
    option_fields,
    options_text,
    read_options,
)
from mtrec_core.objective.weightings import WEIGHTINGS, WeightingChoice
from tests.objective.toy import EARLY, rule_of, toy

METHODS = {f"{setting_of(row).rpartition('.')[2]} {row.key}": row for row in all_methods()}
EDIT = "see mtrec_core/objective/weightings.py and aggregations.py"
MAIN = {"pcd": "main=basket", "metabalance": "target=basket"}
TASKS = ("ads", "basket", "clicks")

each_method = pytest.mark.parametrize("name", METHODS)
each_that_sees_gradients = pytest.mark.parametrize(
    "name", [name for name, row in METHODS.items() if getattr(row, "reads", "gradients") != "losses"]
)
each_that_is_rescaled = pytest.mark.parametrize(
    "name",
    # The target's gradient, or the method itself, sets the length of the others.
    [
        name
        for name, row in METHODS.items()
        if row.key != "metabalance" and not getattr(row, "own_length", False)
    ],
)
each_with_a_weight_per_task = pytest.mark.parametrize(
    "name", [name for name, row in METHODS.items() if not getattr(row, "per_number", False)]
)


def options_for(row) -> str:
    return " ".join(filter(None, (EARLY.get(row.key, ""), MAIN.get(row.key, ""))))


def train(row, steps, problem=None, rule=None, start=0, tasks=TASKS):
    problem, rule = problem or toy(), rule or rule_of(row, TASKS, options_for(row))
    reports = [problem.take(rule, step, tasks, epoch=step // 3) for step in range(start, start + steps)]
    return problem, rule, reports


@each_method
def test_losses_fall_and_nothing_becomes_infinite(name):
    problem, _rule, reports = train(METHODS[name], 40)
    assert all(np.isfinite(list(report.weights.values())).all() for report in reports), EDIT
    assert torch.isfinite(problem.shared).all()
    first, last = (np.array(list(reports[place].losses.values())) for place in (0, -1))
    assert last.mean() < first.mean() or last.prod() < first.prod(), EDIT


@each_method
def test_a_run_that_goes_on_from_a_checkpoint_is_the_same_bit_for_bit(name):
    row = METHODS[name]
    whole, _rule, expected = train(row, 12)
    problem, rule, _reports = train(row, 5)
    held = load(save({key: tensor.contiguous() for key, tensor in rule.state().items()}))
    again = rule_of(row, TASKS, options_for(row))
    again.load_state(held)
    torch.manual_seed(1234)  # another process
    _problem, _rule, reports = train(row, 7, problem, again, start=5)
    assert [report.weights for report in reports] == [report.weights for report in expected[5:]], EDIT
    assert torch.equal(problem.shared, whole.shared)


@each_method
def test_the_order_of_the_tasks_changes_nothing(name):
    row = METHODS[name]
    _problem, _rule, straight = train(row, 8)
    problem = toy(TASKS[::-1])
    rule = rule_of(row, TASKS[::-1], options_for(row))
    _problem, _rule, turned = train(row, 8, problem, rule, tasks=TASKS[::-1])
    for one, other in zip(straight, turned, strict=True):
        assert other.weights == pytest.approx(one.weights, rel=1e-4, abs=1e-5), EDIT


@each_method
def test_one_task_alone_is_trained_plainly(name):
    row = METHODS[name]
    plain, alone = toy(("ads",)), toy(("ads",))
    rule = rule_of(row, ["ads"], EARLY.get(row.key, ""), weights={"ads": 0.7})
    for step in range(4):
        expected = plain.take(rule_of(WEIGHTINGS["fixed"], ["ads"], weights={"ads": 0.7}), step)
        expected = expected.weights if row.user_weights != "none" else {"ads": 1.0}
        assert alone.take(rule, step).weights == expected, EDIT
    if row.user_weights != "none":
        assert torch.equal(plain.shared, alone.shared)


@each_method
def test_a_task_without_rows_is_left_out_and_can_come_back(name):
    row = METHODS[name]
    problem, rule, _reports = train(row, 3)
    without = problem.take(rule, 3, ("ads", "clicks"))
    assert sorted(without.weights) == ["ads", "clicks"], EDIT
    assert problem.own["basket"].grad is None
    assert sorted(problem.take(rule, 4).weights) == sorted(TASKS)


@each_that_sees_gradients
def test_a_task_whose_shared_gradient_is_0_changes_no_other(name):
    row = METHODS[name]
    still = toy()
    still.curves = {**still.curves, "clicks": 0.0}  # its loss is that of its own number alone
    options = options_for(row)
    found = still.take(rule_of(row, TASKS, options), 0)
    expected = toy(("ads", "basket")).take(rule_of(row, TASKS, options), 0)
    assert found.weights["clicks"] == 1, EDIT
    assert {task: found.weights[task] for task in ("ads", "basket")} == pytest.approx(expected.weights)
    assert float(still.own["clicks"].grad) == 1


@each_method
def test_a_task_of_weight_0_costs_nothing_and_changes_no_other(name):
    row = METHODS[name]
    problem = toy()
    found = problem.take(rule_of(row, TASKS, options_for(row), weights={"clicks": 0.0}), 0)
    if row.user_weights == "none":
        return
    expected = toy(("ads", "basket")).take(rule_of(row, TASKS, options_for(row)), 0)
    assert found.weights["clicks"] == 0, EDIT
    assert {task: found.weights[task] for task in ("ads", "basket")} == pytest.approx(expected.weights)
    assert problem.own["clicks"].grad is None


@each_that_is_rescaled
def test_the_mean_weight_is_1_so_that_methods_compare_at_one_learning_rate(name):
    row = METHODS[name]
    for report in train(row, 6)[2]:
        assert sum(map(abs, report.weights.values())) == pytest.approx(3, rel=1e-6), EDIT
        assert report.mean_weight == pytest.approx(1, rel=1e-6)


@each_method
def test_the_tasks_own_parameters_get_their_own_gradient(name):
    row = METHODS[name]
    problem, _rule, reports = train(row, 1)
    for task in TASKS:
        by_method = isinstance(row, WeightingChoice) and row.reads != "blocks"
        factor = reports[0].weights[task] if by_method else 1.0
        assert float(problem.own[task].grad) == pytest.approx(factor, rel=1e-5), EDIT


@each_with_a_weight_per_task
def test_the_shared_gradient_is_the_weighted_sum_of_the_tasks(name):
    row = METHODS[name]
    problem = toy()
    gradients = {task: problem.gradient(task) for task in TASKS}
    report = problem.take(rule_of(row, TASKS, options_for(row)), 0)
    expected = sum(report.weights[task] * gradients[task] for task in TASKS)
    assert np.allclose(problem.shared.grad, expected, rtol=1e-4, atol=1e-5), EDIT


@each_method
def test_what_becomes_of_the_users_weights_is_as_the_table_says(name):
    """A task of four times the weight; some methods answer over many steps, here at a standstill."""
    row = METHODS[name]

    def factor(steps: int) -> float:
        pull = []
        for weight in (1.0, 4.0):
            problem = toy()
            rule = rule_of(row, TASKS, options_for(row), weights={"ads": weight})
            for step in range(steps):
                weights = problem.take(rule, step, epoch=step // 2, rate=0.0).weights
            pull.append(weights["ads"] / abs(weights["clicks"] or weights["basket"]))
        return pull[1] / pull[0]

    bounds = {
        "count": (3.3, math.inf),
        "partly": (1.2, 3.3),
        "cancel": (0.85, 1.2),
        "against": (0.0, 0.85),
        "ask": (1.0, 1.0),
        "none": (1.0, 1.0),
        "fade": (0.85, 1.2),
    }
    least, most = bounds[row.user_weights]
    found = factor(1500 if row.user_weights == "fade" else 4)
    assert least <= found <= most, f"{row.user_weights}, but times {found:.3f}; {EDIT}"
    if row.user_weights == "fade":
        assert factor(1) == pytest.approx(4)


@each_method
def test_an_unknown_option_is_an_error(name):
    row = METHODS[name]
    with pytest.raises(SettingError, match="options"):
        rule_of(row, TASKS, "speed=3")


@each_method
def test_options_are_read_as_they_are_written(name):
    row = METHODS[name]
    fields = option_fields(row.options)
    assert all(item.doc for item in fields), f"each option needs a sentence; {EDIT}"
    assert read_options(row.options, example_of(row.options), "options") == row.options()
    assert options_text(row.options()) == ""
    numbers = [item for item in fields if item.type is float]
    if numbers:
        changed = f"{numbers[0].name}={numbers[0].default / 2}"
        assert options_text(read_options(row.options, changed, "options")) == changed


@each_method
def test_a_row_says_when_to_take_it_by_which_formula_and_whose_it_is(name):
    row = METHODS[name]
    assert all([row.use.endswith("."), row.formula, row.source, row.cost.endswith(".")]), EDIT


@pytest.mark.parametrize("pair", list(combinations(METHODS, 2)), ids=lambda pair: " / ".join(pair))
def test_no_two_methods_are_the_same(pair, conflicting):
    one, other = (conflicting[name] for name in pair)
    assert not np.allclose(one, other, rtol=1e-4, atol=1e-6), EDIT


@pytest.fixture(scope="module")
def conflicting():
    """Gradients of seven steps on three tasks of which each two conflict, with a task of double weight, once
    at the method's own scale and once at that of all."""
    found = {}
    for name, row in METHODS.items():
        gradients = []
        for normalise in (False, True):
            problem = toy()
            problem.aims = {"ads": (3.0, 0.5, 0.0), "basket": (-2.0, 1.5, 0.5), "clicks": (-1.0, -2.5, 1.0)}
            rule = rule_of(row, TASKS, options_for(row), weights={"basket": 2.0}, normalise=normalise)
            for step in range(7):
                problem.take(rule, step, epoch=step // 2)
                gradients.append(np.concatenate([part.grad.numpy() for part in problem.parameters]))
        found[name] = np.array(gradients)
    return found


def test_uw_and_imtl_l_are_one_method_at_one_learning_rate(conflicting):
    uw, imtl_l = conflicting["weighting uw"], conflicting["weighting imtl_l"]
    assert np.allclose(uw[7:], imtl_l[7:], rtol=1e-4)


def test_equal_decides_before_an_aggregation_and_that_before_the_given_weights():
    assert deciding_method("equal", "upgrad").key == "equal"
    assert deciding_method("fixed", "upgrad").key == "upgrad"
    assert deciding_method("dwa", "sum").key == "dwa"


def test_the_tables_hold_what_the_docs_promise():
    weightings = "fixed equal uw dwa gradnorm rlw gls imtl_l famo stch metabalance cosmos pbi"
    aggregations = (
        "sum mean random pcgrad mgda cagrad nash_mtl imtl_g aligned_mtl gradvac graddrop upgrad dualproj "
        "config fairgrad excess_mtl pcd"
    )
    assert (list(WEIGHTINGS), list(AGGREGATIONS)) == (weightings.split(), aggregations.split())

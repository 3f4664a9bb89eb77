"""Tasks that follow one another: whose layers read whose rows, and what a run needs for it.

Shape suffix: B = rows.
"""

import dataclasses
import math

import pytest
import torch

from mtrec_core.errors import SettingError
from mtrec_core.model.plan import ModelPlan, demand_chain, earlier_tasks
from mtrec_core.model.sharing_table import SHARING
from mtrec_core.model.step_vectors import StepVectors

CHAINS = [key for key, choice in SHARING.items() if choice.chain]
THREE = ["ad_click", "ad_buy", "ad_review"]


def of(model, batches):
    with torch.no_grad():
        return model(batches)


def test_a_conversion_is_the_click_times_what_follows_it(funnel):
    """p(click) from the click's own interaction, block and head, on the conversion's rows."""
    model, batch = funnel.model(sharing="esmm"), funnel.batch("ad_buy")
    clicked = dataclasses.replace(batch, task="ad_click")
    both_B1 = of(model, {"ad_buy": batch})["ad_buy"].sigmoid()
    click_B1 = of(model, {"ad_click": clicked})["ad_click"].sigmoid()
    with torch.no_grad():
        rows_BD = model.rows(batch, StepVectors(model, {"ad_buy": batch}))
        after_click_B1 = model.heads["ad_buy"](rows_BD).sigmoid()
    torch.testing.assert_close(both_B1, click_B1 * after_click_B1)
    assert (both_B1 < click_B1).all()


def test_a_carried_vector_is_the_earlier_tasks_own_of_the_same_rows(funnel):
    model, batch = funnel.model(sharing="aitm"), funnel.batch("ad_buy")
    clicked = dataclasses.replace(batch, task="ad_click")
    with torch.no_grad():
        earlier_BD = model.rows(clicked, StepVectors(model, {"ad_click": clicked}))
        given = []
        model.sharing.register_forward_pre_hook(lambda module, args: given.append(args[1:]))
        model({"ad_buy": batch})
    (task, *nothing), (later, carried_BD) = given
    assert (task, nothing, later) == ("ad_click", [], "ad_buy")
    torch.testing.assert_close(carried_BD, earlier_BD)


@pytest.mark.parametrize("key", CHAINS)
def test_what_follows_scores_the_same_whether_or_not_the_earlier_task_is_in_the_step(funnel, key):
    """Its rows are its own, not those that the earlier task drew for the step."""
    model = funnel.model(sharing=key)
    later, other = funnel.batch("ad_buy"), funnel.batch("ad_click", slice(40, 45))
    together = of(model, {"ad_click": other, "ad_buy": later})["ad_buy"]
    torch.testing.assert_close(together, of(model, {"ad_buy": later})["ad_buy"])


def test_heads_that_read_ngrams_belong_to_the_task_that_is_asked(funnel):
    model, batch = funnel.model(sharing="esmm"), funnel.batch("ad_buy")
    asked = []
    model._from_ngrams = lambda batch, task: asked.append((batch.task, task)) or 0.0
    of(model, {"ad_buy": batch})
    assert sorted(asked) == [("ad_buy", "ad_buy"), ("ad_buy", "ad_click")]


def test_a_head_after_a_click_starts_at_the_rate_among_clicks(funnel):
    click, buy = funnel.dataset.tasks["ad_click"], funnel.dataset.tasks["ad_buy"]
    rows = buy.rows("train")
    clicks, bought = int((click.label_R[rows] == 1).sum()), int(buy.label_R[rows].sum())
    assert 0 < bought < clicks < len(rows)
    start = {key: funnel.model(sharing=key).plan.tasks["ad_buy"].start[0] for key in ("esmm", "aitm")}
    assert start["esmm"] == pytest.approx(math.log((bought + 0.5) / (clicks - bought + 0.5)), rel=1e-4)
    assert start["aitm"] == pytest.approx(math.log((bought + 0.5) / (len(rows) - bought + 0.5)), rel=1e-4)


def test_a_plan_of_before_there_were_chains_still_loads(funnel):
    content = funnel.model().plan.to_json()
    for task in content["tasks"].values():
        del task["after"]
    assert ModelPlan.from_json(content).tasks["ad_buy"].after == ""


def spec_of_three(funnel):
    """click, purchase after it, review after that."""
    tasks = dict(funnel.dataset.spec.tasks)
    tasks["ad_review"] = dataclasses.replace(tasks["ad_buy"], name="ad_review", after="ad_buy")
    return dataclasses.replace(funnel.dataset.spec, tasks=tasks)


def test_a_task_follows_the_nearest_one_that_is_trained(funnel):
    spec = spec_of_three(funnel)
    assert earlier_tasks(spec, THREE) == {"ad_buy": "ad_click", "ad_review": "ad_buy"}
    assert earlier_tasks(spec, ["ad_review", "ad_click"]) == {"ad_review": "ad_click"}
    assert earlier_tasks(spec, ["ad_review", "liked"]) == {}
    assert spec.first_of_chain("ad_review") == "ad_click"
    assert spec.first_of_chain("liked") == "liked"


@pytest.mark.parametrize("key", CHAINS)
def test_a_structure_for_chains_needs_one(bench, funnel, key):
    with pytest.raises(
        SettingError, match=rf'sharing={key} .*no task of .tiny..*after = "CLICK".*shared_bottom'
    ):
        demand_chain(bench.dataset.spec, list(bench.dataset.tasks), key)
    with pytest.raises(SettingError, match=r"this run trains no two.*ad_buy after ad_click"):
        demand_chain(funnel.dataset.spec, ["ad_buy", "liked"], key)
    demand_chain(funnel.dataset.spec, ["ad_buy", "ad_click"], key)
    demand_chain(funnel.dataset.spec, ["ad_buy"], key)  # to be set against the model of all


@pytest.mark.parametrize("key", [key for key in SHARING if key not in CHAINS])
def test_the_other_structures_need_no_chain(bench, key):
    demand_chain(bench.dataset.spec, list(bench.dataset.tasks), key)


@pytest.mark.parametrize("key", CHAINS)
def test_a_later_task_alone_is_trained_plainly(funnel, key):
    model = funnel.model(tasks=["ad_buy"], sharing=key)
    assert model.plan.tasks["ad_buy"].after == ""
    assert of(model, {"ad_buy": funnel.batch("ad_buy")})["ad_buy"].shape == (12, 1)

"""docs/methods.md from the tables of choices and what was measured of them: `python -m benchmarks.methods`.

A section per table: its rows, then what its benchmark recorded. The page has no other source: change a row,
or measure again, then render.
"""

from collections.abc import Sequence

from benchmarks.console import run_command
from benchmarks.markdown import paragraph
from benchmarks.method_cost import NAME as COST
from benchmarks.method_cost import CostRecord
from benchmarks.methods_section import MethodSection, section_text
from benchmarks.mmoe_synthetic import RECORD
from benchmarks.records import FOLDER, read_record
from benchmarks.report_robustness import robustness_records, verdict
from benchmarks.report_synthetic import synthetic_text
from benchmarks.structure_cost import structure_cost
from benchmarks.study_table import PROJECT
from benchmarks.synthetic_record import SyntheticRecord
from mtrec_core.evaluation.fusion import FUSION_WEIGHTS
from mtrec_core.evaluation.fusion_methods import FUSION_METHODS
from mtrec_core.model.config import ModelSettings
from mtrec_core.model.sharing_table import SHARING
from mtrec_core.objective.adversaries import ADVERSARIES
from mtrec_core.objective.aggregations import AGGREGATIONS
from mtrec_core.objective.weightings import WEIGHTINGS

PAGE = PROJECT / "docs" / "methods.md"

COST_RECORD = FOLDER / f"{COST}.json"

HEAD = """# Methods

<!-- Rendered by `python -m benchmarks.methods` from the tables in the code; change those. -->

What can be chosen, what each choice computes, and when it pays.
"""

SHARED = """
`--set model.sharing=KEY` decides what the tasks share between the entities' vectors and their heads. x is
the vector of a row, of `model.width` D numbers; h_t the one that the head of task t reads; f a network of
two layers. Every structure adds its result to its input, which the papers do not: a task can pass a
structure that does not help it. All experts of a structure run in one batched product.

The cost is that of the structure alone, at the defaults with four tasks: its parameters, and the
multiply-adds of a row. `single` has, besides, the entity towers once per task. `aitm` and `esmm` need a
task that comes `after` another in `dataset.toml`; its rows also run the layers of that one.
"""

DISTURBED = """
`--set objective.adversary=KEY` trains against disturbed texts; options go to `objective.adversary_options`,
such as `eps=0.1 steps=5`. x is what enters the part that learns: the vector of a text where the encoder is
frozen, the vectors of its words where it learns (with `last_k`, what the frozen layers give). r is added to
it, for each distinct text of a step by itself, and |r| is measured in lengths of x: eps means the same for
every encoder. L is the loss of a task at what is in brackets; g the gradient at x of the tasks' losses, times
your weights; u = g / |g|; P shortens r to eps.

Inputs of rows and sampled targets are disturbed. A whole catalogue, where a retrieval task is trained against
all of it, and the items of histories are read as they are. The formula's loss goes through one step, whatever
the weighting or aggregation, and is the one that curves show; all its passes drop the same numbers. FGM
trains the mean where the paper has the sum, so that learning rates compare. It takes one process.
"""

FUSED = """
`python -m mtrec_core fuse RUN.. --task TASK --method KEY` makes one model of several runs that learned a
task, from the predictions that they keep; with one RUN it makes one order of the scores of its tasks. s_r
is the score of source r, a run or a task. Lists hold what some source has among its first items: where
another source does not list it, it has that one's lowest score, no reciprocal rank, or a share of the
points that are left.

A fusion is judged on test against the source that is best on validation, with a paired bootstrap over
users. Runs that saw other data, or rows chosen or divided in another way, are refused.
"""

WEIGHED = """
`--weights KEY`, or given: RUN=1,RUN=0.5, for the tasks of one run TASK=1,TASK=-0.3. For runs, performance
is the headline metric of the task on validation, and volume counts the training rows of all tasks of a
run. For tasks, a risk (`wanted = "low"` in `dataset.toml`) counts against an item. An expected value
takes weights as powers, 1 each with `equal`.
"""


WEIGHTED = """
`--set objective.weighting=KEY` decides how the losses of a step become one, options by `--set
objective.weighting_options="NAME=VALUE NAME=VALUE"`. L_k is the loss of task k times the weight that you
give it (`--weights`), so that every method works on top of your weights; K tasks have rows in the step. w_k
is what the method multiplies L_k by: the slope of the formula. A task without rows, of weight or loss 0, or
without a gradient over what is shared, is left out; one task alone is trained plainly.

With `objective.normalise` (the default) the w_k of a step are scaled to a mean of 1, so that methods compare
at one learning rate; the effective learning rate, times the mean weight, is recorded and drawn. `metabalance`
is not scaled: the target's gradient sets the length.

The last but one column: a step's time, with a frozen encoder and four tasks, as a multiple of the plain
step (nothing where it was not measured); and what becomes of your weights. *count*: a task of twice the
weight pulls twice as much; *partly*: more, but less than twice; *fade*: until the method has learned to
undo it; *cancel*: it makes no difference; *against*: it pulls less; *ask*: see below; *none*: they are not
asked.

`cosmos` and `pbi` train one model for all trade-offs. At each step a preference r is drawn, a share for
each task (a Dirichlet distribution of `concentration`); the model reads r, which scales and shifts the
vectors of entities as they leave their towers and those of rows before the sharing structure; and the
losses become one by r. Your weights train nothing: their shares are the preference that validation, test
and the kept model are asked for, and 0 leaves a task out. `python -m mtrec_core front RUN` asks the one
model for many preferences. Two things are not as in the papers. A loss counts as a share of the task's
first one, since losses of different kinds of task differ in size. And the papers draw the losses to the ray
of r, on which the task of the largest share has the largest loss; here they are drawn to where all v_k are
alike, so that more of a share means less of a loss. A penalty that is too large trains the tasks below that
ray uphill: with `pbi` one above 1 / sqrt(K - 1).

One model for all trade-offs is stretched further than one for a single one; `front RUN` tells how far its
front reaches, to be set against runs of `fixed`.
"""

AGGREGATED = """
`--set objective.aggregation=KEY` decides how the gradients of the tasks become one, with the weightings
`fixed` and `equal`. g_k is the gradient of task k, its loss times your weight, over what the tasks share; u_k
its direction, G the matrix of the products g_i g_j, d the direction that training takes. Parameters of one
task alone, such as its head, get that task's own gradient.

What the tasks share: where the encoder is frozen, the vectors of the entities as they leave their towers, as
in Sener & Koltun (2018), so that each task goes back through its own part only; where it learns, where
several processes train, or with `objective.gradients_of=parameters`, the parameters that two tasks or more
reach. Several steps that are added up to an update are aggregated one by one.

Weights are scaled to a mean size of 1 as above, except in `graddrop` and `config`, whose length is part of
the method and about that of the sum. `random` draws as `rlw` does; it weighs what is shared alone.
"""


def _costs() -> CostRecord:
    return CostRecord.from_json(read_record(COST_RECORD))


def _step_cost(setting: str, key: str) -> str:
    row = WEIGHTINGS[key] if setting == "weighting" else AGGREGATIONS[key]
    name = f"{setting} {key}" if (setting, key) != ("aggregation", "sum") else "weighting fixed"
    record = _costs()
    return f"{record.ratio(name):.2f}, {row.user_weights}" if name in record.seconds else row.user_weights


def _costs_text() -> str:
    record = _costs()
    slow = [name for name in record.seconds if record.ratio(name) > 1.5]
    over = (
        f" Above 1.5 is {', '.join(slow)}: it needs the gradients of the parameters themselves."
        if slow
        else ""
    )
    return paragraph(
        f"Times: `{record.command}`, {record.made}, {record.machine.text()}; median of {record.steps} steps "
        f"each, in turns, time of the processor on one thread; a plain step of {record.batch_size} rows took "
        f"{record.plain * 1e3:.0f} ms.{over} Comparing gradients every {record.comparison_every} steps, "
        f"which `objective.gradients_every` sets, adds {record.comparison_share:.1%} to a step."
    )


def weighting_sections() -> list[MethodSection]:
    """How losses, or gradients, become one."""
    return [
        MethodSection(
            title="Weightings of losses",
            introduction=WEIGHTED,
            rows=WEIGHTINGS.values(),
            cost_title="step, your weights",
            cost=lambda key: _step_cost("weighting", key),
        ),
        MethodSection(
            title="Aggregations of gradients",
            introduction=AGGREGATED,
            rows=AGGREGATIONS.values(),
            cost_title="step, your weights",
            cost=lambda key: _step_cost("aggregation", key),
            below=_costs_text,
        ),
    ]


def sharing_section() -> MethodSection:
    """What the tasks share."""
    return MethodSection(
        title="Sharing structures",
        introduction=SHARED,
        rows=SHARING.values(),
        settings=ModelSettings(),
        prefix="model.",
        cost_title="parameters, work per row",
        cost=lambda key: structure_cost(key).text(),
        below=lambda: synthetic_text(SyntheticRecord.from_json(read_record(RECORD))),
    )


def adversary_section() -> MethodSection:
    """How texts are disturbed, and whether that helped where it was measured."""
    return MethodSection(
        title="Adversarial training",
        introduction=DISTURBED,
        rows=ADVERSARIES.values(),
        cost_title="cost of a step",
        cost=lambda key: ADVERSARIES[key].cost,
        below=lambda: "\n\n".join(verdict(record) for record in robustness_records(FOLDER)),
    )


def fusion_sections() -> list[MethodSection]:
    """How several models, or several tasks' scores, become one, and with which weights."""
    return [
        MethodSection(title="Fusion", introduction=FUSED, rows=FUSION_METHODS.values()),
        MethodSection(title="Weights of a fusion", introduction=WEIGHED, rows=FUSION_WEIGHTS.values()),
    ]


def sections() -> Sequence[MethodSection]:
    """All of them, in the order of the page."""
    return [*weighting_sections(), sharing_section(), adversary_section(), *fusion_sections()]


def render() -> str:
    """The page."""
    return "\n".join([HEAD, *(section_text(section) for section in sections())])


def main() -> None:
    """Writes the page."""
    page = render()
    PAGE.write_text(page, encoding="utf-8")
    print(f"docs/methods.md: {len(page.splitlines())} lines")


if __name__ == "__main__":
    run_command(main)

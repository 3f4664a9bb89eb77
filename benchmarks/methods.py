"""docs/methods.md from the tables of choices and what was measured of them: `python -m benchmarks.methods`.

A section per table: its rows, then what its benchmark recorded. The page has no other source: change a row,
or measure again, then render.
"""

from collections.abc import Sequence

from benchmarks.console import run_command
from benchmarks.methods_section import MethodSection, section_text
from benchmarks.mmoe_synthetic import RECORD
from benchmarks.records import read_record
from benchmarks.report_synthetic import synthetic_text
from benchmarks.structure_cost import structure_cost
from benchmarks.study_table import PROJECT
from benchmarks.synthetic_record import SyntheticRecord
from mtrec_core.evaluation.fusion import FUSION_WEIGHTS
from mtrec_core.evaluation.fusion_methods import FUSION_METHODS
from mtrec_core.model.config import ModelSettings
from mtrec_core.model.sharing_table import SHARING

PAGE = PROJECT / "docs" / "methods.md"

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


def fusion_sections() -> list[MethodSection]:
    """How several models, or several tasks' scores, become one, and with which weights."""
    return [
        MethodSection(title="Fusion", introduction=FUSED, rows=FUSION_METHODS.values()),
        MethodSection(title="Weights of a fusion", introduction=WEIGHED, rows=FUSION_WEIGHTS.values()),
    ]


def sections() -> Sequence[MethodSection]:
    """All of them, in the order of the page."""
    return [sharing_section(), *fusion_sections()]


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

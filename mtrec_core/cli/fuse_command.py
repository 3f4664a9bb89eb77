"""`fuse`: several runs, or the tasks of one, as one model: what that is worth on test. No torch here."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from mtrec_core.cli.arguments import named_numbers
from mtrec_core.cli.output import console, metric_title, number, plain_table, print_json
from mtrec_core.errors import UserError
from mtrec_core.home import Home

if TYPE_CHECKING:
    from mtrec_core.comparing.fusing import Fused


def fuse(
    named: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN..",
            help="Two runs or more that learned the task; or one, whose tasks are fused.",
            show_default=False,
        ),
    ],
    task: Annotated[
        str, typer.Option("--task", help="The task that the runs are fused for.", show_default=False)
    ] = "",
    weights: Annotated[
        str,
        typer.Option(
            "--weights",
            help="equal, validation (by performance there), volume (by training rows), learned (on "
            "validation, none below 0), or given: RUN=1,RUN=0.5, for one run TASK=1,TASK=0.5. "
            "[default: learned; equal for utility]",
            show_default=False,
        ),
    ] = "",
    method: Annotated[
        str,
        typer.Option(
            "--method",
            help="mean (weighted average), rank (reciprocal ranks), borda (points for places), utility "
            "(product of a run's tasks).",
        ),
    ] = "mean",
    value: Annotated[
        str,
        typer.Option(
            "--value", help="With utility: a column of the items, such as price.", show_default=False
        ),
    ] = "",
    metric: Annotated[
        str, typer.Option("--metric", help="This metric instead of the task's headline.", show_default=False)
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Fuse runs, or the tasks of a run, and judge the result on test.

    From the predictions that runs keep; no model is called. Weights come from validation alone. On test the
    fusion is set against the source that is best on validation; the interval holds the difference with 95 %
    confidence (paired bootstrap over users). Single-task runs count like others. Runs that saw other data, or
    rows divided in another way, are refused: what one trained on may be what the other is tested on.

    With one RUN its tasks order the candidates of the one that recommends. `--method utility --value price`
    orders by p(purchase) p(click) price, of a risk 1 - p; weights are then powers, 1 each with `equal`. It
    also tells what the items found among the first 10 are worth.

    \b
    Examples:
      python -m mtrec_core fuse k3rq9t m2xw7d --task ad_click
      python -m mtrec_core fuse k3rq9t m2xw7d last --task purchase --weights equal --method rank
      python -m mtrec_core fuse k3rq9t m2xw7d --task ad_click --weights k3rq9t=2,m2xw7d=1 --json
      python -m mtrec_core fuse last --weights equal --method utility --value price
    """
    from mtrec_core.comparing.fuse_runs import fuse_runs, shared_tasks
    from mtrec_core.comparing.fuse_tasks import fuse_tasks
    from mtrec_core.store.store import Store

    weights = weights or ("equal" if method == "utility" else "learned")
    with Store.open(Home.from_environment().database_url) as store:
        runs = list({run.id: run for run in map(store.get_run, named)}.values())
        if len(runs) == 1:
            if task:
                raise UserError(
                    f"--task {task} is for several runs, and only {runs[0].id} is named. Name another run, "
                    "or leave out --task to fuse this run's tasks."
                )
            chosen = named_numbers(weights, "--weights") if "=" in weights else weights
            found = fuse_tasks(runs[0], chosen, method, metric, value)
        else:
            if value:
                raise UserError("--value is for the tasks of one run.")
            if not task:
                raise UserError(
                    f"Say for which --task; these runs share {', '.join(shared_tasks(runs)) or 'none'}."
                )
            given = named_numbers(weights, "--weights") if "=" in weights else {}
            of_runs = {store.get_run(name).id: weight for name, weight in given.items()}
            found = fuse_runs(runs, task, of_runs or weights, method, metric)
    if as_json:
        print_json(found.to_json())
    else:
        _print(found)


def _print(found: "Fused") -> None:
    """A row per source and one for the fusion, then the difference in a sentence."""
    out = console()
    out.print(f"{found.task}, {metric_title(found.metric)}", markup=False)
    rows: list[Sequence[str | Text]] = [
        (name, f"{found.blend.weights[name]:.3f}", number(found.validation[name]), number(found.test[name]))
        for name in found.validation
    ]
    on_test = found.on_test
    rows.append(
        (
            Text("fused", style="bold"),
            "",
            number(found.fused_validation),
            Text(number(on_test.a), style="bold"),
        )
    )
    headers = ("", "weight", "validation", "test")
    out.print(plain_table(headers, rows, right=headers[1:]))
    out.print(
        f"On test {on_test.difference:+.4f} against {found.best}, the best on validation; 95 % interval "
        f"{on_test.low:+.4f} to {on_test.high:+.4f} over {on_test.users:,} users: {found.verdict}.",
        soft_wrap=True,
        markup=False,
    )
    if found.value is not None:
        worth = found.value
        out.print(
            f"Value of what was found among the first 10, mean of the lists: {worth.a:.4g} against "
            f"{worth.b:.4g}; 95 % interval of the difference {worth.low:+.4g} to {worth.high:+.4g}.",
            soft_wrap=True,
            markup=False,
        )

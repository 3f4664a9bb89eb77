"""`conflict`: which tasks of a run pull apart, how often, and where in the model. No torch here."""

import dataclasses
from typing import Annotated

import typer

from mtrec_core.cli.output import console, number, plain_table, print_json
from mtrec_core.errors import UserError
from mtrec_core.home import Home


def conflict(
    named: Annotated[
        str,
        typer.Argument(
            metavar="RUN", help="A run of several tasks; `last` is the newest.", show_default=False
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Show which tasks' gradients conflict.

    While a run trains, the gradients of its tasks are compared every so many steps
    (objective.gradients_every), over all the parameters that two tasks or more reach and over each part of
    the model: the tower of each entity, the reader of each history, the sharing structure. A cosine below 0
    means that a step for the one task takes the other back.

    \\b
    Examples:
      python -m mtrec_core conflict last
      python -m mtrec_core conflict k3rq9t --json
    """
    from mtrec_core.comparing.conflict import by_part, conflicts_of
    from mtrec_core.store.store import Store

    with Store.open(Home.from_environment().database_url) as store:
        run = store.get_run(named)
        curves = store.curves([run.id], splits=["train"])
    found = conflicts_of((key.task, key.name, curve) for key, curve in curves.items())
    if not found:
        raise UserError(
            f"Run {run.id} compared no two tasks' gradients. A run of several tasks does so every "
            "objective.gradients_every steps, 50 unless set; 0 never."
        )
    lengths = {
        key.task: float(curve.values[-1])
        for key, curve in curves.items()
        if key.name == "gradient_norm" and len(curve)
    }
    parts = by_part(found)
    if as_json:
        print_json(
            {
                "run": run.id,
                "lengths": lengths,
                "pairs": [dataclasses.asdict(one) for one in found],
                "parts": [
                    {"part": one.part, "pairs": one.pairs, "share_below_0": one.share} for one in parts
                ],
            }
        )
        return
    console().print(
        plain_table(
            ("tasks", "cosine, latest", "cosine, mean", "steps in conflict", "compared"),
            [
                (
                    f"{one.task} · {one.other}",
                    number(one.latest),
                    number(one.mean),
                    f"{one.share:.0%}",
                    str(one.comparisons),
                )
                for one in found
                if not one.part
            ],
            right=("cosine, latest", "cosine, mean", "steps in conflict", "compared"),
        )
    )
    console().print()
    console().print(
        plain_table(
            ("part of the model", "steps in conflict", "conflicts most", "cosine, latest"),
            [
                (
                    one.part or "all that is shared",
                    f"{one.share:.0%}",
                    f"{one.worst.task} · {one.worst.other}",
                    number(one.worst.latest),
                )
                for one in parts
            ],
            right=("steps in conflict", "cosine, latest"),
        )
    )

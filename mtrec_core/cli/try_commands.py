"""`predict`, `recommend` and `answer`: a trained model at work.

torch loads inside, after the arguments are known to be right.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtrec_core.cli.arguments import find_run, named_numbers, split_names
from mtrec_core.cli.output import console, note, number, plain_table, print_json
from mtrec_core.data.issues import safe_cell
from mtrec_core.errors import UserError
from mtrec_core.home import Home

if TYPE_CHECKING:
    import pandas as pd

    from mtrec_core.inference.predictor import Predictor
    from mtrec_core.inference.recommend import Recommendation

RUN_HELP = "A run's id, its beginning, `last`, or the folder of a bundle."
WRITERS = (".csv", ".tsv", ".parquet", ".jsonl")


def predict(
    run: Annotated[str, typer.Argument(help=RUN_HELP, show_default=False)],
    file: Annotated[
        Path, typer.Argument(help="A table with the columns that the task reads.", show_default=False)
    ],
    task: Annotated[
        str, typer.Option("--task", help="Which task; not needed if the run has one.", show_default=False)
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help=f"File to write ({', '.join(WRITERS)}); else CSV on standard output.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list on standard output.")] = False,
) -> None:
    """Predict a task for every row of a table.

    Users, items and so on that training never saw are read from their columns.

    \b
    Examples:
      python -m mtrec_core predict last new_impressions.csv --task ad_click
      python -m mtrec_core predict k3rq9t reviews.parquet --task rating --output rated.csv
    """
    from mtrec_core.data.reading import read_table

    if output is not None and output.suffix not in WRITERS:
        raise UserError(f"--output {output}: the name must end in one of {', '.join(WRITERS)}.")
    table = read_table(file)
    predictor = _predictor(run)
    predicted = predictor.predict(_chosen_task(task, predictor), table)
    if as_json:
        print_json(predicted.to_dict(orient="records"))
    elif output is None:
        _safe(predicted).to_csv(sys.stdout, index=False)
    else:
        _write(predicted, output)
        note(f"{len(predicted):,} rows are in {output}")


def recommend(
    run: Annotated[str, typer.Argument(help=RUN_HELP, show_default=False)],
    user: Annotated[
        str, typer.Option("--user", help="Key of a user that the dataset knows.", show_default=False)
    ] = "",
    history: Annotated[
        str,
        typer.Option("--history", help="Keys of items in their order, such as i3,i8.", show_default=False),
    ] = "",
    query: Annotated[str, typer.Option("--query", help="Words of a search.", show_default=False)] = "",
    n: Annotated[int, typer.Option("-n", min=1, help="How many items.")] = 5,
    fuse: Annotated[
        str,
        typer.Option(
            "--fuse",
            help="How tasks' scores count together: purchase=1,ad_click=0.3, or equal, validation, volume, "
            "learned.",
            show_default=False,
        ),
    ] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help='[{"item": id, "score": s, "scores": {task: s}}]')
    ] = False,
) -> None:
    """Recommend items for a user, a history or a search.

    \b
    Examples:
      python -m mtrec_core recommend last --user u12
      python -m mtrec_core recommend last --history i3,i8 -n 10
      python -m mtrec_core recommend last --query "red running shoes" --user u12
      python -m mtrec_core recommend last --user u12 --fuse purchase=1,ad_click=0.3 --json
    """
    if not (user or history or query):
        raise UserError("Say for whom: --user KEY, --history ITEM,ITEM or --query TEXT.")
    if user and history:
        raise UserError("--user and --history are two answers to the same question; give one of them.")
    weights: dict[str, float] | str | None = (named_numbers(fuse, "--fuse") if "=" in fuse else fuse) or None
    predictor = _predictor(run)
    found = predictor.recommend(
        user=user or None,
        history=list(split_names(history, "--history")) if history else None,
        query=query or None,
        n=n,
        fuse=weights,
    )
    if as_json:
        print_json([{"item": one.item, "score": one.score, "scores": one.scores} for one in found])
        return
    print_recommendations(found)
    if weights is not None and not query:
        shares = ", ".join(f"{task} {share:.2f}" for task, share in predictor.fusion_weights(weights).items())
        quality = number(predictor.fused_validation(weights))
        console().print(f"\nFused by {shares}: ndcg@10 {quality} on validation", markup=False)


def print_recommendations(found: Sequence["Recommendation"]) -> None:
    """Place, key, fused or leading score, each task's score, and what the item is."""
    tasks = list(found[0].scores) if found else []
    rows = [
        (str(place), one.item, number(one.score), *(number(one.scores.get(task)) for task in tasks), one.text)
        for place, one in enumerate(found, 1)
    ]
    headers = ("", "item", "score", *tasks, "what it is")
    console().print(plain_table(headers, rows, right=headers[:1] + headers[2:-1]))


def answer(
    run: Annotated[str, typer.Argument(help=RUN_HELP, show_default=False)],
    question: Annotated[str, typer.Argument(help="What the customer asks.", show_default=False)],
    n: Annotated[int, typer.Option("-n", min=1, help="How many answers.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list on standard output.")] = False,
) -> None:
    """Find the answer template that fits a question.

    \b
    Example:
      python -m mtrec_core answer last "where is my parcel?"
    """
    if not question.strip():
        raise UserError('The question is empty; write for instance: answer last "where is my parcel?"')
    found = _predictor(run).answer(question, n)
    if as_json:
        print_json([{"answer": one.answer, "score": one.score, "text": one.text} for one in found])
        return
    rows = [(one.answer, number(one.score), one.text) for one in found]
    console().print(plain_table(("answer", "probability", "text"), rows, right=("probability",)))


def _predictor(run: str) -> "Predictor":
    """The model of a run that has completed, with the home's text vectors, or in a bundle's folder."""
    folder, vectors = Path(run).expanduser(), None
    if not (folder / "bundle.json").is_file():
        home = Home.from_environment()
        record = find_run(run, home)
        folder, vectors = record.folder / "bundle", home.vectors
        if not (folder / "bundle.json").is_file():
            reason = f": {record.reason}" if record.reason else ""
            raise UserError(
                f"Run {record.id} is {record.state.value}{reason}. It has no model to answer with."
            )
    from mtrec_core.inference.predictor import Predictor

    return Predictor(folder, vectors)


def _chosen_task(task: str, predictor: "Predictor") -> str:
    known = list(predictor.tasks)
    if not task and len(known) == 1:
        return known[0]
    if task not in known:
        what = f"The run has no task {task}" if task else "The run has several tasks"
        raise UserError(f"{what}; choose one with --task: {', '.join(known)}.")
    return task


def _safe(table: "pd.DataFrame") -> "pd.DataFrame":
    """Text cells that a spreadsheet would run as a formula get an apostrophe."""
    text = [
        name
        for name in table.columns
        if table[name].dtype.kind in "OTU" or str(table[name].dtype) == "string"
    ]
    return table.assign(**{name: table[name].map(safe_cell, na_action="ignore") for name in text})


def _write(table: "pd.DataFrame", path: Path) -> None:
    if path.suffix == ".parquet":
        table.to_parquet(path, index=False)
    elif path.suffix == ".jsonl":
        table.to_json(path, orient="records", lines=True, force_ascii=False)
    else:
        _safe(table).to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")

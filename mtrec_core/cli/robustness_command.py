"""`robustness`: a run, or two side by side, on test rows whose texts are attacked. No torch here."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from mtrec_core.cli.output import console, metric_title, note, number, plain_table, print_json
from mtrec_core.errors import UserError
from mtrec_core.home import Home

if TYPE_CHECKING:
    from mtrec_core.evaluation.robustness import AgainstOther, Robustness
    from mtrec_core.evaluation.text_attacks import Attack, Synonyms
    from mtrec_core.store.records import RunRecord


def robustness(
    first: Annotated[str, typer.Argument(metavar="RUN", help="A completed run.", show_default=False)],
    second: Annotated[
        str,
        typer.Argument(
            metavar="[RUN2]", help="Another one, judged by how it differs from the first.", show_default=False
        ),
    ] = "",
    attack: Annotated[
        list[str] | None,
        typer.Option(
            "--attack",
            help="typos, drops, synonyms or vectors, with the usual amounts, or with one: typos=0.2. May be "
            "given several times. [default: all]",
            show_default=False,
        ),
    ] = None,
    synonyms: Annotated[
        Path | None,
        typer.Option(
            "--synonyms",
            metavar="FILE",
            help="A CSV with the columns word and synonym, in place of the English list that comes along.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Which words are hit follows from it.")] = 0,
    rows: Annotated[
        int,
        typer.Option(
            "--rows", min=0, help="At most so many test rows or lists of each task, drawn once; 0: all."
        ),
    ] = 0,
    again: Annotated[bool, typer.Option("--again", help="Measure what was measured before anew.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Measure runs on test rows whose texts are attacked.

    What a row's inputs say is attacked: letters change places, words go missing or are replaced by synonyms,
    or the texts' vectors are moved the way in which the task's test loss grows fastest, by a share of their
    length. Catalogues and histories stay as they are. Each task's headline metric is told, clean and
    attacked; of two runs also what the second has more, with a 95 % interval (paired bootstrap over users).

    What was measured is kept as robustness.json in the run's folder; Compare's view Robustness shows it.

    \b
    Examples:
      python -m mtrec_core robustness last
      python -m mtrec_core robustness k3rq9t m2xw7d --attack typos --attack vectors=0.3
      python -m mtrec_core robustness k3rq9t m2xw7d --synonyms words.csv --json
    """
    from mtrec_core.evaluation.robustness import set_against
    from mtrec_core.evaluation.text_attacks import SYNONYMS_FILE, read_attacks, read_synonyms
    from mtrec_core.store.store import Store

    attacks = read_attacks(attack or [])
    words = read_synonyms(synonyms or SYNONYMS_FILE)
    home = Home.from_environment()
    with Store.open(home.database_url) as store:
        runs = [store.get_run(name) for name in (first, second) if name]
    if len({run.id for run in runs}) < len(runs):
        raise UserError(f"{first} and {second} are the same run; name two runs, or one.")
    found = [report_of(run, home, attacks, words, seed, rows, again) for run in runs]
    names = ["", *(attack.name for attack in attacks)]
    if as_json:
        print_json(_as_json(runs, found, names))
        return
    pairs = set_against(*found) if len(found) == 2 else []
    out = console()
    for task, by_attack in found[0].measured.items():
        out.print(f"{task}, {metric_title(by_attack[''].metric)}", markup=False)
        headers: tuple[str, ...]
        if pairs:
            headers = ("attack", runs[0].id, runs[1].id, "difference", "95 % interval", "")
            lines = _beside([pair for pair in pairs if pair.task == task and pair.attack in names])
        else:
            headers = ("attack", "value", "against clean", "95 % interval")
            lines = _alone(found[0], task, names)
        out.print(plain_table(headers, lines, right=headers[1:5]))
        out.print()


def report_of(
    run: "RunRecord",
    home: Home,
    attacks: "Sequence[Attack]",
    synonyms: "Synonyms",
    seed: int,
    rows: int,
    again: bool,
) -> "Robustness":
    """The run's report; only what it lacks is measured. UserError for a run that is not completed, or whose
    data changed."""
    from mtrec_core.evaluation.robustness import load_robustness, merged, save_robustness

    digest = digest_of(synonyms)
    known = None if again else load_robustness(run.folder)
    if known is not None and not known.met(seed, digest, rows):
        known = None
    missing = [one for one in attacks if known is None or one not in known.attacks]
    if known is not None and not missing:
        return known
    _demand_measurable(run)
    note(f"Measuring run {run.id}.")
    from mtrec_core.attacked_run import measure_attacked
    from mtrec_core.cli.progress import TerminalProgress
    from mtrec_core.config import RunConfig

    config = RunConfig.from_json(run.config)
    config = replace(config, training=replace(config.training, device="auto", processes=1))
    with TerminalProgress({}) as progress:
        found = measure_attacked(
            run.folder, config, home.vectors, missing, seed, synonyms, digest, progress, rows
        )
    found = found if known is None else merged(known, found)
    save_robustness(found, run.folder)
    return found


def digest_of(synonyms: "Synonyms") -> str:
    """Sixteen hex digits that name a list of synonyms."""
    text = json.dumps(sorted((word, list(known)) for word, known in synonyms.items()))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _demand_measurable(run: "RunRecord") -> None:
    from mtrec_core.data.fingerprint import fingerprint
    from mtrec_core.data.spec_file import load_dataset_spec
    from mtrec_core.store.states import RunState

    if run.state is not RunState.COMPLETED:
        raise UserError(f"Run {run.id} is {run.state.value}; only a completed run can be measured.")
    if fingerprint(load_dataset_spec(run.config["dataset"])) != run.dataset_fingerprint:
        raise UserError(
            f"The data of run {run.id} changed since it began, so its test rows are others now. Train "
            "a new run on them."
        )


def _alone(found: "Robustness", task: str, names: Sequence[str]) -> list[list[str | Text]]:
    rows: list[list[str | Text]] = []
    for name in names:
        drawn = found.measured[task].get(name)
        if drawn is None:
            continue
        lost = found.lost(task, name) if name else None
        rows.append(
            [
                name or "clean",
                Text(number(drawn.value), style="" if name else "bold"),
                f"{lost.difference:+.4f}" if lost else "",
                f"{lost.low:+.4f} to {lost.high:+.4f}" if lost else "",
            ]
        )
    return rows


def _beside(pairs: "Sequence[AgainstOther]") -> list[list[str | Text]]:
    words = {
        "a": Text("better", style="green"),
        "b": Text("worse", style="yellow"),
        "": Text("may be chance"),
    }
    return [
        [
            pair.attack or "clean",
            number(pair.interval.b),
            number(pair.interval.a),
            f"{pair.interval.difference:+.4f}",
            f"{pair.interval.low:+.4f} to {pair.interval.high:+.4f}",
            words[pair.interval.better],
        ]
        for pair in pairs
    ]


def _as_json(
    runs: "Sequence[RunRecord]", found: "Sequence[Robustness]", names: Sequence[str]
) -> Mapping[str, Any]:
    """Values by run, task and attack (`clean` for none), and of two runs the differences."""
    from mtrec_core.evaluation.robustness import set_against

    content: dict[str, Any] = {
        "runs": {
            run.id: {
                task: {
                    "metric": by_attack[""].metric,
                    "values": {name or "clean": by_attack[name].value for name in names if name in by_attack},
                }
                for task, by_attack in one.measured.items()
            }
            for run, one in zip(runs, found, strict=True)
        }
    }
    if len(found) == 2:
        content["differences"] = [
            {
                "task": pair.task,
                "attack": pair.attack or "clean",
                "metric": pair.interval.metric,
                "difference": pair.interval.difference,
                "low": pair.interval.low,
                "high": pair.interval.high,
                "users": pair.interval.users,
                "better": {"a": runs[1].id, "b": runs[0].id, "": None}[pair.interval.better],
            }
            for pair in set_against(*found)
            if pair.attack in names
        ]
    return content

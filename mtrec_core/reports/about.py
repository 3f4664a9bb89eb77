"""What a report says beside its charts: which runs, how they were made, the limits. No torch here."""

import json
import platform
from collections.abc import Sequence
from datetime import datetime
from html import escape
from importlib.metadata import PackageNotFoundError, version

import pandas as pd

import mtrec_core
from mtrec_core.comparing.run_values import label, task_results
from mtrec_core.comparing.settings import data_warning, split_warning
from mtrec_core.reports.html_parts import details_html, table_html
from mtrec_core.store.records import RunRecord
from mtrec_core.ui.texts import _

LIBRARIES = ("torch", "transformers", "numpy", "pandas", "scikit-learn", "plotly")


def head(title: str, runs: Sequence[RunRecord]) -> str:
    """Title, the runs, and warnings where their data differ."""
    table = pd.DataFrame(
        [
            {
                _("run"): label(run),
                _("id"): run.id,
                _("state"): run.state.value,
                _("dataset"): run.dataset,
                _("data hash"): run.dataset_fingerprint,
                _("configuration"): run.config_fingerprint,
                _("seed"): run.seed,
                _("device"): (run.result or {}).get("device", "–"),
                _("steps"): (run.result or {}).get("steps"),
                _("made"): run.created.astimezone().strftime("%Y-%m-%d %H:%M"),
                _("note"): run.note,
            }
            for run in runs
        ]
    )
    warnings = "".join(
        f'<p class="warn">{escape(text)}</p>' for text in (data_warning(runs), split_warning(runs)) if text
    )
    written = _("Written {moment}.").format(moment=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"))
    head = f'<h1>{escape(title)}</h1><p class="quiet">{escape(written)}</p>'
    return f"{head}{warnings}<section>{table_html(table)}</section>"


def configurations(runs: Sequence[RunRecord]) -> str:
    """Each run's configuration, folded."""
    parts = [details_html(label(run), json.dumps(run.config, indent=1, ensure_ascii=False)) for run in runs]
    return f"<section><h2>{escape(_('Configurations'))}</h2>{''.join(parts)}</section>"


def limits(runs: Sequence[RunRecord], problems: Sequence[str]) -> str:
    """What a reader must not conclude, and what went wrong."""
    sentences = [
        _(
            "Test rows were looked at once per run; no step or setting was chosen by them within "
            "a run. Whoever picks "
            "the best of many runs by these numbers has chosen by the test set all the same."
        ),
        _(
            "Intervals hold with 95 % confidence for other users like those of the test set: "
            "1,000 draws of its users, "
            "the same draws for all runs. They don't tell how much another seed would change; "
            "only several seeds do."
        ),
        _("Many intervals are shown; of twenty differences that are chance, one looks clear."),
        _("Numbers of runs on different data hashes can't be set against each other."),
    ]
    splits = dict.fromkeys(
        f"{task}: {result['split']}"
        for run in runs
        for task, result in task_results(run).items()
        if result.get("split")
    )
    sentences += [_("Split of {split}").format(split=split) for split in splits]
    sentences += [f"#{run.number}: {note}" for run in runs for note in (run.result or {}).get("notes", [])]
    sentences += [f"#{run.number} {run.state.value}: {run.reason}" for run in runs if run.reason]
    sentences += problems
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f"<section><h2>{escape(_('Limits'))}</h2><ul>{items}</ul></section>"


def foot() -> str:
    """The versions that wrote it."""
    versions = [f"MTRec Studio {mtrec_core.__version__}", f"Python {platform.python_version()}"]
    for name in LIBRARIES:
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:  # a machine that only reads needs no torch
            continue
    text = _("Versions on the machine that wrote this: {versions}.").format(versions=", ".join(versions))
    return f"<footer><p>{escape(text)}</p></footer>"

"""A list of things with their scores, as the Try page shows it. No torch here."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from mtrec_core.evaluation.fusion import fuse_scores
from mtrec_core.inference.asked import Listed, Offers, Pool
from mtrec_core.ui import formats
from mtrec_core.ui.charts.palette import QUIET, task_colour
from mtrec_core.ui.texts import _
from mtrec_core.ui.theme import SHADES

SHOWN = 5
LONGEST_HEAD = 48
"""A text's beginning up to here may be its headline."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a list."""

    thing: Listed
    mark: str = ""
    """How it changed, such as ▲ 3; "" for what stands where it stood."""
    is_good: bool = True
    """Whether the mark is a rise."""


def ordered(pool: Pool, weights: Mapping[str, float]) -> list[Listed]:
    """The pool in the order of the fused scores; as the leading task has it where nothing else counts."""
    counting = {task: weight for task, weight in weights.items() if weight and task in pool.tasks}
    if not pool.listed or (set(counting) <= {pool.leading} and counting.get(pool.leading, 1.0) > 0):
        return list(pool.listed)
    table = pd.DataFrame([one.scores for one in pool.listed])[list(counting)]
    places = fuse_scores(table, counting).sort_values(ascending=False, kind="stable").index
    return [pool.listed[place] for place in places]


def changes(before: Sequence[Listed], after: Sequence[Listed], shown: int = SHOWN) -> list[Line]:
    """The first lines of `after`, marked where they stand elsewhere than in `before`."""
    place_before = {one.key: place for place, one in enumerate(before)}
    lines = []
    for place, one in enumerate(after[:shown]):
        was = place_before.get(one.key)
        if was is None:
            lines.append(Line(thing=one, mark=_("new")))
        elif was == place:
            lines.append(Line(thing=one))
        else:
            arrow = "▲" if was > place else "▼"
            lines.append(
                Line(
                    thing=one,
                    mark=_("{arrow} was {place}").format(arrow=arrow, place=was + 1),
                    is_good=was > place,
                )
            )
    return lines


def gone(before: Sequence[Listed], after: Sequence[Listed], shown: int = SHOWN) -> list[Listed]:
    """What the first lines of `before` held and those of `after` don't."""
    kept = {one.key for one in after[:shown]}
    return [one for one in before[:shown] if one.key not in kept]


def headline(thing: Listed) -> tuple[str, str]:
    """What names a thing, and the rest of its text."""
    text = thing.text.strip()
    if not text:
        return thing.key, ""
    ends = [place for sign in (": ", ". ", " – ") if 0 < (place := text.find(sign)) <= LONGEST_HEAD]
    if ends:
        return text[: min(ends)], text[min(ends) + 1 :].strip()
    return (text, "") if len(text) <= LONGEST_HEAD else (thing.key, text)


def named(thing: Listed) -> str:
    """A thing in a sentence: its headline with its key, which tells it from others of the same headline."""
    head, _rest = headline(thing)
    return head if head == thing.key else f"{head} {thing.key}"


def score(kind: str, value: float | None) -> str:
    """A task's score in its unit: a probability, a number of its own, or a fit."""
    if kind in ("binary", "multiclass", "multilabel"):
        return formats.share(value, 1)
    return formats.metric(value, 2)


def show(lines: Sequence[Line], offers: Offers, all_tasks: Sequence[str], dark: bool) -> None:
    """The lines as an ordered list, with a legend of the tasks that score them."""
    tasks = list(lines[0].thing.scores) if lines else []
    if not lines:
        st.info(_("Nothing is left to show: everything was had before."), icon=":material/inbox:")
        return
    colours = {task: task_colour(task, all_tasks, dark) if all_tasks else QUIET[dark] for task in tasks}
    rows = "".join(_row(place, line, offers, colours) for place, line in enumerate(lines, 1))
    legend = "".join(
        f'<span class="try-key"><i style="background:{colours[task]}"></i>'
        f"{html.escape(offers.tasks[task].title)}: {html.escape(_unit(offers.tasks[task].kind))}</span>"
        for task in tasks
    )
    st.html(f'{_css(dark)}<ol class="try-list">{rows}</ol><div class="try-legend">{legend}</div>')


def _row(place: int, line: Line, offers: Offers, colours: Mapping[str, str]) -> str:
    head, rest = headline(line.thing)
    scores = "".join(
        f'<span class="try-score" title="{html.escape(offers.tasks[task].title)}">'
        f'<i style="background:{colours[task]}"></i>'
        f"{html.escape(score(offers.tasks[task].kind, value))}</span>"
        for task, value in line.thing.scores.items()
    )
    mark = f'<span class="try-mark {"up" if line.is_good else "down"}">{html.escape(line.mark)}</span>'
    key = "" if head == line.thing.key else f'<span class="try-id">{html.escape(line.thing.key)}</span>'
    return (
        f'<li><span class="try-place">{place}</span><div class="try-what"><div class="try-head">'
        f"<b>{html.escape(head)}</b>{key}{mark if line.mark else ''}</div>"
        f'<div class="try-rest">{html.escape(rest)}</div></div><div class="try-scores">{scores}</div></li>'
    )


def _unit(kind: str) -> str:
    return {
        "retrieval": _("fit (higher is better)"),
        "ranking": _("fit (higher is better)"),
        "regression": _("in its own unit"),
    }.get(kind, _("probability"))


def _css(dark: bool) -> str:
    shades = SHADES[dark]
    up, down = ("#2FC79B", "#FF9A76") if dark else ("#00694E", "#B23A12")
    return f"""<style>
.try-list {{ list-style: none; margin: 0 !important; padding: 0 !important; }}
.try-list li {{ display: grid; grid-template-columns: 1.6rem minmax(0, 1fr) auto; gap: .2rem .75rem;
  align-items: start; padding: .7rem 0; margin: 0 !important; border-bottom: 1px solid {shades.line}; }}
.try-place {{ font-size: 1.35rem; font-weight: 650; color: {shades.quiet_text}; line-height: 1.35;
  font-variant-numeric: tabular-nums; }}
.try-head {{ display: flex; flex-wrap: wrap; gap: .15rem .6rem; align-items: baseline; }}
.try-id {{ color: {shades.quiet_text}; font-size: .82rem; }}
.try-rest {{ color: {shades.quiet_text}; font-size: .86rem; line-height: 1.4; display: -webkit-box;
  -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; overflow-wrap: anywhere; }}
.try-mark {{ font-size: .78rem; font-weight: 600; white-space: nowrap; }}
.try-mark.up {{ color: {up}; }} .try-mark.down {{ color: {down}; }}
.try-scores {{ display: flex; flex-direction: column; gap: .15rem; align-items: flex-end; }}
.try-score {{ white-space: nowrap; font-size: .88rem; font-variant-numeric: tabular-nums; }}
.try-score i, .try-key i {{ display: inline-block; width: .6rem; height: .6rem; border-radius: 50%;
  margin-right: .4rem; }}
.try-legend {{ display: flex; flex-wrap: wrap; gap: .2rem 1rem; padding-top: .5rem; font-size: .8rem;
  color: {shades.quiet_text}; }}
</style>"""

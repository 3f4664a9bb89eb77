"""What the Try page asks models, remembered per model and question. No torch here: the model is elsewhere.

Functions with a cache take plain values; `stamp` changes when a model's folder is written again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from mtrec_core.evaluation.fusion_file import FusionLists, load_fusion
from mtrec_core.home import Home
from mtrec_core.inference.asked import FoundAnswer, Listed, Offers, Person, Pool, ProfileValue, Why
from mtrec_core.inference.service_client import ServedModel, Whom
from mtrec_core.store.records import RunRecord
from mtrec_core.ui import loaders
from mtrec_core.ui.frame import Frame
from mtrec_core.ui.run_facts import run_title
from mtrec_core.ui.texts import _

MANIFEST = "bundle.json"


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A run whose model is asked."""

    title: str
    """As everywhere: #12 and its name."""
    root: str
    """The home, by whose process the model is held."""
    folder: str
    """Of the model."""
    stamp: int
    all_tasks: tuple[str, ...]
    """Of the dataset, in the order that decides their colours."""


def has_model(run: RunRecord) -> bool:
    """Whether the run kept a model."""
    return (run.folder / "bundle" / MANIFEST).is_file()


def chosen(view: Frame, run: RunRecord) -> Chosen:
    """The run as something to ask."""
    folder = run.folder / "bundle"
    return Chosen(
        title=run_title(run),
        root=str(view.home.root),
        folder=str(folder),
        stamp=(folder / MANIFEST).stat().st_mtime_ns,
        all_tasks=loaders.task_names(run, loaders.datasets(view.home.database_url)),
    )


def served(root: str, folder: str) -> ServedModel:
    """The model, to be asked."""
    return ServedModel(home=Home(root=Path(root), database_url=""), folder=Path(folder))


def offers(of: Chosen) -> Offers:
    """What the run can answer. The first call loads the model, which takes some seconds."""
    with st.spinner(_("Loading the model of {run}").format(run=of.title)):
        return _offers(of.root, of.folder, of.stamp)


def pool(of: Chosen, whom: Whom) -> Pool:
    """The first candidates for somebody."""
    return _pool(of.root, of.folder, of.stamp, *_plain(whom))


def person(of: Chosen, whom: Whom) -> Person:
    """What is known and said of somebody."""
    return _person(of.root, of.folder, of.stamp, *_plain(whom))


def why(of: Chosen, whom: Whom, items: Sequence[str]) -> Why:
    """What the person's events do to some items."""
    return _why(of.root, of.folder, of.stamp, *_plain(whom), tuple(items))


def why_ads(of: Chosen, whom: Whom, ads: Sequence[str]) -> Why:
    """What the person's events do to some ads."""
    return _why_ads(of.root, of.folder, of.stamp, *_plain(whom), tuple(ads))


def related(of: Chosen, item: str, n: int) -> tuple[Listed, ...]:
    """The n items that go best with an item."""
    return _related(of.root, of.folder, of.stamp, item, n)


def describe(of: Chosen, item: str) -> dict[str, ProfileValue]:
    """What the tasks about an item alone say."""
    return _describe(of.root, of.folder, of.stamp, item)


def answers(of: Chosen, question: str, n: int) -> tuple[FoundAnswer, ...]:
    """The n templates that fit a question best."""
    return _answers(of.root, of.folder, of.stamp, question, n)


def fusion(of: Chosen) -> FusionLists:
    """The scores that the run kept of its validation lists; no model is asked."""
    return _fusion(of.folder, of.stamp)


_Keys = tuple[str, ...] | None


def _plain(whom: Whom) -> tuple[str | None, _Keys, str | None, tuple[int, ...]]:
    return whom.user, whom.history, whom.query, whom.without


def _whom(user: str | None, history: _Keys, query: str | None, without: tuple[int, ...]) -> Whom:
    return Whom(user=user, history=history, query=query, without=without)


@st.cache_data(max_entries=16, show_spinner=False)
def _offers(root: str, folder: str, stamp: int) -> Offers:
    return served(root, folder).offers()


@st.cache_data(max_entries=512, show_spinner=False)
def _pool(
    root: str, folder: str, stamp: int, user: str | None, history: _Keys, query: str | None,
    without: tuple[int, ...],
) -> Pool:  # fmt: skip
    return served(root, folder).pool(_whom(user, history, query, without))


@st.cache_data(max_entries=512, show_spinner=False)
def _person(
    root: str, folder: str, stamp: int, user: str | None, history: _Keys, query: str | None,
    without: tuple[int, ...],
) -> Person:  # fmt: skip
    return served(root, folder).person(_whom(user, history, query, without))


@st.cache_data(max_entries=512, show_spinner=False)
def _why(
    root: str, folder: str, stamp: int, user: str | None, history: _Keys, query: str | None,
    without: tuple[int, ...], items: tuple[str, ...],
) -> Why:  # fmt: skip
    return served(root, folder).why(_whom(user, history, query, without), items)


@st.cache_data(max_entries=512, show_spinner=False)
def _why_ads(
    root: str, folder: str, stamp: int, user: str | None, history: _Keys, query: str | None,
    without: tuple[int, ...], ads: tuple[str, ...],
) -> Why:  # fmt: skip
    return served(root, folder).why_ads(_whom(user, history, query, without), ads)


@st.cache_data(max_entries=256, show_spinner=False)
def _related(root: str, folder: str, stamp: int, item: str, n: int) -> tuple[Listed, ...]:
    return served(root, folder).related(item, n)


@st.cache_data(max_entries=256, show_spinner=False)
def _describe(root: str, folder: str, stamp: int, item: str) -> dict[str, ProfileValue]:
    return served(root, folder).describe(item)


@st.cache_data(max_entries=256, show_spinner=False)
def _answers(root: str, folder: str, stamp: int, question: str, n: int) -> tuple[FoundAnswer, ...]:
    return served(root, folder).answers(question, n)


@st.cache_resource(max_entries=4, show_spinner=False)
def _fusion(folder: str, stamp: int) -> FusionLists:
    return load_fusion(Path(folder))

"""The way to a first model: one click on the sample shop. No torch here."""

from pathlib import Path

import streamlit as st

from mtrec_core.jobs.supervisor_state import ensure_supervisor
from mtrec_core.store.records import RunRecord
from mtrec_core.ui import frame
from mtrec_core.ui.texts import _

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data" / "shop"


def train_sample(view: frame.Frame) -> RunRecord:
    """Puts a quick run over all tasks of the sample shop into the queue."""
    # What reads datasets is large, and the first page of a fresh server shows only the button.
    from mtrec_core.config import RunConfig, quick, with_settings
    from mtrec_core.data.spec_file import load_dataset_spec
    from mtrec_core.jobs import requests
    from mtrec_core.jobs.plan import TrainRequest

    spec = load_dataset_spec(SAMPLE)
    config = quick(with_settings(RunConfig(dataset=str(spec.folder), name=_("First model")), spec.settings))
    run = requests.submit(TrainRequest(config=config), view.store, view.home)[-1]
    ensure_supervisor(view.home)
    return run


def sample_button(view: frame.Frame) -> None:
    """Trains on the sample shop and shows the run."""
    pressed = st.button(
        _("Train a first model on the sample shop"),
        type="primary",
        icon=":material/rocket_launch:",
        key="train_sample",
        help=_(
            "Eight tasks of an invented shop, three passes over its rows; some minutes on a laptop's CPU."
        ),
    )
    if pressed:
        with frame.guarded():
            run = train_sample(view)
            st.switch_page("pages/3_Monitor.py", query_params={"run": run.id})


def no_run_yet(view: frame.Frame) -> None:
    """What Monitor shows before there is a run."""
    frame.empty_state(
        ":material/monitoring:",
        _("Nothing to watch yet"),
        _("Each run appears here with its curves while it trains."),
    )
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center"):
        sample_button(view)
        st.page_link("pages/2_Train.py", label=_("Choose data and settings"), icon=":material/tune:")

"""Monitor: watch a run while it trains, and steer it."""

import streamlit as st

from mtrec_core.ui import (
    frame,
    monitor_controls,
    monitor_curves,
    monitor_log,
    monitor_page,
    monitor_weights,
    start,
)
from mtrec_core.ui.texts import _

view = frame.begin(_("Monitor"))
with frame.guarded():
    title, picker = st.columns([2, 1], vertical_alignment="center", gap="large")
    with picker:
        run = monitor_page.choose_run(view)
    if run is None:
        start.no_run_yet(view)
        st.stop()
    page_run = monitor_page.watched(view, run)
    with title:
        monitor_page.header(run)
    every = None
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        monitor_controls.show(view, run)
        if not run.state.is_over:
            every = monitor_curves.choose_interval()
    if run.reason and run.state.is_over:
        monitor_page.why(run)
    monitor_page.results(page_run)
    curves, side = st.columns([3.2, 1], gap="large")
    with side, st.container(key="task_weights"):
        monitor_weights.show(view, run, page_run.tasks)
    with curves:
        monitor_page.live(view, page_run, every)
        monitor_log.show(run, expanded=run.state.is_over and run.result is None)

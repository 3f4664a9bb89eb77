"""Compare: several runs beside each other."""

import streamlit as st

from mtrec_core.comparing.settings import data_warning, split_warning
from mtrec_core.ui import (
    compare_affinity,
    compare_curves,
    compare_fusion,
    compare_learning,
    compare_loaders,
    compare_marks,
    compare_report,
    compare_results,
    compare_robustness,
    compare_settings,
    compare_slices,
    compare_table,
    compare_tradeoff,
    compare_transfer,
    frame,
    links,
    start,
)
from mtrec_core.ui.texts import _

VIEWS = {
    "curves": _("Curves"),
    "results": _("Test results"),
    "seeds": _("Seeds"),
    "transfer": _("Together or alone"),
    "affinity": _("Who helps whom"),
    "before": _("Before and after"),
    "gradients": _("Gradients"),
    "fusion": _("Fused"),
    "robustness": _("Robustness"),
    "tradeoff": _("Trade-off"),
    "settings": _("Settings"),
    "slices": _("Slices"),
}

view = frame.begin(_("Compare"))
with frame.guarded():
    runs = compare_table.known_runs(view)
    if not runs:
        frame.empty_state(
            ":material/compare_arrows:",
            _("No runs to compare yet"),
            _(
                "Two runs or more stand here beside each other: their curves, their test results "
                "with intervals, and "
                "what one task costs another."
            ),
        )
        with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center"):
            start.sample_button(view)
        st.stop()
    st.title(_("Compare"), anchor=False)
    chosen, base = compare_table.choose(view, runs)
    if base is None:
        st.info(_("Choose one run or more in the table."), icon=":material/checklist:")
        st.stop()
    titles = compare_loaders.titles(view.home.database_url, chosen)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        compare_table.choose_base(chosen, base)
        compare_marks.show(view, chosen)
        compare_report.button(view, chosen, base)
    for warning in filter(None, (data_warning(chosen), split_warning(chosen))):
        st.warning(warning.replace("#", "\\#"), icon=":material/difference:")
    links.begin("view", VIEWS, "curves")
    shown = st.segmented_control(
        _("View"),
        list(VIEWS),
        required=True,
        format_func=lambda name: VIEWS[name],
        key="view",
        label_visibility="collapsed",
        wrap=True,
    )
    links.keep("view", shown, "curves")
    if shown == "results":
        compare_results.results(view, chosen, base, titles)
    elif shown == "seeds":
        compare_results.seeds(view, chosen, base, titles)
    elif shown == "transfer":
        compare_transfer.show(view, chosen, titles)
    elif shown == "affinity":
        compare_affinity.show(view, chosen, base, titles)
    elif shown == "before":
        compare_learning.before_and_after(view, chosen, titles)
    elif shown == "gradients":
        compare_learning.gradients(view, chosen, base, titles)
    elif shown == "fusion":
        compare_fusion.show(view, chosen, titles)
    elif shown == "robustness":
        compare_robustness.show(view, chosen, base, titles)
    elif shown == "tradeoff":
        compare_tradeoff.show(view, chosen, titles)
    elif shown == "settings":
        compare_settings.show(view, chosen, titles)
    elif shown == "slices":
        compare_slices.show(view, chosen, base, titles)
    else:
        compare_curves.show(view, chosen, titles)

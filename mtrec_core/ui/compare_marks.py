"""Stars, tags, notes and the archive, for the runs that were chosen on Compare. No torch here."""

from collections.abc import Sequence

import streamlit as st

from mtrec_core.store.records import RunRecord
from mtrec_core.ui import frame, loaders
from mtrec_core.ui.texts import _


def show(view: frame.Frame, chosen: Sequence[RunRecord]) -> None:
    """Star, archive, tags and note of the chosen runs."""
    with st.popover(
        _("Mark"), icon=":material/label:", help=_("Star, archive, tags and notes of the chosen runs.")
    ):
        everyone_starred = all(run.starred for run in chosen)
        everyone_archived = all(run.archived for run in chosen)
        with st.container(horizontal=True):
            if st.button(
                _("Take the star away") if everyone_starred else _("Star"), icon=":material/star:", key="star"
            ):
                _annotate(view, chosen, starred=not everyone_starred)
            if st.button(
                _("Bring back") if everyone_archived else _("Archive"),
                icon=":material/archive:",
                key="archive",
                help=_("Archived runs are left out of lists; nothing is deleted."),
            ):
                _annotate(view, chosen, archived=not everyone_archived)
        run = st.selectbox(
            _("Run"), list(chosen), format_func=lambda one: f"#{one.number} {one.name}", key="marked_run"
        )
        with st.form(f"marks_{run.id}", border=False):
            tags = st.multiselect(
                _("Tags"),
                sorted({*run.tags, *(tag for one in chosen for tag in one.tags)}),
                default=list(run.tags),
                accept_new_options=True,
            )
            note = st.text_area(_("Note"), run.note, height=90)
            if st.form_submit_button(_("Save"), icon=":material/save:", type="primary"):
                _annotate(view, [run], note=note, tags=tuple(tags))


def _annotate(
    view: frame.Frame,
    runs: Sequence[RunRecord],
    *,
    starred: bool | None = None,
    archived: bool | None = None,
    note: str | None = None,
    tags: tuple[str, ...] | None = None,
) -> None:
    with frame.guarded():
        for run in runs:
            view.store.annotate(run.id, starred=starred, archived=archived, note=note, tags=tags)
        loaders.runs.clear()
        st.rerun()

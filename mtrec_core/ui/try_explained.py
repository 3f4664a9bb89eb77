"""What is explained of a list, a search or ads: whose model, and how much of a history. No torch here."""

from collections.abc import Callable, Sequence

import streamlit as st

from mtrec_core.inference.asked import Listed, Why
from mtrec_core.inference.service_client import Whom
from mtrec_core.ui import try_models, try_why
from mtrec_core.ui.texts import _, n_
from mtrec_core.ui.try_models import Chosen


def choose_model(models: Sequence[Chosen]) -> Chosen:
    """The run that is explained: of two, one is chosen."""
    if len(models) == 1:
        return models[0]
    titles = {one.folder: one.title for one in models}
    folder = st.segmented_control(
        _("Explain the list of"), list(titles), format_func=lambda key: titles[key], required=True,
        default=models[0].folder, key="explain_run",
    )  # fmt: skip
    return next(one for one in models if one.folder == folder)


def show(
    model: Chosen, asked: Whom, whom: Whom, listed: Sequence[Listed], ask: Callable[[Sequence[str]], Why]
) -> None:
    """What the history does to these things; nothing where there are none. `whom`: with the whole history,
    `asked`: without what was taken out of it."""
    offers = try_models.offers(model)
    if listed and offers.remembers:
        try_why.show(ask, whom, try_models.person(model, whom), offers, listed)


def what_is_gone(count: int) -> None:
    """Says that the history above is not the whole one."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(
            n_("{n} event taken out", "{n} events taken out", count).format(n=count),
            icon=":material/history_toggle_off:", color="orange", width="content",
        )  # fmt: skip
        st.caption(
            _("Marks tell where a line stood with the whole history and the leading task alone."),
            width="content",
        )

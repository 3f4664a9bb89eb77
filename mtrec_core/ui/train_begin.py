"""Where the Train page's form begins: the dataset, the link, the run to clone. No torch here."""

import dataclasses
from collections.abc import Mapping

import streamlit as st

from mtrec_core.cli.arguments import imported_datasets
from mtrec_core.config import RunConfig
from mtrec_core.data.samples import use_sample
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import MtrecError
from mtrec_core.home import Home
from mtrec_core.ui import frame
from mtrec_core.ui.texts import _
from mtrec_core.ui.train_link import config_for, config_of_link

OWN = ("dataset", "clone", "weights", "set", "seeds", "seed", "single", "name")
"""Query parameters of this page."""


def choose_dataset(home: Home) -> DatasetSpec | None:
    """The dataset that the link names or the reader chooses; None while there is none."""
    names = imported_datasets(home)
    if not names:
        frame.empty_state(
            ":material/tune:",
            _("Nothing to train yet"),
            _("Begin with the sample shop, or bring your own tables on the Data page."),
        )
        with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center"):
            if st.button(
                _("Use the sample shop"), type="primary", icon=":material/play_arrow:", key="sample"
            ):
                use_sample("shop", home.datasets)
                st.query_params["dataset"] = "shop"
                st.rerun()
            st.page_link("pages/1_Data.py", label=_("Bring data"), icon=":material/table_chart:")
        return None
    named = st.query_params.get("dataset", "")
    if named not in names:
        named = names[0] if not named else _unknown(named, names)
    chosen = st.selectbox(
        _("Dataset"), names, index=names.index(named), key=f"train:dataset:{named}", width=360
    )
    if chosen != named or st.query_params.get("dataset") != chosen:
        keep_link({"dataset": chosen} if chosen != named else {**link_now(), "dataset": chosen})
    return load_dataset_spec(home.datasets / chosen)


def _unknown(named: str, names: list[str]) -> str:
    st.warning(_("There is no dataset {name} any more.").format(name=named), icon=":material/link_off:")
    return names[0]


def link_now() -> dict[str, str]:
    """What the address says of the form."""
    return {name: st.query_params[name] for name in OWN if name in st.query_params}


def keep_link(values: Mapping[str, str]) -> None:
    """The address holds the form, so that a reload or a copied link opens it again."""
    if values != link_now():
        st.query_params.from_dict(dict(values))
    st.session_state["train:link"] = dict(values)


def begin_form(spec: DatasetSpec, view: frame.Frame) -> None:
    """Fills the session from the link or from the run to clone: once per dataset and clone, and again when
    the reader went back or forward to another link."""
    clone = st.query_params.get("clone", "")
    wanted = (str(spec.folder), clone)
    of_before = st.session_state.get("train:for", ("", ""))
    is_begun = of_before == wanted or (not clone and of_before[0] == str(spec.folder))
    went = not clone and link_now() != st.session_state.get("train:link", link_now())
    if is_begun and not went:
        return
    config, wrong = config_of_link(link_now(), spec)
    if clone:
        try:
            run = view.store.get_run(clone)
            config, wrong = config_for(run.config, spec)
            config = dataclasses.replace(config, name=run.name or spec.name)
        except MtrecError as error:
            wrong = [*wrong, str(error)]
    start_with(config, spec)
    st.session_state["train:for"] = wanted
    for text in wrong:
        st.warning(text, icon=":material/warning:")


def start_with(config: RunConfig, spec: DatasetSpec) -> None:
    """Every field anew, from a configuration."""
    st.session_state["train:start"] = config
    st.session_state["train:weights"] = {task: config.weights.get(task, 1.0) for task in spec.tasks}
    st.session_state["train:turn"] = st.session_state.get("train:turn", 0) + 1
    st.session_state["train:errors"] = {}

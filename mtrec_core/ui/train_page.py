"""The Train page in parts: where the form begins, and what is done with it. No torch here."""

import dataclasses
import json
from collections.abc import Mapping

import streamlit as st

from mtrec_core.cli.arguments import imported_datasets
from mtrec_core.config import PRESETS, RunConfig, apply_preset
from mtrec_core.data.samples import use_sample
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import MtrecError
from mtrec_core.home import Home
from mtrec_core.jobs import requests
from mtrec_core.jobs.plan import TrainRequest
from mtrec_core.jobs.supervisor_state import ensure_supervisor
from mtrec_core.ui import frame, loaders, uploads
from mtrec_core.ui.run_facts import run_title
from mtrec_core.ui.texts import _, n_, terms
from mtrec_core.ui.train_link import config_for, config_of_link

OWN = ("dataset", "clone", "weights", "set", "seeds", "single", "name")
"""Query parameters of this page."""

PRESET_TITLES: dict[str, str] = {
    "quick": _("Quick look"),
    "thorough": _("Thorough"),
    "fine_tune": _("Fine-tune the encoder"),
    "few_rows": _("Few rows"),
}


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
        keep_link({"dataset": chosen} if chosen != named else {**_link(), "dataset": chosen})
    return load_dataset_spec(home.datasets / chosen)


def _unknown(named: str, names: list[str]) -> str:
    st.warning(_("There is no dataset {name} any more.").format(name=named), icon=":material/link_off:")
    return names[0]


def _link() -> dict[str, str]:
    return {name: st.query_params[name] for name in OWN if name in st.query_params}


def keep_link(values: Mapping[str, str]) -> None:
    """The address holds the form, so that a reload or a copied link opens it again."""
    if values != _link():
        st.query_params.from_dict(dict(values))


def begin_form(spec: DatasetSpec, view: frame.Frame) -> None:
    """Fills the session from the link or from the run to clone, once per dataset and clone."""
    clone = st.query_params.get("clone", "")
    wanted = (str(spec.folder), clone)
    if st.session_state.get("train:for") == wanted or (
        not clone and st.session_state.get("train:for", ("",))[0] == str(spec.folder)
    ):
        return
    wrong: list[str]
    if clone:
        run = view.store.get_run(clone)
        config, wrong = config_for(run.config, spec)
        config = dataclasses.replace(config, name=run.name or spec.name)
    else:
        config, wrong = config_of_link(_link(), spec)
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


def sources(spec: DatasetSpec, view: frame.Frame, config: RunConfig) -> None:
    """Where the form may begin anew: a preset, a run of before, a file."""
    turn = st.session_state["train:turn"]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.popover(_("Presets"), icon=":material/auto_awesome:"):
            for key, preset in PRESETS.items():
                if st.button(
                    PRESET_TITLES.get(key, key), key=f"train:{turn}:with:{key}", width="stretch",
                    help=" ".join((preset.__doc__ or "").split()),
                ):  # fmt: skip
                    start_with(apply_preset(config, key), spec)
                    st.rerun()
        with st.popover(_("Clone a run"), icon=":material/content_copy:"):
            _clone(spec, view)
        with st.popover(_("Import a configuration"), icon=":material/upload:"):
            _import(spec)
        if st.button(_("Start over"), icon=":material/restart_alt:", key=f"train:{turn}:over"):
            start_with(config_of_link({}, spec)[0], spec)
            st.rerun()


def _clone(spec: DatasetSpec, view: frame.Frame) -> None:
    runs = {run.id: run for run in loaders.runs(view.home.database_url, limit=200)}
    if not runs:
        st.caption(_("There is no run yet."))
        return
    chosen = st.selectbox(
        _("Run"), list(runs), format_func=lambda key: f"{run_title(runs[key])} ({runs[key].dataset})",
        key="train:clone",
    )  # fmt: skip
    if st.button(_("Take its settings"), key="train:clone:go", type="primary"):
        config, wrong = config_for(runs[chosen].config, spec)
        start_with(config, spec)
        for text in wrong:
            st.toast(text, icon=":material/warning:")
        st.rerun()


def _import(spec: DatasetSpec) -> None:
    turn = st.session_state["train:turn"]
    file = st.file_uploader(_("A config.json"), type=["json"], key=f"train:{turn}:import")
    if file is None:
        return
    try:
        config, wrong = config_for(json.loads(uploads.first_bytes(file, 1 << 20)), spec)
    except MtrecError as error:
        st.error(str(error), icon=":material/error:")
    except (ValueError, TypeError, AttributeError):
        st.error(_("{file} is no configuration of a run.").format(file=file.name), icon=":material/error:")
    else:
        start_with(config, spec)
        for text in wrong:
            st.toast(text, icon=":material/warning:")
        st.rerun()


def same_elsewhere(request: TrainRequest) -> None:
    """The command line that does the same, and the configuration, to copy and to keep."""
    with st.expander(_("The same from the command line, and as a file"), icon=":material/terminal:"):
        st.code(requests.command_line(request), language="bash", wrap_lines=True)
        text = json.dumps(request.config.to_json(), indent=1)
        st.download_button(
            _("Download config.json"), data=text, file_name="config.json", mime="application/json",
            on_click="ignore", icon=":material/download:",
        )  # fmt: skip
        st.code(text, language="json", height=260)


def extras(turn: int) -> tuple[str, int, bool]:
    """Name, number of seeds, single-task models beside."""
    start: RunConfig = st.session_state["train:start"]
    link = _link()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        called = st.text_input(
            _("Name of the run"), value=start.name, key=f"train:{turn}:name", max_chars=120, width=360
        )
        count = st.number_input(
            _("Seeds"), 1, 50, value=_seeds(link.get("seeds", "1")), key=f"train:{turn}:seeds", width=160,
            help=_("So many runs with different seeds, to see how much is chance. {term}").format(
                term=terms["seed"]
            ),
        )  # fmt: skip
        alone = st.toggle(
            _("Also train one single-task model per task"), value=link.get("single") == "1",
            key=f"train:{turn}:single", width="content",
            help=_("Shows which tasks gain from being learned together, and which lose."),
        )  # fmt: skip
    return called.strip(), int(count), alone


def _seeds(text: str) -> int:
    return min(50, max(1, int(text))) if text.isdecimal() else 1


def submit_button(request: TrainRequest, view: frame.Frame, warnings: list[str], blocked: bool) -> None:
    """Queues the runs; where there are warnings, only when the reader insists."""
    for text in warnings:
        st.warning(text, icon=":material/warning:")
    insists = not warnings or st.checkbox(_("Train all the same"), key="train:insist")
    names = [task for task, weight in request.config.weights.items() if weight > 0]
    singles = len(names) if request.single_task and len(names) > 1 else 0
    count = request.seeds * (1 + singles)
    label = n_("Train {n} run", "Train {n} runs", count).format(n=count) if count > 1 else _("Start training")
    if blocked:
        st.error(_("A setting needs mending first; it is marked above."), icon=":material/error:")
    pressed = st.button(
        label,
        type="primary",
        icon=":material/play_arrow:",
        key="train:submit",
        disabled=blocked or not insists,
    )
    if not pressed:
        return
    runs = requests.submit(request, view.store, view.home)
    loaders.runs.clear()
    ensure_supervisor(view.home)
    st.session_state["train:queued"] = [run.id for run in runs]
    st.rerun()


def queued_note(view: frame.Frame) -> None:
    """What was put into the queue a moment ago, with the way to it."""
    ids = st.session_state.get("train:queued", [])
    if not ids:
        return
    runs = [view.store.get_run(run_id) for run_id in ids]
    text = n_("{n} run is in the queue.", "{n} runs are in the queue.", len(runs)).format(n=len(runs))
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f":green[:material/check_circle:] **{text}**")
        st.page_link(
            "pages/3_Monitor.py", label=_("Watch {run}").format(run=run_title(runs[-1])),
            icon=":material/monitoring:", query_params={"run": runs[-1].id},
        )  # fmt: skip

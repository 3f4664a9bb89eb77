"""The Train page in parts: presets, clones and files for the form, and what becomes of it. No torch here."""

import json

import streamlit as st

from mtrec_core.config import PRESETS, RunConfig, apply_preset
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.errors import MtrecError
from mtrec_core.jobs import requests
from mtrec_core.jobs.plan import TrainRequest
from mtrec_core.jobs.supervisor_state import ensure_supervisor
from mtrec_core.ui import frame, loaders, uploads
from mtrec_core.ui.run_facts import run_title
from mtrec_core.ui.texts import _, n_, sentence, terms
from mtrec_core.ui.train_begin import keep_link, link_now, start_with
from mtrec_core.ui.train_link import MOST_SEED, config_for, config_of_link

PRESET_TITLES: dict[str, str] = {
    "quick": _("Quick look"),
    "thorough": _("Thorough"),
    "fine_tune": _("Fine-tune the encoder"),
    "few_rows": _("Few rows"),
}


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
            keep_link({"dataset": spec.folder.name})
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
    except (ValueError, TypeError, AttributeError, RecursionError):
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


def extras(turn: int) -> tuple[str, int, int, bool]:
    """Name, number of seeds, the first of them, single-task models beside."""
    start: RunConfig = st.session_state["train:start"]
    link = link_now()
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
        first = st.number_input(
            _("First seed"), 0, MOST_SEED, value=min(max(start.seed, 0), MOST_SEED), key=f"train:{turn}:seed",
            width=160, help=terms["seed"],
        )  # fmt: skip
        alone = st.toggle(
            _("Also train one single-task model per task"), value=link.get("single") == "1",
            key=f"train:{turn}:single", width="content",
            help=_("Shows which tasks gain from being learned together, and which lose."),
        )  # fmt: skip
    return called.strip(), int(count), int(first), alone


def _seeds(text: str) -> int:
    return min(50, max(1, int(text[:3]))) if text.isdecimal() else 1


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
            "pages/3_Monitor.py", label=_("Watch {run}").format(run=sentence(run_title(runs[-1]))),
            icon=":material/monitoring:", query_params={"run": runs[-1].id},
        )  # fmt: skip

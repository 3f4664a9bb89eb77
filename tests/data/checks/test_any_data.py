"""Whatever stands in the tables, the checks answer with issues and never with an exception."""

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mtrec_core.data.checks.run import check
from mtrec_core.data.issues import LEVELS
from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.data.schema import DatasetSpec, EntitySpec, HistorySpec, SplitSpec, TaskSpec

CELLS = st.sampled_from(
    [
        "",
        "0",
        "1",
        "1.5",
        "-3",
        "yes",
        "a",
        "b|c",
        "a b",
        "2024-01-31",
        "31/12/2024",
        "1e400",
        "nan",
        "Ω",
        "1700000000",
    ]
)


@st.composite
def tables(draw):
    rows = draw(st.integers(1, 40))
    names = ["user", "item", "label", "time", "text", "number"]
    few = {name: draw(st.lists(CELLS, min_size=1, max_size=4)) for name in names}
    columns = {
        name: draw(st.lists(st.sampled_from(few[name]), min_size=rows, max_size=rows)) for name in names
    }
    return pd.DataFrame(columns)


@given(
    facts=tables(),
    things=tables(),
    kind=st.sampled_from(list(TASK_KINDS)),
    timed=st.booleans(),
    own_table=st.booleans(),
    split=st.sampled_from(["auto", "time", "user", "leave_last_out", "random"]),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_garbage_gives_issues_and_no_exception(tmp_path, facts, things, kind, timed, own_table, split):
    facts.to_csv(tmp_path / "facts.csv", index=False)
    things.to_csv(tmp_path / "things.csv", index=False)
    time = "time" if timed else None
    history = HistorySpec(table="facts.csv", item="item", time=time)
    user = EntitySpec(name="user", key="user", numeric=("number",), categorical=("text",), history=history)
    item = EntitySpec(
        name="item",
        table="things.csv" if own_table else None,
        key="item",
        text="{text}. {number}",
        numeric=("number",),
    )
    task = TaskSpec(
        name="task",
        kind=kind,
        table="facts.csv",
        inputs=("user", "item"),
        label=None if kind == "retrieval" else "label",
        context=("number",),
        group="user" if kind == "ranking" else None,
        time=time,
        min_count=1,
        split=SplitSpec(kind=split),
    )
    spec = DatasetSpec(
        name="any",
        folder=tmp_path,
        tables=tmp_path,
        entities={"user": user, "item": item},
        tasks={"task": task},
    )
    found = check(spec)
    assert all(issue.level in LEVELS and issue.text and issue.fix for issue in found)


@given(
    content=st.binary(max_size=300),
    name=st.sampled_from(["a.csv", "a.parquet", "a.jsonl", "a.xlsx", "a.csv.gz"]),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_as_a_table_give_issues_and_no_exception(tmp_path, content, name):
    (tmp_path / name).write_bytes(content)
    spec = DatasetSpec(
        name="any",
        folder=tmp_path,
        tables=tmp_path,
        entities={"text": EntitySpec(name="text", text="{text}", id_embedding=False)},
        tasks={"task": TaskSpec(name="task", kind="multiclass", table=name, inputs=("text",), label="label")},
    )
    assert check(spec)[0].level == "blocking"

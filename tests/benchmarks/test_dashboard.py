"""The benchmark of the pages: its record, its verdicts, and what a rival's runs hold."""

import sqlite3

from benchmarks.dashboard_record import DashboardRecord, Rival, Timing
from benchmarks.dashboard_rounds import Notes
from benchmarks.records import read_record, write_record
from benchmarks.report_dashboard import dashboard_section
from benchmarks.rival_runs import RUNS, curves_of
from mtrec_core.home import Home
from tests.benchmarks.made_up import MACHINE
from tests.synthetic_runs import fill


def record(*, load=(0.1,), rivals=()):
    timings = {
        "start": Timing(seconds=(1.0, 3.0, 1.5), server=(1.0, 1.2, 1.1)),
        "rerun Home": Timing(seconds=(0.5,), server=(0.2,)),
        "tick": Timing(seconds=(1.0,), server=(0.03,)),
        "compare all": Timing(seconds=(2.5,), server=(1.0,)),
        "compare all again": Timing(seconds=(2.0,), server=(0.5,)),
    }
    return DashboardRecord(
        command="python -m benchmarks.dashboard --rounds 3", made="2026-01-31", machine=MACHINE, runs=200,
        curves=20, points=2000, versions={"Streamlit": "1.67.0"}, load=load, timings=timings, rivals=rivals,
    )  # fmt: skip


def test_a_record_comes_back_as_it_was_written(tmp_path):
    made = record(rivals=(Rival(name="TensorBoard", known=9.0, curves=10.0, again=1.0, points=4),))
    write_record(made.to_json(), tmp_path / "dashboard.json")
    assert DashboardRecord.from_json(read_record(tmp_path / "dashboard.json")) == made


def test_the_median_is_held_against_the_aim_and_a_miss_is_called_so():
    text = dashboard_section(record())
    # Seconds 1.0, 1.5 and 3.0: the median 1.5 is below 2. Home took 0.5 where 0.3 were allowed.
    assert "Home is shown | 1.50 (1.00 to 3.00) | 1.100 | < 2 s | holds |" in text
    assert "Home run again, as any widget does | 0.50 | 0.200 | < 0.3 s | missed |" in text


def test_a_tick_is_judged_by_the_servers_seconds():
    assert "five tabs |  | 0.030 | < 0.1 s of the server | holds |" in dashboard_section(record())


def test_other_work_on_the_machine_is_told():
    assert "The machine was quiet." in dashboard_section(record())
    assert "**The machine was not quiet**: before the rounds 0.2, 7.5 other" in " ".join(
        dashboard_section(record(load=(0.2, 7.5))).split()
    )


def test_rivals_stand_beside_our_start_and_first_page_together():
    rivals = tuple(
        Rival(name="TensorBoard", known=known, curves=known + 1, again=0.5, points=8) for known in (4.0, 6.0)
    )
    text = dashboard_section(record(rivals=rivals))
    # Medians of 4 and 6, and of 5 and 7. Ours: 1.5 until Home, and 2.5 until all runs are compared.
    assert "| TensorBoard (8 points came) | 5.0 s (4.0 to 6.0) | 6.0 s (5.0 to 7.0) | 0.5 s" in text
    assert "| Ours, in the browser | 1.5 s | 4.0 s | 2.0 s |" in text


def test_notes_keep_the_servers_share_of_what_was_timed():
    class Server:
        spent = 1.0

        def cpu_seconds(self):
            self.spent += 0.25
            return self.spent

    notes = Notes()
    notes.timed("rerun Home", Server(), lambda: 0.4)
    assert notes.timings() == {"rerun Home": Timing(seconds=(0.4,), server=(0.25,))}


def test_rivals_get_every_point_of_every_run(tmp_path):
    home = Home.from_environment({"MTREC_HOME": str(tmp_path)})
    fill(home, runs=2, points=7)
    with sqlite3.connect(tmp_path / "mtrec.db") as store:
        runs = store.execute(RUNS).fetchall()
        assert [number for _, number in runs] == [1, 2]
        curves = dict(curves_of(store, runs[0][0]))
    assert len(curves) == 20
    assert "validation/purchase/ndcg_at_10" in curves
    assert [step for step, _ in curves["validation/ad_click/auc"]] == [1, 2, 3, 4, 5, 6, 7]

"""docs/benchmarks.md: in step with its records, and honest in its verdicts."""

from benchmarks.markdown import bullets, paragraph, table
from benchmarks.records import FOLDER, write_record
from benchmarks.report import PAGE, RECIPE, REMARKS, render, study_records
from benchmarks.report_recipe import recipe_section
from benchmarks.report_study import difference, study_section
from benchmarks.study_table import STUDIES
from tests.benchmarks.made_up import error, numbers, recipe_record, run, study_record


def test_the_page_is_what_the_records_and_remarks_give():
    assert PAGE.read_text(encoding="utf-8") == render(FOLDER, REMARKS), "run python -m benchmarks.report"


def test_every_remark_belongs_to_a_record_that_is_there():
    known = {path.stem for path in FOLDER.glob("*.json")} | {"introduction", "closing"}
    assert {path.stem for path in REMARKS.glob("*.md")} <= known


def test_sections_follow_the_table_of_studies_with_the_recipe_first_and_remarks_below(tmp_path):
    records, remarks = tmp_path / "results", tmp_path / "remarks"
    for study in ("banking77", "amazon_beauty"):
        write_record(study_record(study=study).to_json(), records / f"{study}.json")
    write_record(recipe_record().to_json(), records / f"{RECIPE}.json")
    remarks.mkdir()
    for name in ("introduction", "banking77", "recipe", "closing"):
        (remarks / f"{name}.md").write_text(f"remark on {name}\n")
    page = render(records, remarks)
    order = [
        "# Benchmarks",
        "remark on introduction",
        "## One model for all tasks",
        "remark on recipe",
        "## Amazon Beauty\n",
        "## banking77, frozen encoder\n",
        "remark on banking77",
        "remark on closing",
    ]
    places = [page.index(piece) for piece in order]
    assert places == sorted(places)
    assert [record.study for record in study_records(records)] == ["amazon_beauty", "banking77"]


def test_a_difference_is_the_mean_over_seeds_in_the_widest_interval():
    # Differences 0.2 and 0.4; ends (0.15, 0.3) and (0.1, 0.45).
    assert difference(study_record(), "buy", "popularity") == ("+0.3000 [+0.1000, +0.4500]", "ahead")


def test_an_interval_with_0_in_it_is_called_even():
    record = study_record(
        run(0, {"buy": numbers(0.3, low=-0.01)}), run(1, {"buy": numbers(0.3)}), study="amazon_beauty"
    )
    assert difference(record, "buy", "popularity")[1] == "even"


def test_a_smaller_error_is_ahead_and_a_larger_one_behind():
    ahead = study_record(run(0, {"stars": error(0.9, low=-0.2, high=-0.05)}))
    behind = study_record(run(0, {"stars": error(1.1, low=0.05, high=0.2)}))
    assert difference(ahead, "stars", "constant")[1] == "ahead"
    assert difference(behind, "stars", "constant")[1] == "behind"


def test_a_section_holds_mean_spread_published_numbers_and_the_seen_kept_variant():
    tasks = [{"purchase": numbers(value)} for value in (0.3, 0.5)]
    text = study_section(study_record(*(run(seed, one) for seed, one in enumerate(tasks))))
    # Mean 0.4; deviation sqrt((0.1^2 + 0.1^2) / (2 - 1)) = 0.1414.
    assert "| purchase | NDCG@10 | 0.4000 ± 0.1414 | The model before training | 0.0100 |" in text
    tiger = STUDIES["amazon_beauty"].published[-1]
    assert f"| purchase | NDCG@10 | {tiger.by} | 0.0384 | 0.4000 ± 0.1414 | 0.2500 ± 0.0000 |" in text
    assert "Seeds 0, 1; a training took 0.5 minutes" in " ".join(text.split())
    assert "`training.epochs=3`" in text


def test_single_task_models_stand_beside_the_joint_one_with_the_relative_gain():
    # Joint (0.3 + 0.5) / 2 = 0.4 against 0.2 alone: (0.4 - 0.2) / 0.2 = +100 %.
    text = study_section(study_record())
    assert "| Next item | NDCG@10 | 0.4000 ± 0.1414 | 0.2000 | +100.0% |" in text


def test_the_recipe_is_summed_up_by_the_ratio_of_the_mean_times():
    text = recipe_section(recipe_record())
    # (300 + 500) / 2 = 400 against (8 + 12) / 2 = 10: 40 times; without the wasted 100 each: 300 / 10.
    assert text.splitlines()[2].startswith("**40 times as fast**: 10 seconds instead of 400")
    assert "30 times without the epochs" in " ".join(text.split())
    assert "| seconds, tables to metrics | 400.0 (300.0 to 500.0) | 10.0 (8.0 to 12.0) |" in text
    assert "| training | 200.0 s (50%) | 5.0 s (50%) |" in text


def test_a_table_leaves_out_columns_that_are_empty_and_escapes_bars():
    assert table(("a", "b"), [("x|y", "")]) == "| a |\n| --- |\n| x\\|y |"
    assert table(("a",), []) == ""


def test_prose_is_broken_between_words_and_lists_are_indented():
    long = " ".join(["word"] * 60)
    assert max(map(len, paragraph(long).splitlines())) <= 125
    first, second, *_ = bullets([long]).splitlines()
    assert first.startswith("- word")
    assert second.startswith("  word")

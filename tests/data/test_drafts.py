"""Drafts become datasets whole or not at all; samples are there in one call."""

import os
import shutil
from pathlib import Path

import pytest

from mtrec_core.data import drafts
from mtrec_core.data.checks.run import check
from mtrec_core.data.desk import guess
from mtrec_core.data.importing import check_name
from mtrec_core.data.samples import SAMPLES, use_sample
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import DataError

FACTS = "user_id,item_id,price\n" + "".join(f"u{n % 20},i{n % 30},{n % 7}.5\n" for n in range(200))


@pytest.fixture
def datasets(tmp_path) -> Path:
    return tmp_path / "datasets"


@pytest.fixture
def draft(datasets) -> Path:
    """A draft with one table and its guess."""
    folder = drafts.new_draft(datasets)
    (folder / "orders.csv").write_text(FACTS)
    guess(folder, "orders", [folder / "orders.csv"])
    return folder


def test_a_draft_is_found_by_its_key_and_nothing_else_is(datasets, draft):
    assert drafts.find_draft(datasets, draft.name) == draft
    for key in ("", "..", "00000000", "../shop", draft.name + "/"):
        assert drafts.find_draft(datasets, key) is None


def test_a_draft_keeps_its_tables_its_guess_and_its_reasons_under_its_name(datasets, draft):
    spec = drafts.keep(draft, load_dataset_spec(draft), datasets, "orders")
    assert spec.name == "orders"
    assert spec.tables == datasets / "orders"
    assert sorted(path.name for path in spec.folder.iterdir()) == ["dataset.toml", "orders.csv"]
    assert any("orders.csv" in note for note in drafts.notes_of(spec.folder))
    assert not draft.exists()


@pytest.mark.parametrize("name", ["", "../up", "a b", ".hidden"])
def test_a_draft_can_not_be_kept_under_an_unsafe_name(datasets, draft, name):
    with pytest.raises(DataError, match="dataset's name"):
        drafts.keep(draft, load_dataset_spec(draft), datasets, name)
    assert (draft / "orders.csv").exists()


def test_a_name_that_is_taken_is_refused_and_a_free_one_is_found(datasets, draft):
    (datasets / "orders").mkdir()
    with pytest.raises(DataError, match="already"):
        drafts.keep(draft, load_dataset_spec(draft), datasets, "orders")
    assert drafts.free_name(datasets, "orders") == "orders_2"
    assert drafts.free_name(datasets, "our shop: orders") == "our_shop_orders"
    assert drafts.free_name(datasets, "§") == "dataset"


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("данные_ünï", "dataset"),
        ("商品", "dataset"),
        ("Müller & Söhne", "Muller_Sohne"),
        ("商品 orders", "orders"),
        ("2024", "2024"),
        ("", "dataset"),
    ],
)
def test_a_name_in_another_script_becomes_one_that_says_something(datasets, wanted, name):
    assert drafts.free_name(datasets, wanted) == name
    check_name(name)


def test_drafts_with_tables_are_found_again_the_newest_first(datasets, draft):
    assert drafts.standing_drafts(datasets / "nowhere") == []
    older, empty = drafts.new_draft(datasets), drafts.new_draft(datasets)
    drafts.leave_in_place(older, [datasets / "orders.csv"])
    os.utime(older, (drafts.changed_at(draft) - 60,) * 2)
    assert empty.exists()
    assert drafts.standing_drafts(datasets) == [draft, older]


def test_a_draft_that_nobody_touched_for_long_makes_room_for_the_next(datasets, draft):
    kept = drafts.new_draft(datasets)
    os.utime(draft, (0, 0))
    drafts.new_draft(datasets)
    assert not draft.exists()
    assert kept.exists()


@pytest.mark.parametrize("key", SAMPLES)
def test_a_sample_is_a_dataset_without_a_copy_of_its_tables(datasets, key):
    spec = use_sample(key, datasets)
    assert spec.folder == datasets / key
    assert [path.name for path in spec.folder.iterdir()] == ["dataset.toml"]
    assert (spec.tables / next(iter(spec.tasks.values())).table).is_file()
    assert use_sample(key, datasets) == spec


def test_a_changed_sample_stays_changed_when_it_is_asked_for_again(datasets):
    spec = use_sample("enrolments", datasets)
    text = (spec.folder / "dataset.toml").read_text()
    (spec.folder / "dataset.toml").write_text(text.replace('"enrolments"', '"mine"', 1))
    assert use_sample("enrolments", datasets).name == "mine"


def test_a_linked_dataset_passes_the_checks_of_its_source(datasets):
    issues = check(use_sample("enrolments", datasets))
    assert [issue.text for issue in issues if issue.level == "blocking"] == []
    shutil.rmtree(datasets)

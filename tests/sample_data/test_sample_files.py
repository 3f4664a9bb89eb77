"""The files that ship: made by the script, the same on every run, small, and right for the data stage."""

import re

import pandas as pd
import pytest

from mtrec_core.data.checks.run import check
from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.spec_file import load_dataset_spec
from sample_data.make_shop import HERE, main
from sample_data.shop_maker.words import facets, leaves

FOLDERS = ("shop", "enrolments")
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def made_again(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made_again")
    main(folder)
    return folder


def test_the_script_makes_the_files_that_ship_byte_for_byte(made_again):
    made = sorted(path.relative_to(made_again) for path in made_again.rglob("*.csv"))
    shipped = sorted(path.relative_to(HERE) for path in HERE.rglob("*.csv"))
    assert made == shipped
    differing = [
        path.as_posix() for path in made if (made_again / path).read_bytes() != (HERE / path).read_bytes()
    ]
    assert differing == [], "run `python -m sample_data.make_shop` and commit what it writes"


def test_all_tables_together_stay_below_four_megabytes():
    assert sum(path.stat().st_size for path in HERE.rglob("*.csv")) < 4 * MEGABYTE


@pytest.mark.parametrize("name", FOLDERS)
def test_the_checks_find_nothing_that_blocks(name):
    issues = check(load_dataset_spec(HERE / name))
    assert [issue.text for issue in issues if issue.level == "blocking"] == []


def test_the_shop_has_the_tasks_that_are_promised():
    spec = load_dataset_spec(HERE / "shop")
    kinds = {name: task.kind for name, task in spec.tasks.items()}
    assert kinds == {
        "purchase": "retrieval",
        "high_value": "binary",
        "ad_click": "binary",
        "returned": "binary",
        "related": "retrieval",
        "tags": "multilabel",
        "search": "ranking",
        "service": "retrieval",
    }


@pytest.mark.parametrize("name", FOLDERS)
def test_every_task_has_rows_in_every_split(name):
    dataset = compile_dataset(load_dataset_spec(HERE / name))
    sizes = {
        (task, split): len(data.rows(split))
        for task, data in dataset.tasks.items()
        for split in ("train", "validation", "test")
    }
    assert min(sizes.values()) >= 40, sizes


def test_the_texts_of_the_shop_are_few_and_short():
    dataset = compile_dataset(load_dataset_spec(HERE / "shop"))
    texts = {
        text
        for entity in dataset.entities.values()
        if entity.texts is not None
        for text in entity.texts.to_pylist()
    }
    assert len(texts) <= 6000
    assert max(len(text.split()) for text in texts) <= 45


def test_most_products_have_no_tags_yet(shop):
    assert 0.2 < (shop.catalogue.table["tags"] != "").mean() < 0.35


def test_no_product_is_described_with_the_word_of_its_tag():
    # What a tag is called apart from words that say little: "travel friendly" -> travel.
    weak = {"for", "friendly", "idea", "to", "care", "built", "easy"}
    found = [
        (facet.tag, sentence)
        for facet in facets()
        for sentence in (*facet.says, *facet.people, *facet.details, *facet.occasions)
        if {word for word in facet.tag.split() if word not in weak}
        & set(re.findall(r"[a-z]+", sentence.lower()))
    ]
    assert found == []


def test_every_category_leads_to_others_that_exist():
    names = {leaf.name for leaf in leaves()}
    assert all(set(leaf.next) <= names - {leaf.name} and len(set(leaf.next)) == 3 for leaf in leaves())


def test_a_ticket_is_one_row_with_a_text_and_its_labels():
    tickets = pd.read_csv(HERE / "support_tickets.csv")
    assert list(tickets.columns) == ["ticket_id", "message", "queue", "urgent", "hours"]
    assert tickets["message"].is_unique
    assert tickets["queue"].value_counts().min() > 80
    assert set(tickets["urgent"]) == {"yes", "no"}

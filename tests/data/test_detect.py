"""From tables to a dataset: keys, things, labels, tasks, each right and each with its reason."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from mtrec_core.data.detect import DetectedDataset, detect_dataset
from mtrec_core.data.schema import DatasetSpec, SplitSpec, TaskSpec
from mtrec_core.data.spec_file import load_dataset_spec, write_dataset_spec
from mtrec_core.errors import DataError

PROJECT = Path(__file__).resolve().parents[2]
WORDS = [
    "red",
    "blue",
    "warm",
    "old",
    "light",
    "tall",
    "soft",
    "oak",
    "iron",
    "glass",
    "lamp",
    "mug",
    "chair",
    "rug",
    "vase",
    "clock",
    "shelf",
    "stool",
    "bowl",
    "tray",
]


@pytest.fixture
def detect(tmp_path):
    """Write tables, given as file name -> lines, and detect a dataset in them."""

    def write_and_detect(**tables: list[str]) -> DetectedDataset:
        paths = []
        for name, lines in tables.items():
            path = tmp_path / f"{name}.csv"
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            paths.append(path)
        return detect_dataset(paths, "mine")

    return write_and_detect


def sentence(seed: int, words: int = 8) -> str:
    """A text that occurs once."""
    return f"{' '.join(random.Random(seed).choices(WORDS, k=words))} {seed}"


def task_shape(task: TaskSpec) -> tuple[object, ...]:
    """What a person would call the same task, whatever its name."""
    group = task.group if task.kind == "ranking" else None
    return task.kind, task.table, task.columns, task.label, task.time, group, task.test_table


def corrections(found: DatasetSpec, wanted: DatasetSpec) -> list[str]:
    """What a person has to change in a guess: tasks to add or drop, histories, labels among the features."""
    needed = [f"entity of key {e.key}" for e in wanted.entities.values() if not _like(e, found)]
    shapes, wanted_shapes = ({task_shape(t) for t in s.tasks.values()} for s in (found, wanted))
    needed += [f"add {shape}" for shape in wanted_shapes - shapes]
    needed += [f"drop {shape}" for shape in shapes - wanted_shapes]
    labels = {(task.table, task.label) for task in found.tasks.values()}
    needed += [
        f"{column} is a label and a feature"
        for entity in found.entities.values()
        for column in (*entity.categorical, *entity.numeric)
        if (entity.table, column) in labels
    ]
    return needed


def _like(entity, spec: DatasetSpec) -> bool:
    """Whether the guess has an entity of the same table and key that reads a text and has a history alike."""
    return any(
        (other.table, other.key) == (entity.table, entity.key)
        and (other.text is None) == (entity.text is None)
        and (other.history and (other.history.table, other.history.time))
        == (entity.history and (entity.history.table, entity.history.time))
        for other in spec.entities.values()
    )


def keyless(spec: DatasetSpec) -> DatasetSpec:
    """The same with `columns` of things without key blanked, since their names are free."""
    tasks = {
        name: replace(
            task,
            columns=tuple(
                "" if spec.entities[entity].key is None else column
                for entity, column in zip(task.inputs, task.columns, strict=True)
            ),
        )
        for name, task in spec.tasks.items()
    }
    return replace(spec, tasks=tasks)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("folder", "most"), [("amazon_beauty", 0), ("banking77", 0), ("book_crossing", 0), ("womens_clothing", 1)]
)
def test_each_real_dataset_needs_at_most_two_corrections(real_data, folder, most):
    files = sorted(path for path in (real_data / folder).iterdir() if path.is_file())
    found = detect_dataset(files, folder).spec
    wanted = load_dataset_spec(PROJECT / "benchmarks" / "datasets" / folder)
    assert len(corrections(keyless(found), keyless(wanted))) <= most <= 2


def test_the_sample_shop_needs_no_correction():
    folder = PROJECT / "sample_data" / "shop"
    found = detect_dataset(sorted(folder.glob("*.csv")), "shop").spec
    assert corrections(keyless(found), keyless(load_dataset_spec(folder))) == []
    assert found.tasks["clicked"].context == ("hour", "position")
    assert found.tasks["clicked"].group == "user_id"
    assert (found.tasks["returned"].wanted, found.tasks["clicked"].wanted) == ("low", "high")


def test_a_shop_with_other_words_for_everything_is_understood(detect):
    rng = random.Random(0)
    found = detect(
        customers=["CustomerID,city,churned", *(f"c{n},Town{n % 5},{n % 2}" for n in range(60))],
        catalog=[
            "sku,name,price,img_url",
            *(f"s{n},{sentence(n)},{n}.5,https://x.org/{n}.jpg" for n in range(40)),
        ],
        orders=[
            "order_id,cust,sku,order_date,quantity",
            *(
                f"{n},c{rng.randrange(60)},s{rng.randrange(40)},2024-01-{n % 28 + 1:02d},{n % 3}"
                for n in range(400)
            ),
        ],
    )
    spec = found.spec
    assert {(e.name, e.table, e.key) for e in spec.entities.values()} == {
        ("customer", "customers.csv", "CustomerID"),
        ("item", "catalog.csv", "sku"),
    }
    order = spec.tasks["order"]
    assert (order.kind, order.inputs, order.columns, order.time) == (
        "retrieval",
        ("customer", "item"),
        ("cust", "sku"),
        "order_date",
    )
    assert spec.entities["customer"].history.table == "orders.csv"
    churned = spec.tasks["churned"]
    assert (churned.kind, churned.inputs, churned.label) == ("binary", ("customer",), "churned")
    assert spec.entities["customer"].categorical == ("city",)
    assert spec.entities["item"].numeric == ("price",)
    assert "img_url" not in (spec.entities["item"].text or "")
    assert any("'img_url' is not used: pictures" in note for note in found.notes)
    assert any("'order_id' merely numbers its rows" in note for note in found.notes)
    assert any("quantity" in note and "not used" in note for note in found.notes)


def test_an_event_column_becomes_one_task_for_each_kind_of_event(detect):
    rng = random.Random(1)
    events = ["view"] * 6 + ["addtocart"] * 2 + ["transaction"]
    spec = detect(
        events=[
            "timestamp,visitorid,event,itemid",
            *(
                f"{n + 10**9},{rng.randrange(50)},{rng.choice(events)},{rng.randrange(30)}"
                for n in range(900)
            ),
        ]
    ).spec
    tasks = {name: (task.kind, task.where, task.inputs, task.time) for name, task in spec.tasks.items()}
    assert tasks == {
        "view": ("retrieval", {"event": ("view",)}, ("visitor", "item"), "timestamp"),
        "cart": ("retrieval", {"event": ("addtocart",)}, ("visitor", "item"), "timestamp"),
        "purchase": ("retrieval", {"event": ("transaction",)}, ("visitor", "item"), "timestamp"),
    }
    assert spec.entities["visitor"].key == "visitorid"
    assert spec.entities["visitor"].table is None
    assert spec.entities["visitor"].history.where == {}


def test_impressions_and_clicks_in_an_event_column_become_a_yes_or_no(detect):
    rng = random.Random(2)
    events = ["impression"] * 4 + ["click"]
    spec = detect(
        log=[
            "user_id,ad_id,event_type,ts",
            *(
                f"u{rng.randrange(40)},a{rng.randrange(20)},{rng.choice(events)},{n + 10**9}"
                for n in range(600)
            ),
        ]
    ).spec
    click = spec.tasks["click"]
    assert (click.kind, click.label, click.positive) == ("binary", "event_type", "click")
    assert click.where == {"event_type": ("impression", "click")}


def test_one_flat_table_of_events_is_taken_apart_by_what_follows_from_what(detect):
    rng = random.Random(3)
    lines = ["user_id,city,is_vip,item_id,title,brand,price,rating,timestamp"]
    for n in range(600):
        user, item = rng.randrange(40), rng.randrange(30)
        about = f"{sentence(item)},b{item % 4},{item + 0.5}"
        lines.append(f"u{user},T{user % 7},{user % 2},i{item},{about},{rng.randint(1, 5)},{n + 10**9}")
    spec = detect(reviews=lines).spec
    assert spec.entities["user"].categorical == ("city",)
    assert spec.entities["item"].text == "{title}. {brand}"
    assert spec.entities["item"].numeric == ("price",)
    rating = spec.tasks["rating"]
    assert (rating.kind, rating.inputs, rating.time) == ("regression", ("user", "item"), "timestamp")
    assert spec.tasks["vip"].inputs == ("user",)
    assert spec.tasks["review"].kind == "retrieval"


def test_a_flat_table_of_texts_gets_a_task_for_each_label(detect):
    lines = ["id,text,topic,toxic,stars,split"]
    parts = ["train"] * 8 + ["valid", "test"]
    lines += [f"{n},{sentence(n)},t{n % 4},{n % 2},{n % 5 + 1},{parts[n % 10]}" for n in range(200)]
    spec = detect(comments=lines).spec
    assert [(e.table, e.text) for e in spec.entities.values()] == [("comments.csv", "{text}")]
    assert {name: task.kind for name, task in spec.tasks.items()} == {
        "topic": "multiclass",
        "toxic": "binary",
        "stars": "regression",
    }
    assert spec.tasks["topic"].split == SplitSpec(kind="column", column="split")


def test_a_dataset_of_another_field_is_understood_without_its_words(detect):
    rng = random.Random(4)
    spec = detect(
        courses=["code,outline,credits", *(f"K{n:03d},{sentence(n)},{n % 6}" for n in range(40))],
        pupils=["pupil,born,district", *(f"P{n:04d},{1990 + n % 20},d{n % 6}" for n in range(80))],
        enrolled=[
            "pupil,course,since",
            *(f"P{rng.randrange(80):04d},K{rng.randrange(40):03d},2023-0{n % 9 + 1}-11" for n in range(500)),
        ],
    ).spec
    task = spec.tasks["enrolled"]
    assert (task.kind, task.columns, task.time) == ("retrieval", ("pupil", "course"), "since")
    assert spec.entities[task.inputs[0]].table == "pupils.csv"
    assert spec.entities[task.inputs[1]].table == "courses.csv"
    assert spec.entities[task.inputs[0]].history.item == "course"


def test_two_columns_of_names_are_enough_for_a_recommendation(detect):
    rng = random.Random(5)
    lines = ["pilot,route", *(f"p{rng.randrange(60)},r{rng.randrange(25)}" for _ in range(500))]
    spec = detect(flights=lines).spec
    task = spec.tasks["flight"]
    assert (task.kind, task.inputs, task.columns) == ("retrieval", ("pilot", "route"), ("pilot", "route"))
    assert spec.entities["pilot"].table is None


def test_numbers_in_two_tables_are_not_keys_of_each_other_by_accident(detect):
    rng = random.Random(6)
    spec = detect(
        users=["user_id,age,category_id", *(f"{n},{20 + n % 50},{n % 9 + 1}" for n in range(1, 101))],
        items=["item_id,title,stock", *(f"{n},{sentence(n)},{n % 80 + 1}" for n in range(1, 101))],
        buys=[
            "user_id,item_id,shelf_id",
            *(f"{rng.randint(1, 100)},{rng.randint(1, 100)},{rng.randint(1, 9)}" for _ in range(500)),
        ],
    ).spec
    assert spec.tasks["buy"].columns == ("user_id", "item_id")
    assert spec.entities["user"].categorical == ("category_id",)
    assert spec.entities["item"].numeric == ("stock",)


def test_a_graded_search_without_a_key_is_grouped_by_what_was_typed(detect):
    rng = random.Random(7)
    spec = detect(
        products=["product_id,title", *(f"p{n},{sentence(n)}" for n in range(50))],
        judgements=[
            "search_term,product_id,relevance",
            *(
                f"{WORDS[n % 20]} {WORDS[n // 20 % 20]},p{rng.randrange(50)},{rng.randrange(4)}"
                for n in range(600)
            ),
        ],
    ).spec
    task = spec.tasks["relevance"]
    assert (task.kind, task.inputs, task.group) == ("ranking", ("query", "product"), "search_term")
    assert spec.entities["query"].text == "{search_term}"


def test_a_table_without_texts_or_keys_predicts_its_label_from_the_rest(detect):
    lines = [
        "age,job,hours,income",
        *(f"{20 + n % 50},j{n % 6},{n % 40},{'high' if n % 3 else 'low'}" for n in range(300)),
    ]
    spec = detect(census=lines).spec
    assert [(task.kind, task.label) for task in spec.tasks.values()] == [("multiclass", "income")]
    entity = next(iter(spec.entities.values()))
    assert (entity.categorical, entity.numeric) == (("job",), ("age", "hours"))


def test_reviews_of_products_give_a_recommendation_and_labels_of_the_text(detect):
    rng = random.Random(8)
    lines = ["reviewerID,asin,reviewerName,reviewText,overall,unixReviewTime"]
    for n in range(400):
        user = rng.randrange(50)
        lines.append(f"A{user},B{rng.randrange(30)},Name{user},{sentence(n)},{n % 5 + 1},{10**9 + n}")
    spec = detect(reviews=lines).spec
    tasks = {(task.kind, task.inputs, task.label) for task in spec.tasks.values()}
    assert tasks == {("retrieval", ("reviewer", "item"), None), ("regression", ("review",), "overall")}
    assert spec.entities["review"].text == "{reviewText}"


def test_a_table_of_links_is_not_taken_for_the_movies(detect):
    rng = random.Random(9)
    spec = detect(
        links=["movieId,imdbId", *(f"{n},{n * 7919}" for n in range(1, 61))],
        movies=["movieId,title,genres", *(f"{n},{sentence(n)},G{n % 3}|G{n % 5}" for n in range(1, 61))],
        ratings=[
            "userId,movieId,rating,timestamp",
            *(
                f"{rng.randint(1, 40)},{rng.randint(1, 60)},{rng.randint(1, 10) / 2},{10**9 + n}"
                for n in range(600)
            ),
        ],
    ).spec
    assert spec.entities["movie"].table == "movies.csv"
    assert {(task.kind, task.table) for task in spec.tasks.values()} == {
        ("regression", "ratings.csv"),
        ("retrieval", "ratings.csv"),
        ("multilabel", "movies.csv"),
    }


def test_labels_in_a_table_of_their_own_belong_to_the_things_of_the_other(detect):
    spec = detect(
        customers=["customer_id,city,age", *(f"c{n},T{n % 5},{20 + n % 40}" for n in range(100))],
        answers_of_survey=["customer_id,group", *(f"c{n},g{n % 4}" for n in range(0, 100, 2))],
    ).spec
    assert [(e.name, e.table) for e in spec.entities.values()] == [("customer", "customers.csv")]
    task = spec.tasks["group"]
    assert (task.kind, task.table, task.inputs) == ("multiclass", "answers_of_survey.csv", ("customer",))


def test_a_doubled_row_does_not_hide_the_key_of_a_table(detect):
    rng = random.Random(10)
    users = [f"u{n},T{n % 5}" for n in range(100)]
    spec = detect(
        users=["user_id,city", *users, users[7]],
        buys=[
            "user_id,item_id,store_id",
            *(f"u{rng.randrange(100)},i{rng.randrange(30)},{n % 9}" for n in range(500)),
        ],
    ).spec
    assert spec.entities["user"].table == "users.csv"
    assert spec.tasks["buy"].inputs == ("user", "item")


def test_every_decision_has_a_line_of_its_own(detect):
    found = detect(reviews=["text,label", *(f"{sentence(n)},{n % 2}" for n in range(100))])
    assert any("'label' is its label" in note for note in found.notes)
    assert all("\n" not in note and note.endswith(".") for note in found.notes)


@pytest.mark.parametrize(
    "head", ["Kunde Nr. (ä),商品,нажал,Ünïtext", "उपयोगकर्ता,उत्पाद,लेबल,समय", "😀,🛒,label,💬"]
)
def test_a_table_in_any_script_is_guessed_into_a_file_that_can_be_read(tmp_path, head):
    table = tmp_path / "данные_ünï.csv"
    rows = [f"ü{n * 7 % 20},品{n % 60},{n % 2},текст 说明 {n % 50}" for n in range(300)]
    table.write_text("\n".join([head, *rows]), encoding="utf-8")
    spec = detect_dataset([table], "mine").spec
    assert any(entity.key == head.split(",")[1] for entity in spec.entities.values())
    write_dataset_spec(spec, tmp_path)
    assert load_dataset_spec(tmp_path) == spec


def test_tables_in_which_nothing_is_to_predict_are_told_so(detect):
    with pytest.raises(DataError, match=r"Nothing to predict was found in items\.csv"):
        detect(items=["item_id,title", *(f"{n},{sentence(n)}" for n in range(30))])


@pytest.mark.parametrize(
    ("column", "cells", "why"),
    [
        ("clicked", ["yes", "no", "1", "TRUE", "0"], "5 different values (0, 1, TRUE, no, yes) where a yes"),
        ("clicked", ["1"], "holds 1 and nothing else, in 1 of 1 rows"),
        ("clicked", ["", ""], "it is empty"),
        ("is_new", ["a", "b", "c"], "3 different values (a, b, c) where a yes or no has two"),
        ("rating", ["good", "bad", "so so"], "holds bad, good, so so where numbers are expected"),
        (
            "label",
            list("abcdefg"),
            "7 different values (a, b, c, d, e, ...) comes back in 1.0 rows on average",
        ),
    ],
)
def test_a_column_named_like_a_label_is_told_why_it_was_not_taken(detect, column, cells, why):
    rows = [f"u{n},i{n},{cell}" for n, cell in enumerate(cells)]
    with pytest.raises(DataError) as raised:
        detect(mixed=[f"user_id,item_id,{column}", *rows])
    said = str(raised.value)
    assert f"'{column}' in mixed.csv is named like a label, but " in said
    assert why in said
    assert f"Too few rows to see keys or classes come back: mixed.csv has {len(cells)}." in said
    assert said.endswith("or say yourself what to predict.")
    assert "dataset.toml" not in said


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("user_id,item_id,x", "no column could describe its 'a'"),  # texts under the name of a key
        ("group,te{x}t,label", "'te{x}t' is not used: its name has braces"),
    ],
)
def test_a_thing_of_which_nothing_can_be_said_gets_no_task(detect, head, why):
    with pytest.raises(DataError) as raised:
        detect(a=[head, *(f"u{n % 20},{sentence(n)},{n % 2}" for n in range(300))])
    assert why in str(raised.value)


def test_no_file_and_two_files_of_one_name_are_refused(tmp_path):
    with pytest.raises(DataError, match="No file"):
        detect_dataset([], "mine")
    with pytest.raises(DataError, match=r"Two files are called a\.csv"):
        detect_dataset([tmp_path / "x" / "a.csv", tmp_path / "y" / "a.csv"], "mine")

"""The declaration of a dataset: what loads, what is refused and with which words, what is written."""

from dataclasses import replace
from pathlib import Path

import pytest

from mtrec_core.data.schema import DatasetSpec, EntitySpec, HistorySpec, SplitSpec, TaskSpec
from mtrec_core.data.spec_file import load_dataset_spec, write_dataset_spec
from mtrec_core.errors import DataError

DESIGN = """
name    = "shop"
license = "..."

[entity.user]
table = "users.csv"
key   = "user_id"
text  = "{occupation} from {city}"           # optional: what the encoder reads
categorical = ["city", "occupation"]
numeric     = ["age"]
history = { table = "purchases.csv", item = "item", time = "time", max = 20 }   # strictly before the event

[entity.item]
table = "items.csv"
key   = "item_id"
text  = "{title}. {category}. {description}"
categorical = ["category", "brand"]
numeric     = ["price"]

[task.purchase]
title  = "Item recommendation"
kind   = "retrieval"                          # see the table of kinds
table  = "purchases.csv"
inputs = ["user", "item"]
time   = "time"

[task.high_value]
kind = "binary"
table = "users.csv"
inputs = ["user"]
label = "is_high_value"

[entity.ad]
table = "ads.csv"
key = "ad_id"

[task.ad_click]
kind = "binary"
table = "impressions.csv"
inputs = ["user", "ad"]
label = "clicked"
context = ["position", "hour"]
group = "user_id"                             # for GAUC
time = "time"
"""

SMALL = """
[entity.user]
key = "user_id"
[entity.item]
table = "items.csv"
key = "item_id"
[task.buy]
kind = "retrieval"
table = "buys.csv"
inputs = ["user", "item"]
"""


@pytest.fixture
def load(tmp_path):
    """Write a text as the dataset.toml of a folder called `mine` and load it."""

    def write_and_load(text: str) -> DatasetSpec:
        folder = tmp_path / "mine"
        folder.mkdir(exist_ok=True)
        (folder / "dataset.toml").write_text(text, encoding="utf-8")
        return load_dataset_spec(folder)

    return write_and_load


def test_the_example_of_the_design_loads_as_it_stands(load):
    spec = load(DESIGN)
    assert list(spec.entities) == ["user", "item", "ad"]
    assert spec.entities["user"].history == HistorySpec(
        table="purchases.csv", item="item", time="time", max=20
    )
    assert spec.item_entity_of(spec.entities["user"].history) == "item"
    purchase = spec.tasks["purchase"]
    assert (purchase.target, purchase.query_inputs) == ("item", ("user",))
    assert purchase.columns == ("user_id", "item_id")
    click = spec.tasks["ad_click"]
    assert (click.label, click.context, click.group) == ("clicked", ("position", "hour"), "user_id")
    assert click.title == "Ad click"
    assert spec.tables == spec.folder


def test_a_short_file_takes_its_name_from_the_folder_and_the_defaults_from_the_schema(load):
    spec = load(SMALL)
    assert spec.name == "mine"
    assert spec.split == SplitSpec()
    assert spec.tasks["buy"].seen == "filter"
    assert spec.entities["user"].table is None


def test_the_path_of_the_file_works_as_well_as_its_folder(load):
    spec = load(SMALL)
    assert load_dataset_spec(spec.folder / "dataset.toml") == spec
    assert load_dataset_spec(str(spec.folder)) == spec


def test_a_split_may_be_a_bare_word_or_a_table(load):
    spec = load(
        SMALL.replace('inputs = ["user", "item"]', 'inputs = ["user", "item"]\nsplit = "leave_last_out"')
    )
    assert spec.split_of(spec.tasks["buy"]) == SplitSpec(kind="leave_last_out")
    spec = load(
        SMALL + '[split]\nkind = "random"\ntrain = 5400\nvalidation = 600\ntest = 2000\nby = "user"\n'
    )
    assert spec.split == SplitSpec(kind="random", train=5400, validation=600, test=2000, by="user")


def test_where_takes_values_of_any_type_as_the_text_of_the_cells(load):
    where = 'where = { event = ["cart", "buy"], clicked = true, stars = 5, half = 4.0 }'
    task = load(SMALL + where + "\n").tasks["buy"]
    assert task.where == {"event": ("cart", "buy"), "clicked": ("true",), "stars": ("5",), "half": ("4",)}


def test_settings_may_be_dotted_with_or_without_quotation_marks(load):
    text = '[settings]\n"training.epochs" = 12\ntraining.learning_rate = 2e-3\n'
    assert load(SMALL + text).settings == {"training.epochs": 12, "training.learning_rate": 2e-3}


def test_tables_lie_where_the_environment_says_else_at_the_default(load, monkeypatch, tmp_path):
    text = 'tables = "${SHOP_TABLES:-../other}/shop"\n' + SMALL
    monkeypatch.delenv("SHOP_TABLES", raising=False)
    assert load(text).tables == tmp_path / "other" / "shop"
    monkeypatch.setenv("SHOP_TABLES", str(tmp_path / "there"))
    assert load(text).tables == tmp_path / "there" / "shop"
    monkeypatch.setenv("SHOP_TABLES", "here")
    assert load(text).tables == Path.cwd() / "here" / "shop"


def test_a_variable_without_default_has_to_be_set(load, monkeypatch):
    monkeypatch.delenv("SHOP_TABLES", raising=False)
    with pytest.raises(DataError, match="SHOP_TABLES"):
        load('tables = "${SHOP_TABLES}/shop"\n' + SMALL)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('kind = "retrieval"', 'knid = "retrieval"'), "Unknown key 'knid'.*Did you mean 'kind'"),
        (('kind = "retrieval"', 'kind = "retreival"'), "Unknown kind 'retreival'.*Did you mean 'retrieval'"),
        (('inputs = ["user", "item"]', 'inputs = ["user", "items"]'), "Unknown input 'items'.*'item'"),
        (('inputs = ["user", "item"]', 'inputs = ["item"]'), "two inputs or more"),
        (('inputs = ["user", "item"]', 'inputs = ["user", "item"]\nlabel = "bought"'), "drop 'label'"),
        (('kind = "retrieval"', 'kind = "binary"'), "needs 'label'"),
        (('kind = "retrieval"', 'kind = "ranking"\nlabel = "grade"'), "needs 'group'"),
        (('inputs = ["user", "item"]', 'inputs = ["item", "item"]'), "names an entity twice"),
        (('inputs = ["user", "item"]', 'inputs = ["user", "item"]\ncolumns = ["user_id"]'), "2 inputs but 1"),
        (('inputs = ["user", "item"]', 'inputs = ["user", "item"]\nmin_count = 5'), 'kind "multilabel" only'),
        (('inputs = ["user", "item"]', 'inputs = ["user", "item"]\nseen = "drop"'), '"filter" or "keep"'),
        (
            ('inputs = ["user", "item"]', 'inputs = ["user", "item"]\nwanted = "low"'),
            '"binary" and "regression"',
        ),
        (('inputs = ["user", "item"]', 'inputs = ["user", "item"]\nsplit = "tmie"'), "Did you mean 'time'"),
        (('inputs = ["user", "item"]', "inputs = 3"), "'inputs' in .* should be a list of texts"),
        (("[entity.item]", "[entitiy.item]"), "Unknown key 'entitiy'.*Did you mean 'entity'"),
        (("[entity.item]", '[entity."it em"]'), "letters, digits"),
        (('key = "item_id"', 'keys = "item_id"'), "Unknown key 'keys'"),
        (('key = "item_id"', ""), "needs 'key'"),
        (('key = "item_id"', 'key = "item_id"\ntext = "{title"'), "'text' in .*brace"),
        (('key = "item_id"', "key = 7"), "should be a text"),
        (('key = "item_id"', 'key = "item_id"\ncategorical = ["a"]\nnumeric = ["a"]'), "choose one"),
        (('"items.csv"', '"../../secret.csv"'), "leaves the folder"),
        (('key = "user_id"', 'history = { table = "buys.csv", item = "item" }\ntext = "{a}"'), "no 'key'"),
        (('key = "user_id"', ""), "needs a 'key', or a text"),
        (
            ('key = "user_id"', 'key = "user_id"\nhistory = { table = "buys.csv", item = "itme" }'),
            "'itme' is neither an entity nor the key.*Did you mean 'item'",
        ),
        (
            ('key = "user_id"', 'key = "user_id"\nhistory = { table = "b.csv", item = "item", max = 0 }'),
            "'max'",
        ),
        (("[entity.user]", '[split]\nkind = "column"\n[entity.user]'), "needs 'column'"),
        (("[entity.user]", "[split]\nvalidation = 0.6\ntest = 0.6\n[entity.user]"), "add up to 1.2"),
        (("[entity.user]", '[split]\nby = "users"\n[entity.user]'), "Unknown entity 'users'.*'user'"),
        (("[entity.user]", "[entity.user"), "not valid TOML"),
    ],
)
def test_a_mistake_is_answered_with_what_where_and_how(load, change, words):
    assert SMALL.replace(*change) != SMALL
    with pytest.raises(DataError, match=f"(?s){words}"):
        load(SMALL.replace(*change))


def test_a_file_without_tasks_says_what_is_missing(load):
    with pytest.raises(DataError, match=r"at least one \[task.NAME\]"):
        load(SMALL[: SMALL.index("[task")])


def test_a_missing_folder_is_told_apart_from_a_broken_one(tmp_path):
    with pytest.raises(DataError, match=r"There is no .*`import`"):
        load_dataset_spec(tmp_path / "nowhere")
    (tmp_path / "dataset.toml").write_bytes("name = 'Müller'".encode("cp1252"))
    with pytest.raises(DataError, match="not UTF-8"):
        load_dataset_spec(tmp_path)


def test_what_is_written_loads_as_the_same_declaration(tmp_path):
    spec = DatasetSpec(
        name='my "best" shop\\',
        folder=tmp_path,
        tables=tmp_path / "tables",
        license="CC0",
        description="two\nlines, ümlaut",
        split=SplitSpec(kind="time", validation=0.05, test=1000),
        settings={"training.epochs": 3, "model.sharing": "mmoe"},
        entities={
            "user": EntitySpec(
                name="user",
                table="users.csv",
                key="user_id",
                text="{job} from {city}",
                categorical=("city",),
                numeric=("age",),
                history=HistorySpec(
                    table="events.csv", item="sku", time="t", max=5, where={"event": ("buy",)}
                ),
            ),
            "item": EntitySpec(name="item", table="items.csv", key="sku", id_embedding=False),
            "review": EntitySpec(name="review", text="{Title}. {Review Text}"),
        },
        tasks={
            "buy": TaskSpec(
                name="buy",
                title="What next",
                kind="retrieval",
                table="events.csv",
                inputs=("user", "item"),
                columns=("user_id", "sku"),
                time="t",
                where={"event": ("buy", "re-buy")},
                seen="keep",
                split=SplitSpec(kind="leave_last_out"),
            ),
            "related": TaskSpec(
                name="related",
                title="Related",
                kind="retrieval",
                table="related.csv",
                inputs=("item", "item"),
                columns=("sku", "related_sku"),
            ),
            "stars": TaskSpec(
                name="stars",
                title="Stars",
                kind="binary",
                table="reviews.csv",
                test_table="reviews_test.csv",
                wanted="low",
                inputs=("review",),
                columns=("review",),
                label="Recommended IND",
                positive="yes",
                context=("hour",),
                group="user_id",
            ),
        },
    )
    path = write_dataset_spec(spec, tmp_path, notes=["`sku` names the items."])
    text = path.read_text(encoding="utf-8")
    assert load_dataset_spec(tmp_path) == spec
    assert "# - `sku` names the items." in text
    assert 'tables      = "tables"' in text
    assert text.count("columns") == 1, "keys are found by their own name, but not those of a pair of items"
    assert [entry.name for entry in tmp_path.iterdir()] == ["dataset.toml"]


@pytest.mark.parametrize("name", ["item-2", "商品", "kunde_nr_ä", "данные_ünï", "정답", "سلعة"])
def test_a_name_of_any_script_loads_as_it_was_written(tmp_path, name):
    task = TaskSpec(
        name=name,
        title="Нажал?",
        kind="binary",
        table="ü нажал.csv",
        inputs=(name,),
        columns=(name,),
        label="Nr. (ä)",
        where={"商品 [x]": ("é",), "plain": ('"',)},
    )
    spec = DatasetSpec(
        name="shop",
        folder=tmp_path,
        tables=tmp_path,
        settings={"a.ä": 1},
        entities={name: EntitySpec(name=name, key=name)},
        tasks={name: task},
    )
    write_dataset_spec(spec, tmp_path)
    assert load_dataset_spec(tmp_path) == spec


def test_tables_elsewhere_are_written_as_a_full_path(tmp_path, load):
    spec = replace(load(SMALL), tables=tmp_path / "elsewhere")
    write_dataset_spec(spec, spec.folder)
    assert load_dataset_spec(spec.folder) == spec
    assert f'tables = "{(tmp_path / "elsewhere").as_posix()}"' in (spec.folder / "dataset.toml").read_text()

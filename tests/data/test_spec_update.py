"""A `dataset.toml` after a change keeps what a person wrote into it."""

from dataclasses import replace
from pathlib import Path

import pytest

from mtrec_core.data.schema import DatasetSpec, EntitySpec, HistorySpec, SplitSpec
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.data.spec_update import update_dataset_spec
from mtrec_core.errors import DataError
from tests.conftest import PROJECT

BY_HAND = """\
# Our shop, as Ada declared it.

name = 'mine'   # single quotes, on purpose

# ---- Things ----

[entity.user]
table   = "users.csv"
key     = "user_id"          # from the old system
numeric = [
    "age",                   # in years
    "visits",
]
history = { table = "buys.csv", item = "item", time = "t", max = 20 }  # the newest 20

# Items are sold once.
[entity.item]
table = "items.csv"
key = "item_id"
id_embedding = true          # the default, spelled out

# ---- Tasks ----

# What is bought next.
[task.buy]
kind = "retrieval"
table = "buys.csv"
inputs = ["user", "item"]
where = { event = "buy" }

# How many stars.
[task.stars]
kind = "regression"
table = "stars.csv"
inputs = ["user", "item"]
label = "stars"

# The end.
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "dataset.toml").write_text(BY_HAND)
    return tmp_path


def updated(folder: Path, spec: DatasetSpec) -> str:
    """The file's text after the change, which says what was asked."""
    update_dataset_spec(spec, folder)
    assert load_dataset_spec(folder) == spec
    return (folder / "dataset.toml").read_text()


def with_entity(spec: DatasetSpec, entity: EntitySpec) -> DatasetSpec:
    return replace(spec, entities={**spec.entities, entity.name: entity})


def lines_changed(text: str, before: str = BY_HAND) -> tuple[list[str], list[str]]:
    """(lines that are gone, lines that came)"""
    old, new = before.splitlines(), text.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_what_did_not_change_is_copied_sign_by_sign(folder):
    assert updated(folder, load_dataset_spec(folder)) == BY_HAND


def test_the_sample_shop_keeps_every_sign(tmp_path):
    text = (PROJECT / "sample_data" / "shop" / "dataset.toml").read_text()
    (tmp_path / "dataset.toml").write_text(text)
    assert updated(tmp_path, load_dataset_spec(tmp_path)) == text


def test_one_value_changes_one_line(folder):
    spec = load_dataset_spec(folder)
    changed = replace(spec.tasks["stars"], label="rating")
    text = updated(folder, replace(spec, tasks={**spec.tasks, "stars": changed}))
    assert lines_changed(text) == (['label = "stars"'], ['label = "rating"'])


def test_a_changed_value_keeps_the_comment_behind_it(folder):
    spec = load_dataset_spec(folder)
    user = replace(spec.entities["user"], key="uid")
    tasks = {name: replace(task, columns=("uid", *task.columns[1:])) for name, task in spec.tasks.items()}
    text = updated(folder, replace(with_entity(spec, user), tasks=tasks))
    assert lines_changed(text) == (
        ['key     = "user_id"          # from the old system'],
        ['key     = "uid"          # from the old system'],
    )


def test_part_of_a_history_changes_within_its_line(folder):
    spec = load_dataset_spec(folder)
    user = replace(spec.entities["user"], history=replace(spec.entities["user"].history, max=7))
    text = updated(folder, with_entity(spec, user))
    assert lines_changed(text)[1] == [
        'history = { table = "buys.csv", item = "item", time = "t", max = 7 }  # the newest 20'
    ]


def test_a_new_key_stands_behind_the_last_one_and_below_its_sign_of_equality(folder):
    spec = load_dataset_spec(folder)
    user = replace(spec.entities["user"], text="{city}")
    text = updated(folder, with_entity(spec, user))
    assert lines_changed(text) == ([], ['text    = "{city}"'])
    assert text.index('text    = "{city}"') < text.index("# Items are sold once.")


def test_what_is_no_longer_said_leaves_and_its_neighbours_stay(folder):
    spec = load_dataset_spec(folder)
    user = replace(spec.entities["user"], numeric=(), history=None)
    gone, came = lines_changed(updated(folder, with_entity(spec, user)))
    assert came == []
    assert [line.split()[0] for line in gone] == ["numeric", '"age",', '"visits",', "]", "history"]


def test_a_default_that_the_file_spells_out_gives_way_when_it_means_something_else(folder):
    spec = load_dataset_spec(folder)
    item = replace(spec.entities["item"], id_embedding=False)
    text = updated(folder, with_entity(spec, item))
    assert "id_embedding = false          # the default, spelled out" in text


def test_a_renamed_section_stays_where_it_is_with_its_comments(folder):
    spec = load_dataset_spec(folder)
    entities = {("customer" if name == "user" else name): part for name, part in spec.entities.items()}
    entities["customer"] = replace(entities["customer"], name="customer", numeric=("age",))
    tasks = {name: replace(task, inputs=("customer", "item")) for name, task in spec.tasks.items()}
    gone, came = lines_changed(updated(folder, replace(spec, entities=entities, tasks=tasks)))
    numeric = ["numeric = [", '    "age",                   # in years', '    "visits",', "]"]
    assert gone == ["[entity.user]", *numeric, *['inputs = ["user", "item"]'] * 2]
    assert came == ["[entity.customer]", 'numeric = ["age"]', *['inputs = ["customer", "item"]'] * 2]


def test_comments_above_a_section_that_is_gone_stay_when_they_stand_alone(folder):
    spec = load_dataset_spec(folder)
    text = updated(folder, replace(spec, tasks={"stars": spec.tasks["stars"]}))
    assert "What is bought next" not in text
    assert "\n# ---- Tasks ----\n\n# How many stars.\n[task.stars]" in text


def test_a_section_that_is_gone_takes_the_comment_right_above_it_along(folder):
    spec = load_dataset_spec(folder)
    text = updated(folder, replace(spec, tasks={"buy": spec.tasks["buy"]}))
    assert "How many stars" not in text
    assert "# What is bought next.\n[task.buy]" in text
    assert text.endswith("\n# The end.\n")


def test_new_sections_stand_behind_those_before_them(folder):
    spec = load_dataset_spec(folder)
    task = replace(spec.tasks["stars"], name="more", title="More", label="more")
    spec = replace(
        with_entity(spec, EntitySpec(name="shop", text="{shop}")), tasks={**spec.tasks, "more": task}
    )
    text = updated(folder, replace(spec, split=SplitSpec(kind="random")))
    assert lines_changed(text)[0] == []
    order = ["name =", "# ---- Things", "[entity.user]", "# Items are", "[entity.item]", "[entity.shop]"]
    order += ["# ---- Tasks", "[task.buy]", "[task.stars]", "[task.more]", "[split]", "# The end."]
    assert sorted(order, key=text.index) == order
    assert '[task.more]\ntitle  = "More"' in text


def test_names_of_any_script_are_added_and_changed_and_leave_like_others(folder):
    before = load_dataset_spec(folder)
    added = with_entity(before, EntitySpec(name="商品", key="Kunde Nr. (ä)"))
    text = updated(folder, added)
    assert lines_changed(text) == ([], ['[entity."商品"]', 'key = "Kunde Nr. (ä)"'])
    task = replace(added.tasks["stars"], name="нажал", title="Нажал", label="нажал")
    added = replace(added, tasks={**added.tasks, "нажал": task})
    assert '[task."нажал"]' in updated(folder, added)
    renamed = replace(task, name="ünï")
    added = replace(added, tasks={"ünï" if n == "нажал" else n: t for n, t in added.tasks.items()})
    text = updated(folder, replace(added, tasks={**added.tasks, "ünï": renamed}))
    assert '[task."ünï"]' in text
    assert "# Items are" in text
    text = updated(folder, before)
    assert "ünï" not in text
    assert "商品" not in text


def test_a_heading_of_a_history_is_changed_below_itself(folder):
    inline = 'history = { table = "buys.csv", item = "item", time = "t", max = 20 }  # the newest 20\n'
    own = '\n# What they bought.\n[entity.user.history]\ntable = "buys.csv"\nitem = "item"\n'
    own += 'time = "t" # seconds\n'
    (folder / "dataset.toml").write_text(BY_HAND.replace(inline, own))
    spec = load_dataset_spec(folder)
    user = spec.entities["user"]
    text = updated(folder, with_entity(spec, replace(user, history=replace(user.history, time="at", max=3))))
    assert '# What they bought.\n[entity.user.history]\ntable = "buys.csv"\nitem = "item"\n' in text
    assert 'time = "at" # seconds\nmax  = 3\n' in text
    text = updated(folder, with_entity(spec, replace(user, history=None)))
    assert "history" not in text


def test_a_bare_word_for_a_split_becomes_a_table_when_it_says_more(folder):
    text = BY_HAND.replace('label = "stars"', 'label = "stars"\nsplit = "random" # by chance')
    (folder / "dataset.toml").write_text(text)
    spec = load_dataset_spec(folder)
    stars = replace(spec.tasks["stars"], split=SplitSpec(kind="random", seed=4))
    text = updated(folder, replace(spec, tasks={**spec.tasks, "stars": stars}))
    assert 'split = { kind = "random", seed = 4 } # by chance' in text


def test_a_place_out_of_the_environment_is_not_written_over(folder, monkeypatch):
    monkeypatch.delenv("OUR_TABLES", raising=False)
    place = 'tables = "${OUR_TABLES:-../there}"\n'
    (folder / "dataset.toml").write_text(place + BY_HAND)
    spec = load_dataset_spec(folder)
    assert updated(folder, with_entity(spec, replace(spec.entities["item"], key="sku"))).startswith(place)


def test_a_heading_inside_a_text_is_no_heading(folder):
    text = BY_HAND.replace("name = 'mine'", "name = 'mine'\ndescription = '''\n[task.buy]\nis the first'''")
    (folder / "dataset.toml").write_text(text)
    spec = load_dataset_spec(folder)
    changed = updated(folder, with_entity(spec, replace(spec.entities["user"], numeric=("age",))))
    assert "is the first" in changed


def test_a_file_without_headings_is_written_anew(folder):
    text = (
        'entity.user = { key = "user_id" }\nentity.item = { key = "item_id" }\n'
        'task.buy = { kind = "retrieval", table = "buys.csv", inputs = ["user", "item"] }\n'
    )
    (folder / "dataset.toml").write_text(text)
    spec = load_dataset_spec(folder)
    assert updated(folder, spec) == text
    history = HistorySpec(table="buys.csv", item="item")
    changed = updated(folder, with_entity(spec, replace(spec.entities["user"], history=history)))
    assert '[entity.user]\nkey     = "user_id"\nhistory' in changed


def test_line_ends_of_another_system_stay(folder):
    (folder / "dataset.toml").write_bytes(BY_HAND.replace("\n", "\r\n").encode())
    spec = load_dataset_spec(folder)
    updated(folder, with_entity(spec, replace(spec.entities["user"], text="{a}")))
    raw = (folder / "dataset.toml").read_bytes()
    assert raw.count(b"\r\n") == raw.count(b"\n") == BY_HAND.count("\n") + 1


def test_a_file_that_ends_without_a_line_end_can_grow(folder):
    (folder / "dataset.toml").write_text(BY_HAND.removesuffix("\n\n# The end.\n"))
    spec = load_dataset_spec(folder)
    task = replace(spec.tasks["stars"], name="more", title="More")
    assert 'label = "stars"\n\n[task.more]\n' in updated(
        folder, replace(spec, tasks={**spec.tasks, "more": task})
    )


def test_without_a_file_there_is_nothing_to_change(folder):
    spec = load_dataset_spec(folder)
    (folder / "dataset.toml").unlink()
    with pytest.raises(DataError, match="can't be changed"):
        update_dataset_spec(spec, folder)

"""Which task answers which question, in datasets of other shapes than the shop."""

import re

import pytest

from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import UserError
from mtrec_core.inference.roles import (
    advertising_task,
    answering_task,
    is_typed,
    person_of,
    profiling_tasks,
    recommending_task,
    relating_task,
    scoring_tasks,
    search_task,
)
from tests.tiny_shop import DATASET, write_dataset


@pytest.fixture
def compiled(tmp_path, tables):
    """compiled(*tasks, replace={...}) has only these tasks; `replace` changes the declaration's text."""

    def make(*tasks, replace=()):
        toml = DATASET
        for old, new in dict(replace).items():
            assert old in toml
            toml = toml.replace(old, new)
        write_dataset(tmp_path, tables, toml)
        return compile_dataset(load_dataset_spec(tmp_path), tasks=tasks or None)

    return make


def test_the_shop_s_tasks_have_their_roles(compiled):
    dataset = compiled()
    assert person_of(dataset) == "user"
    assert recommending_task(dataset) == "purchase"
    assert search_task(dataset) == ("search", "query", "item")
    assert answering_task(dataset) == ("service", "question")
    assert relating_task(dataset) == "related"
    assert advertising_task(dataset) == ("ad_click", "ad")
    assert profiling_tasks(dataset) == ["gold", "segment"]
    assert [name for name in dataset.entities if is_typed(dataset, name)] == [
        "ad",
        "query",
        "question",
        "answer",
    ]
    assert scoring_tasks(dataset, "item", {"user"}, {"user"}) == ["purchase", "liked", "stars"]
    assert scoring_tasks(dataset, "item", {"user", "query"}, {"query"}) == ["search"]


def test_a_run_without_users_says_what_it_has(compiled):
    dataset = compiled("service", "tags")
    assert person_of(dataset) == ""
    tasks = (
        r"tags \(multilabel with the inputs item\); service \(retrieval with the inputs question, answer\)"
    )
    for ask in (recommending_task, relating_task, advertising_task, profiling_tasks):
        with pytest.raises(UserError, match=f"No task of this run .* Its tasks are: {tasks}"):
            ask(dataset)
    assert answering_task(dataset) == ("service", "question")
    for ask in (answering_task, search_task):
        with pytest.raises(UserError, match=r"No task of this run .* Its tasks are: tags"):
            ask(compiled("tags"))


def test_a_search_may_be_a_retrieval(compiled):
    retrieval = {
        'kind   = "ranking"': 'kind   = "retrieval"',
        '["query", "item", "user"]': '["query", "item"]',
    }
    without_label = {'label  = "relevance"\n': "", 'group  = "search_id"\n': ""}
    dataset = compiled("purchase", "search", replace=retrieval | without_label)
    assert search_task(dataset) == ("search", "query", "item")
    with pytest.raises(UserError, match="finds answers"):
        answering_task(dataset)


def test_ads_may_be_the_items_themselves(compiled):
    assert advertising_task(compiled("purchase", "liked")) == ("liked", "item")


def test_a_user_without_a_history_is_known_by_the_name(compiled):
    history = re.search(r"history     = .*\n", DATASET)
    assert history is not None
    dataset = compiled("purchase", "gold", replace={history.group(): ""})
    assert person_of(dataset) == "user"
    assert recommending_task(dataset) == "purchase"

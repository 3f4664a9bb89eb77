"""Searches: what was typed, which products were shown, how relevant each was to that customer. No torch here.

Shape suffixes: S = searches, R = rows (search, product), U = users, N = items.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sample_data.shop_maker.catalogue import Catalogue
from sample_data.shop_maker.purchases import facet_match
from sample_data.shop_maker.shop_year import END, START, moments, random_moments
from sample_data.shop_maker.shoppers import Shoppers
from sample_data.shop_maker.words import draw, facets, leaves, pick

SEARCHES = 2000
SHOWN = (4, 2, 2)
"""Products on the page of results: of the category that was meant, of its department, from anywhere."""
NOISE = 0.45
GRADES = (0.55, 1.75, 2.75)
"""Relevance from which the grade is 1, 2, 3."""


@dataclass(frozen=True, kw_only=True)
class SearchLog:
    """The table and the truth behind it."""

    table: pd.DataFrame
    about_R: np.ndarray
    """What the words of the query add to the relevance."""
    personal_R: np.ndarray
    """What the customer's own taste adds to it."""


def make_search_log(seed: int, catalogue: Catalogue, shoppers: Shoppers) -> SearchLog:
    """Search after search, in the order of time."""
    rng = np.random.default_rng([seed, 5])
    match_UN = facet_match(catalogue, shoppers)
    department_N = catalogue.table["department"].to_numpy()
    items = catalogue.table["item_id"].to_numpy()
    rows, about, personal = [], [], []
    for number, minute in enumerate(random_moments(SEARCHES, (START + 14 * 1440, END), rng), 1):
        user = int(rng.integers(0, len(shoppers.table)))
        leaf = draw(shoppers.leaf_taste_UL[user] + 0.6 / len(leaves()), rng)
        wanted = _wanted_facet(leaf, shoppers.facet_taste_UF[user], rng)
        query = _query(leaf, wanted, rng)
        same = np.flatnonzero(catalogue.leaf_N == leaf)
        near = np.flatnonzero((department_N == leaves()[leaf].department) & (catalogue.leaf_N != leaf))
        far = np.flatnonzero(department_N != leaves()[leaf].department)
        shown = np.concatenate(
            [
                rng.choice(group, count, replace=False)
                for group, count in zip((same, near, far), SHOWN, strict=True)
            ]
        )
        shown = rng.permutation(shown)
        asked = catalogue.facets_NF[shown, wanted] if wanted is not None else np.zeros(len(shown))
        in_leaf = catalogue.leaf_N[shown] == leaf
        about_query = 1.3 * in_leaf + 0.5 * (department_N[shown] == leaves()[leaf].department) + 1.2 * asked
        taste = 0.65 * match_UN[user, shown] - 0.15 * (catalogue.tier_N[shown] - shoppers.budget_U[user]) ** 2
        relevance = about_query + taste + NOISE * rng.normal(size=len(shown))
        grades = np.searchsorted(GRADES, relevance)
        for item, grade in zip(shown, grades, strict=True):
            rows.append(
                (
                    f"s{number:04d}",
                    f"u{user + 1:04d}",
                    moments(np.array([minute]))[0],
                    query,
                    items[item],
                    int(grade),
                )
            )
        about.append(about_query)
        personal.append(taste)
    columns = ["search_id", "user_id", "time", "query", "item_id", "relevance"]
    return SearchLog(
        table=pd.DataFrame(rows, columns=columns),
        about_R=np.concatenate(about),
        personal_R=np.concatenate(personal),
    )


def _wanted_facet(leaf: int, taste_F: np.ndarray, rng: np.random.Generator) -> int | None:
    """Six in ten queries also ask for a facet, mostly one that the customer looks for."""
    if rng.random() < 0.4:
        return None
    possible = np.array([facet.name not in leaves()[leaf].without for facet in facets()], dtype=float)
    return draw(possible * (0.15 + (taste_F > 0)), rng)


def _query(leaf: int, wanted: int | None, rng: np.random.Generator) -> str:
    """Two in three queries describe the product without its name."""
    asks = leaves()[leaf].asks
    words = pick(asks[:2], rng) if rng.random() < 0.33 else pick(asks[2:], rng)
    if wanted is None:
        return str(words)
    quality = pick(facets()[wanted].asks, rng)
    return f"{words}, {quality}" if rng.random() < 0.5 else f"{words} {quality}"

"""The shop's products: titles, descriptions, prices, tags, and what they are like underneath. No torch here.

Shape suffixes: N = items, F = facets, L = categories (leaves).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sample_data.shop_maker.shop_year import NEW_SEASON, START, moments, random_days
from sample_data.shop_maker.words import Leaf, expand, facets, leaves, pick, word_list

PER_LEAF = 36
SENTENCES = 2
"""Least number of sentences that say what a product is like."""
ABOUT_SHARE = 0.25
"""How often a description also says something about the kind of product."""
TWO_FACETS = 0.3
"""Share of products with two facets; the others have one."""
NEW_SHARE = 0.09
"""Share of products that come into the shop in its last weeks: nobody has bought them before."""
TAGGED = 400
"""How many products the staff have tagged; the cells of the others are empty."""
TAG_FORGOTTEN = 0.06
"""How often a tag that fits is missing where the staff did tag."""


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """The table of products and the truth behind it."""

    table: pd.DataFrame
    leaf_N: np.ndarray
    """int: position in `leaves()`."""
    facets_NF: np.ndarray
    """1.0 where the product has the facet."""
    tier_N: np.ndarray
    """About -1.5 (cheap within its category) to 1.5 (dear)."""
    quality_N: np.ndarray
    """What the brand is worth: bad ones come back more often. About standard normal over brands."""
    appeal_N: np.ndarray
    """How popular a product is, whoever looks at it; standard normal."""
    launch_N: np.ndarray
    """Minute from which it can be bought; 0 for the old ones."""


def _facets_of(leaf: Leaf, rng: np.random.Generator) -> list[int]:
    possible = np.array([facet.name not in leaf.without for facet in facets()], dtype=float)
    count = 2 if rng.random() < TWO_FACETS else 1
    return [int(f) for f in rng.choice(len(possible), count, replace=False, p=possible / possible.sum())]


def _title(brand: str, leaf: Leaf, noun: str, rng: np.random.Generator) -> str:
    if ":" in noun:
        return f"{noun} ({brand})"
    colours = word_list("people")["colours"].get(leaf.matter)
    return f"{brand} {noun}, {pick(colours, rng)}" if colours else f"{brand} {noun}"


def _description(leaf: Leaf, members: list[int], rng: np.random.Generator) -> str:
    wanted = SENTENCES + int(rng.random() < 0.4)
    sentences: list[str] = []
    while len(sentences) < wanted:
        sentence = facets()[members[len(sentences) % len(members)]].phrase(leaf.matter, rng)
        sentences += [sentence] * (sentence not in sentences)
    order = rng.permutation(len(sentences))
    about = [expand(pick(leaf.about, rng), rng)] if rng.random() < ABOUT_SHARE else []
    return " ".join(about + [sentences[place] for place in order])


def make_catalogue(seed: int) -> Catalogue:
    """All products, in a shuffled order so that the identifier says nothing."""
    rng = np.random.default_rng([seed, 1])
    brand_names = word_list("people")["brands"]
    quality = {brand: float(rng.normal()) for names in brand_names.values() for brand in names}
    rows, leaf_of, members_of, tiers, qualities = [], [], [], [], []
    seen: set[str] = set()
    for place, leaf in enumerate(leaves()):
        brands = brand_names[leaf.department]
        for _ in range(PER_LEAF):
            members = _facets_of(leaf, rng)
            level = float(
                np.clip(
                    rng.normal() * 0.7 + 0.6 * any(facets()[f].name == "luxury" for f in members), -1.5, 1.5
                )
            )
            position = int(
                np.clip(round((level + 1.5) / 3 * (len(brands) - 1) + 1.6 * rng.normal()), 0, len(brands) - 1)
            )
            brand = brands[position]
            low, high = leaf.price
            price = np.floor(low * (high / low) ** ((level + 1.5) / 3)) + pick((0.49, 0.9, 0.95, 0.99), rng)
            title = _title(brand, leaf, pick(leaf.nouns, rng), rng)
            text = _description(leaf, members, rng)
            while f"{title} {text}" in seen:
                text = _description(leaf, members, rng)
            seen.add(f"{title} {text}")
            rows.append(
                (title, leaf.department, leaf.section, leaf.category, brand, round(float(price), 2), text)
            )
            leaf_of.append(place)
            members_of.append(members)
            tiers.append(level)
            qualities.append(quality[brand])
    total = len(rows)
    order = rng.permutation(total)
    facets_NF = np.zeros((total, len(facets())))
    for row, place in enumerate(order):
        facets_NF[row, members_of[place]] = 1.0
    launch_N = np.where(rng.random(total) < NEW_SHARE, random_days(total, NEW_SEASON, rng), 0)
    columns = ["title", "department", "section", "category", "brand", "price", "description"]
    table = pd.DataFrame([rows[place] for place in order], columns=columns)
    rank = table.groupby("category")["price"].rank(method="first") - 1
    table.insert(6, "price_level", 1 + (rank * 5 // PER_LEAF).astype(int))
    table.insert(0, "item_id", [f"i{number:04d}" for number in range(1, total + 1)])
    table["in_shop_since"] = moments(
        np.where(launch_N > 0, launch_N, START - rng.integers(1, 900, total) * 1440), "%Y-%m-%d"
    )
    table["tags"] = _tags(facets_NF, rng)
    return Catalogue(
        table=table,
        leaf_N=np.array(leaf_of)[order],
        facets_NF=facets_NF,
        tier_N=np.array(tiers)[order],
        quality_N=np.array(qualities)[order],
        appeal_N=rng.normal(size=total),
        launch_N=launch_N,
    )


def _tags(facets_NF: np.ndarray, rng: np.random.Generator) -> list[str]:
    """What the staff wrote down: the facets of a part of the products, now and then one less."""
    tagged = np.zeros(len(facets_NF), dtype=bool)
    tagged[rng.choice(len(facets_NF), TAGGED, replace=False)] = True
    kept = (facets_NF > 0) & (rng.random(facets_NF.shape) >= TAG_FORGOTTEN)
    names = [facet.tag for facet in facets()]
    return [
        "|".join(names[f] for f in np.flatnonzero(row)) if known else ""
        for row, known in zip(kept, tagged, strict=True)
    ]


def leaf_popularity(rng: np.random.Generator) -> np.ndarray:
    """[L] weights of the categories: a few sell much, most little."""
    weights = 1.0 / np.arange(2, 2 + len(leaves())) ** 0.5
    return rng.permutation(weights / weights.sum())


def next_leaves() -> np.ndarray:
    """[L, L]: how probable it is that a purchase in the row's category leads to one in the column's."""
    names = [leaf.name for leaf in leaves()]
    follow_LL = np.zeros((len(names), len(names)))
    for place, leaf in enumerate(leaves()):
        for weight, other in zip((0.5, 0.3, 0.2), leaf.next, strict=True):
            follow_LL[place, names.index(other)] = weight
    return follow_LL

"""Advertisements, their impressions, and who clicked. No torch here.

Shape suffixes: A = ads, I = impressions, U = users, P = purchases, L = categories (leaves), F = facets.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sample_data.shop_maker.catalogue import next_leaves
from sample_data.shop_maker.purchases import Purchases
from sample_data.shop_maker.shop_year import END, HOURS, START, moments
from sample_data.shop_maker.shoppers import Shoppers
from sample_data.shop_maker.words import departments, facets, leaves, pick, word_list

IMPRESSIONS = 28000
POSITION_EFFECT = (0.0, -0.25, -0.45, -0.65, -0.8)
"""What each place on the page adds to the log odds of a click, all else equal."""
LEAF_PULL, FACET_PULL, FOLLOW_PULL = 2.4, 0.8, 1.7
FORMATS = ("banner", "feed", "story")


@dataclass(frozen=True, kw_only=True)
class Advertising:
    """The two tables and the truth behind them."""

    ads: pd.DataFrame
    impressions: pd.DataFrame
    leaf_A: np.ndarray
    facets_AF: np.ndarray
    match_I: np.ndarray
    """What taste and earlier purchases add to the log odds of a click."""


def make_advertising(seed: int, shoppers: Shoppers, purchases: Purchases) -> Advertising:
    """Random ads at random places for random customers, so that each effect can be measured on its own."""
    rng = np.random.default_rng([seed, 4])
    ads, leaf_A, facets_AF = _ads(rng)
    user_I = rng.integers(0, len(shoppers.table), IMPRESSIONS)
    ad_I = rng.integers(0, len(ads), IMPRESSIONS)
    position_I = rng.integers(1, 6, IMPRESSIONS)
    hour_I = np.searchsorted(np.cumsum(HOURS) / HOURS.sum(), rng.random(IMPRESSIONS), side="right")
    minute_I = (
        np.sort(rng.integers(START // 1440 + 30, END // 1440, IMPRESSIONS)) * 1440
        + hour_I * 60
        + rng.integers(0, 60, IMPRESSIONS)
    )
    match_I = (
        LEAF_PULL * _nearness(shoppers)[user_I, leaf_A[ad_I]]
        + FACET_PULL * (shoppers.facet_taste_UF @ facets_AF.T)[user_I, ad_I]
        + FOLLOW_PULL * _follows(purchases, user_I, minute_I, leaf_A[ad_I])
    )
    quality_A = rng.normal(size=len(ads)) * 0.2
    evening_I = 0.25 * (hour_I >= 18) - 0.25 * (hour_I < 9)
    logit_I = -2.9 + match_I + np.array(POSITION_EFFECT)[position_I - 1] + quality_A[ad_I] + evening_I
    clicked_I = rng.random(IMPRESSIONS) < 1 / (1 + np.exp(-logit_I))
    table = pd.DataFrame(
        {
            "user_id": shoppers.table["user_id"].to_numpy()[user_I],
            "ad_id": ads["ad_id"].to_numpy()[ad_I],
            "time": moments(minute_I),
            "hour": hour_I,
            "position": position_I,
            "clicked": clicked_I.astype(int),
        }
    )
    order = np.argsort(minute_I, kind="stable")
    return Advertising(
        ads=ads,
        impressions=table.iloc[order].reset_index(drop=True),
        leaf_A=leaf_A,
        facets_AF=facets_AF,
        match_I=match_I[order],
    )


def _ads(rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    rows, leaf_of, members_of = [], [], []
    brands = word_list("people")["brands"]
    for place, leaf in enumerate(leaves()):
        possible = [f for f, facet in enumerate(facets()) if facet.name not in leaf.without]
        for opening in leaf.ads:
            members = [int(f) for f in rng.choice(possible, 1 + int(rng.random() < 0.3), replace=False)]
            promise = " ".join(facets()[f].phrase(leaf.matter, rng) for f in members)
            brand = pick(brands[leaf.department], rng)
            thing = pick(leaf.nouns, rng).partition(":")[0]
            rows.append((f"{opening} The {thing} by {brand}. {promise}", pick(FORMATS, rng)))
            leaf_of.append(place)
            members_of.append(members)
    order = rng.permutation(len(rows))
    facets_AF = np.zeros((len(rows), len(facets())))
    for row, place in enumerate(order):
        facets_AF[row, members_of[place]] = 1.0
    table = pd.DataFrame([rows[place] for place in order], columns=["text", "format"])
    table.insert(0, "ad_id", [f"a{number:03d}" for number in range(1, len(rows) + 1)])
    return table, np.array(leaf_of)[order], facets_AF


def _nearness(shoppers: Shoppers) -> np.ndarray:
    """[U, L]: 1 for a favourite category, less for others of a favourite's department."""
    names = list(departments())
    department_L = np.array([names.index(leaf.department) for leaf in leaves()])
    favourite_UL = shoppers.leaf_taste_UL > 0
    by_department = np.stack(
        [favourite_UL[:, department_L == d].any(axis=1) for d in range(len(names))], axis=1
    )
    return np.where(favourite_UL, 1.0, 0.4 * by_department[:, department_L])


def _follows(
    purchases: Purchases, user_I: np.ndarray, minute_I: np.ndarray, leaf_I: np.ndarray
) -> np.ndarray:
    """1.0 where the ad's category goes with one of the customer's last three purchases."""
    goes_with_LL = next_leaves() > 0
    last = purchases.before(user_I, minute_I, 3)
    return np.array(
        [
            float(goes_with_LL[purchases.leaf_P[own], leaf].any())
            for own, leaf in zip(last, leaf_I, strict=True)
        ]
    )

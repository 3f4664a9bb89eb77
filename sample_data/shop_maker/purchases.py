"""A year of purchases, what was sent back, and who is a valued customer. No torch here.

Shape suffixes: P = purchases, U = users, N = items, L = categories (leaves).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sample_data.shop_maker.catalogue import Catalogue, leaf_popularity, next_leaves
from sample_data.shop_maker.shop_year import DRIFT, END, START, moments, random_moments
from sample_data.shop_maker.shoppers import Shoppers
from sample_data.shop_maker.words import draw, facets, leaves

MEAN_PURCHASES = 12.5
OWN_TASTE, FOLLOW_UP = 0.44, 0.36
"""How often a purchase comes from the customer's favourite categories, and how often it follows from the last
two purchases; the rest are presents and whims, for which his taste counts little."""
FACET_PULL, WHIM_PULL = 2.1, 0.3
TIER_PULL, WHIM_TIER_PULL = 1.4, 0.4
APPEAL_PULL = 0.45
DRIFT_UP = {
    "candles": 6.0,
    "board_games": 6.0,
    "building_sets": 5.0,
    "soft_toys": 5.0,
    "throws": 4.0,
    "teapots": 4.0,
}
DRIFT_DOWN = {"tents": 0.2, "sun_creams": 0.2, "barbecues": 0.2, "seeds": 0.2, "helmets": 0.4, "stoves": 0.4}
"""How the categories' shares change in the last weeks of the year."""
WANTED_FIT, PRICE_FIT = 1.6, 0.6
"""How much better than a whim a wanted purchase fits, and how much worse one too dear or too cheap."""
RETURN_PULL, BRAND_PULL = 1.25, 0.3
"""How much a good fit and a good brand lower the log odds that a purchase comes back."""
HIGH_VALUE_SHARE = 0.35
OWN, FOLLOWED, WHIM = 0, 1, 2


@dataclass(frozen=True, kw_only=True)
class Purchases:
    """The table of purchases, the profile label, and the truth behind them."""

    table: pd.DataFrame
    user_P: np.ndarray
    item_P: np.ndarray
    minute_P: np.ndarray
    leaf_P: np.ndarray
    """Category of the product."""
    reason_P: np.ndarray
    """OWN, FOLLOWED or WHIM."""
    fit_P: np.ndarray
    """How well the product suits the customer; a purchase that fits badly tends to come back."""
    spending_U: np.ndarray
    """How dear a customer's purchases are; the profile label is a noisy threshold on it."""
    high_value_U: np.ndarray

    def before(self, user_R: np.ndarray, minute_R: np.ndarray, count: int) -> list[np.ndarray]:
        """Per row the positions of the customer's last `count` purchases before that minute, oldest first."""
        by_user = np.lexsort((self.minute_P, self.user_P))
        starts = np.searchsorted(self.user_P[by_user], np.arange(int(self.user_P.max()) + 2))
        found = []
        for user, minute in zip(user_R, minute_R, strict=True):
            own = by_user[starts[user] : starts[user + 1]]
            found.append(own[: np.searchsorted(self.minute_P[own], minute)][-count:])
        return found


def make_purchases(seed: int, catalogue: Catalogue, shoppers: Shoppers) -> Purchases:
    """Customer after customer; the table is then ordered by time."""
    rng = np.random.default_rng([seed, 3])
    popular_L = leaf_popularity(rng)
    follow_LL = next_leaves()
    season_L = np.array([DRIFT_UP.get(leaf.name, DRIFT_DOWN.get(leaf.name, 1.0)) for leaf in leaves()])
    members = [np.flatnonzero(catalogue.leaf_N == leaf) for leaf in range(len(leaves()))]
    match_UN = facet_match(catalogue, shoppers)
    gift_N = catalogue.facets_NF[:, [facet.name for facet in facets()].index("gift")]
    rows: list[tuple[int, int, int, int]] = []
    for user in range(len(shoppers.table)):
        beside_N = (catalogue.tier_N - shoppers.budget_U[user]) ** 2
        appeal_N = APPEAL_PULL * catalogue.appeal_N
        own_N = np.exp(appeal_N + FACET_PULL * match_UN[user] - TIER_PULL * beside_N)
        whim_N = np.exp(appeal_N + WHIM_PULL * match_UN[user] - WHIM_TIER_PULL * beside_N)
        joined = START if rng.random() < 0.7 else int(rng.integers(START, END - 60 * 1440))
        count = int(np.clip(rng.gamma(2.2, MEAN_PURCHASES / 2.2), 2, 60))
        available_N = np.ones(len(own_N))
        visited: list[int] = []
        for minute in random_moments(count, (joined, END), rng):
            season = season_L if minute >= DRIFT else np.ones(len(season_L))
            chance = rng.random()
            if visited and chance < FOLLOW_UP:
                reason, weights_L = (
                    FOLLOWED,
                    follow_LL[visited[-1 if rng.random() < 0.7 else -min(2, len(visited))]] * season,
                )
            elif chance < FOLLOW_UP + OWN_TASTE:
                reason, weights_L = OWN, shoppers.leaf_taste_UL[user] * season
            else:
                reason, weights_L = WHIM, popular_L * season
            leaf = draw(weights_L, rng)
            inside = members[leaf]
            weights = (
                (whim_N if reason == WHIM else own_N)[inside]
                * available_N[inside]
                * (catalogue.launch_N[inside] <= minute)
            )
            if minute >= DRIFT:
                weights = weights * np.exp(1.2 * gift_N[inside])
            item = int(inside[draw(weights, rng)])
            available_N[item] = 0.0
            visited.append(leaf)
            rows.append((user, item, int(minute), reason))
    user_P, item_P, minute_P, reason_P = np.array(rows).T
    order = np.lexsort((user_P, minute_P))
    user_P, item_P, minute_P, reason_P = user_P[order], item_P[order], minute_P[order], reason_P[order]
    beside_P = (catalogue.tier_N[item_P] - shoppers.budget_U[user_P]) ** 2
    fit_P = match_UN[user_P, item_P] + WANTED_FIT * (reason_P != WHIM) - PRICE_FIT * beside_P
    spending_U, high_value_U = _high_value(catalogue, user_P, item_P, len(shoppers.table), rng)
    table = pd.DataFrame(
        {
            "user_id": shoppers.table["user_id"].to_numpy()[user_P],
            "item_id": catalogue.table["item_id"].to_numpy()[item_P],
            "time": moments(minute_P),
            "returned": _returned(catalogue, item_P, fit_P, rng).astype(int),
        }
    )
    return Purchases(
        table=table,
        user_P=user_P,
        item_P=item_P,
        minute_P=minute_P,
        leaf_P=catalogue.leaf_N[item_P],
        reason_P=reason_P,
        fit_P=fit_P,
        spending_U=spending_U,
        high_value_U=high_value_U,
    )


def facet_match(catalogue: Catalogue, shoppers: Shoppers) -> np.ndarray:
    """[U, N]: facets that the customer looks for less those that put him off, -2 to 2."""
    return shoppers.facet_taste_UF @ catalogue.facets_NF.T


def _returned(
    catalogue: Catalogue, item_P: np.ndarray, fit_P: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Bad fit and bad brands come back; some categories do more than others."""
    leaf_L = rng.normal(size=len(leaves())) * 0.2
    logit_P = -0.7 - RETURN_PULL * fit_P - BRAND_PULL * catalogue.quality_N[item_P]
    logit_P += leaf_L[catalogue.leaf_N[item_P]]
    return rng.random(len(item_P)) < 1 / (1 + np.exp(-logit_P))


def _high_value(
    catalogue: Catalogue, user_P: np.ndarray, item_P: np.ndarray, users: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """How dear his purchases are within their categories, plus his share of dear facets; noisy."""
    names = [facet.name for facet in facets()]
    dear_N = catalogue.facets_NF[:, [names.index("luxury"), names.index("professional")]].max(axis=1)
    value_P = catalogue.tier_N[item_P] + 0.4 * dear_N[item_P]
    spending_U = np.bincount(user_P, value_P, users) / np.bincount(user_P, minlength=users)
    spending_U = (spending_U - spending_U.mean()) / spending_U.std()
    noisy_U = spending_U + 0.45 * rng.normal(size=users)
    return spending_U, noisy_U > np.quantile(noisy_U, 1 - HIGH_VALUE_SHARE)

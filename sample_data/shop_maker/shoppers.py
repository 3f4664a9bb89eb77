"""The shop's customers: what the table says about them, and the taste that it does not say. No torch here.

Shape suffixes: U = users, L = categories (leaves), F = facets.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sample_data.shop_maker.words import departments, facets, leaves, pick, word_list

USERS = 2000
LEANING = 0.9
"""How much more an occupation likes its departments and facets, in log odds; most taste is personal."""
FAVOURITES = (0.42, 0.28, 0.18, 0.12)
"""Shares of a customer's three or four favourite categories."""
LOVED, DISLIKED = 2, 2
"""How many facets a customer looks for, and how many put him off."""


@dataclass(frozen=True, kw_only=True)
class Shoppers:
    """The table of customers (without the profile label) and the truth behind it."""

    table: pd.DataFrame
    leaf_taste_UL: np.ndarray
    """Share of each category in what the customer buys by his own taste; rows add up to 1."""
    facet_taste_UF: np.ndarray
    """1 for a facet that he looks for, -1 for one that puts him off, 0 for the rest."""
    budget_U: np.ndarray
    """The price tier that he prefers, -1.5 to 1.5."""


def make_shoppers(seed: int) -> Shoppers:
    """All customers."""
    rng = np.random.default_rng([seed, 2])
    occupations = word_list("people")["occupation"]
    cities = word_list("people")["cities"]
    department_names, facet_names = list(departments()), [facet.name for facet in facets()]
    department_of = np.array([department_names.index(leaf.department) for leaf in leaves()])
    rows = []
    leaf_taste_UL = np.zeros((USERS, len(department_of)))
    facet_taste_UF = np.zeros((USERS, len(facet_names)))
    budget_U = np.zeros(USERS)
    for user in range(USERS):
        occupation = pick(list(occupations), rng)
        leaning = occupations[occupation]
        age = _age(occupation, rng)
        in_favour = np.isin(department_names, leaning["departments"]).astype(float)
        in_favour += 0.5 * (np.array(department_names) == "Garden") * (age > 55)
        in_favour += 0.5 * (np.array(department_names) == "Electronics") * (age < 30)
        likes = LEANING * in_favour + 1.1 * rng.gumbel(size=len(department_names))
        leaf_scores = likes[department_of] + 0.9 * rng.gumbel(size=len(department_of))
        count = 3 + int(rng.random() < 0.5)
        best = np.argsort(-leaf_scores)[:count]
        leaf_taste_UL[user, best] = np.array(FAVOURITES[:count]) / sum(FAVOURITES[:count])
        order = np.argsort(
            -(LEANING * np.isin(facet_names, leaning["facets"]) + rng.gumbel(size=len(facet_names)))
        )
        facet_taste_UF[user, order[:LOVED]] = 1.0
        facet_taste_UF[user, order[-DISLIKED:]] = -1.0
        budget_U[user] = np.clip(rng.normal() * 0.9 + 0.6 * leaning.get("budget", 0.0), -1.5, 1.5)
        rows.append((f"u{user + 1:04d}", age, pick(cities, rng), occupation))
    return Shoppers(
        table=pd.DataFrame(rows, columns=["user_id", "age", "city", "occupation"]),
        leaf_taste_UL=leaf_taste_UL,
        facet_taste_UF=facet_taste_UF,
        budget_U=budget_U,
    )


def _age(occupation: str, rng: np.random.Generator) -> int:
    if occupation == "pensioner":
        return int(rng.integers(63, 86))
    if occupation in ("student", "PhD student"):
        return int(rng.integers(18, 33))
    return int(np.clip(rng.normal(41, 11), 20, 66))

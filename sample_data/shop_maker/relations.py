"""Products that go together: pairs across categories, alike in what they are for. No torch here.

Shape suffixes: N = items, L = categories (leaves).
"""

import numpy as np
import pandas as pd

from sample_data.shop_maker.catalogue import Catalogue, next_leaves
from sample_data.shop_maker.words import draw

PAIRS = 3200
SHARED_FACET_PULL, TIER_PULL, APPEAL_PULL = 2.4, 0.8, 0.3


def make_pairs(seed: int, catalogue: Catalogue) -> pd.DataFrame:
    """Distinct pairs: a product and one that goes with it, alike in facets and price."""
    rng = np.random.default_rng([seed, 6])
    follow_LL = next_leaves()
    shared_NN = catalogue.facets_NF @ catalogue.facets_NF.T
    items = catalogue.table["item_id"].to_numpy()
    members = [np.flatnonzero(catalogue.leaf_N == leaf) for leaf in range(len(follow_LL))]
    pairs: dict[tuple[int, int], None] = {}
    while len(pairs) < PAIRS:
        item = int(rng.integers(0, len(items)))
        inside = members[draw(follow_LL[catalogue.leaf_N[item]], rng)]
        logits = (
            SHARED_FACET_PULL * shared_NN[item, inside]
            - TIER_PULL * (catalogue.tier_N[inside] - catalogue.tier_N[item]) ** 2
            + APPEAL_PULL * catalogue.appeal_N[inside]
        )
        pairs[item, int(inside[draw(np.exp(logits), rng)])] = None
    firsts, seconds = zip(*pairs, strict=True)
    return pd.DataFrame({"item_id": items[list(firsts)], "related_id": items[list(seconds)]})

"""What is true about the sample shop can be found in its tables with numpy and scikit-learn alone.

Shape suffixes: P = purchases, I = impressions, U = users, N = items, L = categories, V = words.
"""

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from sample_data.shop_maker.catalogue import next_leaves
from sample_data.shop_maker.purchases import WHIM, facet_match
from sample_data.shop_maker.shop_year import DRIFT, END, NEW_SEASON, START
from sample_data.shop_maker.words import leaves

DAY = 1440


@pytest.fixture(scope="module")
def bought_UL(shop):
    """Share of each category in what a customer bought before October."""
    purchases = shop.purchases
    early = purchases.minute_P < NEW_SEASON[0]
    counts_UL = np.zeros((len(shop.shoppers.table), len(leaves())))
    np.add.at(counts_UL, (purchases.user_P[early], purchases.leaf_P[early]), 1)
    return counts_UL / np.maximum(counts_UL.sum(axis=1, keepdims=True), 1)


def user_codes(table: pd.DataFrame) -> np.ndarray:
    return table["user_id"].str[1:].astype(int).to_numpy() - 1


def test_taste_follows_text_so_that_new_products_can_be_ranked(shop):
    purchases, items = shop.purchases, shop.catalogue.table
    text = items["category"] + ". " + items["description"]
    text_NV = TfidfVectorizer(sublinear_tf=True).fit_transform(text)
    new_N = np.flatnonzero(shop.catalogue.launch_N > 0)
    of_new = np.flatnonzero(np.isin(purchases.item_P, new_N))
    places = []
    for row, own in zip(
        of_new, purchases.before(purchases.user_P[of_new], purchases.minute_P[of_new], 20), strict=True
    ):
        if len(own):
            taste_V = np.asarray(text_NV[purchases.item_P[own]].mean(axis=0)).ravel()
            scores = text_NV[new_N] @ taste_V
            bought = scores[new_N == purchases.item_P[row]]
            places.append((scores < bought).mean() + (scores == bought).mean() / 2)
    # Popularity knows nothing of what nobody has bought: it would put each in the middle, at one half.
    assert len(places) > 300
    assert np.mean(places) > 0.6


def test_taste_for_what_the_text_means_is_stronger_than_chance(shop):
    purchases = shop.purchases
    match_UN = facet_match(shop.catalogue, shop.shoppers)
    match_P = match_UN[purchases.user_P, purchases.item_P]
    assert match_P[purchases.reason_P != WHIM].mean() > match_UN.mean() + 0.5


def test_the_profile_label_follows_behaviour_and_not_the_static_columns(shop):
    users, purchases = shop.tables()["users.csv"], shop.purchases
    label_U = users["is_high_value"].to_numpy()
    level_P = shop.catalogue.table["price_level"].to_numpy()[purchases.item_P]
    mean_level_U = np.bincount(purchases.user_P, level_P) / np.bincount(purchases.user_P)
    static = pd.get_dummies(users[["city", "occupation"]]).assign(age=users["age"] / 50).to_numpy(float)
    order = np.random.default_rng(0).permutation(len(users))
    train, test = order[:1400], order[1400:]
    model = LogisticRegression(C=0.3, max_iter=1000).fit(static[train], label_U[train])
    assert roc_auc_score(label_U, mean_level_U) > 0.8
    assert roc_auc_score(label_U[test], model.predict_proba(static[test])[:, 1]) < 0.62


def test_purchases_help_to_foresee_clicks(shop, bought_UL):
    shown = shop.advertising.impressions
    late = (shown["time"] >= "2025-10-20").to_numpy()
    share_I = bought_UL[user_codes(shown), shop.advertising.leaf_A[shown["ad_id"].str[1:].astype(int) - 1]]
    clicked_I = shown["clicked"].to_numpy()
    # An ad for a category that a customer had bought from gets more than twice the clicks of another one.
    assert clicked_I[late & (share_I > 0)].mean() > 2 * clicked_I[late & (share_I == 0)].mean()


def test_clicks_help_to_foresee_purchases(shop):
    shown, purchases = shop.advertising.impressions, shop.purchases
    leaf_I = shop.advertising.leaf_A[shown["ad_id"].str[1:].astype(int) - 1]
    user_I = user_codes(shown)
    early = (shown["time"] < "2025-09-01").to_numpy()
    late_P = (purchases.table["time"] >= "2025-09-01").to_numpy()
    later_UL = np.zeros((len(shop.shoppers.table), len(leaves())))
    np.add.at(later_UL, (purchases.user_P[late_P], purchases.leaf_P[late_P]), 1)
    clicked = early & (shown["clicked"] == 1).to_numpy()
    ignored = early & (shown["clicked"] == 0).to_numpy()
    assert (
        later_UL[user_I[clicked], leaf_I[clicked]].mean()
        > 2 * later_UL[user_I[ignored], leaf_I[ignored]].mean()
    )


def test_what_draws_a_click_keeps_a_purchase_from_coming_back(shop):
    # The conflict: one direction of taste, two labels that pull it opposite ways.
    clicked_I, returned_P = shop.advertising.impressions["clicked"], shop.purchases.table["returned"]
    with_click = np.corrcoef(shop.advertising.match_I, clicked_I)[0, 1]
    with_return = np.corrcoef(shop.purchases.fit_P, returned_P)[0, 1]
    assert with_click > 0.2
    assert with_return < -0.2


def test_a_purchase_that_came_back_is_still_a_positive_of_the_recommendation(shop):
    # The same rows: `purchase` pulls customer and product together, `returned` pushes one in eight apart.
    share = shop.purchases.table["returned"].mean()
    assert share == pytest.approx(1 / 8, abs=0.03)


def test_taste_drifts_at_the_end_of_the_year(shop):
    purchases = shop.purchases

    def shares(first: int, last: int) -> np.ndarray:
        inside = (purchases.minute_P >= first) & (purchases.minute_P < last)
        return np.bincount(purchases.leaf_P[inside], minlength=len(leaves())) / inside.sum()

    def distance(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.abs(a - b).sum() / 2)

    autumn = shares(DRIFT - 70 * DAY, DRIFT - 35 * DAY)
    before, after = shares(DRIFT - 35 * DAY, DRIFT), shares(DRIFT, END)
    assert distance(before, after) > 0.15
    assert distance(before, after) > 2.5 * distance(autumn, before)
    share_of_year = (END - DRIFT) / (END - START)
    assert share_of_year == pytest.approx(0.1, abs=0.005)


def test_a_click_is_rarer_the_lower_the_ad_stands_all_else_equal(shop):
    shown = shop.advertising.impressions.assign(match=shop.advertising.match_I)
    by_place = shown.groupby("position")[["clicked", "match"]].mean()
    assert by_place["clicked"].is_monotonic_decreasing
    assert by_place["clicked"][1] > 1.5 * by_place["clicked"][5]
    assert np.ptp(by_place["match"]) < 0.05 * shown["match"].std() * 2
    assert 0.05 < shown["clicked"].mean() < 0.12


def test_what_was_bought_leads_to_what_goes_with_it(shop):
    purchases = shop.purchases
    goes_with_LL = next_leaves() > 0
    last = purchases.before(purchases.user_P, purchases.minute_P, 1)
    follows = [
        goes_with_LL[purchases.leaf_P[own[0]], leaf]
        for own, leaf in zip(last, purchases.leaf_P, strict=True)
        if len(own)
    ]
    # Three of 42 categories go with each: by chance 3 / 42 = 7 %.
    assert np.mean(follows) > 3 * 3 / 42


def test_the_next_purchase_is_not_found_by_counting_transitions_between_products(shop):
    purchases = shop.purchases
    last = purchases.before(purchases.user_P, purchases.minute_P, 1)
    pairs = pd.Series(
        [
            (purchases.item_P[own[0]], item)
            for own, item in zip(last, purchases.item_P, strict=True)
            if len(own)
        ]
    )
    assert (pairs.map(pairs.value_counts()) == 1).mean() > 0.8


def test_related_products_are_of_other_categories_and_alike_in_meaning(shop):
    number = {item: place for place, item in enumerate(shop.catalogue.table["item_id"])}
    first, second = (shop.pairs[column].map(number).to_numpy() for column in ("item_id", "related_id"))
    catalogue = shop.catalogue
    assert (catalogue.leaf_N[first] != catalogue.leaf_N[second]).all()
    shared = (catalogue.facets_NF[first] * catalogue.facets_NF[second]).sum(axis=1).mean()
    by_chance = (
        (catalogue.facets_NF[first] * catalogue.facets_NF[np.random.default_rng(0).permutation(second)])
        .sum(axis=1)
        .mean()
    )
    assert shared > 3 * by_chance


def test_relevance_grows_with_the_query_and_with_the_customers_own_taste(shop):
    grades = shop.searches.table["relevance"]
    assert set(grades) == {0, 1, 2, 3}
    assert np.corrcoef(shop.searches.about_R, grades)[0, 1] > 0.5
    assert np.corrcoef(shop.searches.personal_R, grades)[0, 1] > 0.3


def test_most_queries_do_not_name_the_product(shop):
    named = {word for leaf in leaves() for phrase in leaf.asks[:2] for word in [phrase]}
    queries = shop.searches.table.drop_duplicates("search_id")["query"]
    assert (~queries.map(lambda query: any(query.startswith(phrase) for phrase in named))).mean() > 0.5


def test_most_questions_are_about_few_matters_and_each_has_some(shop):
    counts = shop.questions["answer_id"].value_counts()
    assert len(counts) == len(shop.answers) >= 50
    assert counts.min() >= 6
    assert counts.iloc[:15].sum() > 0.4 * counts.sum()


def test_an_occupation_says_little_about_taste_but_something(shop):
    taste = (
        pd.DataFrame(shop.shoppers.leaf_taste_UL).groupby(shop.shoppers.table["occupation"].to_numpy()).mean()
    )
    between = taste.to_numpy().var(axis=0).sum()
    within = shop.shoppers.leaf_taste_UL.var(axis=0).sum()
    assert 0.01 < between / within < 0.15

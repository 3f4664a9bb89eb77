"""The whole shop: every table and the truth behind it, from one seed. No torch here."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sample_data.shop_maker.advertising import Advertising, make_advertising
from sample_data.shop_maker.catalogue import Catalogue, make_catalogue
from sample_data.shop_maker.purchases import Purchases, make_purchases
from sample_data.shop_maker.relations import make_pairs
from sample_data.shop_maker.search_log import SearchLog, make_search_log
from sample_data.shop_maker.service_desk import make_service
from sample_data.shop_maker.shoppers import Shoppers, make_shoppers

SEED = 20250106


@dataclass(frozen=True, kw_only=True)
class Shop:
    """Tables and hidden truths of the sample shop."""

    catalogue: Catalogue
    shoppers: Shoppers
    purchases: Purchases
    advertising: Advertising
    searches: SearchLog
    pairs: pd.DataFrame
    answers: pd.DataFrame
    questions: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """File name -> what goes into it."""
        users = self.shoppers.table.assign(is_high_value=self.purchases.high_value_U.astype(int))
        return {
            "items.csv": self.catalogue.table,
            "users.csv": users,
            "purchases.csv": self.purchases.table,
            "ads.csv": self.advertising.ads,
            "impressions.csv": self.advertising.impressions,
            "searches.csv": self.searches.table,
            "related.csv": self.pairs,
            "answers.csv": self.answers,
            "questions.csv": self.questions,
        }


def make_shop(seed: int = SEED) -> Shop:
    """Everything about the shop; the same seed gives the same bytes."""
    catalogue = make_catalogue(seed)
    shoppers = make_shoppers(seed)
    purchases = make_purchases(seed, catalogue, shoppers)
    answers, questions = make_service(seed)
    return Shop(
        catalogue=catalogue,
        shoppers=shoppers,
        purchases=purchases,
        advertising=make_advertising(seed, shoppers, purchases),
        searches=make_search_log(seed, catalogue, shoppers),
        pairs=make_pairs(seed, catalogue),
        answers=answers,
        questions=questions,
    )


def write_tables(tables: dict[str, pd.DataFrame], folder: Path) -> None:
    """Each table as a CSV file with the same line ends everywhere."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(folder / name, index=False, lineterminator="\n", encoding="utf-8")

"""Writes the tables of the sample datasets: `python -m sample_data.make_shop [FOLDER]`. No torch here."""

import sys
from pathlib import Path

from sample_data.shop_maker.enrolments import make_enrolments
from sample_data.shop_maker.shop import SEED, make_shop, write_tables
from sample_data.shop_maker.tickets import make_tickets

HERE = Path(__file__).resolve().parent


def main(folder: Path = HERE) -> None:
    """Writes every table below the folder; the `dataset.toml` files beside them are written by hand."""
    write_tables(make_shop().tables(), folder / "shop")
    write_tables(make_enrolments(SEED), folder / "enrolments")
    write_tables({"support_tickets.csv": make_tickets(SEED)}, folder)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))

"""Writes the tables of the sample datasets: `python -m sample_data.make_shop [FOLDER]`. No torch here."""

import sys
from pathlib import Path

from sample_data.shop_maker.shop import make_shop, write_tables

HERE = Path(__file__).resolve().parent


def main(folder: Path = HERE) -> None:
    """Writes every table below the folder; the `dataset.toml` files beside them are written by hand."""
    write_tables(make_shop().tables(), folder / "shop")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))

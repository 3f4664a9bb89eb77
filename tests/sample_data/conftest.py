"""The sample shop with the truth behind it, made once for all tests of this folder."""

import pytest

from sample_data.shop_maker.shop import Shop, make_shop


@pytest.fixture(scope="session")
def shop() -> Shop:
    return make_shop()

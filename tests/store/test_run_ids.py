"""Ids of runs; how people name a run is part of the contract."""

import re

from mtrec_core.store.run_ids import LATEST, new_run_id


def test_an_id_is_short_easy_to_read_out_and_never_a_number():
    ids = {new_run_id() for _ in range(1000)}
    assert len(ids) > 990
    # No 0 and o, no 1, l and i; no vowel that makes a word; a letter first, so that 1e5 can't come up.
    assert all(re.fullmatch("[bcdfghjkmnpqrstvwxz][bcdfghjkmnpqrstvwxz2-9]{5}", run_id) for run_id in ids)


def test_no_id_is_mistaken_for_the_word_that_means_the_newest_run():
    assert LATEST[:2] not in {new_run_id()[:2] for _ in range(1000)}

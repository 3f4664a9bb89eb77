"""Typos, dropped words and synonyms: what they change, what they leave, and that they come again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtrec_core.errors import DataError, UserError
from mtrec_core.evaluation.text_attacks import (
    ATTACKS,
    SYNONYMS_FILE,
    Attack,
    attack_text,
    read_attacks,
    read_synonyms,
)

TEXT = "Lovely summer dress, size 38. Very soft fabric and a warm colour!"
SYNONYMS = {"dress": ["gown"], "soft": ["smooth", "plush"]}
ON_WORDS = [key for key, choice in ATTACKS.items() if choice.on == "words"]


def attacked(key, amount, text=TEXT, seed=0):
    return attack_text(text, Attack(key=key, amount=amount), seed, SYNONYMS)


def test_a_typo_swaps_two_neighbours_of_a_word_and_leaves_numbers_and_marks():
    found = attacked("typos", 1.0)
    assert found != TEXT
    for before, after in zip(TEXT.split(), found.split(), strict=True):
        assert sorted(before) == sorted(after)
        differing = [at for at, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
        long_enough = sum(map(str.isalpha, before)) >= 3
        assert len(differing) == (2 if long_enough else 0), (before, after)
        assert not differing or differing[1] == differing[0] + 1
    assert "38." in found


def test_dropped_words_are_whole_words_and_one_stays():
    found = attacked("drops", 0.5)
    assert 0 < len(found.split()) < len(TEXT.split())
    rest = iter(TEXT.split())
    assert all(word in rest for word in found.split()), "in their order"
    assert len(attacked("drops", 1.0).split()) == 1
    assert attacked("drops", 1.0, text="") == ""


def test_synonyms_keep_a_capital_and_touch_no_other_word():
    assert attacked("synonyms", 1.0, text="Dress and shoe") == "Gown and shoe"
    assert attacked("synonyms", 1.0, text="so soft") in ("so smooth", "so plush")


@pytest.mark.parametrize("key", ON_WORDS)
def test_what_happens_follows_from_seed_attack_and_text(key):
    many = [f"{TEXT} {number} soft dress" for number in range(20)]
    first = [attacked(key, 0.5, text) for text in many]
    assert [attacked(key, 0.5, text) for text in reversed(many)] == first[::-1]
    assert [attacked(key, 0.5, text, seed=1) for text in many] != first


@pytest.mark.parametrize("key", ["typos", "synonyms"])
def test_a_larger_amount_hits_all_that_a_smaller_one_hits(key):
    text = " ".join([TEXT] * 30)
    words = text.split()
    small, large = (attacked(key, amount, text).split() for amount in (0.2, 0.6))
    hit = [at for at, word in enumerate(words) if small[at] != word]
    assert hit
    assert [large[at] for at in hit] == [small[at] for at in hit]
    assert sum(one != other for one, other in zip(words, large, strict=True)) > len(hit)


@given(st.text(max_size=60), st.sampled_from(ON_WORDS), st.floats(0.01, 1))
def test_no_text_breaks_an_attack_or_loses_all_its_words(text, key, amount):
    found = attacked(key, amount, text)
    assert bool(found.split()) == bool(text.split())


def test_the_list_that_comes_along_has_synonyms_for_the_words_of_shops():
    known = read_synonyms(SYNONYMS_FILE)
    assert len(known) >= 100
    assert "trousers" in known["pants"]
    assert all(word not in synonyms for word, synonyms in known.items())


def test_a_list_of_ones_own_is_read_and_a_broken_one_is_named(tmp_path):
    path = tmp_path / "words.csv"
    path.write_text("word,synonym\nLampe,Leuchte\nlampe,Licht\n", encoding="utf-8")
    assert read_synonyms(path) == {"lampe": ["Leuchte", "Licht"]}
    for content, words in (
        ("word,synonym\n", "is empty"),
        ("a,b\n1,2\n", "in line 2"),
        ("word,synonym\nlamp,\n", "in line 2"),
    ):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(DataError, match=words):
            read_synonyms(path)
    with pytest.raises(DataError, match="can't be read"):
        read_synonyms(tmp_path / "none.csv")


def test_attacks_are_named_with_or_without_an_amount():
    assert [attack.name for attack in read_attacks(["typos=0.2", "synonyms", "typos=0.2"])] == [
        "typos=0.2",
        "synonyms=1",
    ]
    assert {attack.key for attack in read_attacks([])} == set(ATTACKS)
    assert read_attacks(["vectors=2"])[0].amount == 2.0


@pytest.mark.parametrize("word", ["typo", "typos=2", "typos=0", "drops=x", "vectors=-1", "vectors=inf"])
def test_an_attack_that_can_not_be_is_refused(word):
    with pytest.raises(UserError, match=r"Unknown attack typo;|must be a number above 0"):
        read_attacks([word])

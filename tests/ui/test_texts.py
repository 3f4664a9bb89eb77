import struct
from pathlib import Path

from mtrec_core.ui.texts import DOMAIN, terms, translations


def write_catalogue(folder: Path, language: str, texts: dict[str, str]) -> None:
    """A compiled catalogue as `msgfmt` writes it: two tables of (length, place), then the texts."""
    path = folder / language / "LC_MESSAGES" / f"{DOMAIN}.mo"
    path.parent.mkdir(parents=True)
    pairs = sorted({"": "Content-Type: text/plain; charset=UTF-8\n", **texts}.items())
    sides = [[text.encode() for text in side] for side in zip(*pairs, strict=True)]
    place = 28 + 16 * len(pairs)
    tables, body = b"", b""
    for side in sides:
        for text in side:
            tables += struct.pack("<II", len(text), place + len(body))
            body += text + b"\0"
    header = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    path.write_bytes(header + tables + body)


def test_a_catalogue_makes_another_language(tmp_path):
    write_catalogue(tmp_path, "de", {"Home": "Start"})
    assert translations("de", tmp_path).gettext("Home") == "Start"


def test_what_a_catalogue_lacks_stays_english(tmp_path):
    write_catalogue(tmp_path, "de", {"Home": "Start"})
    assert translations("de", tmp_path).gettext("Train") == "Train"
    assert translations("fr", tmp_path).gettext("Home") == "Home"


def test_every_term_is_one_or_two_sentences():
    assert [name for name, text in terms.items() if not text.endswith(".") or len(text) > 240] == []

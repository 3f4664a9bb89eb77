"""Text in whatever encoding a shop's export has, as UTF-8. No torch here."""

import codecs

import charset_normalizer
import pyarrow as pa

CHUNK_BYTES = 1 << 20
SAMPLE_BYTES = 1 << 18

WESTERN = "cp1252"
CANDIDATES = [
    WESTERN,
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "gb18030",
    "big5",
    "shift_jis",
    "euc_kr",
    "koi8_r",
]
"""Encodings that exports still use; more would only make wrong guesses likelier."""


def to_utf8(buffer: pa.Buffer) -> pa.Buffer:
    """The same text as UTF-8 without a byte-order mark; the very buffer where it is that already."""
    encoding = encoding_of(buffer)
    if encoding == "utf-8":
        return buffer
    if encoding == "utf-8-sig":
        return buffer.slice(3)
    return pa.py_buffer(codecs.decode(buffer.to_pybytes(), encoding, "replace").encode("utf-8"))


def encoding_of(buffer: pa.Buffer) -> str:
    """Name of the encoding: by its mark, else UTF-8 if all of the text is valid in it, else a guess.

    cp1252 is taken when nothing else is clearly better; any bytes can be read in its sister latin-1.
    """
    head = buffer[:4].to_pybytes()
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(head) >= 4 and head[1] == 0 and head[0] != 0:
        return "utf-16-le"
    if len(head) >= 4 and head[0] == 0 and head[1] != 0:
        return "utf-16-be"
    broken_at = _first_invalid_utf8(buffer)
    if broken_at is None:
        return "utf-8"
    return _guess(buffer, broken_at)


def _first_invalid_utf8(buffer: pa.Buffer) -> int | None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, buffer.size, CHUNK_BYTES):
        end = min(start + CHUNK_BYTES, buffer.size)
        try:
            decoder.decode(memoryview(buffer)[start:end])
        except UnicodeDecodeError as error:
            return start + error.start
    return None


def _guess(buffer: pa.Buffer, near: int) -> str:
    start = max(0, near - SAMPLE_BYTES // 2)
    window = buffer[start : min(start + SAMPLE_BYTES, buffer.size)].to_pybytes()
    foreign = b"\n".join(line for line in window.splitlines() if not line.isascii()) or window
    high_bytes = sum(byte >= 0x80 for byte in foreign)
    if high_bytes < 32 and high_bytes < 0.3 * len(foreign):
        return WESTERN if _decodes(window, WESTERN) else "latin-1"
    found = charset_normalizer.from_bytes(foreign, cp_isolation=CANDIDATES)
    matches = {match.encoding: match for match in found}
    western = matches.get(WESTERN)
    if not matches:
        return "latin-1"
    best = min(matches.values(), key=lambda match: (round(match.chaos, 2), -match.coherence))
    if western and western.chaos <= best.chaos + 0.02 and western.coherence >= best.coherence - 0.1:
        best = western
    return best.encoding if _decodes(window, best.encoding) else "latin-1"


def _decodes(sample: bytes, encoding: str) -> bool:
    try:
        sample.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start > len(sample) - 4
    return True

"""Keys and contents as integers: codes, distinct keys, hashes that stay between runs. No torch here.

Everything works on whole Arrow or NumPy arrays; a column of ten million keys costs four bytes a row.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mtrec_core.data.reading import as_text

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_BLOCK_BYTES = 4_000_000
_LONGEST_KEY = 80


@dataclass(frozen=True, kw_only=True)
class Coded:
    """A column as codes into its distinct texts."""

    values: pa.Array
    """string [V], distinct, in order of first appearance; no nulls and no empty texts."""
    codes_R: np.ndarray
    """int32 [R], -1 where the cell is missing or blank."""

    def take(self, rows: np.ndarray) -> "Coded":
        """The same values, the codes of some rows."""
        return Coded(values=self.values, codes_R=self.codes_R[rows])


def code_column(column: pa.ChunkedArray | pa.Array) -> Coded:
    """Codes of a column by its canonical text, so that 7 and "7" and 7.0 are the same key."""
    if isinstance(column, pa.Array):
        column = pa.chunked_array([column])
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    single = _one_dictionary(encoded)
    text = as_text(single.dictionary)
    text = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
    distinct = text.dictionary_encode()
    new_codes = _filled(distinct.indices)
    if len(new_codes) == 0:
        return Coded(values=distinct.dictionary, codes_R=np.full(len(column), -1, np.int32))
    old_codes_R = _filled(single.indices)
    codes_R = new_codes[old_codes_R]
    codes_R[old_codes_R < 0] = -1
    return Coded(values=distinct.dictionary, codes_R=codes_R)


def _one_dictionary(encoded: pa.ChunkedArray) -> pa.DictionaryArray:
    """The chunks as one dictionary array."""
    if encoded.num_chunks == 1:
        return encoded.chunk(0)
    if encoded.num_chunks == 0:
        return pa.array([], pa.string()).dictionary_encode()
    joined = encoded.unify_dictionaries()
    indices = pa.concat_arrays([chunk.indices for chunk in joined.chunks])
    return pa.DictionaryArray.from_arrays(indices, joined.chunk(0).dictionary)


def _filled(indices: pa.Array) -> np.ndarray:
    """int32 of Arrow indices, -1 for null."""
    return pc.fill_null(indices.cast(pa.int32()), -1).to_numpy(zero_copy_only=False).astype(np.int32)


def concat_coded(parts: Sequence[Coded]) -> Coded:
    """Several columns, one below the other, over one list of values."""
    if len(parts) == 1:
        return parts[0]
    index = KeyIndex()
    codes = [recode(part, index.add(part.values)) for part in parts]
    return Coded(values=index.keys, codes_R=np.concatenate(codes))


def recode(coded: Coded, new_codes_V: np.ndarray) -> np.ndarray:
    """int32 [R]: the rows' values under new codes; missing stays -1."""
    if len(new_codes_V) == 0:
        return np.full(len(coded.codes_R), -1, np.int32)
    codes_R = new_codes_V[coded.codes_R]
    codes_R[coded.codes_R < 0] = -1
    return codes_R


def first_rows(codes_R: np.ndarray, count: int) -> np.ndarray:
    """int64 [count]: the first row of each code, -1 for a code without a row."""
    first = np.full(count, -1, np.int64)
    rows = np.flatnonzero(codes_R >= 0)[::-1]
    first[codes_R[rows]] = rows
    return first


class KeyIndex:
    """Distinct keys in order of arrival; the position of a key is its code."""

    def __init__(self, keys: pa.Array | None = None) -> None:
        self.keys = pa.array([], pa.string()) if keys is None else keys

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, values: pa.Array) -> np.ndarray:
        """int32 [V]: the codes of keys, -1 where a key is unknown."""
        return _filled(pc.index_in(values, value_set=self.keys))

    def add(self, values: pa.Array) -> np.ndarray:
        """int32 [V]: the codes of distinct keys; those unknown so far are appended."""
        codes = self.find(values)
        unknown = np.flatnonzero(codes < 0)
        codes[unknown] = np.arange(len(self), len(self) + len(unknown), dtype=np.int32)
        self.keys = pa.concat_arrays([self.keys, values.take(pa.array(unknown))])
        return codes


def mix(values: np.ndarray) -> np.ndarray:
    """uint64: each value scrambled (the finaliser of splitmix64): neighbours land far apart."""
    mixed = values.astype(np.uint64) + _GOLDEN
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def text_hashes(texts: pa.Array) -> np.ndarray:
    """uint64 [N]: a hash of each text's bytes, the same on every machine; null has a hash of its own.

    h = sum over i of (byte_i + 1) * m_i modulo 2^64, then scrambled; m_i are fixed odd numbers (multilinear).
    """
    count = len(texts)
    if count == 0:
        return np.zeros(0, np.uint64)
    texts = texts.cast(pa.large_string())
    _, offsets_buffer, data_buffer = texts.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int64)[texts.offset : texts.offset + count + 1]
    data = np.frombuffer(data_buffer, np.uint8) if data_buffer is not None else np.zeros(0, np.uint8)
    longest = int(np.diff(offsets).max())
    factors = mix(np.arange(longest, dtype=np.uint64)) | np.uint64(1)
    hashes = np.empty(count, np.uint64)
    first = 0
    while first < count:
        last = int(np.searchsorted(offsets, offsets[first] + _BLOCK_BYTES, side="right")) - 1
        last = min(max(last, first + 1), count)
        hashes[first:last] = _block_hashes(offsets[first : last + 1], data, factors)
        first = last
    hashes = mix(hashes)
    missing = texts.is_null().to_numpy(zero_copy_only=False)
    hashes[missing] = 0
    return hashes


def _block_hashes(offsets: np.ndarray, data: np.ndarray, factors: np.ndarray) -> np.ndarray:
    low, high = int(offsets[0]), int(offsets[-1])
    positions = np.arange(low, high) - np.repeat(offsets[:-1], np.diff(offsets))
    terms = (data[low:high].astype(np.uint64) + np.uint64(1)) * factors[positions]
    sums = np.zeros(high - low + 1, np.uint64)
    np.cumsum(terms, out=sums[1:])
    return sums[offsets[1:] - low] - sums[offsets[:-1] - low]


def combine_hashes(columns: Sequence[np.ndarray], seed: int = 0) -> np.ndarray:
    """uint64 [R]: one hash of several hashes; their order matters."""
    combined = np.full(len(columns[0]), seed, np.int64).astype(np.uint64)
    for column in columns:
        combined = mix(combined * _GOLDEN + column)
    return combined


def content_hashes(columns: Sequence[Coded]) -> np.ndarray:
    """uint64 [R]: a hash of each row's cells; a missing cell counts as a value of its own."""
    hashed = []
    for coded in columns:
        values = np.append(text_hashes(coded.values), np.uint64(0))
        hashed.append(values[coded.codes_R])
    return combine_hashes(hashed)


def content_keys(columns: Sequence[pa.Array], hashes: np.ndarray) -> pa.Array:
    """string [N]: readable keys for things without one: their cells, where these are long with a hash behind.

    `hashes` are the content hashes of the same rows; equal contents get equal keys in every table.
    """
    text = columns[0]
    for column in columns[1:]:
        text = pc.coalesce(pc.binary_join_element_wise(text, column, " | "), text, column)
    text = pc.fill_null(text, "")
    is_plain = pc.and_(pc.less_equal(pc.utf8_length(text), _LONGEST_KEY), pc.greater(pc.utf8_length(text), 0))
    for column in columns:
        is_plain = pc.and_(is_plain, column.is_valid())
    if len(columns) > 1:
        is_plain = pc.and_(is_plain, pc.equal(pc.count_substring(text, "|"), len(columns) - 1))
    short = pc.utf8_slice_codeunits(text, 0, _LONGEST_KEY - 20)
    return pc.if_else(is_plain, text, pc.binary_join_element_wise(short, _hexadecimal(hashes), "… #"))


def _hexadecimal(hashes: np.ndarray) -> pa.Array:
    """string [N]: 16 digits each."""
    digits = np.array([f"{byte:02x}" for byte in range(256)], dtype="S2")
    data = digits[hashes.astype(">u8").view(np.uint8)]
    offsets = np.arange(len(hashes) + 1, dtype=np.int32) * 16
    return pa.StringArray.from_buffers(
        len(hashes), pa.py_buffer(offsets.tobytes()), pa.py_buffer(data.tobytes())
    )

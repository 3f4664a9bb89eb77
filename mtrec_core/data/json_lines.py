"""JSON Lines, one object a line, as Arrow tables. No torch here."""

import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.json as arrow_json

from mtrec_core.data.columns import column_of_values
from mtrec_core.data.encodings import to_utf8
from mtrec_core.data.file_formats import TableFile
from mtrec_core.errors import DataError

BLOCK_BYTES = 1 << 24


def read_json_lines(file: TableFile, wanted: Sequence[str] | None) -> pa.Table:
    """All rows; a column whose type changes between lines is text. DataError names the first bad line."""
    buffer = to_utf8(file.buffer)
    start = buffer[:4096].to_pybytes().lstrip()
    if start.startswith(b"["):
        raise DataError(
            f"{file.path.name} is a JSON array; JSON Lines is needed, one object a line without the brackets "
            "and commas around them. `jq -c '.[]' FILE > FILE.jsonl` makes it so."
        )
    if not start.startswith(b"{"):
        raise DataError(f"{file.path.name} should hold one JSON object a line, but its first line is none.")
    try:
        options = arrow_json.ReadOptions(block_size=BLOCK_BYTES)
        table = arrow_json.read_json(pa.BufferReader(buffer), read_options=options)
    except pa.ArrowInvalid:
        table = _read_line_by_line(buffer, file)
    return table if wanted is None else table.select(list(wanted))


def json_lines_columns(file: TableFile) -> list[str]:
    """The fields of the first thousand objects."""
    names: dict[str, None] = {}
    for line in to_utf8(file.buffer).to_pybytes().splitlines()[:1000]:
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            break
        if isinstance(row, dict):
            names.update(dict.fromkeys(row))
    return list(names)


def _read_line_by_line(buffer: pa.Buffer, file: TableFile) -> pa.Table:
    rows: list[dict[str, object]] = []
    for number, line in enumerate(buffer.to_pybytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DataError(f"{file.path.name}: line {number} is not valid JSON ({error}).") from None
        if not isinstance(row, dict):
            raise DataError(f"{file.path.name}: line {number} is not an object such as {{'title': 'Mug'}}.")
        rows.append(row)
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.table({name: column_of_values([row.get(name) for row in rows]) for name in names})

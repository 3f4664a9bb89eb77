"""Whatever a spreadsheet program writes comes back as it was."""

import csv
import io

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mtrec_core.data.reading import read_table

CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=12)
ROWS = st.lists(st.tuples(CELL, st.integers(-(10**12), 10**12), CELL), min_size=1, max_size=8)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=ROWS,
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    newline=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_a_written_table_is_read_as_it_was(tmp_path, rows, delimiter, quoting, newline, encoding):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, quoting=quoting, lineterminator=newline)
    writer.writerow(["first", "number", "last"])
    writer.writerows((f"x{first}", number, f"y{last}") for first, number, last in rows)
    path = tmp_path / "table.csv"
    path.write_bytes(stream.getvalue().encode(encoding))
    assert read_table(path).to_pydict() == {
        "first": [f"x{first}" for first, _, _ in rows],
        "number": [number for _, number, _ in rows],
        "last": [f"y{last}" for _, _, last in rows],
    }

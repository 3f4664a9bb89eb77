"""Tables from files of every kind: what comes out, and what a bad file is told."""

import datetime
import gzip
import json
import tracemalloc
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mtrec_core.data.reading import read_table, table_columns
from mtrec_core.errors import DataError

SHOP = {"sku": [1, 2, 3], "title": ["Lamp", None, "Café, große Tasse"], "price": [9.5, 20.0, None]}
SHOP_CSV = 'sku,title,price\n1,Lamp,9.5\n2,,20\n3,"Café, große Tasse",\n'


@pytest.fixture
def write(tmp_path):
    """Write text or bytes to a file of the given name and return its path."""

    def write_file(name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write_file


def write_shop(path: Path) -> None:
    """The table SHOP in the format that the name asks for."""
    plain = path.suffixes[-2] if path.suffix == ".gz" else path.suffix
    if plain == ".parquet":
        pq.write_table(pa.table(SHOP), path)
    elif plain == ".xlsx":
        book = openpyxl.Workbook()
        book.active.append(list(SHOP))
        for row in zip(*SHOP.values(), strict=True):
            book.active.append(row)
        book.save(path)
    elif plain == ".jsonl":
        rows = [dict(zip(SHOP, row, strict=True)) for row in zip(*SHOP.values(), strict=True)]
        path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    else:
        path.write_text(SHOP_CSV.replace(", ", "; ") if plain == ".tsv" else SHOP_CSV, encoding="utf-8")
        if plain == ".tsv":
            path.write_text(
                "sku\ttitle\tprice\n1\tLamp\t9.5\n2\t\t20\n3\tCafé, große Tasse\t\n", encoding="utf-8"
            )
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(path.read_bytes()))


@pytest.mark.parametrize(
    "ending",
    ["csv", "tsv", "parquet", "jsonl", "xlsx", "csv.gz", "tsv.gz", "jsonl.gz", "parquet.gz", "xlsx.gz"],
)
def test_every_format_gives_the_same_table(tmp_path, ending):
    path = tmp_path / f"shop.{ending}"
    write_shop(path)
    table = read_table(path)
    assert table.to_pydict() == SHOP
    assert [str(field.type) for field in table.schema] == ["int64", "string", "double"]
    assert table_columns(path) == list(SHOP)
    assert read_table(path, ["price", "sku"]).to_pydict() == {"price": SHOP["price"], "sku": SHOP["sku"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "latin-1"])
def test_an_encoding_is_found_without_being_named(write, encoding):
    assert read_table(write("shop.csv", SHOP_CSV, encoding)).to_pydict() == SHOP


def test_other_alphabets_are_read_in_their_old_encodings(write):
    russian = "id,name\n1,Привет мир\n2,Красное платье\n"
    assert read_table(write("a.csv", russian, "cp1251"))["name"].to_pylist() == [
        "Привет мир",
        "Красное платье",
    ]
    chinese = "id,name\n1,红色连衣裙很好\n2,手机壳\n"
    assert read_table(write("b.csv", chinese, "gb18030"))["name"].to_pylist() == ["红色连衣裙很好", "手机壳"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_delimiter_is_found_without_being_named(write, delimiter):
    text = "sku~title~tags\n1~A lamp. Nice!~x\n2~A mug~y\n".replace("~", delimiter)
    assert read_table(write("shop.txt", text)).to_pydict() == {
        "sku": [1, 2],
        "title": ["A lamp. Nice!", "A mug"],
        "tags": ["x", "y"],
    }


def test_tags_with_bars_and_texts_with_commas_dont_hide_the_delimiter(write):
    text = 'sku;title;tags\n1;"Lamp; big";a|b\n2;Mug, blue, round;a|b|c\n3;Cup, red;b|c\n'
    assert read_table(write("shop.csv", text))["tags"].to_pylist() == ["a|b", "a|b|c", "b|c"]


def test_a_decimal_comma_is_understood_beside_a_semicolon(write):
    table = read_table(write("shop.csv", "sku;price\n1;9,50\n2;1200\n"))
    assert table["price"].to_pylist() == [9.5, 1200.0]


def test_a_quoted_text_may_hold_line_breaks_and_quotation_marks(write):
    text = 'id,review\n1,"First line\nsecond ""line"", end"\n2,"x\r\ny"\n'
    assert read_table(write("r.csv", text))["review"].to_pylist() == [
        'First line\nsecond "line", end',
        "x\r\ny",
    ]


def test_an_inch_sign_in_a_tab_separated_file_is_a_sign_like_any_other(write):
    text = 'id\ttitle\n1\t"Big\n2\t5" lamp\n'
    assert read_table(write("r.tsv", text))["title"].to_pylist() == ['"Big', '5" lamp']


def test_a_late_cell_decides_about_the_type_of_its_whole_column(write):
    rows = "".join(f"{number},1\n" for number in range(100, 40_100))
    table = read_table(write("a.csv", "a,b\n" + rows + "n/a,1.5\n"))
    assert [str(field.type) for field in table.schema] == ["string", "double"]
    assert table["a"][0].as_py() == "100"
    assert table["a"][40_000].as_py() == "n/a"


def test_empty_cells_and_database_nulls_are_null_but_a_country_code_is_text(write):
    table = read_table(write("a.csv", 'n,t\n1,NA\n,""\nNULL,\n\\N,None\n'))
    assert table["n"].to_pylist() == [1, None, None, None]
    assert table["t"].to_pylist() == ["NA", None, None, "None"]


def test_digits_that_are_names_keep_their_spelling(write):
    table = read_table(write("a.csv", "ean,zip,long,n\n0012,7,12345678901234567890,-0.5\n12,8,2,07.5\n"))
    assert table["ean"].to_pylist() == ["0012", "12"]
    assert table["zip"].to_pylist() == [7, 8]
    assert table["long"].to_pylist() == ["12345678901234567890", "2"]


def test_dates_and_yes_no_get_their_own_types(write):
    table = read_table(
        write("a.csv", "day,moment,yes\n2024-01-31,2024-01-31 10:00:00,true\n2024-02-01,,false\n")
    )
    assert table["day"][0].as_py() == datetime.date(2024, 1, 31)
    assert table["moment"].to_pylist() == [datetime.datetime(2024, 1, 31, 10), None]
    assert table["yes"].to_pylist() == [True, False]


def test_recbole_files_lose_the_types_in_their_header(write):
    path = write("ml.inter", 'user_id:token\titem_id:token\trating:float\n1\t"242\t3\n2\t5\t4.5\n')
    assert table_columns(path) == ["user_id", "item_id", "rating"]
    assert read_table(path)["item_id"].to_pylist() == ['"242', "5"]


def test_names_are_trimmed_and_a_nameless_column_gets_one(write):
    assert table_columns(write("a.csv", ", title \n0,Lamp\n")) == ["column_1", "title"]


def test_lists_of_tags_become_one_cell(write):
    path = write("a.jsonl", '{"id": 1, "tags": ["red", "blue"]}\n{"id": 2, "tags": []}\n{"id": 3}\n')
    assert read_table(path)["tags"].to_pylist() == ["red|blue", "", None]


def test_json_lines_that_disagree_about_a_type_become_text(write):
    path = write("a.jsonl", '{"a": 1, "b": {"c": 2}}\n\n{"a": "x", "d": true}\n')
    table = read_table(path)
    assert table["a"].to_pylist() == ["1", "x"]
    assert table["d"].to_pylist() == [None, True]
    assert table_columns(path) == ["a", "b", "d"]


def test_small_and_exact_numbers_of_parquet_become_the_usual_types(tmp_path):
    table = pa.table(
        {
            "small": pa.array([1, 2], pa.int8()),
            "half": pa.array([0.5, None], pa.float32()),
            "exact": pa.array(["1.10", "2.20"]).cast(pa.decimal128(5, 2)),
            "large": pa.array(["a", "b"], pa.large_string()),
            "shared": pa.array(["a", "a"]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    found = read_table(tmp_path / "a.parquet")
    types = ["int64", "double", "double", "string", "dictionary<values=string, indices=int32, ordered=0>"]
    assert [str(field.type) for field in found.schema] == types
    assert found["exact"].to_pylist() == [1.1, 2.2]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", "", "a.csv is empty"),
        ("a.csv", "\n\n  \n", "a.csv is empty"),
        ("a.csv", "a,b\n", "header but no rows"),
        ("a.jsonl", "", "a.jsonl is empty"),
        ("a.csv", "a,b\n1,2\n3\n4,5\n", "row 3 has 1 cell where the header has 2"),
        ("a.csv", "a,b\n1,2\n3,lamp, big\n", "row 3 has 3 cells where the header has 2.*cut at ','"),
        ("a.csv", 'a,b\n1,x\n2,"y\n3,z\n4,v\n', "quotation mark opens and never closes, in row 3"),
        ("a.csv", "a,b,a\n1,2,3\n", "two columns called 'a'"),
        ("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(50), "a PNG picture"),
        ("a.csv", b"PK\x03\x04" + bytes(50), "Excel workbook"),
        ("a.csv", b"PAR1" + bytes(50), "a Parquet table"),
        ("a.csv", b"id,name\n1,\x00\x01\x02\n" + bytes(40), "a binary file"),
        ("a.parquet", "a,b\n1,2\n", "ends in .parquet"),
        ("a.parquet", b"PAR1" + bytes(50), "damaged Parquet"),
        ("a.xlsx", "a,b\n1,2\n", "is not an Excel workbook"),
        ("a.csv.gz", b"\x1f\x8b\x08\x00" + bytes(20), "damaged gzip"),
        ("a.jsonl", "a,b\n1,2\n", "one JSON object a line"),
        ("a.json", ' \n[{"a": 1}, {"a": 2}]', "is a JSON array; JSON Lines is needed, one object a line"),
        ("a.jsonl", '{"a": 1}\n{"a": \n', "line 2 is not valid JSON"),
        ("a.jsonl", '{"a": 1}\n[1, 2]\n', "line 2 is not an object"),
        ("a.docx", "hello", "doesn't end like a table; known here: .csv"),
    ],
)
def test_a_file_that_is_no_table_is_told_so(write, name, content, words):
    with pytest.raises(DataError, match=f"(?s){words}"):
        read_table(write(name, content))


def test_a_truncated_gzip_file_is_damaged(write):
    packed = gzip.compress(("a,b\n" + "1,2\n" * 5000).encode())
    with pytest.raises(DataError, match="damaged gzip"):
        read_table(write("a.csv.gz", packed[: len(packed) // 2]))


def test_a_missing_file_and_a_missing_column_are_named(write, tmp_path):
    with pytest.raises(DataError, match=r"nowhere.csv doesn't exist"):
        read_table(tmp_path / "nowhere.csv")
    with pytest.raises(DataError, match=r"no column 'tilte'.*Did you mean 'title'"):
        read_table(write("a.csv", "id,title\n1,x\n"), ["id", "tilte"])


def test_a_long_text_may_be_larger_than_a_block(write, monkeypatch):
    monkeypatch.setattr("mtrec_core.data.layouts.BLOCK_BYTES", 1 << 12)
    text = "word " * 4000
    table = read_table(write("a.csv", f'id,text\n1,"{text}"\n2,b\n'))
    assert table["text"].to_pylist() == [text, "b"]


def test_a_big_table_costs_little_more_memory_than_its_columns(write):
    rows, per_row = 300_000, 8 + 8 + 4 + 8
    rng = np.random.default_rng(0)
    users, items = rng.integers(0, 50_000, rows), rng.integers(0, 9_000, rows)
    lines = "".join(
        f"{user},sku-{item},{n}\n" for n, (user, item) in enumerate(zip(users, items, strict=True))
    )
    path = write("a.csv", "user_id,item_id,time\n" + lines)
    before = pa.default_memory_pool().bytes_allocated()
    tracemalloc.start()
    table = read_table(path)
    python_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    arrow_bytes = pa.default_memory_pool().bytes_allocated() - before
    assert table.num_rows == rows
    assert arrow_bytes < 2 * rows * per_row
    assert python_bytes < 12 * rows, "no Python object per row"

"""Uploads: safe names, what the first bytes say, what a file unpacks to, and how much memory it takes."""

import gzip
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mtrec_core.data import upload
from mtrec_core.data.upload import check_unpacked, safe_name, server_tables, spool
from mtrec_core.errors import DataError, EmptyTableError, StorageError

CSV = b"user_id,item_id\nu1,i1\nu2,i2\n"


def put(content: bytes, name: str, folder: Path, size: int | None = None) -> Path:
    return spool(io.BytesIO(content), name, folder, size)


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("items.csv", "items.csv"),
        ("../../etc/items.csv", "items.csv"),
        ("C:\\Users\\me\\my items.csv", "my_items.csv"),
        (".hidden.csv", "hidden.csv"),
        ("a$(rm -rf){x}.csv.gz", "a_rm_-rf_x_.csv.gz"),
        ("töne.tsv", "töne.tsv"),
        ("x" * 300 + ".csv", "x" * 80 + ".csv"),
    ],
)
def test_a_name_loses_its_folders_and_dangerous_signs(given, safe):
    assert safe_name(given) == safe


@pytest.mark.parametrize("name", ["run.py", "table", "", "..", "items.csv.exe", "notes.pdf"])
def test_a_name_that_ends_like_no_table_is_refused(name):
    with pytest.raises(DataError, match="like a table"):
        safe_name(name)


def test_an_upload_is_written_as_it_came_and_leaves_no_part(tmp_path):
    path = put(CSV, "facts.csv", tmp_path, len(CSV))
    assert path == tmp_path / "facts.csv"
    assert path.read_bytes() == CSV
    assert [item.name for item in tmp_path.iterdir()] == ["facts.csv"]


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"\x89PNG\r\n\x1a\n....", "items.csv", "items.csv should hold text but is a PNG picture"),
        (b"PK\x03\x04....", "items.csv", "a zip archive or an Excel workbook"),
        (CSV, "items.parquet", "items.parquet ends in .parquet"),
        (CSV, "items.xlsx", "not an Excel workbook"),
        (b"\x7fELF....", "items.jsonl", "a program"),
        (b"a\x00\x01\x02\x03\x04b\x00c" * 20, "items.csv", "a binary file"),
        (gzip.compress(b"%PDF-1.7"), "items.csv.gz", "a PDF document"),
    ],
    ids=["png", "zip", "csv as parquet", "csv as xlsx", "elf", "binary", "pdf in gzip"],
)
def test_a_file_that_is_not_what_its_name_says_is_refused_and_removed(content, name, says, tmp_path):
    with pytest.raises(DataError, match=says) as caught:
        put(content, name, tmp_path)
    assert ".-" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_upload_is_refused(tmp_path):
    with pytest.raises(EmptyTableError, match=r"^facts\.csv is empty"):
        put(b"", "facts.csv", tmp_path)


def test_a_second_table_of_the_same_name_is_refused_and_the_first_one_stays(tmp_path):
    put(CSV, "facts.csv", tmp_path)
    with pytest.raises(DataError, match="already"):
        put(b"other,columns\n1,2\n", "facts.csv", tmp_path)
    assert (tmp_path / "facts.csv").read_bytes() == CSV


def test_an_upload_that_the_disk_can_not_take_is_refused_before_it_is_written(tmp_path):
    with pytest.raises(StorageError, match="MTREC_HOME"):
        put(CSV, "facts.csv", tmp_path, size=1 << 60)
    assert list(tmp_path.iterdir()) == []


def test_what_a_plain_and_a_packed_table_unpack_to(tmp_path):
    (tmp_path / "a.csv").write_bytes(CSV)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(CSV))
    assert check_unpacked(tmp_path / "a.csv") == check_unpacked(tmp_path / "a.csv.gz") == len(CSV)


def test_a_gzip_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(upload, "BOMB_BYTES", 1 << 20)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(bytes(5 << 20)))  # packed about a thousandth
    with pytest.raises(DataError, match="that is no table"):
        check_unpacked(tmp_path / "a.csv.gz")
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(CSV * 80_000))  # as repetitive as it gets
    with pytest.raises(DataError, match="that is no table"):
        check_unpacked(tmp_path / "b.csv.gz")
    monkeypatch.setattr(upload, "BOMB_RATIO", 1000)
    assert check_unpacked(tmp_path / "b.csv.gz") == len(CSV) * 80_000


def test_a_damaged_gzip_file_is_refused(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(CSV * 1000)[:-20])
    with pytest.raises(DataError, match="damaged gzip"):
        check_unpacked(tmp_path / "a.csv.gz")


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<w/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(5 << 20))
    assert check_unpacked(tmp_path / "a.xlsx") == (5 << 20) + 4
    monkeypatch.setattr(upload, "MOST_WORKBOOK", 1 << 20)
    with pytest.raises(DataError, match="save it as CSV"):
        check_unpacked(tmp_path / "a.xlsx")


def test_a_workbook_in_gzip_is_measured_and_guarded_like_a_plain_one(tmp_path, monkeypatch):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<w/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(5 << 20))
    path = put(gzip.compress(packed.getvalue()), "a.xlsx.gz", tmp_path)
    assert check_unpacked(path) == (5 << 20) + 4
    monkeypatch.setattr(upload, "MOST_WORKBOOK", 1 << 20)
    with pytest.raises(DataError, match="save it as CSV"):
        check_unpacked(path)
    (tmp_path / "b.xlsx.gz").write_bytes(gzip.compress(b"PK\x03\x04" + bytes(50)))
    with pytest.raises(DataError, match="damaged Excel workbook"):
        check_unpacked(tmp_path / "b.xlsx.gz")


@pytest.mark.parametrize("name", ["a.parquet.gz", "a.xlsx.gz", "a.csv.gz"])
def test_of_a_packed_upload_only_the_head_is_unpacked(tmp_path, monkeypatch, name):
    read: list[int] = []
    real = gzip.GzipFile.read
    monkeypatch.setattr(
        gzip.GzipFile, "read", lambda self, size=-1: read.append(size) or real(self, size), raising=True
    )
    heads = {"a.parquet.gz": b"PAR1", "a.xlsx.gz": b"PK\x03\x04", "a.csv.gz": b"a,b\n"}
    put(gzip.compress(heads[name] + b"1" * (3 << 20)), name, tmp_path)
    assert read
    assert all(0 < size <= 1 << 20 for size in read)


@pytest.mark.parametrize("name", ["a.parquet.gz", "a.xlsx.gz"])
def test_a_packed_upload_that_is_not_what_its_name_says_is_refused(tmp_path, name):
    with pytest.raises(DataError, match=r"a\.(parquet|xlsx)\.gz"):
        put(gzip.compress(CSV), name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_path_on_the_server_names_a_table_or_all_tables_of_a_folder(tmp_path):
    for name in ("b.csv", "a.parquet", "README.txt", "note.md", ".hidden.csv"):
        (tmp_path / name).write_bytes(CSV)
    assert server_tables(str(tmp_path / "b.csv"), {}) == [tmp_path / "b.csv"]
    assert [path.name for path in server_tables(f" {tmp_path} ", {})] == ["a.parquet", "b.csv"]


@pytest.mark.parametrize("given", ["", "b.csv", "../b.csv"])
def test_a_path_must_be_whole(given):
    with pytest.raises(DataError, match="whole path"):
        server_tables(given, {})


def test_a_path_that_is_not_there_or_holds_no_table_is_refused(tmp_path):
    with pytest.raises(DataError, match="There is no"):
        server_tables(str(tmp_path / "none"), {})
    with pytest.raises(DataError, match="holds no table"):
        server_tables(str(tmp_path), {})


def test_a_path_must_lie_below_the_root_where_one_is_set(tmp_path):
    inside, outside = tmp_path / "root" / "a.csv", tmp_path / "b.csv"
    inside.parent.mkdir()
    for path in (inside, outside):
        path.write_bytes(CSV)
    (tmp_path / "root" / "way_out.csv").symlink_to(outside)
    root = {"MTREC_DATA_ROOT": str(tmp_path / "root")}
    assert server_tables(str(inside), root) == [inside]
    for path in (outside, tmp_path / "root" / ".." / "b.csv", tmp_path / "root" / "way_out.csv"):
        with pytest.raises(DataError, match="lies outside"):
            server_tables(str(path), root)


SPOOL_96_MIB = """
import resource, sys
from pathlib import Path
from mtrec_core.data.upload import spool

class Rows:
    left = 96 << 20
    def read(self, size, /):
        size = min(size, self.left)
        self.left -= size
        return b"user_id,item_id\\n" * (size // 16)

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
path = spool(Rows(), "big.csv", Path(sys.argv[1]), 96 << 20)
print(path.stat().st_size, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


def test_spooling_takes_a_piece_of_memory_whatever_the_size(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SPOOL_96_MIB, str(tmp_path)], capture_output=True, text=True, check=True
    )
    size, grown = map(int, done.stdout.split())
    assert size == 96 << 20
    assert grown < 24 << 20

"""What the server imports before the first page asks for it."""

import json
import subprocess
import sys

from tests.conftest import PROJECT

IMPORT = """
import json, sys
from mtrec_core.ui.early_imports import NEEDED, import_early
import_early()
print(json.dumps([sorted({*NEEDED} - {*sys.modules}), sorted(sys.modules)]))
"""


def test_what_is_imported_early_is_there_and_brings_neither_torch_nor_a_part_of_a_page():
    done = subprocess.run(
        [sys.executable, "-c", IMPORT], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    missing, loaded = json.loads(done.stdout)
    assert missing == []
    assert not {"torch", "streamlit", "scipy.signal", "openpyxl"} & {*loaded}
    assert [name for name in loaded if name.startswith("mtrec_core.ui.")] == ["mtrec_core.ui.early_imports"]

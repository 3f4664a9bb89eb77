"""What is brought before a page asks for it."""

import json
import os
import subprocess
import sys

from mtrec_core.home import Home
from mtrec_core.store.store import Store
from tests.conftest import PROJECT

IMPORT = """
import json, sys
from mtrec_core.ui import early_imports
early_imports.page_begun()
early_imports.import_early()
needed = {*early_imports.FOR_EVERY_PAGE, *early_imports.FOR_SOME_PAGES}
print(json.dumps([sorted(needed - {*sys.modules}), sorted(sys.modules)]))
"""


HOME = """
import json, sys
from streamlit.testing.v1 import AppTest
AppTest.from_file("home.py", default_timeout=60).run()
print(json.dumps(sorted(sys.modules)))
"""


def test_what_is_imported_early_is_there_and_brings_neither_torch_nor_streamlit():
    done = subprocess.run(
        [sys.executable, "-c", IMPORT], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    missing, loaded = json.loads(done.stdout)
    assert missing == []
    assert not {"torch", "streamlit", "scipy.signal", "openpyxl"} & {*loaded}


def test_the_first_page_waits_for_nothing_large(tmp_path):
    """Streamlit itself brings plotly along. A store that is there already needs no alembic."""
    Store.open(Home.from_environment({"MTREC_HOME": str(tmp_path)}).database_url).close()
    done = subprocess.run(
        [sys.executable, "-c", HOME],
        cwd=PROJECT,
        env={**os.environ, "MTREC_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {*json.loads(done.stdout.splitlines()[-1])}
    assert "mtrec_core.ui.home_page" in loaded
    assert not {"torch", "pandas", "scipy", "sklearn", "pyarrow", "alembic"} & loaded

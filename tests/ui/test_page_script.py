"""What runs in the browser beside every page."""

from pathlib import Path

import streamlit

from mtrec_core.ui.page_script import EARLY, early_scripts


def test_the_browser_is_given_scripts_that_streamlit_serves():
    assert [Path(script).name.split(".")[0] for script in early_scripts()] == [*EARLY]
    assert all((Path(streamlit.__file__).parent / "static" / script).is_file() for script in early_scripts())

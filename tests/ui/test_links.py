"""Choices that the address holds by key, with the reader going back and forward."""

from streamlit.testing.v1 import AppTest

SCRIPT = """
import streamlit as st
from mtrec_core.ui import links

links.begin("view", ["a", "b", "c"], "a")
view = st.radio("View", ["a", "b", "c"], key="view")
links.keep("view", view, "a")
links.begin_several("axes", ["x", "y", "z"], ["x"])
axes = st.multiselect("Axes", ["x", "y", "z"], key="axes")
links.keep_several("axes", axes, ["x"])
"""


def test_a_choice_goes_into_the_address_and_an_older_address_brings_it_back():
    app = AppTest.from_string(SCRIPT).run()
    app.radio(key="view").set_value("c").run()
    app.multiselect(key="axes").set_value(["y", "z"]).run()
    assert app.query_params["view"] == "c"
    app.query_params["view"] = "b"  # as Back does
    app.query_params["axes"] = ["z"]
    app.run()
    assert (app.radio(key="view").value, app.multiselect(key="axes").value) == ("b", ["z"])
    del app.query_params["view"]
    del app.query_params["axes"]
    app.run()
    assert (app.radio(key="view").value, app.multiselect(key="axes").value) == ("a", ["x"])


def test_what_the_address_says_wrongly_is_the_default():
    app = AppTest.from_string(SCRIPT)
    app.query_params["view"] = "zzz"
    assert app.run().radio(key="view").value == "a"

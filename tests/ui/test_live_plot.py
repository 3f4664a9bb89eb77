import base64
import json

import numpy as np

from mtrec_core.ui.live_plot import packed


def test_arrays_become_the_typed_arrays_that_plotly_reads():
    kept = packed({"y": np.array([1.5, np.nan]), "x": np.array([1, 2])})
    assert (kept["y"]["dtype"], kept["x"]["dtype"]) == ("f4", "i4")
    read = np.frombuffer(base64.b64decode(kept["y"]["bdata"]), np.float32)
    assert read[0] == 1.5
    assert np.isnan(read[1])
    assert np.frombuffer(base64.b64decode(kept["x"]["bdata"]), np.int32).tolist() == [1, 2]


def test_everything_else_is_json_without_nan():
    kept = packed(
        {"a": [float("inf"), np.float64(2.5), True, None, "x"], "b": (1,), "c": np.array(["p", "q"])}
    )
    assert json.loads(json.dumps(kept, allow_nan=False)) == {
        "a": [None, 2.5, True, None, "x"],
        "b": [1],
        "c": ["p", "q"],
    }

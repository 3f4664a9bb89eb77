"""Fuses runs beside the pages. No torch here.

    python -m mtrec_core.comparing.fuse_work ANSWER TASK WEIGHING METHOD RUN..

Pages start it and look for ANSWER, a JSON file; the runs are those of the store that MTREC_HOME names.
"""

import sys
from pathlib import Path
from typing import Any

from mtrec_core.comparing.fuse_runs import fuse_runs
from mtrec_core.errors import MtrecError
from mtrec_core.evaluation.whole_json import write_whole_json
from mtrec_core.home import Home
from mtrec_core.store.store import Store


def main() -> None:
    """Writes {"fused": what `Fused.to_json` gives, "problem": sentence} to the answer's file, whole or not at
    all."""
    answer, (task, weighing, method, *names) = Path(sys.argv[1]), sys.argv[2:]
    try:
        with Store.open(Home.from_environment().database_url) as store:
            runs = [store.get_run(name) for name in names]
        content: dict[str, Any] = {
            "fused": fuse_runs(runs, task, weighing, method).to_json(), "problem": "",
        }  # fmt: skip
    except (MtrecError, OSError, ValueError) as error:
        content = {"fused": None, "problem": str(error)}
    write_whole_json(content, answer)


if __name__ == "__main__":
    main()

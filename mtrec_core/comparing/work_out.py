"""Works out what a run of an older version did not keep: intervals and slices. No torch here.

    python -m mtrec_core.comparing.work_out ANSWER RUN_FOLDER

Pages start it beside themselves and look for ANSWER, a JSON file.
"""

import json
import sys
from pathlib import Path

from mtrec_core.comparing.intervals import run_draws
from mtrec_core.config import RunConfig, chosen_tasks
from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import MtrecError
from mtrec_core.evaluation.slices import slice_members
from mtrec_core.evaluation.slices_file import FILE, save_members
from mtrec_core.evaluation.whole_json import write_whole_json


def work_out(folder: Path) -> str:
    """Fills a run's folder; gives "" or the sentence that says why it couldn't."""
    try:
        config = RunConfig.from_json(json.loads((folder / "config.json").read_text(encoding="utf-8")))
        run_draws(folder, config.dataset)
        if not (folder / FILE).is_file():
            spec = load_dataset_spec(config.dataset)
            tasks = chosen_tasks(config, list(spec.tasks))
            save_members(slice_members(compile_dataset(spec, config.data, tasks), tasks), folder / FILE)
    except (MtrecError, OSError, ValueError) as error:
        return str(error)
    return ""


def main() -> None:
    """Writes {"problem": sentence} to the answer's file, whole or not at all."""
    answer, folder = (Path(argument) for argument in sys.argv[1:3])
    write_whole_json({"problem": work_out(folder)}, answer)


if __name__ == "__main__":
    main()

"""What the Data page asks of a process of its own: guess, facts, examine. No torch here.

    python -m mtrec_core.data.desk ANSWER.json guess DRAFT NAME FILE...
    python -m mtrec_core.data.desk ANSWER.json facts DATASET
    python -m mtrec_core.data.desk ANSWER.json examine DATASET

Tables are read here and not in the page's server, whose memory stays small. An answer is a JSON object,
written whole or not at all; `problem` in it is a sentence for the user.
"""

import json
import os
import sys
import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mtrec_core.data.checks.run import check
from mtrec_core.data.detect import detect_in
from mtrec_core.data.fingerprint import table_files
from mtrec_core.data.profile import profile
from mtrec_core.data.spec_file import load_dataset_spec, write_dataset_spec
from mtrec_core.data.table_facts import facts_of
from mtrec_core.data.table_looks import look_at_files
from mtrec_core.data.upload import check_unpacked
from mtrec_core.errors import DataError, MtrecError


def guess(draft: Path, name: str, files: Sequence[Path]) -> dict[str, Any]:
    """Reads the files, writes the guessed `dataset.toml` into the draft's folder."""
    for file in files:
        check_unpacked(file)
    tables = look_at_files(list(files))
    answer: dict[str, Any] = {
        "facts": [facts_of(look).to_json() for look in tables.looks],
        "notes": [],
        "problem": "",
    }
    try:
        detected = detect_in(tables, files[0].parent, name)
    except DataError as error:
        return answer | {"problem": str(error)}
    write_dataset_spec(replace(detected.spec, folder=draft, tables=files[0].parent), draft, detected.notes)
    return answer | {"notes": detected.notes}


def facts(folder: Path) -> dict[str, Any]:
    """What stands in the columns of the tables that a dataset names."""
    spec = load_dataset_spec(folder)
    there = [spec.tables / file for file in table_files(spec) if (spec.tables / file).is_file()]
    looks = look_at_files(there).looks if there else []
    return {"facts": [facts_of(look).to_json() for look in looks], "problem": ""}


def examine(folder: Path) -> dict[str, Any]:
    """The findings of all checks and, where nothing blocks, the dataset in numbers."""
    spec = load_dataset_spec(folder)
    issues = check(spec)
    blocked = any(issue.level == "blocking" for issue in issues)
    return {
        "issues": [issue.to_json() for issue in issues],
        "profile": None if blocked else profile(spec).to_json(),
        "problem": "",
    }


def write_answer(path: Path, answer: dict[str, Any]) -> None:
    """One JSON file, whole or not at all."""
    part = path.with_name(f".{uuid.uuid4().hex}")
    part.write_text(json.dumps(answer), encoding="utf-8")
    os.replace(part, path)


def main(arguments: Sequence[str]) -> None:
    """One question; what is wrong with the data is an answer too."""
    answer_file, verb, folder = Path(arguments[0]), arguments[1], Path(arguments[2])
    try:
        if verb == "guess":
            answer = guess(folder, arguments[3], [Path(file) for file in arguments[4:]])
        elif verb == "facts":
            answer = facts(folder)
        else:
            answer = examine(folder)
    except MtrecError as error:
        answer = {"problem": str(error)}
    except MemoryError:
        answer = {"problem": "These tables need more memory than is free here; bring fewer rows or columns."}
    write_answer(answer_file, answer)


if __name__ == "__main__":
    main(sys.argv[1:])

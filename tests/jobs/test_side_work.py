"""Side work runs once, answers on disk, and says why when it can't."""

import json
import os
import time
from pathlib import Path

import psutil
import pytest

from mtrec_core.jobs.side_work import Answer, ask, forget, look

WORKER = """
import json, os, sys, time
from pathlib import Path
answer, word = Path(sys.argv[1]), sys.argv[2]
with (answer.parent / "starts.txt").open("a") as starts:
    starts.write("started\\n")
if word == "hang":
    time.sleep(60)
if word == "fail":
    print("first line")
    sys.exit("the disk is on fire")
answer.write_text(json.dumps({"word": word, "problem": "not nice" if word == "object" else ""}))
"""


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Where answers go; `worker` is a module that the child can import."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "worker.py").write_text(WORKER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "modules"))
    return tmp_path / "answers"


def until_it_ends(folder: Path, key: str) -> Answer:
    for _ in range(600):
        answer = look(folder, key)
        assert answer is not None
        if answer.state != "working":
            return answer
        time.sleep(0.05)
    raise AssertionError("still working")


def test_the_first_to_ask_starts_the_work_and_the_others_find_its_answer(folder):
    assert ask(folder, "k", "worker", ["hello"]).state == "working"
    ask(folder, "k", "worker", ["hello"])
    answer = until_it_ends(folder, "k")
    assert answer == Answer(state="done", content={"word": "hello", "problem": ""})
    assert ask(folder, "k", "worker", ["hello"]) == answer
    assert (folder / "starts.txt").read_text() == "started\n"


def test_what_the_work_objects_to_is_told(folder):
    ask(folder, "k", "worker", ["object"])
    assert until_it_ends(folder, "k").problem == "not nice"


def test_work_that_ends_without_an_answer_has_failed_with_its_last_words(folder):
    ask(folder, "k", "worker", ["fail"])
    answer = until_it_ends(folder, "k")
    assert (answer.state, answer.problem) == ("failed", "the disk is on fire")
    assert ask(folder, "k", "worker", ["fail"]).state == "failed"
    forget(folder, "k")
    assert look(folder, "k") is None
    assert ask(folder, "k", "worker", ["hello"]).state == "working"
    assert until_it_ends(folder, "k").content["word"] == "hello"


def test_forgetting_ends_what_goes_on(folder):
    ask(folder, "k", "worker", ["hang"])
    process = psutil.Process(json.loads((folder / "k.claim").read_text())["pid"])
    assert look(folder, "k").state == "working"
    forget(folder, "k")
    assert psutil.wait_procs([process], timeout=10)[1] == []
    assert not (folder / "k.claim").exists()


def test_work_whose_process_is_gone_since_a_restart_has_failed(folder):
    folder.mkdir()
    own = {"pid": os.getpid(), "began": 0.0, "created": psutil.Process().create_time() - 100}
    (folder / "k.claim").write_text(json.dumps(own))  # another process got the number
    assert look(folder, "k") == Answer(state="failed", content={}, problem="It ended without a word.")


def test_the_child_finds_the_project_from_any_folder(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ask(folder, "k", "mtrec_core.data.desk", ["facts", str(tmp_path / "none")])
    assert "There is no" in until_it_ends(folder, "k").problem


def test_old_answers_make_room(folder):
    folder.mkdir()
    (folder / "old.json").write_text("{}")
    os.utime(folder / "old.json", (0, 0))
    ask(folder, "k", "worker", ["hello"])
    until_it_ends(folder, "k")
    assert not (folder / "old.json").exists()

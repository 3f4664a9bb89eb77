"""The process that holds models, as a real process: who may ask, how it starts and ends, its errors."""

import json
import os
import shutil
import signal
import socket
import stat
import threading
import time
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import psutil
import pytest

from mtrec_core.errors import DataError, StorageError, UserError
from mtrec_core.evaluation.fusion import fuse_scores
from mtrec_core.home import Home
from mtrec_core.inference import service_process, service_protocol
from mtrec_core.inference.service_client import ServedModel, Whom, uploads_folder
from mtrec_core.inference.service_process import ServiceError, ask_service, stop_service
from mtrec_core.inference.service_protocol import log_path, socket_path

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home whose process is ended in the end."""
    root = tmp_path_factory.mktemp("home")
    found = Home(root=root, database_url=f"sqlite:///{root}/mtrec.db")
    yield found
    stop_service(found)


@pytest.fixture(scope="module")
def served(home, bundle) -> ServedModel:
    return ServedModel(home=home, folder=bundle, idle_seconds=120)


def pid_of(home: Home) -> int:
    return ask_service(home, {"ask": "hello"})["pid"]


def wait_until(holds, seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def test_the_process_answers_as_the_model_does(served, predictor):
    whom, asked = Whom(user="u01"), {"user": "u01"}
    pool = served.pool(whom)
    assert pool.tasks == ("purchase", "liked", "stars")
    expected = predictor.recommend(user="u01", n=5)
    assert [(one.key, one.scores) for one in pool.listed[:5]] == [
        (one.item, pytest.approx(one.scores, rel=1e-4)) for one in expected
    ]
    assert served.offers() == predictor.offers()
    # floats pass through JSON without loss, but another number of threads may round another way
    assert asdict(served.person(whom)) == nearly(asdict(predictor.person(**asked)))
    items = [one.key for one in pool.listed[:2]]
    assert asdict(served.why(whom, items)) == nearly(asdict(predictor.why(items, **asked)))
    ads = [one.key for one in served.person(whom).ads]
    assert asdict(served.why_ads(whom, ads)) == nearly(asdict(predictor.why_ads(ads, **asked)))
    assert served.related("i01")[0].key == predictor.related("i01")[0].item
    assert served.describe("i01") == nearly(predictor.describe("i01"))
    best = predictor.answer("where is my parcel")[0]
    assert (served.answers("where is my parcel")[0].key, best.answer) == (best.answer, best.answer)


def nearly(value):
    """Floats within rounding, all else as it is."""
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-4, abs=1e-7)
    if isinstance(value, dict):
        return {key: nearly(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(nearly(part) for part in value)
    return value


def test_fusing_the_pool_is_what_the_model_recommends(served, predictor):
    weights = {"purchase": 1.0, "liked": 0.7}
    pool = served.pool(Whom(user="u02"))
    table = pd.DataFrame([one.scores for one in pool.listed])
    order = fuse_scores(table, weights).sort_values(ascending=False, kind="stable").index[:5]
    expected = predictor.recommend(user="u02", fuse=weights, n=5)
    assert [pool.listed[place].key for place in order] == [one.item for one in expected]


def test_only_the_user_may_ask(served, home):
    served.offers()
    address = socket_path(home.root)
    assert stat.S_IMODE(address.stat().st_mode) == 0o600
    assert stat.S_IMODE(address.parent.stat().st_mode) == 0o700
    assert address.stat().st_uid == os.getuid()


def test_a_folder_that_others_may_enter_is_refused(home, tmp_path, monkeypatch):
    (tmp_path / f"mtrec-{os.getuid()}").mkdir(mode=0o755)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(service_protocol, "LONGEST_ADDRESS", 400)  # no socket is bound below
    with pytest.raises(StorageError, match="only you may enter"):
        socket_path(home.root)


def test_the_process_is_detached_and_writes_to_a_file(served, home):
    served.offers()
    pid = pid_of(home)
    assert os.getsid(pid) == pid != os.getsid(0)
    for number in (1, 2):
        assert Path(os.readlink(f"/proc/{pid}/fd/{number}")) == log_path(home.root)
    assert "loaded" in log_path(home.root).read_text()


def test_pages_that_start_at_once_share_one_process(bundle, tmp_path):
    home = Home(root=tmp_path, database_url="sqlite://")
    found: list[int] = []
    callers = [threading.Thread(target=lambda: found.append(pid_of(home))) for _ in range(6)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    stop_service(home)
    assert len(found) == 6
    assert len(set(found)) == 1


def test_the_process_ends_by_itself_and_comes_back_when_asked(bundle, tmp_path):
    home = Home(root=tmp_path, database_url="sqlite://")
    first = ask_service(home, {"ask": "hello"}, idle_seconds=0.4)["pid"]
    wait_until(lambda: not psutil.pid_exists(first))
    assert not socket_path(home.root).exists()
    assert "the end" in log_path(home.root).read_text()
    second = ask_service(home, {"ask": "hello"})["pid"]
    stop_service(home)
    assert second != first
    wait_until(lambda: not psutil.pid_exists(second))


def test_a_killed_process_is_started_again(served, home):
    killed = pid_of(home)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: not psutil.pid_exists(killed))
    assert served.offers().dataset == "tiny"
    assert pid_of(home) != killed


def test_a_broken_bundle_is_told_and_the_process_goes_on(served, home, bundle, tmp_path):
    broken = shutil.copytree(bundle, tmp_path / "broken")
    (broken / "model.safetensors").write_bytes(b"nothing")
    before = pid_of(home)
    with pytest.raises(DataError, match=r"damaged: model\.safetensors"):
        ServedModel(home=home, folder=broken).offers()
    assert served.offers().recommends == "purchase"
    assert pid_of(home) == before


def test_a_run_without_a_model_is_told(home, tmp_path):
    with pytest.raises(UserError, match="the run has not completed"):
        ServedModel(home=home, folder=tmp_path / "bundle").offers()


def test_unknown_users_and_questions_are_told(served, home, bundle):
    with pytest.raises(UserError, match="There is no user 'u1x'"):
        served.pool(Whom(user="u1x"))
    with pytest.raises(UserError, match="Unknown question 'weather'; known here: offers, pool"):
        ask_service(home, {"ask": "weather", "model": str(bundle)})


@pytest.mark.parametrize("line", [b"no json\n", b"[1]\n", b'{"ask": "hel'])
def test_what_is_no_question_is_refused(served, home, line):
    served.offers()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(socket_path(home.root)))
        connection.sendall(line)
        connection.shutdown(socket.SHUT_WR)
        answer = json.loads(connection.makefile().read())
    assert answer["error"] == "UserError"
    assert "can't be read" in answer["text"]
    assert served.offers().dataset == "tiny"


def test_an_error_of_the_program_is_a_sentence_and_its_log_has_the_rest(served, home, bundle):
    with pytest.raises(Exception, match="an error that it does not know"):
        ask_service(home, {"ask": "related", "model": str(bundle), "arguments": {}})
    assert "Traceback" in log_path(home.root).read_text()


def test_an_answer_that_takes_too_long_is_told(served, monkeypatch):
    served.offers()
    monkeypatch.setattr(service_process, "ANSWER_SECONDS", 1e-6)
    with pytest.raises(ServiceError, match="did not answer within"):
        served.pool(Whom(user="u01"))


def test_a_process_that_cannot_start_is_told(tmp_path, monkeypatch):
    home = Home(root=tmp_path, database_url="sqlite://")
    monkeypatch.setattr(service_process.sys, "executable", shutil.which("false"))
    with pytest.raises(ServiceError, match="ended as it started"):
        ask_service(home, {"ask": "hello"})


def test_a_bundle_that_was_written_again_is_loaded_again(home, bundle, tmp_path):
    copied = shutil.copytree(bundle, tmp_path / "bundle")
    served = ServedModel(home=home, folder=copied)
    served.offers()
    os.utime(copied / "bundle.json")
    (copied / "fusion.parquet").write_bytes(b"changed")
    with pytest.raises(DataError, match=r"damaged: fusion\.parquet"):
        served.offers()


def test_two_models_are_held_at_once(home, bundle, tmp_path):
    folders = [shutil.copytree(bundle, tmp_path / name) for name in ("a", "b", "c")]
    log = log_path(home.root)

    def loads() -> int:
        return log.read_text().count(f"loaded {tmp_path}")

    models = [ServedModel(home=home, folder=folder) for folder in folders]
    for model in (models[0], models[1], models[0], models[1]):
        model.offers()
    assert loads() == 2
    models[2].offers()  # the one asked for the longest time ago makes room
    models[1].offers()
    assert loads() == 3
    models[0].offers()
    assert loads() == 4


def test_uploaded_rows_get_their_predictions(served, home, predictor):
    folder = uploads_folder(home, "one")
    rows = pd.DataFrame({"user_id": ["u01", "u02"], "ad_id": ["a1", "new"], "words": ["", "=red lamp"]})
    rows.to_csv(folder / "rows.csv", index=False)
    target = folder / "predictions.csv"
    served.predict_file("ad_click", folder / "rows.csv", target)
    wait_until(lambda: bool(served.progress(target).written))
    found = pd.read_csv(target)
    assert list(found) == ["user_id", "ad_id", "words", "predicted probability"]
    assert found["words"].tolist()[1] == "'=red lamp"
    assert found["predicted probability"].between(0, 1).all()


def test_uploaded_rows_that_lack_an_input_are_told(served, home):
    folder = uploads_folder(home, "two")
    (folder / "rows.csv").write_text("user_id\nu01\n")
    target = folder / "predictions.csv"
    served.predict_file("ad_click", folder / "rows.csv", target)
    wait_until(lambda: bool(served.progress(target).error))
    assert "ad" in served.progress(target).error
    assert not target.exists()
    with pytest.raises(UserError, match="interrupted"):
        served.progress(folder / "never.csv")


def test_after_an_update_the_old_process_is_ended(home, served, monkeypatch):
    served.offers()
    before = pid_of(home)
    monkeypatch.setattr(service_protocol, "_program_stamp", lambda: 1)
    after = pid_of(home)
    assert after != before
    wait_until(lambda: not psutil.pid_exists(before))
    stop_service(home)

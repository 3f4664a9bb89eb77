"""A page server in a process of its own, and sessions that open pages and upload as a browser does."""

import http.client
import os
import re
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.conftest import PROJECT

PATIENCE = 120.0
BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
TOKEN = "2|abcd1234|" + "0" * 32 + "|1700000000"
HEADERS = {
    "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
    "Cookie": f"_streamlit_xsrf={TOKEN}",
    "X-Xsrftoken": TOKEN,
}
"""What a browser says with an upload. The token stands in cookie and header; no other site can do both."""


def frame_of(name: str) -> tuple[bytes, bytes]:
    """What stands before and behind a file's bytes in the body of an upload."""
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    )
    return head.encode(), f"\r\n--{BOUNDARY}--\r\n".encode()


def until(found: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Waits for something to be true."""
    give_up = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.05)


@dataclass(kw_only=True)
class PageServer:
    """`streamlit run app.py` at a port of its own."""

    home: Path
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def incoming(self) -> list[Path]:
        """What lies on the disk of uploads, locks aside."""
        return [
            path for path in (self.home / "incoming").rglob("*") if path.is_file() and path.name != "lock"
        ]

    @property
    def drafts(self) -> list[Path]:
        """The folders of datasets in the making."""
        return sorted((self.home / "datasets" / ".drafts").glob("*"))

    def memory(self, which: str = "VmRSS") -> int:
        """Bytes in memory now, or with VmHWM the most since `forget_peak`."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(rf"^{which}:\s+(\d+) kB$", status, re.MULTILINE)
        assert found is not None
        return int(found[1]) * 1024

    def forget_peak(self) -> None:
        """From here on VmHWM counts anew."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def request(
        self, method: str, path: str, headers: dict[str, str], body: Iterable[bytes] | None = None
    ) -> int:
        """The status of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body=body, headers=headers)
            return connection.getresponse().status
        finally:
            connection.close()


@contextmanager
def served(home: Path, entry: str = "app.py") -> Iterator[PageServer]:
    """A fresh page server, killed at the end."""
    home.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with (home / "page.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", entry, f"--server.port={port}"],
            cwd=PROJECT,
            env={**os.environ, "MTREC_HOME": str(home), "MTREC_DB": ""},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    server = PageServer(home=home, port=port, process=process)

    def answers() -> bool:
        assert process.poll() is None, (home / "page.log").read_text()[-3000:]
        try:
            return server.request("GET", "/_stcore/health", {}) == 200
        except OSError:
            return False

    try:
        until(answers)
        yield server
    finally:
        process.kill()
        process.wait()


@dataclass(kw_only=True)
class Session:
    """One tab."""

    server: PageServer
    page: str
    connection: ClientConnection
    id: str = ""
    uploader: str = ""
    """The id of the file uploader that the page showed last."""
    errors: list[str] = field(default_factory=list)
    """The boxes that the last run of the page showed."""
    query: str = ""
    """What stands behind the ? of the tab's address."""

    def rerun(self, chosen: "list[tuple[FileURLs, str, int]] | None" = None) -> None:
        """Runs the page as a browser asks for it, with files (address, name, bytes) in its uploader."""
        message = BackMsg()
        message.rerun_script.page_name = self.page
        message.rerun_script.query_string = self.query
        if chosen:
            state = message.rerun_script.widget_states.widgets.add()
            state.id = self.uploader
            for urls, name, size in chosen:
                info = state.file_uploader_state_value.uploaded_file_info.add()
                info.name, info.size, info.file_id = name, size, urls.file_id
                info.file_urls.CopyFrom(urls)
        self.connection.send(message.SerializeToString())
        self._until(
            lambda message: (
                message.WhichOneof("type") == "script_finished"
                and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
            )
        )

    def addresses(self, *names: str) -> list[FileURLs]:
        """Where the server wants the files."""
        message = BackMsg()
        message.file_urls_request.request_id = uuid.uuid4().hex
        message.file_urls_request.file_names.extend(names)
        message.file_urls_request.session_id = self.id
        self.connection.send(message.SerializeToString())
        answer = self._until(lambda message: message.WhichOneof("type") == "file_urls_response")
        return list(answer.file_urls_response.file_urls)

    def put(self, urls: FileURLs, name: str, pieces: Iterable[bytes], size: int) -> int:
        """Uploads one file; the status of the answer."""
        head, tail = frame_of(name)
        headers = {**HEADERS, "Content-Length": str(len(head) + size + len(tail))}
        return self.server.request("PUT", urls.upload_url, headers, chain([head], pieces, [tail]))

    def upload(self, files: dict[str, bytes]) -> None:
        """Chooses small files in the page's uploader, and waits for what the page makes of them."""
        urls = self.addresses(*files)
        for url, (name, content) in zip(urls, files.items(), strict=True):
            assert self.put(url, name, [content], len(content)) == 204
        self.rerun([(url, name, len(files[name])) for url, name in zip(urls, files, strict=True)])

    def _until(self, wanted: Callable[[ForwardMsg], bool]) -> ForwardMsg:
        while True:
            message = ForwardMsg()
            data = self.connection.recv(PATIENCE)
            assert isinstance(data, bytes)
            message.ParseFromString(data)
            if message.HasField("new_session"):
                self.id = message.new_session.initialize.session_id
                self.errors.clear()
            elif message.HasField("page_info_changed"):
                self.query = message.page_info_changed.query_string
            elif message.delta.new_element.HasField("file_uploader"):
                self.uploader = message.delta.new_element.file_uploader.id
            elif message.delta.new_element.HasField("alert"):
                self.errors.append(message.delta.new_element.alert.body)
            if wanted(message):
                return message


@contextmanager
def opened(server: PageServer, page: str = "Data") -> Iterator[Session]:
    """A tab with a page, as a link opens it; closed at the end."""
    address = f"ws://127.0.0.1:{server.port}/_stcore/stream"
    with connect(address, subprotocols=[Subprotocol("streamlit")]) as connection:
        tab = Session(server=server, page=page, connection=connection)
        tab.rerun()
        yield tab

"""The body of an upload request in pieces: the file's bytes for the disk, the rest for Streamlit.

No torch here.

--BOUNDARY                                                          rest
Content-Disposition: form-data; name="x"; filename="orders.csv"     rest
                                                                    rest
user_id,item_id ...                                                 the file's bytes
--BOUNDARY--                                                        rest
"""

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header


class UploadBody:
    """Takes a multipart body apart. Only the first file's bytes are handed on; a second one is for Streamlit
    to refuse."""

    def __init__(self, boundary: bytes) -> None:
        self.name: str | None = None
        """What the browser calls the file; None as long as its head hasn't come."""
        self.complete = False
        """Whether the closing boundary has come."""
        self._boundary = boundary
        self._rest = bytearray()
        self._header = bytearray()
        self._files = 0
        self._in_file = False
        self._bytes = bytearray()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": self._take_header,
                "on_header_value": self._take_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._take_data,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
        )

    def feed(self, piece: bytes) -> bytes:
        """The file's bytes in the next piece of the body; ValueError for what is no multipart body."""
        self._bytes = bytearray()
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise ValueError(f"not a multipart body: {error}") from error
        return bytes(self._bytes)

    def rest(self) -> bytes:
        """The same body with files of no bytes."""
        return bytes(self._rest)

    def _begin_part(self) -> None:
        self._rest += b"--" + self._boundary + b"\r\n"
        self._in_file = False

    def _take_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _take_value(self, data: bytes, start: int, end: int) -> None:
        if b":" not in self._header:
            self._header += b": "
        self._header += data[start:end]

    def _end_header(self) -> None:
        self._rest += self._header + b"\r\n"
        field, _, value = bytes(self._header).partition(b": ")
        self._header.clear()
        if field.lower() == b"content-disposition":
            _kind, options = parse_options_header(value)
            if b"filename" in options:
                self._files += 1
                self._in_file = self._files == 1
                if self._in_file:
                    self.name = options[b"filename"].decode("utf-8", "replace")

    def _end_headers(self) -> None:
        self._rest += b"\r\n"

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._bytes += data[start:end]

    def _end_part(self) -> None:
        self._rest += b"\r\n"

    def _end(self) -> None:
        self._rest += b"--" + self._boundary + b"--\r\n"
        self.complete = True


def boundary_of(content_type: bytes) -> bytes | None:
    """The boundary that a multipart request names; None for any other request."""
    kind, options = parse_options_header(content_type)
    return options.get(b"boundary") if kind == b"multipart/form-data" else None

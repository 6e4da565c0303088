"""HTTP/1.1 by hand: what is written here is what is sent."""

import http.client
import re
import socket
from urllib.parse import urlsplit


class Answer:
    """A status, headers (names in lower case) and a body."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def code(self):
        """The code of an S3 error document."""
        found = re.search(rb"<Code>([^<]*)</Code>", self.body)
        return found.group(1).decode() if found else None

    @property
    def message(self):
        found = re.search(rb"<Message>([^<]*)</Message>", self.body)
        return found.group(1).decode() if found else ""

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:600]!r}"


def send(endpoint, method, target, headers, body=b"", length=True, seconds=60):
    """Sends one request. `body` may be bytes or a list of pieces; `length` False: chunked transfer coding."""
    where = urlsplit(endpoint)
    pieces = [body] if isinstance(body, bytes) else list(body)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=seconds)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        names = {name.lower() for name, _ in headers}
        if "host" not in names:
            connection.putheader("host", where.netloc)
        for name, value in headers:
            connection.putheader(name, value)
        if not length:
            connection.putheader("transfer-encoding", "chunked")
            pieces = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece] + [b"0\r\n\r\n"]
        elif "content-length" not in names and (pieces != [b""] or method in ("PUT", "POST")):
            connection.putheader("content-length", sum(map(len, pieces)))
        try:
            connection.endheaders()
            for piece in pieces:
                connection.send(piece)
        except OSError:
            pass  # refused before the body was through; the answer says why
        answer = connection.getresponse()
        return Answer(answer.status, [(name.lower(), value) for name, value in answer.getheaders()], answer.read())
    finally:
        connection.close()


def raw(endpoint, data, seconds=30, leave=True):
    """Writes bytes to a connection, and returns everything that comes back until it is closed or silent.

    `leave`: the writing half is closed after the bytes, as by a client that has gone.
    """
    where = urlsplit(endpoint)
    received = b""
    with socket.create_connection((where.hostname, where.port), timeout=seconds) as connection:
        try:
            connection.sendall(data)
            if leave:
                connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                received += piece
        except OSError:
            pass
    return received

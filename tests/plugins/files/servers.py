"""Real servers on this machine for the tests of addresses: HTTP, with a server that breaks off, and S3."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class _Handler(SimpleHTTPRequestHandler):
    """The files of a folder; /private/ wants a password or a token, /broken/ sends half of what it promises."""

    def do_GET(self) -> None:
        if "/private/" in self.path and not self._is_known():
            self.send_error(401)
        elif "/broken/" in self.path:
            self._break_off()
        else:
            super().do_GET()

    do_HEAD = do_GET

    def _is_known(self) -> bool:
        password = "Basic " + base64.b64encode(b"reader:hunter2-hunter2").decode()
        return self.headers.get("Authorization") == password or "sig=s3cr3t-signature-0123456789" in self.path

    def _break_off(self) -> None:
        content = Path(self.translate_path(self.path)).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content[: len(content) // 2])

    def log_message(self, *args: Any) -> None:
        """Nothing: the tests look at what we log."""


@contextmanager
def http_server(folder: Path) -> Iterator[str]:
    """The address of a server of the files in a folder."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of an S3 server."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()

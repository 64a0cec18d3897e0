"""A way to a server that a test can close and open again: the server itself is left alone."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit


class Proxy:
    """Passes bytes on between who connects here and `target`, a host and a port."""

    def __init__(self, target: tuple[str, int], host: str = "127.0.0.1") -> None:
        """Open from the beginning, at the address `host` of this machine."""
        self._target = target
        self.host = host
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._passing = threading.Event()
        self._passing.set()
        self._door: socket.socket | None = None
        self.port = 0
        self.open()

    def open(self) -> None:
        """Listen, at the same port as before."""
        self._door = socket.create_server((self.host, self.port), reuse_port=False)
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._welcome, args=(self._door,), daemon=True).start()

    def close(self) -> None:
        """Refuse connections, and reset those that are open: the server has died."""
        if self._door is not None:
            with suppress(OSError):
                self._door.shutdown(socket.SHUT_RDWR)
            self._door.close()
            self._door = None
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def freeze(self) -> None:
        """Take every byte and pass none on: the network swallows them, and nobody hears of it."""
        self._passing.clear()

    def _welcome(self, door: socket.socket) -> None:
        with suppress(OSError):
            while True:
                caller, _ = door.accept()
                server = socket.create_connection(self._target)
                with self._lock:
                    self._open += [caller, server]
                for ends in ((caller, server), (server, caller)):
                    threading.Thread(target=self._pass, args=ends, daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError), source, sink:
            while data := source.recv(65536):
                if self._passing.is_set():
                    sink.sendall(data)


@contextmanager
def proxied(config: Path) -> Iterator[Proxy]:
    """Lead the kubeconfig `config` through a proxy, and give that."""
    found = json.loads(config.read_text())
    cluster = found["clusters"][0]["cluster"]
    server = urlsplit(cluster["server"])
    assert server.hostname
    proxy = Proxy((server.hostname, server.port or 443))
    # Its certificate is for its own name.
    cluster |= {"server": f"https://127.0.0.1:{proxy.port}", "tls-server-name": server.hostname}
    config.write_text(json.dumps(found))
    try:
        yield proxy
    finally:
        proxy.close()

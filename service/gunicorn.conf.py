"""How gunicorn runs the service: gunicorn -c service/gunicorn.conf.py 'service.app:create_app()'."""
# ruff: noqa: N999 - the name gunicorn's users look for

import atexit
import os
import shutil
import socket
import sys
import tempfile
from typing import Any

from service import logs
from service.settings import from_environ_or_exit
from service.startup import DatabaseWait
from service.store.conninfo import address

# Read here, in the master: wrong settings end it before there is a worker to fail again and again.
_settings = from_environ_or_exit()

# Memory that is writable even where the root is not: heartbeats must not wait for a disk, nor metrics.
_memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - what goes there has a name of its own

bind = f"0.0.0.0:{_settings.port}"
workers = _settings.web_processes
# One more waits for the database to answer a probe. The other never waits for long: it answers /healthz, and sends away
# whom the database keeps waiting (service/store/pool.py).
threads = _settings.web_threads + 2
worker_class = "service.worker.Worker"
worker_tmp_dir = _memory
# Each worker makes its own application: connections do not survive a fork.
preload_app = False
# A worker whose main loop is stuck is replaced after 30 s. A request of ours waits for the database 6 s at most.
timeout = 30
# More than any request of ours takes, and 10 s less than a pod has left after preStop (k8s/base/rollout.yaml).
graceful_timeout = 20
# An ALB keeps idle connections for 60 s. Ours must live longer, or it sends a request into a closing one.
keepalive = 75
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190
# TRUSTED_PROXIES alone decides who may speak for others (service/api/proxies.py); gunicorn would trust localhost.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""
# A second way in, and a socket file in a home directory that a read-only root does not have.
control_socket_disable = True
# The application logs requests, with what only it knows: route and request id.
accesslog = None
logconfig_dict = logs.config(_settings.log_level)
loglevel = _settings.log_level.lower()

_wait = DatabaseWait(_settings.database_wait_s, address(_settings.database_url))


def on_starting(server: Any) -> None:
    """Say at once that the port is taken; gunicorn would try for five seconds first."""
    if "GUNICORN_FD" in os.environ:
        return  # started by an older master that hands over its socket
    for host, port in server.address:
        try:
            socket.create_server((host, port)).close()
        except OSError as error:
            sys.stderr.write(
                f"PORT: cannot listen on {host}:{port}: {os.strerror(error.errno or 0)};"
                " end what listens there, or set another PORT\n"
            )
            raise SystemExit(1) from None


def when_ready(_server: Any) -> None:
    """Make the directory of the metrics, before a worker imports prometheus_client, which looks for it once.

    No earlier: until now a signal would have ended the master on the spot, and left the directory behind.
    """
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        made = tempfile.mkdtemp(prefix=f"service-metrics-{os.getpid()}-", dir=_memory)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = made
        # Not on_exit, which gunicorn leaves out where a worker fails while it stops.
        atexit.register(_remove, made, os.getpid())


def pre_fork(server: Any, worker: Any) -> None:
    """Give the worker the lowest number no living worker has."""
    taken = {other.number for other in server.WORKERS.values()}
    worker.number = next(number for number in range(len(taken) + 1) if number not in taken)


def post_fork(_server: Any, worker: Any) -> None:
    """Make the worker's metrics go on where the last worker of its number stopped.

    Files named by process id would stay for ever, since their counts must; after many restarts a scrape would read
    thousands of them.
    """
    from prometheus_client import values  # noqa: PLC0415 - not in the master

    values.ValueClass = values.MultiProcessValue(lambda: worker.number)  # type: ignore[no-untyped-call]


def post_worker_init(worker: Any) -> None:
    """Wait for the database while the worker serves."""
    from service.api.context import of  # noqa: PLC0415 - after post_fork

    context = of(worker.wsgi)
    _wait.begin(context.schema, context.stopping)


def worker_exit(_server: Any, worker: Any) -> None:
    """Close the connections once the last request is answered."""
    if worker.wsgi is not None:  # else it was told to end before it had made its application
        from service.api.context import of  # noqa: PLC0415 - not in the master, as above

        of(worker.wsgi).close()


def on_exit(_server: Any) -> None:
    """Say with the exit status whether the database ever came."""
    _wait.end()


def _remove(directory: str, maker: int) -> None:
    """Remove the directory where this is the process that made it: its workers inherit the errand."""
    if os.getpid() == maker:
        shutil.rmtree(directory, ignore_errors=True)

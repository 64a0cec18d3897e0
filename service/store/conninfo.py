"""What libpq is told to connect to, and what it has to say about it before it tries."""

import os
import re

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

# What libpq is told where DATABASE_URL does not say otherwise. Together they bound how long a request can wait for a
# network that swallows packets: no answer to a sent packet in 2 s, or no life on a quiet line in 5 + 2 x 1 s.
CONNECTION_DEFAULTS = {
    "application_name": "service",
    "connect_timeout": "2",  # the least libpq allows
    "keepalives_idle": "5",
    "keepalives_interval": "1",
    "keepalives_count": "2",
    "tcp_user_timeout": "2000",
}
NUMBERS = {"port", *CONNECTION_DEFAULTS.keys() - {"application_name"}}
# No address, and no name either: libpq fails on it after it has judged everything else, and asks nobody.
_NOWHERE = "nowhere"


def conninfo(url: str) -> str:
    """Give libpq's connection string for `url` with our defaults. Raises ValueError when libpq would not take `url`."""
    try:
        given = conninfo_to_dict(url)
        for name in NUMBERS & given.keys():
            # libpq notices these only while it connects. Several hosts may have a port each.
            if not re.fullmatch("[0-9]{0,5}(,[0-9]{0,5})*", str(given[name])):
                raise ValueError(f"its {name} must be a number")
        if complaint := _complaint(url):
            raise ValueError(f"libpq does not take it: {complaint}")
        return make_conninfo(url, **{name: value for name, value in CONNECTION_DEFAULTS.items() if name not in given})
    except psycopg.ProgrammingError:
        # libpq's message repeats parts of the string, the password among them.
        raise ValueError("libpq cannot read it") from None


def address(url: str) -> str:
    """Name host and port of each server in `url`, and nothing else of it."""
    hosts = _hosts(url) or ["localhost"]
    ports = str(conninfo_to_dict(url).get("port") or os.environ.get("PGPORT") or "5432").split(",")
    hosts = [f"[{host}]" if ":" in host else host for host in hosts]
    return ", ".join(f"{host}:{port or 5432}" for host, port in zip(hosts, ports * len(hosts), strict=False))


def _hosts(url: str) -> list[str]:
    given = conninfo_to_dict(url)
    hosts = str(given.get("host") or given.get("hostaddr") or os.environ.get("PGHOST") or "")
    return hosts.split(",") if hosts else []


def _complaint(url: str) -> str:
    """Say what libpq finds wrong with `url`, such as "invalid port number", or nothing.

    It judges most options, the ports among them, only when it is about to connect. So it is sent nowhere.
    """
    nowhere = ",".join([_NOWHERE] * (len(_hosts(url)) or 1))
    # Named even where it is not given: ports that PGPORT or a service file names may be more than there are hosts here.
    port = conninfo_to_dict(url).get("port") or ""
    attempt = pq.PGconn.connect_start(make_conninfo(url, host=nowhere, hostaddr=nowhere, port=port).encode())
    said = [line for line in attempt.get_error_message().splitlines() if _NOWHERE not in line]
    attempt.finish()
    # Once for all hosts, and without the value that is wrong: who knows what got into the wrong place.
    return "; ".join(dict.fromkeys(re.sub(': ".*"$', "", line) for line in said))

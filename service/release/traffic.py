"""Sends both versions the requests that an analysis needs: python3 -m service.release.traffic

A Job of the analysis `traffic`, for environments whose users send too few. Half goes to the stable version, which the
canary is compared with. It judges nothing: that is the other analyses' part.
"""

import os
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from service.release.canary import SERVICES, Asker, wait_for

READY_S = 30.0
SENDERS = 4  # for each version; by feel: an ordinary load, not a load test
PATHS = ("/smoke-test", "/config/smoke", "/config?limit=10", "/links/smoke-test/stats")


def main() -> None:
    """Send REQUESTS to each version, and report how many got which status. What is not answered is a status 0."""
    wanted = os.environ.get("REQUESTS", "")
    if not wanted.isdigit() or not 0 < int(wanted) <= 100_000:
        sys.exit(f"REQUESTS: must be a whole number from 1 to 100000, not {wanted!r}")
    for host in SERVICES:
        with closing(Asker(host)) as asker:
            wait_for(asker, "/readyz", seconds=READY_S)
    with ThreadPoolExecutor(len(SERVICES) * SENDERS) as pool:
        sent = {host: [pool.submit(_send, host, share) for share in _shares(int(wanted))] for host in SERVICES}
        counts = {host: sum((one.result() for one in parts), Counter[int]()) for host, parts in sent.items()}
    for host, found in counts.items():
        told = ", ".join(f"{count} x {status}" for status, count in sorted(found.items()))
        sys.stderr.write(f"traffic: {host}: {told}\n")


def _shares(wanted: int) -> list[int]:
    return [wanted // SENDERS + (number < wanted % SENDERS) for number in range(SENDERS)]


def _send(host: str, number: int) -> Counter[int]:
    counts = Counter[int]()
    with closing(Asker(host)) as asker:
        for index in range(number):
            try:
                status = asker.ask("GET", PATHS[index % len(PATHS)])[0]
            except OSError:
                status = 0
                time.sleep(0.1)  # it is away: trying faster would not bring it back
            counts[status] += 1
    return counts


if __name__ == "__main__":
    main()

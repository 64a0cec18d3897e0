"""Runs moto, which imitates AWS in memory, until its standard input ends. It says first at which port of 127.0.0.1.

It is run by the Python that `make aws` installs: moto is not among the packages of the tests.
"""

import sys

from moto.cloudfront.models import Invalidation
from moto.server import ThreadedMotoServer

# CloudFront's own word, which `aws cloudfront wait` waits for. moto writes it in capitals.
Invalidation.status = property(lambda _: "Completed", lambda *_: None)

if __name__ == "__main__":
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    sys.stdout.write(f"{server.get_host_and_port()[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.stop()

"""What the policies of the network leave out does not get through; what they let in does."""

import json
from uuid import uuid4

from tests.e2e.places import kubectl
from tests.e2e.platform import Platform

# Prints for each HOST:PORT whether a connection comes about.
TRY = """\
import json, os, socket, sys, urllib.parse
api = os.environ["KUBERNETES_SERVICE_HOST"] + ":" + os.environ["KUBERNETES_SERVICE_PORT"]
database = urllib.parse.urlsplit(os.environ.get("DATABASE_URL", ""))
where = {"api": api, "database": f"{database.hostname}:{database.port}", "given": sys.argv[1]}
for name in sys.argv[2:]:
    host, _, port = where[name].rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
        where[name] = True
    except OSError:
        where[name] = False
print(json.dumps({name: where[name] for name in sys.argv[2:]}))
"""


def test_a_pod_of_somebody_else_does_not_reach_the_service(whole: Platform) -> None:
    with whole.turns.at("prod"):
        pod = whole.get("pods", "prod", whole.pods("prod")[0])
        said = kubectl(
            "run", f"e2e-stranger-{uuid4().hex[:6]}", "--namespace", "default", "--image", whole.builds.base,
            "--restart", "Never", "--rm", "--attach", "--quiet", "--command", "--",
            "python3", "-c", TRY, f"{pod['status']['podIP']}:8080", "api", "given",
        )  # fmt: skip

    assert json.loads(said.splitlines()[0]) == {"api": True, "given": False}


def test_a_pod_of_the_service_reaches_its_database_and_nothing_else(whole: Platform) -> None:
    with whole.turns.at("prod"):
        said = kubectl(
            "exec", whole.pods("prod")[0], "--namespace", "service-prod", "--container", "service", "--",
            "python3", "-c", TRY, f"{whole.ingress.partition('//')[2]}:80", "database", "api", "given",
        )  # fmt: skip

    assert json.loads(said) == {"database": True, "api": False, "given": False}

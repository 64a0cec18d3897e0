"""The ground the story stands on: a database, a scratch remote, a deployer, and an address for each environment."""

import json
import random
import socket
import sys
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from demo import policy, postgres, processes
from demo.deployer import HOST, Order
from demo.errors import DemoFailed
from demo.narrator import Narrator
from demo.people import DANA, PAT
from demo.repository import Repository

ENVIRONMENTS: Final = ("dev", "stage", "prod")
KEPT: Final = Path("build") / "demo"
REMOTE: Final = KEPT / "gitops.git"
IMAGE: Final = "registry.example.com/service"
# Above what needs a privilege, below where the kernel takes ports for outgoing connections: nobody takes one between
# our looking and gunicorn's listening, but by chance.
_PORTS: Final = range(20000, 32000)


@dataclass(frozen=True)
class World:
    """What there is once everything stands. `registry` is the folder in the image registry's place."""

    repository: Repository
    registry: Path
    ports: dict[str, int]
    bin: str

    def url(self, environment: str) -> str:
        """Return where `environment` answers."""
        return f"http://{HOST}:{self.ports[environment]}"

    def tagbump(self, *arguments: str) -> list[str]:
        """Return a tagbump command for the scratch remote, as typed at the repository's root."""
        return [f"{self.bin}/tagbump", *arguments, "--repo", str(REMOTE)]


def build(narrator: Narrator, stack: ExitStack, work: Path) -> World:
    """Start the database, make the remote, start the deployer. `stack` stops them."""
    kept = narrator.root / KEPT
    _chapter_database(narrator)
    server = stack.enter_context(postgres.running(work / "postgres", kept / "logs" / "postgres.log", ENVIRONMENTS))
    narrator.say(f"PostgreSQL {server.version} runs, with the empty databases {', '.join(ENVIRONMENTS)}.")
    _chapter_remote(narrator)
    scratch = Repository(narrator.root / REMOTE, work / "checkout", narrator.env)
    scratch.begin(narrator.root, DANA)
    scratch.merge(
        PAT, "chore(policy): soak for seconds, ask no calendar and no cluster", "tagbump.yaml", policy.variant
    )
    narrator.command("git", "-C", str(REMOTE), "show", "--format=%an: %s", "--unified=0", "main", "--", "tagbump.yaml")
    ports = dict(zip(ENVIRONMENTS, _free_ports(len(ENVIRONMENTS)), strict=True))
    _chapter_deployer(narrator, ports)
    order = _order(narrator, work, server, ports)
    _start_deployer(narrator, stack, work, order)
    bin_folder = Path(sys.executable).parent
    shown = bin_folder.relative_to(narrator.root) if bin_folder.is_relative_to(narrator.root) else bin_folder
    return World(scratch, Path(order.registry), ports, str(shown))


def _chapter_database(narrator: Narrator) -> None:
    narrator.chapter(
        "A database",
        "A real PostgreSQL, from the wheel that the tests use, with a database for each environment. It listens on a"
        " Unix socket in a temporary folder, and nowhere else.",
    )


def _chapter_remote(narrator: Narrator) -> None:
    narrator.chapter(
        "A GitOps remote",
        f"{REMOTE} is a bare repository, in the place of the one at your forge. Its first commit has the files of this"
        " folder, as they are now: source and manifests live together.",
        "A second commit changes tagbump.yaml, where the rules stand, so that the story takes seconds. It asks for a"
        f" short soak: what prod takes has to have been healthy in stage for {policy.SOAK}. No window is frozen. And"
        " with no cluster there is no `application`: wait asks the service itself. The rest holds as it stands.",
    )


def _chapter_deployer(narrator: Narrator, ports: dict[str, int]) -> None:
    narrator.chapter(
        "A deployer",
        "In Argo CD's place a loop of its own, tools/demo/deployer.py, that shares no code with tagbump: it asks the"
        " remote for its head, renders the overlays with the real kustomize, runs the migration Job's command and"
        " starts what the image would start, the real gunicorn, with the settings that were rendered. Only the"
        " addresses are its own, as three environments share this machine, and nobody else is to reach them:",
    )
    narrator.show(*(f"   {name:8}http://{HOST}:{port}" for name, port in ports.items()))
    narrator.say("Nothing runs yet: the overlays pin 0.0.0, which was never built.")


def _order(narrator: Narrator, work: Path, server: postgres.Server, ports: dict[str, int]) -> Order:
    places = {"registry": work / "registry", "work": work / "deployer"}
    for place in places.values():
        place.mkdir()
    return Order(
        remote=str(narrator.root / REMOTE),
        logs=str(narrator.root / KEPT / "logs"),
        **{name: str(place) for name, place in places.items()},
        env=dict(narrator.env),
        environments={
            name: {"overlay": f"k8s/overlays/{name}", "port": port, "database_url": server.url(name)}
            for name, port in ports.items()
        },
    )


def _start_deployer(narrator: Narrator, stack: ExitStack, work: Path, order: Order) -> None:
    file = work / "order.json"
    file.write_text(json.dumps(asdict(order)))
    log = stack.enter_context(narrator.asides.open("wb"))
    command = [sys.executable, "-m", "demo.deployer", str(file)]
    stack.enter_context(processes.started(command, env=narrator.env, cwd=Path(order.work), output=log))


def _free_ports(count: int) -> list[int]:
    found: list[int] = []
    for port in random.sample(_PORTS, 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))  # as gunicorn will
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise DemoFailed(f"no free ports from {_PORTS.start} to {_PORTS.stop}: end what listens there")

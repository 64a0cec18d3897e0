"""The deployer, in Argo CD's place: makes run what the overlays at the head of the remote's main say.

A program of its own, `python -m demo.deployer FILE`, FILE being the JSON of an `Order`; it has nothing of tagbump. It
asks the remote for its head, renders each overlay, and where another artifact or setting comes out it fetches the
artifact by its digest from the registry folder, runs the migration Job's command, and starts the real gunicorn.
"""

import hashlib
import json
import shutil
import sys
import tarfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from demo import processes, rendered
from demo.rendered import Desired, Unrenderable

PAUSE_S: Final = 0.2  # Argo CD is told of a push by a webhook; asking this often comes near it
BIN: Final = Path(sys.executable).parent
HOST: Final = "127.0.0.1"  # in a pod the service listens everywhere; on a laptop it is nobody else's
SERVE: Final = ("gunicorn", "-c", "service/gunicorn.conf.py", "service.app:create_app()")


@dataclass(frozen=True)
class Order:
    """What is to be deployed where."""

    remote: str
    registry: str
    work: str
    logs: str
    env: dict[str, str]
    environments: dict[str, dict[str, Any]]
    """By name: its overlay, the port it is to have on this machine, and the URL of its database."""


@dataclass
class Running:
    """What an environment has now. `desired` is kept when its start failed too: trying again would change nothing."""

    desired: Desired | None = None
    process: processes.Process | None = None
    stack: ExitStack | None = None

    def end(self) -> None:
        """Stop the service, if one runs."""
        if self.stack is not None:
            self.stack.close()
        self.process = self.stack = None


@dataclass(frozen=True)
class Deployer:
    """Holds the order, and what runs by environment."""

    order: Order
    running: Mapping[str, Running]

    @property
    def clone(self) -> Path:
        return Path(self.order.work) / "clone"

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        status, said = processes.run(["git", *arguments], env=self.order.env, cwd=cwd or self.clone)
        if status != 0:
            raise Unrenderable(f"git {arguments[0]}: {said.strip()}")
        return said.strip()

    def watch(self) -> None:
        """Follow the remote for ever."""
        self.git("clone", "--quiet", self.order.remote, str(self.clone), cwd=Path(self.order.work))
        seen = ""
        while True:
            head = self.git("ls-remote", "origin", "refs/heads/main").split()[0]
            if head != seen:
                self.git("fetch", "--quiet", "origin", "main")
                self.git("reset", "--quiet", "--hard", head)
                absent = [name for name in self.touched(seen, head) if not self.follow(name, head)]
                if absent:
                    tell(f"{', '.join(absent)}: the registry lacks what the overlay pins, so nothing is started")
                seen = head
            self.look_after()
            time.sleep(PAUSE_S)

    def touched(self, seen: str, head: str) -> list[str]:
        """Return the environments whose manifests may differ between two commits; all, where `seen` is empty."""
        overlays = {name: f"{place['overlay']}/" for name, place in self.order.environments.items()}
        if not seen:
            return list(overlays)
        changed = self.git("diff", "--name-only", seen, head, "--", "k8s").splitlines()
        shared = any(not path.startswith(tuple(overlays.values())) for path in changed)
        return [
            name for name, overlay in overlays.items() if shared or any(path.startswith(overlay) for path in changed)
        ]

    def follow(self, name: str, head: str) -> bool:
        """Make `name` run what its overlay says at the checked out commit `head`; False where it is not built."""
        now = self.running[name]
        try:
            overlay = self.clone / self.order.environments[name]["overlay"]
            desired = rendered.read(rendered.render(overlay, self.order.env))
            if desired == now.desired:
                return True
            now.desired = desired
            if not self.archive(desired).exists():
                return False
            tell(f"{name}: the overlay at {head[:12]} renders {desired.image}")
            tree = self.pull(desired)
            now.end()
            self.start(name, desired, tree)
        except Unrenderable as error:
            tell(f"{name}: {error}")
        return True

    def archive(self, desired: Desired) -> Path:
        """Return where the registry has the artifact, if it has it. Raises Unrenderable."""
        return Path(self.order.registry) / f"{desired.digest}.tar"

    def pull(self, desired: Desired) -> Path:
        """Return the unpacked artifact, whose digest must be the one it is asked for by. Raises Unrenderable."""
        tree = Path(self.order.work) / desired.digest
        archive = self.archive(desired)
        if hashlib.sha256(archive.read_bytes()).hexdigest() != desired.digest:
            raise Unrenderable(f"{archive.name} is not what its name says: nothing is started")
        if not tree.exists():
            tree.mkdir()
            status, said = processes.run(["tar", "-xf", archive], env=self.order.env, cwd=tree)
            if status != 0:
                shutil.rmtree(tree)  # half of an artifact is none
                raise Unrenderable(f"tar -xf {archive.name} ended with {status}: {said.strip()}")
        return tree

    def start(self, name: str, desired: Desired, tree: Path) -> None:
        """Migrate the database and start the service from `tree`. Raises Unrenderable where the migration fails."""
        place = self.order.environments[name]
        # What an image carries in itself: git archive writes the commit it was made of into the archive.
        with tarfile.open(self.archive(desired)) as archive:
            source = archive.pax_headers["comment"]
        env = {
            **{key: self.order.env[key] for key in ("PATH", "HOME", "LC_ALL")},
            **desired.settings,
            "PYTHONPATH": str(tree),
            "DATABASE_URL": place["database_url"],
            "SOURCE_COMMIT": source,
            "PORT": str(place["port"]),
            "WEB_PROCESSES": "1",
        }
        status, said = processes.run([BIN / desired.migration[0], *desired.migration[1:]], env=env, cwd=tree)
        if status != 0:
            raise Unrenderable(f"{' '.join(desired.migration)} ended with {status}: {said}")
        tell(f"{name}: {' '.join(desired.migration)}, as the migration Job says: done")
        running = self.running[name]
        running.stack = ExitStack()
        log = running.stack.enter_context((Path(self.order.logs) / f"{name}.log").open("ab"))
        running.process = running.stack.enter_context(
            processes.started(
                [BIN / SERVE[0], "--bind", f"{HOST}:{place['port']}", *SERVE[1:]], env=env, cwd=tree, output=log
            )
        )
        tell(f"{name}: gunicorn started on port {place['port']}, source {source[:12]}")

    def tell_to_end(self) -> None:
        """Ask every service to end, so that they do it at the same time."""
        for now in self.running.values():
            if now.process is not None:
                now.process.terminate()

    def look_after(self) -> None:
        """Say once of a service that it ended by itself."""
        for name, now in self.running.items():
            if now.process is not None and (status := now.process.poll()) is not None:
                tell(f"{name}: the service ended with {status}; see {name}.log")
                now.end()


def tell(line: str) -> None:
    print(line, flush=True)


def main() -> None:
    """Deploy until a signal comes; stop every service then."""
    order = Order(**json.loads(Path(sys.argv[1]).read_text()))
    deployer = Deployer(order, {name: Running() for name in order.environments})
    with ExitStack() as stack:
        for each in deployer.running.values():
            stack.callback(each.end)
        stack.callback(deployer.tell_to_end)
        with processes.interruptible():
            deployer.watch()


if __name__ == "__main__":
    main()

"""Makes GitOps repositories of any size, as teams have them after years. The same shape, the same repository."""

import hashlib
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import IO, Final

from bench.errors import BenchFailed
from bench.running import run

REPOSITORY: Final = "registry.example.com/service"
CHAIN: Final = ("dev", "stage", "prod")
_SOURCES: Final = 500  # files of source code beside the manifests; by feel
_FIRST_AT: Final = 1_700_000_000
_OVERLAY: Final = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: {name}
resources: [] # kustomize edit and sed do without a base
images: # written by tagbump alone
  - name: service
    newName: {repository}
    newTag: "{tag}" # keep me
    digest: {digest}
"""


@dataclass(frozen=True)
class Shape:
    """What a repository is like: every other commit is a release, the others change source code.

    `overlays` counts dev, stage and prod among them. `roots` more of them are environments of tagbump.yaml, each of
    which may be bumped; what is beyond is there, and nobody's environment. `own` of the releases, evenly spread, say
    what tagbump's say; the others are those of a repository from before.
    """

    commits: int
    overlays: int
    roots: int = 0
    own: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the overlays: those that may be bumped first."""
        return (*CHAIN, *(f"app{number:04d}" for number in range(self.overlays - len(CHAIN))))

    @property
    def free(self) -> tuple[str, ...]:
        """The environments beside dev that may be bumped."""
        return self.names[len(CHAIN) :][: self.roots]


@dataclass(frozen=True)
class Built:
    """An image that nobody built: its digest follows from `seed`."""

    tag: str
    seed: str

    @property
    def digest(self) -> str:
        return "sha256:" + hashlib.sha256(self.seed.encode()).hexdigest()

    def __str__(self) -> str:
        return f"{REPOSITORY}:{self.tag}@{self.digest}"


def new_build(number: int) -> Built:
    """The `number`-th build that no generated repository has."""
    return Built(f"2.{number}", f"new {number}")


def overlay(name: str) -> str:
    """The path of the kustomization of the overlay `name`."""
    return f"k8s/overlays/{name}/kustomization.yaml"


def generate(remote: Path, shape: Shape, env: Mapping[str, str]) -> None:
    """Make the bare repository `remote`, packed as `git gc` leaves it. git runs with `env`. Raises BenchFailed."""
    run("init", "--quiet", "--bare", "--initial-branch=main", str(remote), env=env)
    for setting in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):  # both are on at every forge
        run("config", setting, "true", env=env, cwd=remote)
    with _importing(remote, env) as (said, heard):
        _history(said, heard, shape)
    run("gc", "--quiet", env=env, cwd=remote)


def add_commit(remote: Path, message: str, files: Mapping[str, str], env: Mapping[str, str]) -> None:
    """Put a commit that sets `files` on the main branch of `remote`: what somebody else's push does."""
    with _importing(remote, env) as (said, _):
        _commit(said, 0, message, list(files.items()), onto="refs/heads/main^0")


def policy(roots: Iterable[str]) -> str:
    """A tagbump.yaml of dev, stage and prod, and of `roots`, each an environment that may be bumped."""
    lines = ["image: service", "branch: main", "environments:"]
    before = ""
    for name in CHAIN:
        lines.append(f"  {name}: {{overlay: k8s/overlays/{name}{before}}}")
        before = f", from: {name}"
    lines += [f"  {name}: {{overlay: k8s/overlays/{name}}}" for name in roots]
    return "\n".join(lines) + "\n"


@contextmanager
def _importing(remote: Path, env: Mapping[str, str]) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Give what `git fast-import` reads, and what it answers. It has ended well at the end of the block."""
    pipe, command = subprocess.PIPE, ["git", "fast-import", "--quiet"]
    with subprocess.Popen(command, env=env, cwd=remote, stdin=pipe, stdout=pipe) as importing:
        assert importing.stdin is not None  # noqa: S101 - both are pipes
        assert importing.stdout is not None  # noqa: S101
        yield importing.stdin, importing.stdout
        importing.stdin.close()
        if importing.wait() != 0:
            raise BenchFailed(f"git fast-import ended with {importing.returncode}: what it said stands above")


def _history(said: IO[bytes], heard: IO[bytes], shape: Shape) -> None:
    random = Random(1)  # noqa: S311 - the same every time is what is wanted
    current = {name: Built("1.0.0", name) for name in shape.names}
    first = [
        ("tagbump.yaml", policy(shape.free)),
        *((overlay(name), _kustomization(name, current)) for name in current),
    ]
    first += [(_source(number), f"x = {number}\n") for number in range(_SOURCES)]
    _commit(said, 1, "feat: begin", first)
    source = 1
    for number in range(2, shape.commits + 1):
        if number % 2:
            # One release in twenty is of dev, where the bumps that are timed go; the others are of anybody.
            name = "dev" if number % 40 == 1 else random.choice(shape.names)
            before, current[name] = current[name], Built(f"1.0.{number}", f"{name} {number}")
            message = f"chore({name}): release {current[name].tag}"
            if number * shape.own // shape.commits != (number - 2) * shape.own // shape.commits:
                built_from = _name_of(said, heard, source)
                message += f"\n\nImage: {current[name]}\nFrom-Image: {before}\nSource: {built_from}"
            _commit(said, number, message, [(overlay(name), _kustomization(name, current))])
        else:
            path = _source(random.randrange(_SOURCES))
            _commit(said, number, f"feat: change {path}\n\nbecause of it", [(path, f"x = {number}\n")])
            source = number


def _commit(said: IO[bytes], number: int, message: str, files: Sequence[tuple[str, str]], onto: str = "") -> None:
    at = _FIRST_AT + 60 * number if number else int(time.time())
    mark = f"mark :{number}\n" if number else ""
    said.write(f"commit refs/heads/main\n{mark}committer Ada <ada@example.com> {at} +0000\n".encode())
    for part in _data(message + "\n"):
        said.write(part)
    if onto:
        said.write(f"from {onto}\n".encode())
    for path, text in files:
        said.write(f"M 100644 inline {path}\n".encode())
        for part in _data(text):
            said.write(part)


def _data(text: str) -> Iterator[bytes]:
    raw = text.encode()
    yield b"data %d\n" % len(raw)
    yield raw + b"\n"


def _name_of(said: IO[bytes], heard: IO[bytes], mark: int) -> str:
    """Ask for the name of a commit that was made before: releases name what they were built from."""
    said.write(b"get-mark :%d\n" % mark)
    said.flush()
    return heard.readline().decode().strip()


def _kustomization(name: str, current: Mapping[str, Built]) -> str:
    built = current[name]
    return _OVERLAY.format(name=name, repository=REPOSITORY, tag=built.tag, digest=built.digest)


def _source(number: int) -> str:
    return f"src/part{number // 20}/module{number}.py"

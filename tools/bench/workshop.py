"""Where measuring happens: a folder that is gone afterwards, with a home, a cache and a git configuration in it."""

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench import generate, running
from bench.errors import BenchFailed
from bench.generate import Built, Shape
from bench.programs import Program
from bench.sizes import Sizes


@dataclass(frozen=True)
class Remote:
    """A bare repository that is pushed to. `env` is what git runs with there."""

    path: Path
    env: Mapping[str, str]

    @property
    def url(self) -> str:
        return f"file://{self.path}"

    def git(self, *arguments: str) -> str:
        """Run git in it and return what it said. Raises BenchFailed."""
        return running.run(*arguments, env=self.env, cwd=self.path)

    def head(self) -> str:
        """The commit that main is at: 40 hex digits."""
        return self.git("rev-parse", "main").strip()

    def expect(self, commits: int, base: str) -> None:
        """Raise BenchFailed where main is not so many `commits` on from `base`: who wrote nothing was not measured."""
        found = int(self.git("rev-list", "--count", f"{base}..main"))
        if found != commits:
            raise BenchFailed(f"{found} commits landed where {commits} were to be measured")

    def commit(self, message: str, files: Mapping[str, str]) -> None:
        """Put a commit of somebody else on main."""
        generate.add_commit(self.path, message, files, self.env)


@dataclass
class Workshop:
    """What every measure works with. `rounds` is how often it measures, `tell` takes its progress."""

    root: Path
    env: Mapping[str, str]
    sizes: Sizes
    rounds: int
    tagbump: str
    tell: Callable[[str], None]
    kustomize: Program = field(default_factory=Program)
    gitopscli: Program = field(default_factory=Program)
    _builds: int = 0

    @property
    def small(self) -> Shape:
        """The small repository's shape."""
        return Shape(self.sizes.few_commits, self.sizes.few_overlays)

    @property
    def large(self) -> Shape:
        """The large repository's shape."""
        return Shape(self.sizes.commits, self.sizes.overlays)

    def folder(self, name: str) -> Path:
        """A new and empty folder."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.root))

    def remote(self, shape: Shape) -> Remote:
        """A new remote of that shape. The first of each is generated, which takes its time."""
        template = self.root / f"template-{shape.commits}-{shape.overlays}-{shape.roots}-{shape.own}.git"
        if not template.exists():
            self.tell(f"generating a repository of {shape.commits:,} commits and {shape.overlays:,} overlays")
            generate.generate(template, shape, self.env)
        path = self.folder("remote") / "remote.git"
        shutil.copytree(template, path)
        return Remote(path, self.env)

    def build(self) -> Built:
        """A build that no remote has yet."""
        self._builds += 1
        return generate.new_build(self._builds)

    def bump(self, remote: Remote, built: Built, source: str, environment: str = "dev") -> tuple[str, ...]:
        """The words of the command that releases `built`, made from the commit `source`, to `environment`."""
        return (self.tagbump, "bump", environment, str(built), "--source", source, "--repo", remote.url, "--quiet")

    def cold_bump(self, remote: Remote, source: str) -> float:
        """Release a new build to dev by an agent that has never been here, and return the seconds that it took."""
        cache = self.folder("cache")
        took = self.seconds(*self.bump(remote, self.build(), source), env=self.with_cache(cache))
        shutil.rmtree(cache)
        return took

    def with_cache(self, cache: Path) -> dict[str, str]:
        """The environment of an agent whose cache is in the folder `cache`."""
        return {**self.env, "XDG_CACHE_HOME": str(cache)}

    def seconds(self, *arguments: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> float:
        """Run a program and return the seconds that it took. Raises BenchFailed."""
        return running.seconds(*arguments, env=self.env if env is None else env, cwd=cwd or self.root)


def environment(home: Path) -> dict[str, str]:
    """What every program runs with, whoever measures: nothing of theirs but the PATH. `home` is made."""
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Release Pipeline\n\temail = pipeline@example.com\n"
        "[init]\n\tdefaultBranch = main\n"
        "[gc]\n\tauto = 0\n"  # git asks itself each time, and what it would do once in a while hits no side by chance
    )
    return {
        "PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"),
        "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1",
    }  # fmt: skip

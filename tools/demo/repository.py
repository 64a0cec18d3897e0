"""The scratch repository: a remote made of this one's files, the changes merged into it, the artifacts built of it."""

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from demo import processes
from demo.errors import DemoFailed
from demo.people import MERGE_QUEUE, PIPELINE, Person

BUILT_FROM: Final = ("service", "migrations", "alembic.ini")
"""What the image would hold, and what is archived in its stead."""


@dataclass(frozen=True)
class Repository:
    """A bare `remote`, and a `checkout` from which people's changes are pushed. `env` is what git runs with."""

    remote: Path
    checkout: Path
    env: Mapping[str, str]

    def git(self, *arguments: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
        """Run git in the checkout and return what it said. Raises DemoFailed."""
        status, said = processes.run(["git", *arguments], env={**self.env, **(env or {})}, cwd=cwd or self.checkout)
        if status != 0:
            raise DemoFailed(f"git {' '.join(arguments)} ended with {status}:\n{said}")
        return said

    def merge(self, author: Person, message: str, path: str, edit: Callable[[str], str]) -> str:
        """Push a change of the file `path` by `author`, as squash-merging does. Return the commit: 40 hex digits."""
        self.git("pull", "--quiet", "--ff-only", "origin", "main")
        file = self.checkout / path
        file.write_text(edit(file.read_text()))
        return self._commit(author, message)

    def begin(self, tracked: Path, author: Person) -> str:
        """Make the remote, its main being the files of the repository `tracked`, and return that commit."""
        self.remote.parent.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--bare", str(self.remote), cwd=self.remote.parent)
        # Both are on at every forge: a look fetches no more than it reads.
        self.git("config", "uploadpack.allowFilter", "true", cwd=self.remote)
        self.git("config", "uploadpack.allowAnySHA1InWant", "true", cwd=self.remote)
        self.checkout.mkdir()
        self.git("init", "--quiet")
        self.git("remote", "add", "origin", str(self.remote))
        listing = self.git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=tracked)
        for name in filter(None, listing.split("\0")):
            if (tracked / name).is_file():
                (self.checkout / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(tracked / name, self.checkout / name, follow_symlinks=False)
        return self._commit(author, "feat: import the service, its manifests and its policy")

    def build(self, commit: str, registry: Path) -> str:
        """Archive what the image of `commit` would hold into `registry`, and return its digest, `sha256:...`."""
        archive = registry / "building.tar"
        self.git("archive", f"--output={archive}", commit, *BUILT_FROM)
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        archive.rename(registry / f"{digest}.tar")
        return f"sha256:{digest}"

    def _commit(self, author: Person, message: str) -> str:
        who = {
            "GIT_AUTHOR_NAME": author.name, "GIT_AUTHOR_EMAIL": author.email,
            "GIT_COMMITTER_NAME": MERGE_QUEUE.name, "GIT_COMMITTER_EMAIL": MERGE_QUEUE.email,
        }  # fmt: skip
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--message", message, env=who)
        self.git("push", "--quiet", "origin", "HEAD:main")
        return self.git("rev-parse", "HEAD").strip()


def environment(work: Path) -> dict[str, str]:
    """Return what every program of the demo runs with: a home, a cache and a git configuration in `work` alone."""
    home = work / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        f"[user]\n\tname = {PIPELINE.name}\n\temail = {PIPELINE.email}\n"
        "[init]\n\tdefaultBranch = main\n"
        "[safe]\n\tdirectory = *\n"  # the clone may belong to another user than the one who tries it
    )
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "TMPDIR") if name in os.environ}
    return {
        "PATH": os.defpath, **kept, "HOME": str(home), "XDG_CACHE_HOME": str(work / "cache"),
        "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1",
    }  # fmt: skip

"""Git, in the checkout that is built."""

import tarfile
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import Unreachable
from pipeline.job import Job
from pipeline.programs import Done, run


class Git:
    """The repository of a job."""

    def __init__(self, job: Job) -> None:
        self._job = job
        # Nobody is there who could type a password.
        self._env = {**job.env, "GIT_TERMINAL_PROMPT": "0"}

    def ask(self, *arguments: str) -> str:
        """Return what git says. Raises Unreachable where it fails."""
        done = self.attempt(*arguments)
        if done.status != 0:
            raise Unreachable(f"git {arguments[0]} failed", done.said)
        return done.text

    def attempt(self, *arguments: str) -> Done:
        """Run git, which may fail."""
        return run("git", *arguments, cwd=self._job.root, env=self._env)

    def commit(self) -> str:
        """Return the commit that is built: 40 hex digits."""
        return self.ask("rev-parse", "HEAD")

    def committed_at(self, commit: str = "HEAD") -> datetime:
        """Return when `commit` was made: aware UTC."""
        return datetime.fromtimestamp(int(self.ask("log", "-1", "--format=%ct", commit)), UTC)

    def make_whole(self, branch: str) -> bool:
        """Have the whole history of `branch` here, also in a shallow checkout, and say whether it is."""
        if self._is_shallow():
            self.fetch(branch)
        return not self._is_shallow()

    def _is_shallow(self) -> bool:
        return self.ask("rev-parse", "--is-shallow-repository") == "true"

    def branch(self) -> str:
        """Return the branch that is checked out; empty where none is, as in Jenkins' checkouts."""
        return self.attempt("symbolic-ref", "--short", "--quiet", "HEAD").text

    def fetch(self, branch: str) -> str | None:
        """Bring `branch` of the remote up to date here, and return its name; None where it is not to be had.

        Jenkins hands its checkout no credentials: where git can't fetch, what the checkout brought has to do. A
        shallow one is made whole.
        """
        name = f"refs/remotes/origin/{branch}"
        whole = ["--unshallow"] if self._is_shallow() else []
        done = self.attempt("fetch", "--quiet", "--no-tags", *whole, "origin", f"+refs/heads/{branch}:{name}")
        if done.status != 0:
            self._job.tell(f"origin/{branch} can't be fetched: {done.said}")
        there = self.attempt("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").status == 0
        return name if there else None

    def lay_out(self, room: Path, commit: str = "HEAD") -> Path:
        """Return a folder in `room` with the files of `commit`, whatever else lies in the checkout.

        Their modes are those that git knows, whatever the umask of the checkout was.
        """
        packed, folder = room / "commit.tar", room / "commit"
        self.ask("-c", "tar.umask=0022", "archive", "--format=tar", f"--output={packed}", commit)
        with tarfile.open(packed) as tar:
            # Modes are kept as they are, and newer Pythons are not to warn of it: we have just written them.
            tar.extraction_filter = getattr(tarfile, "fully_trusted_filter", None)
            tar.extractall(folder)  # noqa: S202 - as above
        packed.unlink()
        return folder

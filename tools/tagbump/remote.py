"""One remote repository, seen through a bare cache beside which the caller's own checkout does not exist."""

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tagbump import git, signatures
from tagbump.errors import Rejected, TagbumpError, Unreachable, UsageError
from tagbump.git import Caller, GitFailed
from tagbump.signatures import Signature

_HEX: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# What servers answer when somebody else was faster. git's own words, GitHub's (cannot lock ref) and GitLab's
# (incorrect old value provided); whatever else is in brackets is a no that trying again cannot change.
_RACE: Final = re.compile(
    r"non-fast-forward|fetch first|stale info|cannot lock ref|failed to (?:update|lock) ref|failed to lock"
    r"|incorrect old value provided|reference already exists|but expected [0-9a-f]{40}",
    re.IGNORECASE,
)
_FETCH: Final = (
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--no-recurse-submodules",
)


class PushLost(TagbumpError):
    """Somebody else's push came first. What was decided has to be decided again."""


@dataclass(frozen=True)
class Entry:
    """A file of a commit's tree. `mode` is git's: 100644, 100755, or 120000 for a symbolic link."""

    mode: str
    oid: str


@dataclass(frozen=True)
class Change:
    """A commit, and the object ids which one of its paths had before and after; None where there was no file."""

    commit: str
    path: str
    before: str | None
    after: str | None


class Remote:
    """Fetches, reads, commits and pushes. Objects are named as git names them: 40 hex digits or `COMMIT:PATH`."""

    def __init__(self, url: str, directory: Path, caller: Caller) -> None:
        """`directory` holds the cache, and is made. `caller` is who commits, signs and signs in."""
        self.url = url
        self.shown = git.mask(url)
        self._directory = directory
        self._signs_commits = caller.flag("commit.gpgsign")
        self._signs_tags = caller.flag("tag.gpgsign")
        self._environment = git.environment(
            {"GIT_DIR": str(directory)},
            [
                # The address is told anew at each call, and never written down: it may carry a password.
                ("remote.origin.url", url),
                ("remote.origin.promisor", "true"),
                ("remote.origin.partialclonefilter", "blob:none"),
                ("gc.auto", "0"),
                ("push.followtags", "false"),
                ("http.lowspeedlimit", "1"),
                ("http.lowspeedtime", "60"),
                *caller.identity(),
            ],
        )
        with self._locked():
            if not (directory / "tagbump").exists():
                git.run("init", "--quiet", "--bare", env=self._environment)
                git.run("config", "extensions.partialClone", "origin", env=self._environment)
                (directory / "tagbump").touch()

    def _git(
        self,
        *arguments: str,
        input: bytes = b"",  # noqa: A002 - the name subprocess gives it
        extra: Mapping[str, str] | None = None,
        words: bool = False,
    ) -> bytes:
        env = {**self._environment, **(extra or {})}
        return git.run(*arguments, env=env, cwd=self._directory, input=input, words=words)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other processes that share the cache from fetching into it. A killed process holds no lock."""
        self._directory.mkdir(parents=True, exist_ok=True)
        with (self._directory / "tagbump.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    # --- look ---------------------------------------------------------------------------------------------------------

    def look(self, branch: str) -> str:
        """Fetch `branch` and every proof, and return the branch's head, 40 hex digits.

        Raises UsageError where the remote has no such branch, Unreachable where it does not answer.
        """
        head = f"refs/heads/{branch}"
        with self._locked():
            try:
                self._git(*_FETCH, "--prune", "origin", f"+{head}:{head}", "+refs/tags/proof/*:refs/proofs/*")
            except GitFailed as error:
                if "couldn't find remote ref" in error.stderr:
                    raise UsageError(f"{self.shown} has no branch {branch!r}") from error
                raise self._unreachable(error) from error
            return self._git("rev-parse", "--verify", "--end-of-options", head).decode().strip()

    def default_branch(self) -> str:
        """Return the branch that the remote's HEAD names, else main, else master."""
        try:
            listing = self._git("ls-remote", "--symref", "origin", "HEAD", "refs/heads/main", "refs/heads/master")
        except GitFailed as error:
            raise self._unreachable(error) from error
        lines = [line.split("\t") for line in listing.decode("utf-8", "replace").splitlines()]
        names = {name for _, name in lines}
        for what, name in lines:
            if name == "HEAD" and what.startswith("ref: refs/heads/"):
                return what.removeprefix("ref: refs/heads/")
        for branch in ("main", "master"):
            if f"refs/heads/{branch}" in names:
                return branch
        raise UsageError(f"{self.shown} has neither a main nor a master branch", hint="name one with --branch")

    def proofs(self) -> dict[str, str]:
        """Return the object ids of the proof tags, as of the last look, by name (`proof/dev/...`)."""
        listing = self._git("for-each-ref", "--format=%(objectname) %(refname)", "refs/proofs/").decode()
        pairs = (line.split(" ", 1) for line in listing.splitlines())
        return {name.replace("refs/proofs/", "proof/", 1): oid for oid, name in pairs}

    # --- read ---------------------------------------------------------------------------------------------------------

    def objects(self, names: Sequence[str]) -> list[bytes | None]:
        """Return the contents of the objects called `names`, in order; None for what is not there."""
        if not names:
            return []
        output = self._git("cat-file", "--batch", input="".join(f"{name}\n" for name in names).encode())
        found: list[bytes | None] = []
        position = 0
        for _ in names:
            end = output.index(b"\n", position)
            header = output[position:end].split(b" ")
            position = end + 1
            if len(header) != 3 or not header[2].isdigit():
                found.append(None)
                continue
            size = int(header[2])
            found.append(output[position : position + size])
            position += size + 1
        return found

    def entries(self, commit: str, paths: Sequence[str], *options: str) -> dict[str, Entry]:
        """Return those of `paths` that are there in `commit`. A path behind a symbolic link is not."""
        listing = self._git("--literal-pathspecs", "ls-tree", "-z", "--full-tree", *options, commit, "--", *paths)
        found = {}
        for line in filter(None, listing.split(b"\0")):
            meta, _, path = line.partition(b"\t")
            mode, _, oid = meta.decode().split(" ")
            found[path.decode("utf-8", "surrogateescape")] = Entry(mode, oid)
        return found

    def changes(self, commit: str, paths: Sequence[str]) -> list[Change]:
        """Return what the branch's own commits up to `commit` did to `paths`, newest first.

        Along first parents: what a merge brought in is one change, that of the merge.
        """
        log = self._git(
            "--literal-pathspecs", "log", "--root", "--first-parent", "--diff-merges=first-parent", "--raw", "-z",
            "--no-abbrev", "--no-renames", "--format=%H", commit, "--", *paths,
        )  # fmt: skip
        found = []
        current = ""
        fields = iter(log.decode("utf-8", "surrogateescape").split("\0"))
        for text in fields:
            line = text.strip("\n")
            if _HEX.fullmatch(line):
                current = line
            elif line.startswith(":"):
                _, _, before, after, _ = line.split(" ")
                found.append(Change(current, next(fields), _present(before), _present(after)))
        return found

    def commits_between(self, old: str | None, new: str) -> list[tuple[str, bytes]] | None:
        """Return the commits that `new` has and `old` has not, newest first: the hash and the bytes of each.

        `old` None stands for the empty history. None where either is not to be had.
        """
        if not self.has(new) or (old and not self.has(old)):
            return None
        listing = self._git("rev-list", new, *([f"^{old}"] if old else []), "--").decode().split()
        return [(name, raw) for name, raw in zip(listing, self.objects(listing), strict=True) if raw is not None]

    def has(self, commit: str) -> bool:
        """Say whether `commit` (40 hex digits) is to be had, fetching it where the branch does not lead to it."""
        if not _HEX.fullmatch(commit):
            return False
        try:
            return self._git("cat-file", "-t", commit) == b"commit\n"
        except GitFailed:
            return False

    def resolve(self, abbreviation: str) -> str | None:
        """Return the one commit that `abbreviation` (hex digits) begins, None where there is none or more than one."""
        try:
            return self._git("rev-parse", "--verify", "--quiet", f"{abbreviation}^{{commit}}").decode().strip()
        except GitFailed:
            return None

    def signatures(self, commits: Sequence[str], tags: Sequence[str], keys: Sequence[str]) -> dict[str, Signature]:
        """Return the good signatures of the `commits` and annotated `tags` (object ids), by object id.

        `keys` are the signers that count: an SSH key that is not among them is not known to git here.
        """
        found = {}
        with tempfile.NamedTemporaryFile("w", prefix="tagbump-") as known:
            known.write(signatures.allowed_signers(keys))
            known.flush()
            setting = ("-c", f"gpg.ssh.allowedSignersFile={known.name}")
            if commits:
                form = "--format=%H%x09%G?%x09%GF%x09%GP"
                listing = self._git(*setting, "log", "--no-walk", form, "--stdin", input="\n".join(commits).encode())
                for line in listing.decode().splitlines():
                    name, *verdict = line.split("\t")
                    if signature := signatures.of_commit(*verdict):
                        found[name] = signature
            for name in tags:
                with suppress(GitFailed):  # no signature, or none that is good
                    said = self._git(*setting, "verify-tag", "--raw", name, words=True)
                    if signature := signatures.of_tag(said.decode("utf-8", "replace")):
                        found[name] = signature
        return found

    def is_ancestor(self, old: str, new: str) -> bool | None:
        """Say whether `new` has `old` in its history; None where either is not to be had."""
        if not self.has(old) or not self.has(new):
            return None
        try:
            self._git("merge-base", "--is-ancestor", old, new)
        except GitFailed as error:
            if error.status == 1:
                return False
            raise
        return True

    def tree(self, commit: str, folders: Sequence[str]) -> dict[str, Entry]:
        """Return every file that `commit` has below `folders`, by path."""
        return self.entries(commit, folders, "-r")

    # --- write --------------------------------------------------------------------------------------------------------

    def commit(self, parent: str, path: str, content: bytes, message: str) -> str:
        """Make the commit on `parent` that gives the file `path` (which is there) `content`. Nothing is pushed."""
        mode = self.entries(parent, [path])[path].mode
        blob = self._git("hash-object", "-w", "--stdin", input=content).decode().strip()
        with tempfile.TemporaryDirectory(prefix="tagbump-") as scratch:
            index = {"GIT_INDEX_FILE": f"{scratch}/index"}
            self._git("read-tree", parent, extra=index)
            self._git("update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}", extra=index)
            tree = self._git("write-tree", "--missing-ok", extra=index).decode().strip()
        sign = ["--gpg-sign"] if self._signs_commits else []
        return self._made("commit-tree", *sign, "-p", parent, tree, message=message, signed=self._signs_commits)

    def tag(self, name: str, target: str, message: str) -> str:
        """Make the annotated tag `name` on `target` and return its object id. Nothing is pushed."""
        kind = "--sign" if self._signs_tags else "--annotate"
        self._made("tag", kind, "--force", "--file=-", name, target, message=message, signed=self._signs_tags)
        return self._git("rev-parse", "--verify", f"refs/tags/{name}").decode().strip()

    def _made(self, *arguments: str, message: str, signed: bool) -> str:
        try:
            return self._git(*arguments, input=message.encode()).decode().strip()
        except GitFailed as error:
            if any(words in error.stderr for words in ("tell me who you are", "empty ident", "no email was given")):
                hint = "git config --global user.name NAME; git config --global user.email ADDRESS"
                raise UsageError("git does not know who you are, and a release says who made it", hint=hint) from error
            if signed:
                hint = "git config --get-regexp 'gpg|sign' says which key git is to take"
                raise UsageError(f"git is set to sign, and cannot: {error.stderr}", hint=hint) from error
            raise

    def push(self, ref: str, new: str, *, expected: str | None) -> None:
        """Set `ref` to `new` if the remote still has it at `expected` (None: not at all).

        Raises PushLost where it has not, Rejected where the server says no for good, Unreachable where it does not
        answer: then the push may have landed all the same.
        """
        lease = f"--force-with-lease={ref}:{expected or ''}"
        try:
            self._git("push", "--porcelain", "--no-verify", "--no-recurse-submodules", lease, "origin", f"{new}:{ref}")
        except GitFailed as error:
            raise self.why_not_pushed(ref, error) from error

    def why_not_pushed(self, ref: str, error: GitFailed) -> TagbumpError:
        verdict = re.search(r"^!\t\S+\t(\[.*)$", error.stdout, re.MULTILINE)
        words = "\n".join(line for line in error.stderr.splitlines() if line.startswith("remote:"))
        if verdict is None:
            return self._unreachable(error)
        if _RACE.search(verdict[1]) or _RACE.search(words):
            return PushLost(f"{ref}: {verdict[1]}")
        said = git.mask("\n".join(filter(None, [verdict[1], words])))
        return Rejected(
            f"{self.shown} rejected the push to {ref}: {said}",
            hint="the server's rules decide here: ask who may push to this branch",
        )

    def _unreachable(self, error: GitFailed) -> Unreachable:
        words = error.stderr.removeprefix("fatal: ").splitlines()
        return Unreachable(
            f"{self.shown}: {' '.join(words) or f'git ended with {error.status}'}",
            hint="check the address, the network and the credentials (git ls-remote with the same address shows more)",
        )


def cache_directory(url: str) -> Path:
    """Return the folder in which the repository at `url` is cached. Its name gives no credential away."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    name = hashlib.sha256(re.sub(r"(?<=://)[^/@]*@", "", url).encode()).hexdigest()[:20]
    return Path(home) / "tagbump" / name


@contextmanager
def opened(url: str, caller: Caller, *, cached: bool = True) -> Iterator[Remote]:
    """Give the repository at `url`, through the shared cache or through one that is gone afterwards."""
    git.check_url(url)
    if cached:
        yield Remote(url, cache_directory(url), caller)
        return
    scratch = tempfile.mkdtemp(prefix="tagbump-")
    try:
        yield Remote(url, Path(scratch), caller)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _present(oid: str) -> str | None:
    return None if set(oid) == {"0"} else oid

"""Makes the commit of a release and the tag of a proof, signed where git is set to sign. Nothing is pushed here."""

from tagbump.errors import UsageError
from tagbump.repository.cache import Cache
from tagbump.repository.git import Caller, GitFailed
from tagbump.repository.objects import Objects


class Writing:
    """Makes commits and tags in a cache."""

    def __init__(self, cache: Cache, objects: Objects, caller: Caller) -> None:
        """`caller` is who commits and signs."""
        self._git = cache.git
        self._objects = objects
        self._signs_commits = caller.flag("commit.gpgsign")
        self._signs_tags = caller.flag("tag.gpgsign")

    def commit(self, parent: str, path: str, content: bytes, message: str) -> str:
        """Make the commit on `parent` that gives the file `path` (which is there) `content`; return its name."""
        tree = self._objects.replaced(parent, path, content)
        sign = ["--gpg-sign"] if self._signs_commits else []
        return self._made("commit-tree", *sign, "-p", parent, tree, message=message, signed=self._signs_commits)

    def tag(self, name: str, target: str, message: str) -> str:
        """Make the annotated tag `name` on `target` and return its object id."""
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

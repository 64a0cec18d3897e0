"""The repository a command works on: the one it is told, or the origin of the one its caller stands in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tagbump import log
from tagbump.errors import TagbumpError, UsageError
from tagbump.repository import addresses, git
from tagbump.repository.git import Caller
from tagbump.repository.remote import Remote, opened
from tagbump.values import Value

if TYPE_CHECKING:
    from tagbump.state import State


class Repo(Value):
    """The GitOps repository a command works on. `branch` None stands for the one that tagbump.yaml names."""

    remote: Remote
    branch: str | None
    caller: Caller
    cached: bool = True

    @contextmanager
    def sources(self, state: "State") -> Iterator[Remote]:
        """Give the repository that artifacts are built from: this one, where tagbump.yaml names no other."""
        if state.policy.source is None:
            yield self.remote
            return
        with opened(state.policy.source, self.caller, cached=self.cached) as source:
            try:
                source.look(source.default_branch())
            except TagbumpError as error:
                # The rules that need this history refuse for want of it, and say so; the others need not.
                log.warning("the source repository can't be read: %s", error.message)
            yield source


@contextmanager
def repository(address: str | None, branch: str | None, *, cached: bool = True) -> Iterator[Repo]:
    """Give the GitOps repository at `address`, a URL or a path; None stands for the origin of the one the caller is in.

    Raises UsageError where there is no origin, or the names could be taken for something else.
    """
    caller = git.caller()
    if address is None:
        address = caller.settings.get("remote.origin.url")
        if address is None:
            raise UsageError(
                "this is no git repository with an origin, and --repo is not given",
                hint="name the repository: --repo URL",
            )
    if branch is not None:
        addresses.check_branch(branch)
    with opened(git.absolute(addresses.check_url(address)), caller, cached=cached) as remote:
        yield Repo(remote, branch, caller, cached)

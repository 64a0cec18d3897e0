"""What servers and git say when they do not do what was asked, and what that means. Pure."""

import re
from typing import Final

from tagbump.errors import Rejected, TagbumpError, Unreachable
from tagbump.repository.addresses import mask
from tagbump.repository.git import GitFailed

# Compiled when they are first asked: most runs end without.
#
# What servers answer when somebody else was faster. git's own words, GitHub's (cannot lock ref) and GitLab's
# (incorrect old value provided); whatever else is in brackets is a no that trying again cannot change.
_RACE: Final = (
    r"non-fast-forward|fetch first|stale info|cannot lock ref|failed to (?:update|lock) ref|failed to lock"
    r"|incorrect old value provided|reference already exists|but expected [0-9a-f]{40}"
)
# Some servers say so in a hook's words. Only these two are said by no person.
_RACE_IN_WORDS: Final = r"cannot lock ref|incorrect old value provided"
_CHECKED_OUT: Final = "branch is currently checked out"
# What git says of a push to a remote whose every branch has moved on since we looked: it then looks for what to send in
# a history of which the cache has the commits alone.
_UNKNOWN: Final = r"^fatal: (?:bad (?:tree )?object|unable to (?:read|parse)|missing \w+ object)"
# What git says when it is the other side that does not answer, is not there, or lets nobody in.
_REMOTE: Final = (
    r"could not read from remote repository|does not appear to be a git repository|repository .* not found"
    r"|unable to (?:access|connect|look up)|could not resolve host|connection (?:refused|reset|timed out|closed)"
    r"|authentication failed|could not read (?:username|password)|permission denied|access denied|hung up unexpectedly"
    r"|early EOF|operation timed out|returned error: \d{3}|certificate"
)


class PushLost(TagbumpError):
    """Somebody else's push came first. What was decided has to be decided again."""


def of_push(shown: str, ref: str, error: GitFailed) -> TagbumpError:
    """Return what a push that failed amounts to: PushLost, Rejected, or Unreachable where no answer came."""
    verdict = re.search(rf"^!\t\S*:{re.escape(ref)}\t(\[.*)$", error.stdout, re.MULTILINE)
    words = "\n".join(line.rstrip() for line in error.stderr.splitlines() if line.startswith("remote:"))
    if re.search(_UNKNOWN, error.stderr, re.MULTILINE):
        return PushLost(f"{ref}: the remote has nothing that we know")
    if verdict is None:
        return unreachable(shown, error)
    said = mask("\n".join(filter(None, [verdict[1].rstrip(), words])))
    if re.search(_RACE, verdict[1], re.IGNORECASE) or re.search(_RACE_IN_WORDS, words):
        return PushLost(f"{ref}: {said}")
    hint = "the server's rules decide here: ask who may push to this branch"
    if _CHECKED_OUT in verdict[1]:
        hint = "this is somebody's working copy: give --repo the remote that it was cloned from (git remote -v in it)"
    return Rejected(f"{shown} rejected the push to {ref}: {said}", hint=hint)


def blames_the_company(ref: str, error: GitFailed) -> bool:
    """Say whether a push of several refs at once failed for another of them, or for being one of several."""
    verdict = re.search(rf"^!\t\S*:{re.escape(ref)}\t(\[.*)$", error.stdout, re.MULTILINE)
    return "atomic" in (verdict[1] if verdict else error.stderr)


def blames_the_remote(error: GitFailed) -> bool:
    """Say whether git speaks of the other side, and not of files on this one."""
    return bool(re.search(_REMOTE, error.stderr, re.IGNORECASE))


def unreachable(shown: str, error: GitFailed) -> Unreachable:
    """Return the error that says in git's words why the remote called `shown` does not answer."""
    # git's first sentence names the cause; the second, "fatal: Could not read from remote repository", adds nothing.
    first = error.stderr.removeprefix("fatal: ").partition("fatal: ")[0]
    words = " ".join(first.split()) or f"git ended with {error.status}"
    return Unreachable(
        f"{shown}: {words}",
        hint="check the address, the network and the credentials (git ls-remote with the same address shows more)",
    )

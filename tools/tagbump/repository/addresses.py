"""Addresses of repositories and services, and names of branches: what may be asked for, and what shown. Pure."""

import re
from typing import Final

from tagbump.errors import UsageError

_CREDENTIALS: Final = re.compile(r"(?<=://)[^/\s]*@")
_PARAMETER: Final = re.compile(r"(?<=[?&])([^=&?\s]*)=[^&?\s'\"]+")
_REST: Final = re.compile(r"(?<==\*\*\*)\?[^&\s'\"]*")  # of a secret with a question mark in it
_SECRETS: Final = ("token", "key", "secret", "password")
_BRANCH: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]{0,200}")
_COMMIT: Final = re.compile(r"[0-9a-f]{7,40}")
_SERVICE: Final = re.compile(
    r"https?://(?:\[[0-9A-Fa-f:.]+\]|[^\x00-\x20\x7f@/?#:\[\]]+)(?::\d{1,5})?(?:[/?#][^\x00-\x20\x7f@]*)?"
)
_NO_BRANCH: Final = re.compile(r"\.\.|//|/\.|\.lock(?:/|$)|[./]$")


def mask(text: str) -> str:
    """Return `text` with what may be a password in a URL replaced: before its @, and in parameters named for one."""
    return _REST.sub("", _PARAMETER.sub(_masked, _CREDENTIALS.sub("***@", text)))


def _masked(parameter: re.Match[str]) -> str:
    name = parameter[1]
    return f"{name}=***" if any(word in name.lower() for word in _SECRETS) else parameter[0]


def without_credentials(url: str) -> str:
    """Return `url` without what stands before its @."""
    return _CREDENTIALS.sub("", url)


def check_url(url: str) -> str:
    """Return `url`, an address or a path. Raises UsageError for what git could take for an option or a command."""
    if not url or url.startswith("-") or any(ord(c) < 32 or ord(c) == 127 for c in url):
        hint = "name a URL or a path; one that begins with a dash as ./-PATH"
        raise UsageError(f"{mask(url)!r} is no address of a repository", hint=hint)
    if re.match(r"[A-Za-z0-9]+::", url):  # ext::sh -c '...' runs a program
        raise UsageError(f"{mask(url)!r}: remote helpers are not used", hint="name a URL or a path")
    return url


def check_branch(name: str) -> str:
    """Return `name`. Raises UsageError for what is no name of a branch: an option, a refspec, a range."""
    if not _BRANCH.fullmatch(name) or _NO_BRANCH.search(name):
        raise UsageError(f"{name!r} is no name of a branch", hint="name it as it stands after refs/heads/")
    return name


def check_commit(source: str) -> str:
    """Return `source`. Raises UsageError for what is no hash of a commit, or the beginning of one."""
    if not _COMMIT.fullmatch(source):
        raise UsageError(f"--source {source!r} is no commit: it takes its hash", hint="--source $(git rev-parse HEAD)")
    return source


def check_service(url: str) -> str:
    """Return `url` without a trailing slash. Raises ValueError for what is no plain http or https address."""
    if not _SERVICE.fullmatch(url):
        raise ValueError("an address begins with http:// or https://, and carries no blanks and no credentials")
    return url.rstrip("/")

"""What signs in to a registry, from where `docker login` keeps it: the one door to Docker's credential helpers.

Nothing of what is found is ever part of a message, a log or a representation.
"""

import base64
import binascii
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tagbump import references
from tagbump.errors import Unreachable, UsageError

_HELPER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_IDENTITY: Final = "<token>"  # by this user name a helper says that its secret is a token to get tokens with


@dataclass(frozen=True)
class Credentials:
    """A `user` and their `secret`; or, where `user` is None, a token to get tokens with."""

    user: str | None
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Search:
    """What was found, None where nothing was, and `where` it was looked for."""

    found: Credentials | None
    where: str


def find(account: str, seconds: float) -> Search:
    """Look for what signs in to `account`, as Docker does: by its helper, else by the common one, else in the file.

    Raises UsageError where the file can't be read, Unreachable where a helper fails or takes longer than `seconds`.
    """
    file = Path(os.environ.get("DOCKER_CONFIG") or "~/.docker").expanduser() / "config.json"
    config = _read(file)
    helper = _entry(config.get("credHelpers"), account) or config.get("credsStore")
    if helper:
        program = _program(helper, file)
        return Search(_ask(program, account, seconds, file), f"{program}, which {file} names,")
    return Search(_inline(_entry(config.get("auths"), account)), str(file))


def _read(file: Path) -> Mapping[str, Any]:
    try:
        config = json.loads(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (ValueError, RecursionError):
        config = None  # what is wrong in it is not shown: it holds passwords
    if not isinstance(config, dict):
        raise UsageError(f"{file}: is no JSON object", hint="mend it, or name another folder with DOCKER_CONFIG")
    return config


def _entry(entries: object, account: str) -> Any:
    """Return the entry of `account`, under its own name or another one of the same registry; None without one."""
    if not isinstance(entries, dict):
        return None
    return entries.get(account, next((e for key, e in entries.items() if _host(key) == _host(account)), None))


def _host(key: str) -> str:
    return references.canonical_host(re.sub(r"^https?://", "", key).partition("/")[0])


def _inline(entry: object) -> Credentials | None:
    if not isinstance(entry, dict):
        return None
    if isinstance(token := entry.get("identitytoken"), str) and token:
        return Credentials(None, token)
    try:
        user, colon, secret = base64.b64decode(entry.get("auth") or "", validate=True).decode().partition(":")
    except (binascii.Error, TypeError, ValueError):
        return None
    return Credentials(user, secret.rstrip("\0")) if colon else None


def _program(name: object, file: Path) -> str:
    if not isinstance(name, str) or not _HELPER.fullmatch(name):
        raise UsageError(f"{file}: {str(name)[:80]!r} is no name of a credential helper", hint="such as ecr-login")
    return f"docker-credential-{name}"


def _ask(program: str, account: str, seconds: float, file: Path) -> Credentials | None:
    path = shutil.which(program)
    if path is None:
        raise Unreachable(f"{program}, which {file} names, is not on the PATH", hint=f"install {program}")
    failed = Unreachable(
        f"{program}, which {file} names, did not say what signs in to {account}",
        hint=f"echo {account} | {program} get shows why",
    )
    try:
        done = subprocess.run([path, "get"], input=account.encode(), capture_output=True, timeout=seconds, check=False)
        if done.returncode != 0:
            if b"credentials not found" in done.stdout:  # the sentence by which helpers say so, and Docker knows it
                return None
            raise failed
        said = json.loads(done.stdout)
        user, secret = said["Username"], said["Secret"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError, RecursionError):
        raise failed from None
    if not isinstance(user, str) or not isinstance(secret, str):
        raise failed
    return Credentials(None if user == _IDENTITY else user, secret)

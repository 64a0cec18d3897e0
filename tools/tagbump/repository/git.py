"""The one door to the git program: arguments in, bytes or a typed error out."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tagbump import log
from tagbump.errors import TagbumpError, Unreachable, UsageError
from tagbump.repository.addresses import mask
from tagbump.values import Value

NETWORK_TIMEOUT_S: Final = 300  # a remote that says nothing for so long is gone; chosen by feel

# What a caller's environment may say to git: who they are and how they sign in. Where its repository is, which index
# and which objects it uses is ours to say: an inherited GIT_DIR would make us write into somebody's checkout.
_KEPT: Final = re.compile(
    r"GIT_(?:AUTHOR_(?:NAME|EMAIL)|COMMITTER_(?:NAME|EMAIL)|ASKPASS|SSH|SSH_COMMAND|SSH_VARIANT|TERMINAL_PROMPT"
    r"|SSL_\w+|HTTP_\w+|PROXY_\w+|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|PARAMETERS|KEY_\d+|VALUE_\d+)|ALLOW_PROTOCOL"
    r"|TRACE\w*|EXEC_PATH)"
)
# What a caller's own repository may say: the same, as `git config` keys. The origin's fetch rules are not among it.
_CALLERS_KEYS: Final = re.compile(
    r"(?:user|author|committer|gpg|credential|http|url|ssh)\..*|commit\.gpgsign|tag\.gpgsign|core\.sshcommand"
)
_LONG: Final = 4000


class GitFailed(TagbumpError):
    """A git command that did not do what was asked: `command`, `status` and `stderr`, secrets masked."""

    def __init__(self, command: Sequence[str], status: int, stdout: str, stderr: str) -> None:
        self.command = mask(" ".join(command))
        self.status = status
        self.stdout = mask(stdout)
        self.stderr = mask(stderr).strip()
        how = f"ended with {status}" if status >= 0 else f"was ended by signal {-status}"
        super().__init__(f"git {self.command} {how}: {self.stderr[-_LONG:]}")


def environment(
    extra: Mapping[str, str] | None = None,
    config: Sequence[tuple[str, str]] = (),
    base: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the variables git runs with: the caller's without their own GIT_*, `extra`, and `config` as settings.

    `base` stands in place of the caller's: what this function returned before, to be added to.

    Settings go by the environment and not by `-c`: other users of the machine can read a command line.
    """
    if base is not None:
        result = dict(base)
    else:
        result = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or _KEPT.fullmatch(k)}
        result["LC_ALL"] = "C"  # rejections are told apart by their words
        if not sys.stdin or not sys.stdin.isatty():
            result.setdefault("GIT_TERMINAL_PROMPT", "0")
    count = int(result.get("GIT_CONFIG_COUNT") or 0)
    for number, (key, value) in enumerate(config, start=count):
        result[f"GIT_CONFIG_KEY_{number}"] = key
        result[f"GIT_CONFIG_VALUE_{number}"] = value
    result["GIT_CONFIG_COUNT"] = str(count + len(config))
    return {**result, **(extra or {})}


def run(
    *arguments: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    input: bytes = b"",  # noqa: A002 - the name subprocess gives it
    timeout_s: float = NETWORK_TIMEOUT_S,
    words: bool = False,
) -> bytes:
    """Run git without a shell and return its standard output; with `words`, its standard error.

    Raises GitFailed on any status but 0, Unreachable after `timeout_s`, UsageError where there is no git.
    """
    log.debug("git %s", mask(" ".join(arguments)))
    try:
        done = subprocess.run(
            ["git", *arguments],  # noqa: S607 - git is found on the PATH, as in the user's own shell
            env=environment() if env is None else env,
            cwd=cwd,
            input=input,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except FileNotFoundError:
        raise UsageError("the git program is not on the PATH", hint="install git 2.36 or newer") from None
    except subprocess.TimeoutExpired:
        raise Unreachable(f"git {arguments[0]} had no answer after {timeout_s:g} s") from None
    if done.returncode != 0:
        streams = (stream.decode("utf-8", "replace") for stream in (done.stdout, done.stderr))
        raise GitFailed(arguments, done.returncode, *streams)
    return done.stderr if words else done.stdout


def start(*arguments: str, env: Mapping[str, str], cwd: Path) -> "subprocess.Popen[bytes]":
    """Start git without a shell, to be spoken to through its pipes. Raises UsageError where there is no git."""
    log.debug("git %s", mask(" ".join(arguments)))
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(["git", *arguments], env=env, cwd=cwd, stdin=pipe, stdout=pipe, stderr=pipe)  # noqa: S607
    except FileNotFoundError:
        raise UsageError("the git program is not on the PATH", hint="install git 2.36 or newer") from None


class Caller(Value):
    """What git is told where the caller stands: all `settings` by key, and `own`, those of their repository alone."""

    settings: Mapping[str, str]
    own: tuple[tuple[str, str], ...]

    def identity(self) -> list[tuple[str, str]]:
        """Return what their repository says of who they are, how they sign and how they sign in.

        What stands in the files of the user and of the machine need not be passed on: git reads it wherever it runs.
        """
        return [(key, value) for key, value in self.own if _CALLERS_KEYS.fullmatch(key)]

    def names(self) -> tuple[str, ...]:
        """Return the names and addresses under which the caller commits, as far as they are set."""
        said = [os.environ.get("GIT_COMMITTER_NAME"), os.environ.get("GIT_COMMITTER_EMAIL")]
        said = said if any(said) else [self.settings.get("user.name"), self.settings.get("user.email")]
        return tuple(filter(None, said))

    def flag(self, key: str) -> bool:
        """Say whether the setting `key` is on, as git reads it: a key without a value is on."""
        return self.settings.get(key, "no").lower() in ("true", "yes", "on", "1", "")


def caller(directory: Path | None = None) -> Caller:
    """Return what git is told in `directory` (default: where the caller stands), in a repository or outside of one."""
    listing = run("config", "--includes", "--show-scope", "--null", "--list", cwd=directory)
    fields = listing.decode("utf-8", "replace").split("\0")
    pairs = [(scope, *entry.partition("\n")[::2]) for scope, entry in zip(fields[::2], fields[1::2], strict=False)]
    own = tuple((key, value) for scope, key, value in pairs if scope in ("local", "worktree"))
    return Caller({key: value for _, key, value in pairs}, own)


def absolute(url: str) -> str:
    """Return `url` as it is, or the whole path where it is that of a folder: git runs elsewhere."""
    path = Path(url).expanduser()
    return str(path.resolve()) if path.exists() else url

"""Has git check signatures, by the keys that are asked for and no others."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tagbump.repository import signatures
from tagbump.repository.cache import Cache, write
from tagbump.repository.git import GitFailed
from tagbump.repository.signatures import Signature


def verified(cache: Cache, commits: Sequence[str], tags: Sequence[str], keys: Sequence[str]) -> dict[str, Signature]:
    """Return the good signatures of the commits and annotated `tags` (object ids), by object id.

    `keys` are the signers that count: an SSH key that is not among them is not known to git here. A good signature of
    an SSH key is remembered: it stays good, and each check takes two programs. That of a GPG key may expire.
    """
    file = cache.directory / "signatures.json"
    known = _read(file)
    new = {
        **_of_commits(cache, [name for name in commits if name not in known], keys),
        **_of_tags(cache, [name for name in tags if name not in known], keys),
    }
    if lasting := {name: signature for name, signature in new.items() if signature.is_lasting}:
        said = {name: sorted(signature.fingerprints) for name, signature in {**known, **lasting}.items()}
        write(file, json.dumps(said, separators=(",", ":")).encode())
    found = {**known, **new}
    return {name: found[name] for name in (*commits, *tags) if name in found}


def _read(file: Path) -> dict[str, Signature]:
    """Read what was found before. What is damaged is found again."""
    try:
        said = json.loads(file.read_bytes())
        return {str(name): Signature(frozenset(map(str, fingerprints))) for name, fingerprints in said.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


@contextmanager
def _knowing(keys: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Give the words that tell git of the SSH keys among `keys`, and of no others."""
    with tempfile.NamedTemporaryFile("w", prefix="tagbump-") as known:
        known.write(signatures.allowed_signers(keys))
        known.flush()
        yield "-c", f"gpg.ssh.allowedSignersFile={known.name}"


def _of_commits(cache: Cache, commits: Sequence[str], keys: Sequence[str]) -> dict[str, Signature]:
    if not commits:
        return {}
    form = "--format=%H%x09%G?%x09%GF%x09%GP"
    with _knowing(keys) as setting:
        listing = cache.git(*setting, "log", "--no-walk", form, "--stdin", input="\n".join(commits).encode())
    verdicts = (line.split("\t") for line in listing.decode().splitlines())
    read = ((name, signatures.of_commit(*verdict)) for name, *verdict in verdicts)
    return {name: signature for name, signature in read if signature is not None}


def _of_tags(cache: Cache, tags: Sequence[str], keys: Sequence[str]) -> dict[str, Signature]:
    found = {}
    with _knowing(keys) as setting:
        for name in tags:
            with suppress(GitFailed):  # no signature, or none that is good
                said = cache.git(*setting, "verify-tag", "--raw", name, words=True)
                if signature := signatures.of_tag(said.decode("utf-8", "replace")):
                    found[name] = signature
    return found

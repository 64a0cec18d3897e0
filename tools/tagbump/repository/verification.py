"""Has git check signatures, by the keys that are asked for and no others."""

import tempfile
from collections.abc import Sequence
from contextlib import suppress

from tagbump.repository import signatures
from tagbump.repository.cache import Cache
from tagbump.repository.git import GitFailed
from tagbump.repository.signatures import Signature


def verified(cache: Cache, commits: Sequence[str], tags: Sequence[str], keys: Sequence[str]) -> dict[str, Signature]:
    """Return the good signatures of the commits and annotated `tags` (object ids), by object id.

    `keys` are the signers that count: an SSH key that is not among them is not known to git here.
    """
    found = {}
    with tempfile.NamedTemporaryFile("w", prefix="tagbump-") as known:
        known.write(signatures.allowed_signers(keys))
        known.flush()
        setting = ("-c", f"gpg.ssh.allowedSignersFile={known.name}")
        if commits:
            form = "--format=%H%x09%G?%x09%GF%x09%GP"
            listing = cache.git(*setting, "log", "--no-walk", form, "--stdin", input="\n".join(commits).encode())
            for line in listing.decode().splitlines():
                name, *verdict = line.split("\t")
                if signature := signatures.of_commit(*verdict):
                    found[name] = signature
        for name in tags:
            with suppress(GitFailed):  # no signature, or none that is good
                said = cache.git(*setting, "verify-tag", "--raw", name, words=True)
                if signature := signatures.of_tag(said.decode("utf-8", "replace")):
                    found[name] = signature
    return found

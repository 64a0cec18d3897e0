"""Signers as `tagbump.yaml` names them, and what git found when it checked a signature. Pure."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from typing import Final

from tagbump.values import Value

_SSH: Final = re.compile(
    r"(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)"
    r" ([A-Za-z0-9+/]{40,}={0,3})(?: [^\x00-\x1f]*)?"
)
_GPG: Final = re.compile(r"[0-9A-F]{40}|[0-9A-F]{64}")


class Signature(Value):
    """What git says of one: the fingerprint of its key, and that of the primary key where there is one.

    An SSH key's is `SHA256:` and base64, a GPG key's 40 hex digits in capitals.
    """

    fingerprints: frozenset[str]

    @property
    def is_lasting(self) -> bool:
        """Whether it stays good for ever: an SSH key has no date on which it expires."""
        return all(fingerprint.startswith("SHA256:") for fingerprint in self.fingerprints)


def fingerprint(key: str) -> str:
    """Return the fingerprint of a key as `signers` names it: an SSH public key, or a GPG fingerprint itself.

    Raises ValueError for what is neither.
    """
    gpg = key.replace(" ", "").upper()
    if _GPG.fullmatch(gpg):
        return gpg
    match = _SSH.fullmatch(key)
    try:
        blob = base64.b64decode(match[1], validate=True) if match else b""
    except binascii.Error:
        blob = b""
    if not blob:
        raise ValueError(
            f"{key[:60]!r} is no key: it takes an SSH public key, or the 40 hex digits of a GPG fingerprint"
        )
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def allowed_signers(keys: Iterable[str]) -> str:
    """Return the file from which git knows the SSH keys among `keys`, and no others."""
    return "".join(f'* namespaces="git" {key}\n' for key in keys if _SSH.fullmatch(key))


def of_commit(verdict: str, key: str, primary: str) -> Signature | None:
    """Read what `git log` says as %G?, %GF and %GP. None where there is no good signature.

    A GPG key of unknown trust (U) is good: the policy names it by its fingerprint, which is stronger than trust. An SSH
    key with that verdict is one that the policy does not name.
    """
    if verdict == "G" or (verdict == "U" and not key.startswith("SHA256:")):
        return Signature(frozenset(filter(None, (key, primary))))
    return None


def of_tag(words: str) -> Signature | None:
    """Read what `git verify-tag --raw` says on standard error where it succeeds. None where no key is named."""
    if ssh := re.search(r'^Good "git" signature for \S+ with \S+ key (SHA256:\S+)$', words, re.MULTILINE):
        return Signature(frozenset([ssh[1]]))
    if gpg := re.search(r"^\[GNUPG:\] VALIDSIG ([0-9A-F]{40,64}) (?:\S+ ){8}([0-9A-F]{40,64})$", words, re.MULTILINE):
        expired = re.search(r"^\[GNUPG:\] (?:EXPKEYSIG|REVKEYSIG|EXPSIG)", words, re.MULTILINE)
        return None if expired else Signature(frozenset(gpg.groups()))
    return None


def counts(signature: Signature | None, signers: Iterable[str]) -> bool:
    """Say whether something with `signature` counts where `signers` are asked for: always, where none are."""
    wanted = {fingerprint(key) for key in signers}
    return not wanted or (signature is not None and bool(wanted & signature.fingerprints))

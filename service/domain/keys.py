"""How a link gets its key when the caller names none."""

import hashlib
import secrets
from typing import Protocol

from service.model import LinkKey
from service.store.links import LinkStore

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH = 11
"""Of random and hashed keys. 62 ** 11 is 2 ** 65.5: nobody finds a link by trying keys."""


class KeyStrategy(Protocol):
    """Proposes keys. The caller stores one if it is free, and asks again if it is not."""

    def propose(self, url: str, attempt: int) -> LinkKey:
        """Return the key to try for `url`; `attempt` counts from 0."""
        ...


class RandomKeys:
    """Keys nobody can guess."""

    def propose(self, url: str, attempt: int) -> LinkKey:  # noqa: ARG002 - the role's, unused here
        """Return a key of 65 random bits."""
        return LinkKey(_base62(secrets.randbelow(62**LENGTH)).rjust(LENGTH, "0"))


class CounterKeys:
    """The shortest keys. They can be counted through, so they hide nothing."""

    def __init__(self, links: LinkStore) -> None:
        self._links = links

    def propose(self, url: str, attempt: int) -> LinkKey:  # noqa: ARG002 - the role's, unused here
        """Return the next number, in base 62."""
        return LinkKey(_base62(self._links.next_number()))


class HashKeys:
    """The same URL always gets the same key, for whoever shortens it and however often."""

    def propose(self, url: str, attempt: int) -> LinkKey:
        """Return 65 bits of the SHA-256 of the attempt and the URL."""
        digest = hashlib.sha256(f"{attempt}:{url}".encode()).digest()
        return LinkKey(_base62(int.from_bytes(digest) % 62**LENGTH).rjust(LENGTH, "0"))


def strategy(name: str, links: LinkStore) -> KeyStrategy:
    """Return the strategy KEY_STRATEGY names: random, counter or hash."""
    strategies: dict[str, KeyStrategy] = {"random": RandomKeys(), "counter": CounterKeys(links), "hash": HashKeys()}
    return strategies[name]


def _base62(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 62)
        text = _DIGITS[digit] + text
    return text or "0"

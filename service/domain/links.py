"""The rules of short links."""

import logging
from collections.abc import Collection

from service.domain import urls
from service.domain.keys import KeyStrategy
from service.errors import KeyTaken, Malformed, NoFreeKey, WriteRefused
from service.model import Link, LinkKey
from service.store.links import LinkStore

ATTEMPTS = 5
log = logging.getLogger(__name__)


def shorten(
    store: LinkStore,
    strategy: KeyStrategy,
    url: str,
    key: LinkKey | None,
    *,
    reserved: Collection[str],
    own_hosts: Collection[str],
) -> LinkKey:
    """Store a link to `url` under `key`, or under a key of the strategy's, and return the key.

    `reserved` are the words, in lower case, that the service's own paths begin with. Raises Malformed for an unsafe
    URL or a reserved key, KeyTaken, and NoFreeKey after five proposals that other URLs have.
    """
    urls.check(url, own_hosts)
    if key is not None:
        return _store_as_named(store, url, key, reserved)
    for attempt in range(ATTEMPTS):
        proposed = strategy.propose(url, attempt)
        if is_reserved(proposed, reserved):
            continue
        # A key that already leads to this very URL is no collision: shortening twice with KEY_STRATEGY=hash, or
        # again after an answer was lost, gives the same key.
        if store.put_if_absent(proposed, url) or store.get(proposed).url == url:
            return proposed
    raise NoFreeKey(f"key: none of {ATTEMPTS} proposed keys is free; try again")


def follow(store: LinkStore, key: LinkKey) -> Link:
    """Return the link somebody clicked, counting the click where the database lets us. Raises NotFound."""
    try:
        return store.count_click(key)
    except WriteRefused:
        log.warning("a click was not counted", exc_info=True)
        return store.get(key)


def is_reserved(key: LinkKey, reserved: Collection[str]) -> bool:
    """Say whether a path of the service begins with `key`. Case is no difference to a person reading it."""
    return key.text.lower() in reserved


def _store_as_named(store: LinkStore, url: str, key: LinkKey, reserved: Collection[str]) -> LinkKey:
    if is_reserved(key, reserved):
        raise Malformed("key", f"{key.text} is reserved for the service's own paths")
    if not store.put_if_absent(key, url):
        raise KeyTaken(f"key: {key.text} is taken")
    return key

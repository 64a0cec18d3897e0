"""Takes values out of what an API server answers, whatever that is: what is not there, or is another thing, is none."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from tagbump import plain

LONGEST: Final = 500  # columns of a foreign text: enough for any honest message, and a screen survives it

Raw = Mapping[str, Any]


def at(raw: object, *keys: str) -> Any:
    """Return what stands under `keys`, one below the other; None where there is nothing."""
    for key in keys:
        if not isinstance(raw, Mapping):
            return None
        raw = raw.get(key)
    return raw


def text(raw: object, *keys: str) -> str:
    """Return a text as it is: a name, a hash, a revision."""
    found = at(raw, *keys)
    return found if isinstance(found, str) else ""


def words(raw: object, *keys: str, columns: int = LONGEST) -> str:
    """Return a text that is only to be told: one line, harmless, and its middle given up where it is long.

    What went wrong stands at the end of what wraps it: `Back-off pulling image ...: not found`.
    """
    found = text(raw, *keys)
    some = found if len(found) < columns * 4 else f"{found[: columns * 2]}{found[-columns * 2 :]}"
    return plain.squeezed(some, columns)


def number(raw: object, *keys: str) -> int | None:
    """Return a whole number, also where it is written as a text: a Rollout's `observedGeneration` is."""
    found = at(raw, *keys)
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 20:
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def flag(raw: object, *keys: str) -> bool:
    return at(raw, *keys) is True


def items(raw: object, *keys: str) -> Iterator[Raw]:
    """Give the mappings of a list."""
    found = at(raw, *keys)
    return (item for item in found if isinstance(item, Mapping)) if isinstance(found, list) else iter(())


def texts(raw: object, *keys: str) -> tuple[str, ...]:
    found = at(raw, *keys)
    return tuple(item for item in found if isinstance(item, str)) if isinstance(found, list) else ()


def moment(raw: object, *keys: str) -> datetime | None:
    """Return a time as Kubernetes writes it, in UTC."""
    found = text(raw, *keys)
    try:
        read = datetime.fromisoformat(found)
        return read.astimezone(UTC) if read.tzinfo else None
    except (ValueError, OverflowError):
        return None

"""trivy-accepted.yaml: the findings that somebody answers for, and until when."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml

from pipeline.errors import Misconfigured

FILE: Final = Path("trivy-accepted.yaml")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Acceptance:
    """The finding `id` in `package` may be released through the day `until`, for a `reason`."""

    id: str
    package: str
    reason: str
    until: date


def read(root: Path) -> Sequence[Acceptance]:
    """Return what is accepted; nothing where there is no such file. Raises Misconfigured."""
    file = root / FILE
    return parse(file.read_text(encoding="utf-8")) if file.exists() else ()


def parse(text: str) -> Sequence[Acceptance]:
    """Return what `text` accepts. Raises Misconfigured, which names the entry."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise _wrong("it is no YAML", str(error)) from None
    except ValueError as error:  # a date such as 2026-02-30, unquoted
        raise _wrong("a day is none", str(error)) from None
    if content is None:
        return ()
    if not isinstance(content, list):
        raise _wrong("it has to be a list")
    found = tuple(_acceptance(number, entry) for number, entry in enumerate(content, start=1))
    known: set[tuple[str, str]] = set()
    for acceptance in found:
        named = (acceptance.id, acceptance.package)
        if named in known:
            raise _wrong(f"{' in '.join(named)} is accepted twice")
        known.add(named)
    return found


def _acceptance(number: int, entry: Any) -> Acceptance:
    keys = {field.name for field in fields(Acceptance)}
    if not isinstance(entry, dict) or entry.keys() != keys:
        has = sorted(map(str, entry)) if isinstance(entry, dict) else entry
        raise _wrong(f"entry {number} has to have the keys {', '.join(sorted(keys))}, and no others", f"it has {has}")
    words = {key: entry[key] for key in ("id", "package", "reason")}
    for key, value in words.items():
        if not isinstance(value, str) or not value.strip():
            raise _wrong(f"entry {number}: {key} has to be words")
    return Acceptance(until=_day(number, entry["until"]), **words)


def _day(number: int, value: Any) -> date:
    words = str(value)  # quoted or not: of the latter YAML makes a date, or a moment, which is no day
    try:
        if _DAY.fullmatch(words):
            return date.fromisoformat(words)
    except ValueError:
        pass
    raise _wrong(f"entry {number}: until has to be a day, YYYY-MM-DD", f"it is {words}")


def _wrong(what: str, detail: str = "") -> Misconfigured:
    return Misconfigured(f"{FILE}: {what}", detail)

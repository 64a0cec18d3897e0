"""Reads `tagbump.yaml`. What is wrong in it is told with file, line and key, and nothing is guessed."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final, get_args

from tagbump import document, durations, guesses
from tagbump.errors import ConfigurationError, UsageError
from tagbump.model import Approval, Environment, Freeze, Policy
from tagbump.names import RULE_NAMES
from tagbump.places import Place
from tagbump.promotion import freezes
from tagbump.repository import addresses, signatures

FILE: Final = "tagbump.yaml"

_BEGIN: Final = "docs/reference/configuration.md shows one to begin with"
_MOST_ENVIRONMENTS: Final = 1000  # by feel: each asks its whole road

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?")  # stands in ref names and in commit subjects
_APPLICATION: Final = re.compile(r"[a-z0-9.-]{1,253}/[a-z0-9.-]{1,253}")


def parse(text: bytes) -> Policy:
    """Read the bytes of `tagbump.yaml`. Raises ConfigurationError naming line and key."""
    top = document.read(text, FILE, begin=_BEGIN).mapping(
        "image", "branch", "environments", "people", "source", "signers", "cluster"
    )
    if "environments" not in top:
        raise ConfigurationError(f"{FILE}: key environments is missing")
    if "image" in top:
        top["image"].text()  # read even where every environment names its own
    places = dict(top["environments"].items())
    if not 1 <= len(places) <= _MOST_ENVIRONMENTS:
        raise top["environments"].error(
            f"names {len(places) or 'no'} environments: 1 to {_MOST_ENVIRONMENTS} are allowed"
        )
    policy = Policy(
        branch=top["branch"].parsed(_said(addresses.check_branch)) if "branch" in top else "main",
        environments=tuple(_environment(name, place, top) for name, place in places.items()),
        source=top["source"].parsed(_said(addresses.check_url)) if "source" in top else None,
        people={who: place.texts() for who, place in top["people"].items()} if "people" in top else {},
    )
    _check_road(policy.environments, places)
    return policy


def _environment(name: str, place: Place, top: Mapping[str, Place]) -> Environment:
    """Read one environment; `top` has what holds for all of them where it says nothing else itself."""
    if not _NAME.fullmatch(name) or ".." in name or name.endswith(".lock"):
        raise place.error(f"{name!r} is no name for an environment: it takes a-z, 0-9, '-' and '.'")
    own = place.mapping(
        "overlay", "image", "application", "from", "approval", "approvers", "soak", "freeze", "overrides",
        "signers", "url", "cluster",
    )  # fmt: skip
    keys = {key: top[key] for key in ("image", "signers", "cluster") if key in top} | own
    for key in ("overlay", "image"):
        if key not in keys:
            raise place.error(f"{key} is missing")
    for key in ("approval", "approvers", "soak"):
        if key in own and "from" not in own:
            raise own[key].error("is never asked for without `from`: only a promotion asks")
    return Environment(
        name=name,
        overlay=keys["overlay"].parsed(_overlay),
        image=keys["image"].text(),
        previous=keys["from"].text() if "from" in keys else None,
        application=keys["application"].parsed(_application) if "application" in keys else None,
        approval=keys["approval"].parsed(_approval) if "approval" in keys else "none",
        approvers=keys["approvers"].texts() if "approvers" in keys else None,
        soak=keys["soak"].parsed(durations.parse) if "soak" in keys else timedelta(),
        freezes=_freezes(keys["freeze"]) if "freeze" in keys else (),
        overrides=_overrides(keys["overrides"]) if "overrides" in keys else None,
        signers=_signers(keys["signers"]) if "signers" in keys else (),
        url=keys["url"].parsed(addresses.check_service) if "url" in keys else None,
        cluster_required="cluster" in keys and keys["cluster"].parsed(_cluster),
    )


def _check_road(environments: Sequence[Environment], places: Mapping[str, Place]) -> None:
    """Raise where a `from` leads nowhere or in a circle, and where two environments write one pin."""
    by_name = {environment.name: environment for environment in environments}
    pins: dict[tuple[str, str], str] = {}
    for environment in environments:
        own = dict(places[environment.name].items())
        pin = (environment.overlay, environment.image)
        if pin in pins:
            raise own["overlay"].error(f"{pins[pin]} has it too: a release in one would be a release in both")
        pins[pin] = environment.name
        seen = [environment.name]
        while (previous := by_name[seen[-1]].previous) is not None:
            if previous not in by_name:
                raise dict(places[seen[-1]].items())["from"].error(f"there is no environment {previous!r}")
            if previous in seen:
                raise own["from"].error(f"is a cycle: {' <- '.join([*seen, previous])}")
            seen.append(previous)
            if environment.signers and not by_name[previous].signers:
                # Artifacts are believed because of proofs there, and whoever can push a tag could write them.
                raise places[environment.name].error(f"signers: {previous}, where its artifacts come from, names none")


def _overlay(path: str) -> str:
    if path.startswith("/") or "\\" in path or any(part in ("", ".", "..", ".git") for part in path.split("/")):
        raise ValueError(f"{path!r} is no folder of this repository: write it as k8s/overlays/dev, without . and ..")
    return path


def _application(name: str) -> str:
    if not _APPLICATION.fullmatch(name):
        raise ValueError(f"{name!r} is no Application: write it as NAMESPACE/NAME")
    return name


def _approval(value: str) -> Approval:
    for known in get_args(Approval):
        if value == known:
            return known  # type: ignore[no-any-return] # get_args is untyped; the value is one of the literals
    raise ValueError(f"{value!r} is unknown: it takes {', '.join(get_args(Approval))}")


def _cluster(value: str) -> bool:
    if value not in ("required", "optional"):
        raise ValueError(f"{value!r} is unknown: it takes required or optional")
    return value == "required"


def _freezes(place: Place) -> tuple[Freeze, ...]:
    return tuple(_freeze(window) for window in place.some())


def _freeze(window: Place) -> Freeze:
    keys = window.mapping("from", "to", "timezone", "reason")
    for key in ("from", "to"):
        if key not in keys:
            raise window.error(f"{key} is missing")
        keys[key].parsed(freezes.moment)
    if "timezone" in keys:
        keys["timezone"].parsed(freezes.zone)
    words = {key: place.text() for key, place in keys.items()}
    try:
        return freezes.freeze(words["from"], words["to"], words.get("timezone", "UTC"), words.get("reason"))
    except ValueError as error:
        raise window.error(str(error)) from None


def _overrides(place: Place) -> dict[str, tuple[str, ...]]:
    allowed: dict[str, tuple[str, ...]] = {}
    for rule, people in place.items():
        if rule not in RULE_NAMES:
            raise people.error(
                f"{rule!r} is no rule: it takes {', '.join(RULE_NAMES)}", guesses.meant(rule, RULE_NAMES).strip()
            )
        allowed[rule] = people.texts()
    return allowed


def _signers(place: Place) -> tuple[str, ...]:
    for item in place.some():
        item.parsed(signatures.fingerprint)
    return place.texts()


def _said(check: Callable[[str], str]) -> Callable[[str], str]:
    """Return `check` for a place in the file: what is no usage error there is told with line and key."""

    def checked(text: str) -> str:
        try:
            return check(text)
        except UsageError as error:
            raise ValueError(error.message) from None

    return checked

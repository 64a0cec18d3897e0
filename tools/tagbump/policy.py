"""Reads `tagbump.yaml`. What is wrong in it is told with file, line and key, and nothing is guessed."""

import re
from collections.abc import Callable, Container, Mapping, Sequence
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

BEGIN: Final = """\
begin with one like this, with your own image and folders:
image: service
environments:
  dev: {overlay: k8s/overlays/dev}
  stage: {overlay: k8s/overlays/stage, from: dev}
  prod: {overlay: k8s/overlays/prod, from: stage, approval: required}"""
"""The hint where there is none yet."""

_MOST_ENVIRONMENTS: Final = 5000  # by feel: three times what the largest repositories have

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?")  # stands in ref names and in commit subjects
_APPLICATION: Final = r"[a-z0-9.-]{1,253}/[a-z0-9.-]{1,253}"  # compiled at its first use: few files need it


def parse(text: bytes) -> Policy:
    """Read the bytes of `tagbump.yaml`. Raises ConfigurationError naming line and key."""
    top = document.read(text, FILE, begin=BEGIN).mapping(
        "image", "branch", "environments", "people", "source", "signers", "cluster"
    )
    if "environments" not in top:
        raise ConfigurationError(f"{FILE}: key environments is missing", hint=BEGIN)
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
    if "overlay" not in keys:
        raise place.error("overlay is missing", f"name the folder of its kustomization: overlay: k8s/overlays/{name}")
    if "image" not in keys:
        raise place.error(
            "image is missing", "name the entry in the overlay's `images:` list here, or for all: image: service"
        )
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
        soak=_soak(keys["soak"]) if "soak" in keys else timedelta(),
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
    unsigned: dict[str, str | None] = {}  # by whose road is known to end: the nearest on it that names no signers
    for environment in environments:
        place = places[environment.name]
        pin = (environment.overlay, environment.image)
        if pin in pins:
            message = f"{pins[pin]} has it too: a release in one would be a release in both"
            raise _key(place, "overlay").error(message)
        pins[pin] = environment.name
        for name in reversed(_road(environment, by_name, places, known=unsigned)):
            previous = by_name[name].previous
            signed = previous is None or by_name[previous].signers
            unsigned[name] = unsigned.get(previous or "") if signed else previous
        if environment.signers and (weak := unsigned[environment.name]) is not None:
            # Artifacts are believed because of proofs there, and whoever can push a tag could write them.
            raise place.error(f"signers: {weak}, where its artifacts come from, names none")


def _road(
    first: Environment, by_name: Mapping[str, Environment], places: Mapping[str, Place], *, known: Container[str]
) -> list[str]:
    """Return the names from `first` on along `from`, up to one whose road is `known`. Raises where it does not end."""
    road = {first.name: None}
    name = first.name
    while name not in known and (previous := by_name[name].previous) is not None:
        if previous not in by_name:
            hint = guesses.of_environments(previous, by_name)
            raise _key(places[name], "from").error(f"there is no environment {previous!r}", hint)
        if previous in road:
            raise _key(places[first.name], "from").error(
                f"is a cycle: {' <- '.join([*road, previous])}", "leave `from` out where artifacts come in by a bump"
            )
        road[previous] = None
        name = previous
    return list(road)


def _key(environment: Place, key: str) -> Place:
    return dict(environment.items())[key]


def _overlay(path: str) -> str:
    if path.startswith("/") or "\\" in path or any(part in ("", ".", "..", ".git") for part in path.split("/")):
        raise ValueError(f"{path!r} is no folder of this repository: write it as k8s/overlays/dev, without . and ..")
    return path


def _application(name: str) -> str:
    if not re.fullmatch(_APPLICATION, name):
        raise ValueError(f"{name!r} is no Application: write it as NAMESPACE/NAME")
    return name


def _soak(place: Place) -> timedelta:
    if place.is_number:  # quotes would not make it a duration
        raise place.error(f"{place.node.value!r} is no duration: write 30s, 10m, 1h or 2d")
    return place.parsed(durations.parse)


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
            raise window.error(f"{key} is missing", 'write it as {from: "Fri 16:00", to: "Mon 08:00"}')
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

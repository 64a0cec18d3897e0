"""Reads `tagbump.yaml`. What is wrong in it is told with file, line and key, and nothing is guessed."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar, get_args
from urllib.parse import urlsplit

import yaml

from tagbump import durations, freezes, signatures
from tagbump.errors import ConfigurationError
from tagbump.model import Approval, Environment, Freeze, Policy
from tagbump.names import Rule

FILE: Final = "tagbump.yaml"
MAX_BYTES: Final = 256 * 1024  # a file that people review; far above a thousand environments

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?")  # stands in ref names and in commit subjects
_APPLICATION: Final = re.compile(r"[a-z0-9.-]{1,253}/[a-z0-9.-]{1,253}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_Value = TypeVar("_Value")


def parse(text: bytes) -> Policy:
    """Read the bytes of `tagbump.yaml`. Raises ConfigurationError naming line and key."""
    top = _document(text).mapping("image", "branch", "environments", "people", "source", "signers", "cluster")
    image = top["image"].line_of_text() if "image" in top else None
    signers = _signers(top["signers"]) if "signers" in top else ()
    cluster = "cluster" in top and _cluster(top["cluster"])
    environments: list[Environment] = []
    for name, node in _required(
        top, "environments", ConfigurationError(f"{FILE}: key environments is missing")
    ).items():
        environments.append(_environment(name, node, image, signers, cluster_required=cluster))
    _order(environments, top["environments"])
    return Policy(
        branch=top["branch"].line_of_text() if "branch" in top else "main",
        environments=tuple(environments),
        source=top["source"].line_of_text() if "source" in top else None,
        people={who: node.texts() for who, node in top["people"].items()} if "people" in top else {},
    )


def _environment(
    name: str, node: "_Node", image: str | None, signers: tuple[str, ...], *, cluster_required: bool
) -> Environment:
    if not _NAME.fullmatch(name) or ".." in name or name.endswith(".lock"):
        raise node.error(f"{name!r} is no name for an environment: it takes a-z, 0-9, '-' and '.'")
    keys = node.mapping(
        "overlay", "image", "application", "from", "approval", "approvers", "soak", "freeze", "overrides",
        "signers", "url", "cluster",
    )  # fmt: skip
    if "image" not in keys and image is None:
        raise node.error("names no image: set `image` here or at the top of the file")
    return Environment(
        name=name,
        overlay=_overlay(keys["overlay"]) if "overlay" in keys else _missing(node, "overlay"),
        image=keys["image"].line_of_text() if "image" in keys else image or "",
        previous=keys["from"].line_of_text() if "from" in keys else None,
        application=keys["application"].matching(_APPLICATION, "NAMESPACE/NAME") if "application" in keys else None,
        approval=_approval(keys["approval"]) if "approval" in keys else "none",
        approvers=keys["approvers"].texts() if "approvers" in keys else None,
        soak=keys["soak"].parsed(durations.parse) if "soak" in keys else timedelta(),
        freezes=tuple(_freeze(item) for item in keys["freeze"].items_of_list()) if "freeze" in keys else (),
        overrides=_overrides(keys["overrides"]) if "overrides" in keys else None,
        signers=_signers(keys["signers"]) if "signers" in keys else signers,
        url=keys["url"].parsed(_url) if "url" in keys else None,
        cluster_required=_cluster(keys["cluster"]) if "cluster" in keys else cluster_required,
    )


def _order(environments: list[Environment], node: "_Node") -> None:
    """Raise where a `from` names nothing, or the environments go round in a circle."""
    previous = {environment.name: environment.previous for environment in environments}
    signers = {environment.name: environment.signers for environment in environments}
    nodes = dict(node.items())
    for environment in environments:
        seen = [environment.name]
        while (upstream := previous[seen[-1]]) is not None:
            if upstream not in previous:
                raise nodes[seen[-1]].error(f"from: there is no environment {upstream!r}")
            if upstream in seen:
                raise nodes[environment.name].error(f"from: a cycle, {' <- '.join([*seen, upstream])}")
            seen.append(upstream)
        unsigned = [name for name in seen if not signers[name]]
        if signers[environment.name] and unsigned:
            # Its artifacts are believed because of proofs there: whoever can push a tag could write them.
            raise nodes[environment.name].error(f"signers: {unsigned[0]}, where its artifacts come from, names none")


def _overlay(node: "_Node") -> str:
    path = node.line_of_text()
    parts = path.split("/")
    if path.startswith("/") or "\\" in path or any(part in ("", ".", "..", ".git") for part in parts):
        raise node.error(f"{path!r} is no folder of this repository: write it as k8s/overlays/dev, without . and ..")
    return path


def _approval(node: "_Node") -> Approval:
    value = node.line_of_text()
    for known in get_args(Approval):
        if value == known:
            return known  # type: ignore[no-any-return] # get_args is untyped; the value is one of the literals
    raise node.error(f"{value!r} is unknown: it takes {', '.join(get_args(Approval))}")


def _cluster(node: "_Node") -> bool:
    value = node.line_of_text()
    if value not in ("required", "optional"):
        raise node.error(f"{value!r} is unknown: it takes required or optional")
    return value == "required"


def _freeze(node: "_Node") -> Freeze:
    keys = node.mapping("from", "to", "timezone", "reason")
    words = {key: value.line_of_text() for key, value in keys.items()}
    for key in ("from", "to"):
        if key not in words:
            _missing(node, key)
    try:
        return freezes.freeze(words["from"], words["to"], words.get("timezone", "UTC"), words.get("reason"))
    except ValueError as error:
        raise node.error(str(error)) from None


def _overrides(node: "_Node") -> dict[str, tuple[str, ...]]:
    allowed = {}
    for rule, people in node.items():
        if rule not in get_args(Rule):
            raise people.error(f"{rule!r} is no rule: it takes {', '.join(get_args(Rule))}")
        allowed[rule] = people.texts()
    return allowed


def _signers(node: "_Node") -> tuple[str, ...]:
    """Read the keys of signers. An empty list is refused: it would ask for nothing where somebody meant everything."""
    keys = node.texts()
    if not keys:
        raise node.error("names no key: leave it out where no signature is asked for")
    for item in node.items_of_list():
        item.parsed(signatures.fingerprint)
    return keys


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise ValueError("an address begins with http:// or https://, and carries no credentials")
    return text.rstrip("/")


def _missing(node: "_Node", key: str) -> str:
    raise node.error(f"{key} is missing")


def _required(top: dict[str, "_Node"], key: str, error: ConfigurationError) -> "_Node":
    if key not in top:
        raise error
    return top[key]


@dataclass(frozen=True)
class _Node:
    """A place in the file, and the names of the keys that lead to it."""

    node: yaml.Node
    path: str

    def error(self, message: str) -> ConfigurationError:
        place = f" key {self.path}:" if self.path else ""
        return ConfigurationError(f"{FILE}:{self.node.start_mark.line + 1}:{place} {message}")

    def items(self) -> Iterator[tuple[str, "_Node"]]:
        """Give each key once, as text. Raises where this is no mapping, or a key stands twice."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error(f"takes a mapping, not {_kind(self.node)}")
        seen = set()
        for key, value in self.node.value:
            if not isinstance(key, yaml.ScalarNode) or not key.value or key.tag == "tag:yaml.org,2002:merge":
                raise _Node(key, self.path).error("takes plain names as keys")
            if key.value in seen:
                raise _Node(key, self.path).error(f"{key.value!r} stands here twice")
            seen.add(key.value)
            yield key.value, _Node(value, f"{self.path}.{key.value}".lstrip("."))

    def mapping(self, *known: str) -> dict[str, "_Node"]:
        """Give the keys as a dict. Raises where one is unknown."""
        keys = dict(self.items())
        for key, value in keys.items():
            if key not in known:
                raise value.error(f"is unknown here; known are {', '.join(known)}")
        return keys

    def items_of_list(self) -> list["_Node"]:
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error(f"takes a list, not {_kind(self.node)}")
        return [_Node(item, f"{self.path}[{number}]") for number, item in enumerate(self.node.value)]

    def line_of_text(self) -> str:
        """Give a non-empty text without control characters. Raises for what YAML reads as a number, a date, nothing."""
        if not isinstance(self.node, yaml.ScalarNode) or self.node.tag != "tag:yaml.org,2002:str":
            raise self.error(f"takes a text, not {_kind(self.node)}")
        text: str = self.node.value
        if not text.strip() or _CONTROL.search(text):
            raise self.error("takes a text of one line, and not an empty one")
        return text

    def texts(self) -> tuple[str, ...]:
        return tuple(item.line_of_text() for item in self.items_of_list())

    def matching(self, pattern: re.Pattern[str], shape: str) -> str:
        text = self.line_of_text()
        if not pattern.fullmatch(text):
            raise self.error(f"{text!r} is no {shape}")
        return text

    def parsed(self, parser: Callable[[str], _Value]) -> _Value:
        try:
            return parser(self.line_of_text())
        except ValueError as error:
            raise self.error(str(error)) from None


def _document(text: bytes) -> _Node:
    if len(text) > MAX_BYTES:
        raise ConfigurationError(f"{FILE}: {len(text)} bytes are too many: it may have {MAX_BYTES}")
    try:
        node = yaml.compose(text.decode("utf-8-sig"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{FILE}: byte {error.start} is no UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{FILE}:{line}: {error.problem}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigurationError(f"{FILE}: is no YAML that can be read: {type(error).__name__}") from None
    if node is None:
        raise ConfigurationError(f"{FILE}: is empty")
    return _Node(node, "")


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return f"{node.value!r}" if node.tag == "tag:yaml.org,2002:str" else f"{node.value!r} (quote it)"

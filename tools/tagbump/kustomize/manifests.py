"""Lists the images in rendered manifests. Pure: text in, values out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

_LISTS = ("initContainers", "containers", "ephemeralContainers")
# The base loader leaves every scalar a string: `=` and dates that no calendar has are fine in a manifest.
_LOADER: type[yaml.BaseLoader] | type[yaml.CBaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True)
class RenderedImage:
    """The image of one container. `kind` and `name` are those of the object it stands in."""

    kind: str
    name: str
    container: str
    image: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}, container {self.container}: {self.image}"


def images(rendered: str) -> tuple[RenderedImage, ...]:
    """The image of every container in `rendered`, init and ephemeral ones too, in the order of the manifests."""
    documents = yaml.load_all(rendered, Loader=_LOADER)
    return tuple(image for document in documents for image in _walk(document, "", ""))


def _walk(node: Any, kind: str, name: str) -> Iterator[RenderedImage]:
    """Look for pods wherever they are: a Rollout, a CronJob, an operator's own kind, the items of a List."""
    for item in node if isinstance(node, list) else ():
        yield from _walk(item, kind, name)
    if not isinstance(node, dict):
        return
    metadata = node.get("metadata")
    if "kind" in node and isinstance(metadata, dict) and "name" in metadata:
        kind, name = str(node["kind"]), str(metadata["name"])
    for key, value in node.items():
        for container in value if key in _LISTS and isinstance(value, list) else ():
            if isinstance(container, dict) and isinstance(container.get("image"), str):
                yield RenderedImage(kind, name, str(container.get("name", "")), container["image"])
        yield from _walk(value, kind, name)

"""Lists the images in rendered manifests. Pure: text in, values out."""

from collections.abc import Iterator

import yaml

from tagbump.errors import CheckFailed
from tagbump.values import Value

_LISTS = ("initContainers", "containers", "ephemeralContainers")
# The base loader leaves every scalar a string: `=` and dates that no calendar has are fine in a manifest.
_LOADER: type[yaml.BaseLoader] | type[yaml.CBaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class RenderedImage(Value):
    """The image of one container. `kind` and `name` are those of the object it stands in."""

    kind: str
    name: str
    container: str
    image: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}, container {self.container}: {self.image}"


def images(rendered: str) -> tuple[RenderedImage, ...]:
    """The image of every container in `rendered`, init and ephemeral ones too, in the order of the manifests.

    Pods are looked for wherever they are: in a Rollout, a CronJob, an operator's own kind, the items of a List. Raises
    CheckFailed for what can't be read.
    """
    try:
        documents = list(yaml.compose_all(rendered, Loader=_LOADER))
    except (yaml.YAMLError, RecursionError) as error:
        what = getattr(error, "problem", None) or str(error)
        raise CheckFailed(f"what kustomize rendered can't be read: {what}") from error
    found: list[RenderedImage] = []
    waiting = [(document, "", "") for document in reversed(documents)]  # a manifest may be nested deeper than calls can
    while waiting:
        node, kind, name = waiting.pop()
        if isinstance(node, yaml.SequenceNode):
            waiting += ((item, kind, name) for item in reversed(node.value))
        elif isinstance(node, yaml.MappingNode):
            fields = _fields(node)
            metadata = _fields(fields.get("metadata"))
            if "kind" in fields and "name" in metadata:
                kind, name = str(fields["kind"].value), str(metadata["name"].value)
            found += (image for key in fields if key in _LISTS for image in _of(fields[key], kind, name))
            waiting += ((value, kind, name) for value in reversed(fields.values()))
    return tuple(found)


def _of(containers: yaml.Node, kind: str, name: str) -> Iterator[RenderedImage]:
    for container in containers.value if isinstance(containers, yaml.SequenceNode) else ():
        fields = _fields(container)
        if isinstance(fields.get("image"), yaml.ScalarNode):
            called = str(fields["name"].value) if "name" in fields else ""
            yield RenderedImage(kind, name, called, fields["image"].value)


def _fields(node: yaml.Node | None) -> dict[str, yaml.Node]:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return {key.value: value for key, value in pairs if isinstance(key, yaml.ScalarNode)}

"""Schemas of all that is rendered, as JSON: of Kubernetes itself, and of the custom resources.

They come out of the Go modules of the projects that define them, at the versions that this repository was tried with.
All are strict: a field that a schema does not know is a spelling mistake, which Kubernetes would drop in silence.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

Schema = dict[str, Any]
Named = Iterator[tuple[str, Schema]]

GROUPS: Final = {
    "", "admissionregistration.k8s.io", "apps", "autoscaling", "batch", "networking.k8s.io", "policy",
    "rbac.authorization.k8s.io",
}  # fmt: skip
_INT_OR_STRING: Final = {"anyOf": [{"type": "integer"}, {"type": "string"}]}
_QUANTITY: Final = {"anyOf": [{"type": "number"}, {"type": "string"}]}
_SCALARS: Final = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": _INT_OR_STRING,
    "io.k8s.apimachinery.pkg.api.resource.Quantity": _QUANTITY,
}


def file_name(group: str, version: str, kind: str) -> str:
    """Return the name of a kind's schema, as `TEMPLATE` has kubeconform look for it."""
    return (
        f"{group or version}_{version}_{kind.lower()}.json"  # kubeconform takes the core group's version for its name
    )


TEMPLATE: Final = "{{ .Group }}_{{ .ResourceAPIVersion }}_{{ .ResourceKind }}.json"


def of_definitions(files: Iterable[Path]) -> Named:
    """Yield the schema of each kind in files of CustomResourceDefinitions, by its file's name."""
    for file in files:
        for crd in yaml.load_all(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader):
            spec = crd["spec"]
            for version in spec["versions"]:
                name = file_name(spec["group"], version["name"], spec["names"]["kind"])
                yield name, _root(strict(version["schema"]["openAPIV3Schema"]))


def of_openapi(files: Iterable[Path]) -> Named:
    """Yield the schema of each kind of `GROUPS` in files of Kubernetes' OpenAPI 2, with all that it refers to."""
    for file in files:
        definitions = json.loads(file.read_text(encoding="utf-8"))["definitions"]
        for name, definition in definitions.items():
            for kind in definition.get("x-kubernetes-group-version-kind", []):
                if kind["group"] in GROUPS and "metadata" in definition.get("properties", {}):
                    used = {one: _SCALARS.get(one) or strict(definitions[one]) for one in _closure(name, definitions)}
                    schema = {**_root(used.pop(name)), "definitions": used}
                    yield file_name(kind["group"], kind["version"], kind["kind"]), schema


def strict(schema: Any) -> Any:
    """Return `schema` without room for fields that it does not name, and with null where it may be.

    What stands under allOf, anyOf, oneOf and not is about a part of the fields, and names no others.
    """
    if not isinstance(schema, dict):
        return schema
    made = dict(schema)
    for key in ("items", "additionalProperties"):
        if key in made:
            made[key] = strict(made[key])
    if "properties" in made:
        made["properties"] = {name: strict(value) for name, value in made["properties"].items()}
        if "additionalProperties" not in made and not made.get("x-kubernetes-preserve-unknown-fields"):
            made["additionalProperties"] = False
    if made.get("nullable") is True:
        made["type"] = [made["type"], "null"]
    return made


def _root(schema: Schema) -> Schema:
    """What every object may have, whatever its own schema says."""
    properties = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, **schema.get("properties", {})}
    return {**schema, "properties": properties, "$schema": "http://json-schema.org/draft-07/schema#"}


def _closure(name: str, definitions: Schema) -> set[str]:
    """Return `name` and the names of all that its definition refers to."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += list(_references(definitions[current]))
    return found


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(reference := value.get("$ref"), str):
            yield reference.removeprefix("#/definitions/")
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


@dataclass(frozen=True)
class Module:
    """A Go module with schemas in it."""

    path: str
    version: str
    files: tuple[str, ...]
    read: Callable[[Iterable[Path]], Named]


MODULES: Final = (
    Module("k8s.io/kubernetes", "v1.34.4", ("api/openapi-spec/swagger.json",), of_openapi),
    Module(
        "github.com/argoproj/argo-cd/v3",
        "v3.2.11",
        ("manifests/crds/application-crd.yaml", "manifests/crds/appproject-crd.yaml"),
        of_definitions,
    ),
    Module(
        "github.com/argoproj/argo-rollouts",
        "v1.10.1",
        ("manifests/crds/rollout-crd.yaml", "manifests/crds/analysis-template-crd.yaml"),
        of_definitions,
    ),
    Module(
        "github.com/external-secrets/external-secrets",
        "v0.18.2",
        (
            "config/crds/bases/external-secrets.io_externalsecrets.yaml",
            "config/crds/bases/external-secrets.io_secretstores.yaml",
        ),
        of_definitions,
    ),
    Module(
        "github.com/prometheus-operator/prometheus-operator",
        "v0.85.0",
        (
            "example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml",
            "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
        ),
        of_definitions,
    ),
)


def identity() -> str:
    """What the schemas are made of: others are made where this is another."""
    return Path(__file__).read_text(encoding="utf-8")

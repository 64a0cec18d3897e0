"""What is written for Kubernetes is made strict: a field that is not there is a mistake, and what may be, may be."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from checkers.schemas import file_name, of_definitions, of_openapi, strict

CRD = {
    "spec": {
        "group": "example.com",
        "names": {"kind": "Thing"},
        "versions": [{"name": "v1", "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {}}}}}],
    }
}


def takes(schema: Any, value: Any) -> bool:
    return bool(jsonschema.Draft7Validator(schema).is_valid(value))


FIELDS = {"type": "object", "properties": {"name": {"type": "string"}}}


@pytest.mark.parametrize(
    ("schema", "taken", "refused"),
    [
        (FIELDS, {"name": "a"}, {"nam": "a"}),
        ({"type": "array", "items": FIELDS}, [{"name": "a"}], [{"nam": "a"}]),
        ({"type": "object", "additionalProperties": FIELDS}, {"any": {"name": "a"}}, {"any": {"nam": "a"}}),
        ({**FIELDS, "x-kubernetes-preserve-unknown-fields": True}, {"nam": "a"}, {"name": 1}),
        ({"type": "string", "nullable": True}, None, 1),
        ({**FIELDS, "anyOf": [{"properties": {"name": {"enum": ["a"]}}}]}, {"name": "a"}, {"name": "b"}),
        ({"type": "object", "properties": {"properties": FIELDS}}, {"properties": {"name": "a"}}, {"properties": 1}),
    ],
)
def test_a_schema_takes_what_it_names_and_nothing_else(schema: Any, taken: Any, refused: Any) -> None:
    made = strict(schema)

    assert takes(made, taken)
    assert not takes(made, refused)


def test_a_definition_becomes_a_file_for_each_version(tmp_path: Path) -> None:
    path = tmp_path / "crd.yaml"
    path.write_text(yaml.safe_dump(CRD))

    ((name, schema),) = of_definitions([path])

    assert name == file_name("example.com", "v1", "Thing") == "example.com_v1_thing.json"
    assert takes(schema, {"apiVersion": "example.com/v1", "kind": "Thing", "spec": {}})
    assert not takes(schema, {"apiVersion": "example.com/v1", "kind": "Thing", "specs": {}})


def test_a_kind_of_kubernetes_brings_along_what_it_refers_to(tmp_path: Path) -> None:
    quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity"
    definitions = {
        "Pod": {
            "properties": {"metadata": {"type": "object"}, "spec": {"$ref": "#/definitions/Spec"}},
            "x-kubernetes-group-version-kind": [{"group": "", "version": "v1", "kind": "Pod"}],
        },
        "Spec": {"properties": {"cpu": {"$ref": f"#/definitions/{quantity}"}, "next": {"$ref": "#/definitions/Spec"}}},
        quantity: {"type": "string"},
        "Other": {"x-kubernetes-group-version-kind": [{"group": "other", "version": "v1", "kind": "Other"}]},
    }
    path = tmp_path / "swagger.json"
    path.write_text(json.dumps({"definitions": definitions}))

    ((name, schema),) = of_openapi([path])

    assert name == "v1_v1_pod.json"
    assert takes(schema, {"spec": {"cpu": 1, "next": {"cpu": "100m"}}})
    assert not takes(schema, {"spec": {"next": {"gpu": 1}}})

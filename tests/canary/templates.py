"""The AnalysisTemplates as kustomize renders them, with their places filled in as Argo Rollouts fills them in."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import yaml

from tests.manifests.rendering import ROOT, Resource, render

NAMESPACE: Final = "service-prod"
CANARY: Final = "5d9c7b8f4"
STABLE: Final = "6f7d9c5b8"
ARGUMENTS: Final = {"namespace": NAMESPACE, "canary-hash": CANARY, "stable-hash": STABLE, "looks": "1"}


@dataclass(frozen=True)
class Metric:
    """A metric of a template, after its places were filled in."""

    content: Mapping[str, Any]

    @property
    def query(self) -> str:
        return str(self.content["provider"]["prometheus"]["query"])

    def phase(self, result: list[float]) -> str:
        """Judge a measurement as Argo Rollouts does: utils/evaluate/evaluate.go."""
        success, failure = (
            self._holds(self.content.get(f"{name}Condition"), result) for name in ("success", "failure")
        )
        if failure:
            return "Failed"
        return "Successful" if success or success is None else "Inconclusive"

    def _holds(self, condition: str | None, result: list[float]) -> bool | None:
        if condition is None:
            return None
        python = condition.replace("&&", " and ").replace("!", " not ")
        names = {"len": len, "isNaN": lambda value: value != value, "result": result, "__builtins__": {}}  # noqa: PLR0124 - what NaN is
        return bool(eval(python, names))  # noqa: S307 - ours, from the repository


@cache
def rendered() -> dict[str, Resource]:
    """Return the templates of the component by their names."""
    with TemporaryDirectory() as folder:
        there = Path(os.path.relpath(ROOT, Path(folder).resolve()))
        kustomization = {
            "namespace": NAMESPACE,
            "resources": [str(there / "platform")],
            "components": [str(there / "k8s/components/analysis")],
            "transformers": [str(there / "platform/fill")],
        }
        Path(folder, "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
        return {one["metadata"]["name"]: one for one in render(Path(folder)) if one["kind"] == "AnalysisTemplate"}


def metrics(template: str, **changed: str) -> dict[str, Metric]:
    """Return the metrics of a template by their names."""
    text = yaml.safe_dump(rendered()[template]["spec"]["metrics"])
    for name, value in {**ARGUMENTS, **{name.replace("_", "-"): value for name, value in changed.items()}}.items():
        text = text.replace(f"{{{{args.{name}}}}}", value)
    assert "{{" not in text
    return {one["name"]: Metric(one) for one in yaml.safe_load(text)}

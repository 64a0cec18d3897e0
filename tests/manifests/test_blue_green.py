"""The other way to take over: an overlay that lists components/blue-green and no steps."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.manifests.rendering import ROOT, Overlay, render


def stage_with_blue_green(root: Path) -> Overlay:
    """stage, as somebody has it who takes this component, in a repository at `root`."""
    for name in ("k8s", "platform"):
        shutil.copytree(ROOT / name, root / name)
    folder = root / "k8s/overlays/stage"
    file = folder / "kustomization.yaml"
    said: dict[str, Any] = yaml.safe_load(file.read_text())
    said["components"] = [one.replace("canary", "blue-green") for one in said["components"]]
    said["patches"] = [one for one in said["patches"] if one["path"] != "traffic.yaml"]
    file.write_text(yaml.safe_dump(said))
    return Overlay("stage", folder, render(folder))


@pytest.fixture(scope="module")
def blue_green(tmp_path_factory: pytest.TempPathFactory) -> Overlay:
    return stage_with_blue_green(tmp_path_factory.mktemp("repository"))


def test_it_replaces_the_whole_strategy(blue_green: Overlay) -> None:
    assert set(blue_green.one("Rollout")["spec"]["strategy"]) == {"blueGreen"}


def test_users_stay_with_the_service_that_the_load_balancer_leads_to(blue_green: Overlay) -> None:
    strategy = blue_green.one("Rollout")["spec"]["strategy"]["blueGreen"]
    action = blue_green.one("Ingress")["metadata"]["annotations"]["alb.ingress.kubernetes.io/actions.service-root"]

    assert {strategy["activeService"], strategy["previewService"]} == {
        one["metadata"]["name"] for one in blue_green.all("Service")
    }
    assert f'"ServiceName":"{strategy["activeService"]}","ServicePort":"80","Weight":100' in action.replace(" ", "")


def test_a_version_is_tested_before_and_judged_after_its_users_come(blue_green: Overlay) -> None:
    strategy = blue_green.one("Rollout")["spec"]["strategy"]["blueGreen"]
    templates = {one["metadata"]["name"]: one["spec"] for one in blue_green.all("AnalysisTemplate")}

    for key, wanted in (("prePromotionAnalysis", ["smoke"]), ("postPromotionAnalysis", ["errors", "latency"])):
        analysis = strategy[key]
        assert [one["templateName"] for one in analysis["templates"]] == wanted
        taken = {arg["name"] for name in wanted for arg in templates[name].get("args", [])}
        assert {arg["name"] for arg in analysis["args"]} == taken
    assert strategy["autoPromotionEnabled"] is False


def test_the_old_pods_stay_for_as_long_as_the_new_ones_are_judged(blue_green: Overlay) -> None:
    strategy = blue_green.one("Rollout")["spec"]["strategy"]["blueGreen"]
    (errors,) = blue_green.named("AnalysisTemplate", "errors")["spec"]["metrics"]

    longest_s = int(errors["count"]) * int(errors["interval"].removesuffix("s"))

    assert strategy["scaleDownDelaySeconds"] > longest_s

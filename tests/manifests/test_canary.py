"""The steps of a release: who is asked what before a version gets more of the traffic."""

from itertools import pairwise
from typing import Any

import pytest

from tests.manifests.rendering import Overlay

PREDEFINED = {"namespace", "canary-hash", "stable-hash", "looks", "stable"}


def canary(overlay: Overlay) -> dict[str, Any]:
    found: dict[str, Any] = overlay.one("Rollout")["spec"]["strategy"]["canary"]
    return found


def steps(overlay: Overlay, kind: str) -> list[tuple[int, Any]]:
    """Return the steps of one kind, each with its place."""
    return [(place, step[kind]) for place, step in enumerate(canary(overlay)["steps"]) if kind in step]


def templates(overlay: Overlay) -> dict[str, Any]:
    return {one["metadata"]["name"]: one["spec"] for one in overlay.all("AnalysisTemplate")}


def names(analysis: dict[str, Any]) -> set[str]:
    return {one["templateName"] for one in analysis["templates"]}


def test_the_smoke_test_comes_before_the_first_user(overlay: Overlay) -> None:
    (smoked, _), *_ = [(place, step) for place, step in steps(overlay, "analysis") if names(step) == {"smoke"}]

    first_weight = steps(overlay, "setWeight")[0][0]

    assert smoked < first_weight
    assert steps(overlay, "setCanaryScale")[0] == (0, {"replicas": 2})


def test_each_weight_is_followed_by_an_analysis_that_asks_for_more_evidence_than_the_last(overlay: Overlay) -> None:
    weights = [weight for _, weight in steps(overlay, "setWeight")]
    places = [place for place, _ in steps(overlay, "setWeight")] + [len(canary(overlay)["steps"])]

    analyses = [
        [step for place, step in steps(overlay, "analysis") if after < place < before]
        for after, before in pairwise(places)
    ]

    assert weights == ([50] if overlay.name == "dev" else [5, 25, 50])
    assert [len(found) for found in analyses] == [1] * len(weights)
    assert all(names(one) >= {"errors", "latency"} for (one,) in analyses)
    looks = [next(arg["value"] for arg in one["args"] if arg["name"] == "looks") for (one,) in analyses]
    assert looks == [str(number + 1) for number in range(len(weights))]


def test_the_pods_of_the_smoke_test_are_not_taken_away_before_the_first_weight(overlay: Overlay) -> None:
    matched = [place for place, scale in steps(overlay, "setCanaryScale") if scale.get("matchTrafficWeight")]

    # At none of the traffic it would scale the canary to no pod at all, seen on Argo Rollouts 1.10.
    assert matched == [steps(overlay, "setWeight")[0][0] + 1]


def test_people_are_asked_once_in_prod_and_never_before(overlay: Overlay) -> None:
    pauses = steps(overlay, "pause")

    if overlay.name == "prod":
        (place, pause) = pauses[0]
        assert (len(pauses), pause) == (1, {})
        assert canary(overlay)["steps"][place + 1] == {"setWeight": 50}
    else:
        assert pauses == []


def test_traffic_is_sent_where_there_are_few_users_and_not_in_prod(overlay: Overlay) -> None:
    judged = [step for _, step in steps(overlay, "analysis") if "errors" in names(step)]

    assert {"traffic" in names(step) for step in judged} == {overlay.name != "prod"}


def test_an_analysis_gets_the_arguments_that_its_templates_take(overlay: Overlay) -> None:
    found = templates(overlay)
    analyses = [step for _, step in steps(overlay, "analysis")] + [canary(overlay)["analysis"]]

    for analysis in analyses:
        given = {arg["name"] for arg in analysis.get("args", [])}
        taken = {arg["name"] for name in names(analysis) for arg in found[name].get("args", [])}
        assert given == taken <= PREDEFINED, names(analysis)


def test_every_template_is_used_somewhere(overlays: dict[str, Overlay]) -> None:
    used = {
        name
        for overlay in overlays.values()
        for analysis in [*(step for _, step in steps(overlay, "analysis")), canary(overlay)["analysis"]]
        for name in names(analysis)
    }

    assert used == set(templates(overlays["dev"]))


def test_the_canary_is_watched_from_the_first_step_to_the_last(overlay: Overlay) -> None:
    background = canary(overlay)["analysis"]

    assert names(background) == {"watch"}
    assert background.get("startingStep", 0) == 0


def test_the_rollout_names_the_ingress_and_its_action(overlay: Overlay) -> None:
    ingress = overlay.one("Ingress")
    ((path,),) = (rule["http"]["paths"] for rule in ingress["spec"]["rules"])

    alb = canary(overlay)["trafficRouting"]["alb"]

    assert alb["ingress"] == ingress["metadata"]["name"]
    assert path["backend"]["service"] == {"name": alb["rootService"], "port": {"name": "use-annotation"}}
    assert {one["spec"]["ports"][0]["port"] for one in overlay.all("Service")} == {alb["servicePort"]}


def test_nothing_is_said_that_the_controller_drops(overlay: Overlay) -> None:
    """What has its type's empty value is gone when the controller writes the Rollout, and is a drift for ever."""

    def empty(value: Any, path: str) -> list[str]:
        if isinstance(value, dict):
            return [found for key, item in value.items() for found in empty(item, f"{path}.{key}")]
        return [path] if value is False or value == "" else []

    assert empty(canary(overlay), "canary") == []


def test_the_jobs_of_an_analysis_run_the_artifact_that_is_released(overlay: Overlay) -> None:
    artifact = overlay.service()["image"]
    jobs = {
        metric["name"]: metric["provider"]["job"]["spec"]["template"]["spec"]
        for template in templates(overlay).values()
        for metric in template["metrics"]
        if "job" in metric["provider"]
    }

    assert set(jobs) == {"smoke", "traffic"}
    for pod in jobs.values():
        (container,) = pod["containers"]
        assert container["image"] == artifact
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
    (smoke,) = jobs["smoke"]["containers"]
    assert {"name": "IMAGE", "value": artifact} in smoke["env"]


@pytest.mark.parametrize("name", ["smoke", "traffic"])
def test_a_job_that_fails_is_not_tried_again_and_does_not_hang(overlay: Overlay, name: str) -> None:
    (metric,) = templates(overlay)[name]["metrics"]
    job = metric["provider"]["job"]["spec"]

    assert (job["backoffLimit"], job["template"]["spec"]["restartPolicy"]) == (0, "Never")
    assert 60 <= job["activeDeadlineSeconds"] <= 300


def test_the_schema_gate_runs_the_artifact_before_the_service(overlay: Overlay) -> None:
    pod = overlay.one("Rollout")["spec"]["template"]["spec"]

    (gate,) = pod["initContainers"]

    assert gate["command"] == ["python3", "-m", "service.release.gate"]
    assert gate["image"] == overlay.service()["image"]
    assert gate["envFrom"] == overlay.service()["envFrom"]
    assert gate["terminationMessagePolicy"] == "FallbackToLogsOnError"

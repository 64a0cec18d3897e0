"""The Rollout, and what has to agree with it: probes, shutdown, Services, autoscaler, budget, migration."""

import re

from tests.manifests.rendering import ROOT, Overlay
from tests.migrations.builds import constant


def test_the_rollout_leaves_the_number_of_pods_to_the_autoscaler(overlay: Overlay) -> None:
    rollout, hpa = overlay.one("Rollout"), overlay.one("HorizontalPodAutoscaler")

    assert "replicas" not in rollout["spec"]
    assert hpa["spec"]["scaleTargetRef"] == {
        "apiVersion": rollout["apiVersion"],
        "kind": "Rollout",
        "name": rollout["metadata"]["name"],
    }
    assert hpa["spec"]["minReplicas"] < hpa["spec"]["maxReplicas"]


def test_a_version_that_never_gets_ready_is_given_up_before_the_autoscaler_takes_a_pod(overlay: Overlay) -> None:
    deadline_s = overlay.one("Rollout")["spec"]["progressDeadlineSeconds"]
    waits_s = overlay.one("HorizontalPodAutoscaler")["spec"]["behavior"]["scaleDown"]["stabilizationWindowSeconds"]
    probe = overlay.service()["startupProbe"]
    starts_s = probe["periodSeconds"] * probe["failureThreshold"] + overlay.one("Rollout")["spec"]["minReadySeconds"]

    assert overlay.one("Rollout")["spec"]["progressDeadlineAbort"] is True
    # To Rollouts the pod that goes is progress, and the deadline would begin anew.
    assert 2 * starts_s < deadline_s < waits_s


def test_an_abort_takes_effect_while_one_of_prods_pods_is_being_rescheduled(overlays: dict[str, Overlay]) -> None:
    threshold = overlays["prod"].one("Rollout")["spec"]["strategy"]["canary"]["replicaProgressThreshold"]
    least = overlays["prod"].one("HorizontalPodAutoscaler")["spec"]["minReplicas"]

    assert threshold["type"] == "Percent", "to Argo Rollouts any other word is a number of pods"
    assert (least - 1) / least * 100 >= threshold["value"]
    assert threshold["value"] > 50, "a canary of two is not judged by one"


def test_a_drain_takes_one_pod_at_a_time_of_all_versions_together(overlay: Overlay) -> None:
    budget = overlay.one("PodDisruptionBudget")["spec"]

    assert budget["maxUnavailable"] == 1
    assert budget["unhealthyPodEvictionPolicy"] == "AlwaysAllow", "a broken pod keeps no node"
    assert budget["selector"] == overlay.one("Rollout")["spec"]["selector"]


def test_ping_and_pong_lead_to_the_http_port_of_the_rollouts_pods(overlay: Overlay) -> None:
    rollout = overlay.one("Rollout")["spec"]
    (port,) = overlay.service()["ports"]

    services = overlay.all("Service")

    assert {service["metadata"]["name"] for service in services} == set(
        rollout["strategy"]["canary"]["pingPong"].values()
    )
    for service in services:
        assert service["spec"]["selector"] == rollout["selector"]["matchLabels"]
        assert [entry["targetPort"] for entry in service["spec"]["ports"]] == [port["name"]]


def test_the_selector_matches_the_rollouts_pods_and_not_the_migrations(overlay: Overlay) -> None:
    rollout = overlay.one("Rollout")["spec"]
    selector = rollout["selector"]["matchLabels"].items()

    assert selector <= rollout["template"]["metadata"]["labels"].items()
    assert not selector <= overlay.one("Job")["spec"]["template"]["metadata"]["labels"].items()


def test_the_service_listens_where_its_probes_and_services_look(overlay: Overlay) -> None:
    container = overlay.service()
    (port,) = container["ports"]

    settings = overlay.one("ConfigMap")["data"]

    assert settings["PORT"] == str(port["containerPort"])
    assert {probe: container[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")} == {
        "startupProbe": {"path": "/healthz", "port": port["name"]},
        "livenessProbe": {"path": "/healthz", "port": port["name"]},
        "readinessProbe": {"path": "/readyz", "port": port["name"]},
    }


def test_the_startup_probe_outlasts_the_wait_for_the_database(overlay: Overlay) -> None:
    probe = overlay.service()["startupProbe"]

    assert (
        probe["periodSeconds"] * probe["failureThreshold"]
        >= int(overlay.one("ConfigMap")["data"]["DATABASE_WAIT_S"]) + 10
    )


def test_a_pod_has_the_time_to_finish_what_it_was_asked(overlay: Overlay) -> None:
    gunicorn = (ROOT / "service/gunicorn.conf.py").read_text()
    (graceful_timeout_s,) = re.findall(r"^graceful_timeout = (\d+)$", gunicorn, re.MULTILINE)
    pre_stop_s = overlay.service()["lifecycle"]["preStop"]["sleep"]["seconds"]

    grace_s = overlay.one("Rollout")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]

    assert pre_stop_s >= 30  # a load balancer takes as long to deregister a target
    assert grace_s >= pre_stop_s + int(graceful_timeout_s) + 10


def test_pods_spread_over_zones_and_nodes_within_each_version(overlay: Overlay) -> None:
    rollout = overlay.one("Rollout")["spec"]

    spreads = rollout["template"]["spec"]["topologySpreadConstraints"]

    assert {spread["topologyKey"] for spread in spreads} == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
    for spread in spreads:
        assert spread["labelSelector"] == rollout["selector"]
        assert spread["matchLabelKeys"] == ["rollouts-pod-template-hash"]


def test_a_changed_setting_is_a_new_version_of_the_pods(overlay: Overlay) -> None:
    name = overlay.one("ConfigMap")["metadata"]["name"]

    assert name.startswith("service-")
    assert overlay.service()["envFrom"] == [{"configMapRef": {"name": name}}]


def test_the_settings_of_stable_pods_outlive_the_sync_that_changes_them(overlay: Overlay) -> None:
    annotations = overlay.one("ConfigMap")["metadata"]["annotations"]

    assert annotations["argocd.argoproj.io/sync-options"] == "Prune=false"
    assert annotations["argocd.argoproj.io/compare-options"] == "IgnoreExtraneous"


def test_the_migration_is_a_bounded_sync_hook(overlay: Overlay) -> None:
    job = overlay.one("Job")
    (container,) = job["spec"]["template"]["spec"]["containers"]

    assert container["command"] == ["alembic", "upgrade", "head"]
    assert job["metadata"]["annotations"]["argocd.argoproj.io/hook"] == "Sync"  # never PreSync: argo-cd#9891
    assert job["metadata"]["annotations"]["argocd.argoproj.io/hook-delete-policy"] == "BeforeHookCreation"
    assert 0 < job["spec"]["activeDeadlineSeconds"] <= 600
    # What env.py asks another try for may take as long as a failover, and ends within the deadline.
    tries, deadline_s = job["spec"]["backoffLimit"] + 1, job["spec"]["activeDeadlineSeconds"]
    pauses_s = sum(10 * 2**number for number in range(tries - 1))
    assert pauses_s >= 120
    assert pauses_s + tries * constant("LOCK_WAIT_S") < deadline_s


def test_a_migration_that_is_wrong_is_not_tried_again(overlay: Overlay) -> None:
    spec = overlay.one("Job")["spec"]
    ignored, failed = spec["podFailurePolicy"]["rules"]

    assert (ignored["action"], ignored["onPodConditions"]) == (
        "Ignore",
        [{"type": "DisruptionTarget", "status": "True"}],
    )
    assert failed["action"] == "FailJob"
    assert failed["onExitCodes"]["containerName"] == spec["template"]["spec"]["containers"][0]["name"]
    assert failed["onExitCodes"]["operator"] == "In"
    # A statement's error, and alembic's own; not what asks for another try, nor a signal.
    assert failed["onExitCodes"]["values"] == [1, 255]
    assert constant("TRY_AGAIN") not in failed["onExitCodes"]["values"]


def test_the_sync_goes_from_what_limits_pods_over_what_they_need_to_the_pods(overlay: Overlay) -> None:
    kinds_of: dict[int, set[str]] = {}

    for one in overlay.resources:
        wave = one["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", "0")
        kinds_of.setdefault(int(wave), set()).add(one["kind"])

    # Policies among them: no pod runs for a moment without.
    assert kinds_of.pop(-3) == {"NetworkPolicy", "ServiceAccount", "ConfigMap", "SecretStore"}
    assert kinds_of.pop(-2) == {"ExternalSecret"}  # a store that is not ready yet would refuse it
    assert kinds_of.pop(-1) == {"Job"}
    assert kinds_of.pop(0) >= {"Service", "Ingress"}
    assert kinds_of == {1: {"Rollout", "HorizontalPodAutoscaler"}}

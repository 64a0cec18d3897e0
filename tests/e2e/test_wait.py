"""tagbump wait on a real cluster: Argo CD deploys, Argo Rollouts rolls out, and a person does their part."""

import json
import time

from tests.e2e.places import ROLLOUT, STEPS, Place, kubectl
from tests.e2e.proxies import proxied
from tests.tagbump.waiting import Begin
from tests.tagbump.world import Outcome

SLICE = "12s"  # enough to start and to see everything, also on a machine with much to do
BESIDE = ("--override", "progressing", "--reason", "the test wants it so")


def detail(outcome: Outcome, name: str) -> str:
    return next(str(check["detail"]) for check in outcome.document["checks"] if check["name"] == name)


def test_dev_becomes_live_by_itself_and_what_was_recorded_is_a_proof(place: Place) -> None:
    place.live("dev")
    release = place.release("dev", place.images.good("1.1.0"))

    outcome = place.wait("dev", "--record", "--timeout", "2m")

    assert outcome.code == 0, outcome
    assert all(check["ok"] for check in outcome.document["checks"])
    assert detail(outcome, "pods") == "2 of 2 run the artifact"
    (proof,) = [line.split()[1] for line in place.world.refs().splitlines() if "refs/tags/proof/dev/" in line]
    assert place.world.git("rev-parse", f"{proof}^{{commit}}", cwd=place.world.remote).strip() == release


def test_a_later_commit_that_contains_the_release_is_as_good_as_the_release(place: Place) -> None:
    place.live("dev")
    release = place.release("dev", place.images.good("1.1.0"))
    place.live("dev")
    later = place.world.commit("docs: nothing that is deployed")
    place.refresh("dev")
    place.until(lambda: place.application("dev")["status"]["sync"]["revision"] == later)

    outcome = place.live("dev")

    assert detail(outcome, "revision") == f"Argo CD has {later[:12]}, which contains the release {release[:12]}"


def test_stage_waits_for_a_person_to_sync_and_for_a_person_to_resume(place: Place, waiting: Begin) -> None:
    place.sync("stage")
    place.live("stage")
    place.release("stage", place.images.good("1.1.0"))
    run = waiting("stage", "--timeout", "4m")
    run.says("--- waiting for a person to sync")
    unsynced = place.wait("stage", "--timeout", SLICE)
    place.sync("stage")
    run.says("--- waiting for a person to resume the rollout")
    paused = place.wait("stage", "--timeout", SLICE)
    place.resume("stage")

    outcome = run.outcome()

    assert outcome.code == 0, outcome
    assert (unsynced.code, unsynced.document.get("state")) == (7, "needs-sync"), unsynced
    assert (paused.code, paused.document.get("state")) == (7, "needs-resume"), paused
    assert detail(paused, "healthy").startswith("Suspended")
    assert "paused at step 2 of 2 (pause)" in detail(paused, "rollout")
    assert "runs" in detail(paused, "pods")  # two versions, and the stable one is not the artifact


def test_an_image_that_is_not_there_ends_it_with_the_registrys_words(place: Place) -> None:
    place.live("dev")
    place.release("dev", place.images.absent("1.1.0"))

    outcome = place.wait("dev", "--record", "--timeout", "3m")

    assert (outcome.code, outcome.kind) == (5, "check"), outcome
    assert "container service: ImagePullBackOff" in outcome.document["error"]["message"]
    assert "not found" in outcome.document["error"]["message"]
    assert "proof/" not in place.world.refs()


def test_a_build_that_crashes_ends_it_with_its_last_words(place: Place) -> None:
    place.live("dev")
    place.release("dev", place.images.crashing("1.1.0", "DATABASE_URL: is not set"))

    outcome = place.wait("dev", "--record", "--timeout", "3m")

    assert (outcome.code, outcome.kind) == (5, "check"), outcome
    said = outcome.document["error"]["message"]
    assert "container service: CrashLoopBackOff" in said
    assert "exit code 3: DATABASE_URL: is not set" in said


def test_an_aborted_rollout_ends_it_and_does_not_count_against_the_next_release(place: Place, waiting: Begin) -> None:
    place.sync("stage")
    place.live("stage")
    place.release("stage", place.images.good("1.1.0"))
    run = waiting("stage", "--timeout", "4m")
    run.says("--- waiting for a person to sync")
    place.sync("stage")
    run.says("--- waiting for a person to resume the rollout")
    place.abort("stage")
    aborted = run.outcome()
    again = place.wait("stage", "--timeout", "1m")
    place.release("stage", place.images.good("1.2.0"), *BESIDE)
    run = waiting("stage", "--timeout", "4m")
    run.says("--- waiting for a person to sync")
    place.sync("stage")
    run.says("--- waiting for a person to resume the rollout")
    place.resume("stage")
    mended = run.outcome()

    assert (aborted.code, again.code) == (5, 5), (aborted, again)
    assert "Rollout service: RolloutAborted" in aborted.document["error"]["message"]
    assert detail(again, "synced") == "Synced"  # git still names it, and Argo CD has it so
    assert mended.code == 0, mended


ANALYSIS = """\
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {{name: smoke}}
spec:
  metrics:
    - name: smoke
      provider:
        job:
          spec:
            backoffLimit: 0
            template: {{spec: {{restartPolicy: Never, containers: [{{name: smoke, image: "{image}"}}]}}}}
"""


def test_an_analysis_that_fails_ends_it_with_its_metric(place: Place, waiting: Begin) -> None:
    analysed = STEPS.replace("{pause: {}}", "{analysis: {templates: [{templateName: smoke}]}}")
    overlay = place.world.read("k8s/overlays/stage/kustomization.yaml").replace(STEPS, analysed)
    failing = ANALYSIS.format(image=place.images.crashing("smoke", "no smoke without fire"))
    place.world.commit(
        "feat: look before going on",
        {
            "k8s/overlays/stage/kustomization.yaml": overlay.replace("../../base", "../../base, analysis.yaml"),
            "k8s/overlays/stage/analysis.yaml": failing,
        },
    )
    place.refresh("stage")
    place.sync("stage")
    place.live("stage")
    place.release("stage", place.images.good("1.1.0"))
    run = waiting("stage", "--timeout", "4m")
    run.says("--- waiting for a person to sync")
    place.sync("stage")

    outcome = run.outcome()

    assert (outcome.code, outcome.kind) == (5, "check"), outcome
    said = outcome.document["error"]["message"]
    assert "Rollout service: RolloutAborted" in said
    assert "metric smoke: Failed" in said


def test_a_status_that_argo_cd_does_not_renew_is_not_believed(place: Place) -> None:
    place.live("dev")
    place.patch("dev", {"metadata": {"annotations": {"argocd.argoproj.io/skip-reconcile": "true"}}})
    place.release("dev", place.images.good("1.1.0"))

    stale = place.wait("dev", "--record", "--timeout", SLICE)
    place.patch("dev", {"metadata": {"annotations": {"argocd.argoproj.io/skip-reconcile": None}}})
    place.refresh("dev")
    fresh = place.live("dev")

    assert (stale.code, stale.document["state"]) == (7, "refreshing")
    assert (detail(stale, "synced"), detail(stale, "healthy")) == ("Synced", "Healthy")
    assert "which does not contain the release" in detail(stale, "revision")
    assert "proof/" not in place.world.refs()
    assert fresh.document["ok"] is True


def test_the_service_is_asked_too_where_its_address_is_given(place: Place) -> None:
    place.live("dev")
    pods = json.loads(kubectl("get", "pods", "--namespace", place.namespace("dev"), "--output", "json"))["items"]
    address = f"http://{pods[0]['status']['podIP']}:8080"

    outcome = place.wait("dev", "--url", address, "--timeout", SLICE)

    # The pod is not told which artifact it is, as ours are by k8s/transformers: so it is ready, and nobody knows what.
    assert (outcome.code, outcome.document["state"]) == (7, "other-version")
    assert {check["name"]: check["ok"] for check in outcome.document["checks"]}["readyz"] is True


# --- the way to the cluster -------------------------------------------------------------------------------------------


def test_an_api_server_that_goes_away_for_some_seconds_is_survived(place: Place, waiting: Begin) -> None:
    place.sync("stage")
    place.live("stage")
    place.release("stage", place.images.good("1.1.0"))
    with proxied(place.config) as proxy:
        run = waiting("stage", "--timeout", "4m")
        run.says("--- waiting for a person to sync")
        proxy.close()
        run.says("--- waiting for the cluster to answer")
        place.sync("stage")
        place.until(lambda: bool(place.rollout("stage")["status"].get("pauseConditions")))
        place.resume("stage")
        place.until(lambda: place.rollout("stage")["status"]["phase"] == "Healthy")
        proxy.open()

        outcome = run.outcome()

    assert outcome.code == 0, outcome


def test_an_api_server_that_does_not_come_back_ends_it_in_time(place: Place, waiting: Begin) -> None:
    with proxied(place.config) as proxy:
        begun = time.monotonic()
        run = waiting("stage", "--timeout", SLICE)
        run.says("--- waiting for a person to sync")
        proxy.close()

        outcome = run.outcome()

    assert time.monotonic() - begun < 30
    assert (outcome.code, outcome.document["state"]) == (7, "unreachable")


def test_a_network_that_swallows_everything_ends_it_in_time_and_proves_nothing(place: Place, waiting: Begin) -> None:
    place.sync("stage")
    place.live("stage")
    place.release("stage", place.images.good("1.1.0"))
    with proxied(place.config) as proxy:
        begun = time.monotonic()
        run = waiting("stage", "--record", "--timeout", "20s")
        run.says("--- waiting for a person to sync")
        proxy.freeze()
        place.sync("stage")
        place.until(lambda: bool(place.rollout("stage")["status"].get("pauseConditions")))
        place.resume("stage")

        outcome = run.outcome()

    assert time.monotonic() - begun < 40
    assert outcome.code == 7, outcome
    assert "proof/" not in place.world.refs()


# --- what else there is to deploy -------------------------------------------------------------------------------------


def test_a_deployment_is_waited_for_once_the_account_may_see_it(place: Place) -> None:
    deployment = ROLLOUT.replace("argoproj.io/v1alpha1", "apps/v1").replace("Rollout", "Deployment")
    deployment = deployment.replace("canary: {maxSurge: 1, maxUnavailable: 0}", "type: RollingUpdate")
    place.world.commit(
        "feat: a Deployment", {"k8s/base/rollout.yaml": deployment.replace("  progressDeadlineAbort: true\n", "")}
    )
    place.release("dev", place.images.good("1.1.0"), *BESIDE)
    place.until(lambda: "Deployment" in [one["kind"] for one in place.application("dev")["status"]["resources"]])

    denied = place.wait("dev", "--timeout", "1m")
    role = f"roles/{place.prefix}-tagbump"
    rule = [
        {
            "op": "add",
            "path": "/rules/-",
            "value": {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["list", "watch"]},
        }
    ]
    kubectl("patch", role, "--namespace", place.namespace("dev"), "--type", "json", "--patch", json.dumps(rule))
    outcome = place.live("dev")

    assert (denied.code, denied.kind) == (6, "unreachable")
    assert "deployments in the namespace" in denied.document["error"]["message"]
    assert detail(outcome, "rollout").startswith("Deployment service: 2 of 2")


def test_an_application_of_several_sources_is_judged_by_the_overlays(place: Place) -> None:
    other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "beside"}}
    place.world.commit("feat: something beside", {"beside/beside.yaml": json.dumps(other)})
    source = place.application("dev")["spec"]["source"]
    place.patch("dev", {"spec": {"source": None, "sources": [{**source, "path": "beside"}, source]}})
    place.release("dev", place.images.good("1.1.0"), *BESIDE)

    outcome = place.live("dev")

    assert len(place.application("dev")["status"]["sync"]["revisions"]) == 2
    assert detail(outcome, "pods") == "2 of 2 run the artifact"


ROUTED = """\
  - target: {kind: Rollout}
    patch: |
      - op: replace
        path: /spec/strategy/canary
        value:
          pingPong: {pingService: ping, pongService: pong}
          scaleDownDelaySeconds: 600
          trafficRouting: {alb: {ingress: service, rootService: root, servicePort: 80}}
          steps: [{setWeight: 50}]
"""
INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: service, annotations: {}}
spec:
  ingressClassName: alb
  rules:
    - host: e2e.example.com
      http:
        paths: [{path: /, pathType: Prefix, backend: {service: {name: root, port: {name: use-annotation}}}}]
"""


def test_old_pods_that_no_traffic_is_led_to_do_not_hold_it_up(place: Place) -> None:
    place.live("dev")
    overlay = place.world.read("k8s/overlays/dev/kustomization.yaml").replace("../../base", "../../base, routes.yaml")
    selector, ports = {"app": "service"}, [{"name": "http", "port": 80, "targetPort": "http"}]
    services = [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name},
            "spec": {"selector": selector, "ports": ports},
        }
        for name in ("ping", "pong", "root")
    ]
    routes = "\n---\n".join([*map(json.dumps, services), INGRESS])
    files = {"kustomization.yaml": f"{overlay}patches:\n{ROUTED}", "routes.yaml": routes}
    place.world.commit("feat: lead the traffic", {f"k8s/overlays/dev/{name}": text for name, text in files.items()})
    place.refresh("dev")
    place.until(lambda: "trafficRouting" in place.rollout("dev")["spec"]["strategy"]["canary"])
    place.live("dev")
    place.release("dev", place.images.good("1.1.0"), *BESIDE)

    outcome = place.live("dev")

    pods = json.loads(kubectl("get", "pods", "--namespace", place.namespace("dev"), "--output", "json"))["items"]
    versions = {pod["spec"]["containers"][0]["image"] for pod in pods if "deletionTimestamp" not in pod["metadata"]}
    assert versions == {place.images.good("1.0.0"), place.images.good("1.1.0")}
    assert detail(outcome, "pods") == "2 of 2 run the artifact"


def test_where_no_pod_is_deployed_waiting_ends_and_an_address_is_asked_for(place: Place) -> None:
    nothing = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "alone"}}
    place.world.commit("feat: no pods", {"k8s/base/rollout.yaml": json.dumps(nothing)})
    place.release("dev", place.images.good("1.1.0"), *BESIDE)

    outcome = place.wait("dev", "--timeout", "2m")

    assert (outcome.code, outcome.kind) == (5, "check"), outcome
    assert "--url" in outcome.document["error"]["message"]


# --- the account ------------------------------------------------------------------------------------------------------

EVERYBODYS = {
    "selfsubjectaccessreviews.authorization.k8s.io", "selfsubjectreviews.authentication.k8s.io",
    "selfsubjectrulesreviews.authorization.k8s.io",
}  # fmt: skip


def test_the_account_may_see_what_is_waited_for_and_nothing_else(place: Place) -> None:
    def allowed(namespace: str) -> set[tuple[str, str, str]]:
        listing = kubectl("auth", "can-i", "--list", "--namespace", namespace, "--no-headers", config=place.config)
        rows = [line.rpartition("[") for line in listing.splitlines() if not line.lstrip().startswith("[")]
        named = [(row[0].split()[0], " ".join(row[0].split()[1:]), row[2].rstrip("]")) for row in rows]
        return {row for row in named if row[0] not in EVERYBODYS}

    seen = ("rollouts.argoproj.io", "analysisruns.argoproj.io", "replicasets.apps", "pods")
    for environment in ("dev", "stage"):
        assert allowed(place.namespace(environment)) == {(one, "[] []", "list watch") for one in seen}
    mine = [f"{place.prefix}-{name}" for name in ("dev", "stage", "prod")]
    assert allowed("argocd") == {("applications.argoproj.io", f"[] [{name}]", "list watch") for name in mine}
    assert allowed("default") == allowed("kube-system") == set()


def test_the_account_is_refused_what_it_has_no_business_with(place: Place) -> None:
    home = ("--namespace", place.namespace("dev"))
    merge = ("--type", "merge", "--patch", "{}")
    tried = [
        ("get", "secrets", *home),
        ("get", "--raw", f"/api/v1{home[1]}/pods/x/log"),
        ("delete", "pods", "x", *home),
        ("patch", "rollouts", "service", *merge, *home),
        ("create", "namespace", "x"),
        ("get", "pods", "--namespace", "kube-system"),
        ("get", "applications", "--namespace", "argocd"),
        ("patch", "applications", f"{place.prefix}-dev", "--namespace", "argocd", *merge),
    ]

    said = {arguments: kubectl(*arguments, check=False, config=place.config).lower() for arguments in tried}

    assert {arguments for arguments, words in said.items() if "forbidden" not in words} == set(), said

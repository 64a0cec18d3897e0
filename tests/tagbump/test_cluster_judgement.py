"""What counts as live: one trap after the other, each laid in a cluster in which all is well."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagbump import plain
from tagbump.cluster import judgement, watching
from tagbump.cluster.model import Revision, Seen, Verdict, Wanted
from tagbump.model import Artifact
from tagbump.values import replace
from tests.tagbump import clusters
from tests.tagbump.clusters import DELETED, HASH, NOW, OLD_HASH, OVERLAY, RELEASE, Objects, live, put
from tests.tagbump.world import artifact, digest_of

LATER: Final = "b" * 40  # on top of the release, and the overlay still names the artifact
BEFORE: Final = "c" * 40  # an ancestor of the release
MOVED: Final = "d" * 40  # on top of the release, and the overlay names another artifact
STRANGE: Final = "e" * 40  # of another repository
WANTED: Final = Wanted(
    Artifact.parse(artifact("1.1.0")),
    RELEASE,
    OVERLAY,
    {
        RELEASE: Revision(True, Artifact.parse(artifact("1.1.0"))),
        LATER: Revision(True, Artifact.parse(artifact("1.1.0"))),
        BEFORE: Revision(False, Artifact.parse(artifact("1.0.0"))),
        MOVED: Revision(True, Artifact.parse(artifact("1.2.0"))),
    },
)
APP: Final = "applications.0"
STATUS: Final = f"{APP}.status"
ROLLOUT: Final = "rollouts.0"


def seen(objects: Objects) -> Seen:
    """Read what the API server gives, as `wait` does."""
    return watching.picture(clusters.NAME, lambda collection: list(objects[collection.plural]))


def judge(objects: Objects, wanted: Wanted = WANTED) -> Verdict:
    return judgement.judge(wanted, seen(objects), NOW)


def changed(changes: dict[str, Any], objects: Objects | None = None) -> Objects:
    found = objects or live()
    for path, value in changes.items():
        found = put(found, path, value)
    return found


def weights(*, verified: bool | None = None, **led: tuple[str, int]) -> dict[str, Any]:
    """Return the state of a canary that leads so many per cent of the traffic to these versions."""
    found: dict[str, Any] = {name: {"podTemplateHash": to, "weight": weight} for name, (to, weight) in led.items()}
    if "additional" in found:
        found["additional"] = [found["additional"]]
    return {"weights": {**found, **({} if verified is None else {"verified": verified})}}


def failing(verdict: Verdict) -> set[str]:
    return {check.name for check in verdict.checks if not check.ok}


@pytest.mark.parametrize("objects", [live(), live(automated=False), clusters.deployed_by_deployment()])
def test_a_cluster_in_which_all_is_well_is_live(objects: Objects) -> None:
    verdict = judge(objects)

    assert verdict.live, failing(verdict)
    assert (verdict.state, verdict.cause) == ("live", None)
    assert tuple(check.name for check in verdict.checks) == judgement.CHECKS


# What is another way of being live: each of these was once taken for something else.
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({f"{STATUS}.sync.revision": LATER}, id="a later commit that contains the release"),
        pytest.param({f"{STATUS}.operationState": DELETED, f"{STATUS}.history": DELETED}, id="never synced"),
        pytest.param(
            {f"{STATUS}.operationState.syncResult.revision": BEFORE, f"{STATUS}.history.0.revision": BEFORE},
            id="went back to what was there: nothing to sync",
        ),
        pytest.param({f"{STATUS}.reconciledAt": "2026-03-01T12:00:05Z"}, id="reconciled in the second of the sync"),
        pytest.param(
            {"pods.0.status.containerStatuses.0.imageID": f"registry.example.com/service@sha256:{'9' * 64}"},
            id="imageID names the platform's manifest",
        ),
        pytest.param({"pods.0.status.containerStatuses.0.imageID": "sha256:" + "9" * 64}, id="imageID names the image"),
        pytest.param(
            {"pods.0.spec.containers.0.image": f"mirror.example.com/x/service@{digest_of('1.1.0')}"},
            id="pulled through a mirror",
        ),
        pytest.param({"pods.2": put({"p": [clusters.pod("old", "1.0.0", "u-old")]}, "p.0.metadata.deletionTimestamp",
            "2026-03-01T12:00:00Z")["p"][0], "replicasets.1": clusters.replica_set(OLD_HASH, "u-old")},
            id="an old pod that is ending"),
        pytest.param({"pods.2": clusters.pod("else", "1.0.0", "u-elsewhere")}, id="a pod of something else"),
        pytest.param({"analysisruns.1": put({"a": [clusters.analysis_run("Running")]}, "a.0.metadata.ownerReferences",
            [])["a"][0]}, id="an analysis of something else"),
        pytest.param({f"{ROLLOUT}.spec.strategy.canary.steps": []}, id="no steps"),
        pytest.param({f"{ROLLOUT}.status.canary": weights(canary=(HASH, 0), stable=(HASH, 100), verified=True)},
            id="all users have it"),
        pytest.param({f"{ROLLOUT}.status.canary": weights(canary=(HASH, 100), stable=(OLD_HASH, 0))},
            id="all users have it since a moment ago"),
        pytest.param({f"{STATUS}.conditions": [{"type": "OrphanedResourceWarning", "message": "x"}]}, id="a warning"),
        pytest.param({f"{APP}.spec.destination.server": DELETED, f"{APP}.spec.destination.name": "x"}, id="by name"),
    ],
)  # fmt: skip
def test_what_is_live_another_way_is_live(changes: dict[str, Any]) -> None:
    verdict = judge(changed(changes))

    assert verdict.live, (failing(verdict), verdict.cause)


def test_old_pods_that_wait_for_their_end_behind_the_traffic_are_let_be() -> None:
    objects = changed(
        {"pods.2": clusters.pod("old", "1.0.0", "u-old"), "replicasets.1": clusters.replica_set(OLD_HASH, "u-old")}
    )
    note = {"scale-down-deadline": "2026-03-01T12:02:00Z"}

    waiting = judge(put(objects, "replicasets.1.metadata.annotations", note))

    assert waiting.live
    assert failing(judge(objects)) == {"pods"}


TRAPS: Final[list[tuple[dict[str, Any], set[str] | None, str]]] = [
    # The Application.
    ({"applications": []}, set(judgement.CHECKS), "no-application"),
    ({f"{APP}.metadata.deletionTimestamp": "2026-03-01T12:00:00Z"}, set(judgement.CHECKS), "no-application"),
    ({f"{APP}.status": DELETED}, None, "refreshing"),
    # What it has synced to.
    ({f"{STATUS}.sync.revision": BEFORE}, {"revision", "overlay"}, "refreshing"),
    ({f"{STATUS}.sync.revision": STRANGE}, {"revision", "overlay"}, "refreshing"),
    ({f"{STATUS}.sync.revision": ""}, {"revision", "overlay"}, "refreshing"),
    ({f"{STATUS}.sync.revision": MOVED}, {"overlay"}, "refreshing"),
    ({f"{STATUS}.sync.status": "OutOfSync"}, {"synced"}, "syncing"),
    ({f"{STATUS}.sync.status": "OutOfSync", f"{APP}.spec.syncPolicy": None}, {"synced"}, "needs-sync"),
    (
        {f"{STATUS}.sync.status": "OutOfSync", f"{APP}.spec.syncPolicy.automated": {"enabled": False}},
        {"synced"},
        "needs-sync",
    ),
    ({f"{STATUS}.sync.status": "Unknown"}, {"synced"}, "refreshing"),
    ({f"{STATUS}.sync.status": "synced"}, {"synced"}, "refreshing"),
    ({f"{STATUS}.sync.comparedTo.source.path": "k8s/overlays/stage"}, {"synced"}, "refreshing"),
    ({f"{STATUS}.sync.comparedTo.source.targetRevision": "release"}, {"synced"}, "refreshing"),
    ({f"{STATUS}.sync.comparedTo": DELETED}, {"synced"}, "refreshing"),
    # A status that is older than the sync.
    ({f"{STATUS}.reconciledAt": "2026-03-01T12:00:04Z"}, {"reconciled"}, "refreshing"),
    ({f"{STATUS}.reconciledAt": DELETED}, {"reconciled"}, "refreshing"),
    ({f"{STATUS}.reconciledAt": "yesterday"}, {"reconciled"}, "refreshing"),
    ({f"{STATUS}.operationState.finishedAt": DELETED}, {"reconciled"}, "refreshing"),
    (
        {f"{STATUS}.reconciledAt": "2026-03-01T12:00:04Z", f"{STATUS}.sync.status": "OutOfSync"},
        {"reconciled", "synced"},
        "refreshing",
    ),
    ({f"{STATUS}.operationState.phase": "Running"}, {"reconciled"}, "syncing"),
    ({f"{STATUS}.operationState.phase": "Terminating"}, {"reconciled"}, "syncing"),
    ({f"{APP}.operation": {"sync": {}, "initiatedBy": {"username": "ada"}}}, {"reconciled"}, "syncing"),
    # Health.
    ({f"{STATUS}.health.status": "Progressing"}, {"healthy"}, "unhealthy"),
    ({f"{STATUS}.health.status": "Missing"}, {"healthy"}, "unhealthy"),
    ({f"{STATUS}.health.status": "Suspended"}, {"healthy"}, "unhealthy"),
    ({f"{STATUS}.health.status": "Blooming"}, {"healthy"}, "unhealthy"),
    ({f"{STATUS}.health": DELETED}, {"healthy"}, "unhealthy"),
    # The Rollout.
    ({"rollouts": []}, {"rollout", "pods"}, "rolling-out"),
    ({f"{ROLLOUT}.metadata.name": "other"}, {"rollout", "pods"}, "rolling-out"),
    ({f"{ROLLOUT}.metadata.generation": 5}, {"rollout"}, "rolling-out"),
    ({f"{ROLLOUT}.status.observedGeneration": "3"}, {"rollout"}, "rolling-out"),
    ({f"{ROLLOUT}.status.observedGeneration": "x"}, {"rollout"}, "rolling-out"),
    ({f"{ROLLOUT}.status": DELETED}, {"rollout", "pods"}, "rolling-out"),
    ({f"{ROLLOUT}.status.phase": "Progressing"}, {"rollout"}, "rolling-out"),
    ({f"{ROLLOUT}.status.phase": ""}, {"rollout"}, "rolling-out"),
    ({f"{ROLLOUT}.status.phase": "Shining"}, {"rollout"}, "rolling-out"),
    ({f"{ROLLOUT}.status.currentStepIndex": 3}, {"rollout"}, "rolling-out"),
    ({f"{ROLLOUT}.status.updatedReplicas": 1}, {"rollout"}, "rolling-out"),
    ({f"{ROLLOUT}.status.availableReplicas": 1}, {"rollout"}, "rolling-out"),
    ({f"{ROLLOUT}.status.stableRS": OLD_HASH}, {"rollout", "pods"}, "rolling-out"),
    ({f"{ROLLOUT}.status.stableRS": "", f"{ROLLOUT}.status.currentPodHash": ""}, {"rollout", "pods"}, "rolling-out"),
    (
        {f"{ROLLOUT}.status.canary": {"currentBackgroundAnalysisRunStatus": {"name": "x", "status": "Running"}}},
        {"rollout"},
        "rolling-out",
    ),
    # Its users: the phase says nothing of them.
    ({f"{ROLLOUT}.status.canary": weights(canary=(HASH, 0), stable=(OLD_HASH, 100))}, {"rollout"}, "rolling-out"),
    ({f"{ROLLOUT}.status.canary": weights(canary=(HASH, 50), stable=(OLD_HASH, 50))}, {"rollout"}, "rolling-out"),
    ({f"{ROLLOUT}.status.canary": weights(canary=(OLD_HASH, 5), stable=(HASH, 95))}, {"rollout"}, "rolling-out"),
    (
        {f"{ROLLOUT}.status.canary": weights(canary=(HASH, 0), stable=(HASH, 90), additional=(OLD_HASH, 10))},
        {"rollout"},
        "rolling-out",
    ),
    (
        {f"{ROLLOUT}.status.canary": weights(canary=(HASH, 0), stable=(HASH, 100), verified=False)},
        {"rollout"},
        "rolling-out",
    ),
    ({f"{ROLLOUT}.spec.paused": True}, {"rollout"}, "needs-resume"),
    (
        {f"{ROLLOUT}.spec.template.spec.containers.0.image": artifact("1.0.0")},
        {"rollout", "pods"},
        "rolling-out",
    ),
    ({f"{ROLLOUT}.spec.template.spec.containers.0.image": "service:1.1.0"}, {"rollout", "pods"}, "rolling-out"),
    # An analysis.
    ({"analysisruns.0.status.phase": "Running"}, {"analysis"}, "analysing"),
    ({"analysisruns.0.status.phase": "Pending"}, {"analysis"}, "analysing"),
    ({"analysisruns.0.status": DELETED}, {"analysis"}, "analysing"),
    # The pods.
    ({"pods": []}, {"pods"}, "rolling-out"),
    ({"replicasets": []}, {"pods"}, "rolling-out"),
    ({"pods.0.spec.containers.0.image": artifact("1.0.0")}, {"pods"}, "rolling-out"),
    ({"pods.0.spec.containers.0.image": artifact("1.1.0", build="other")}, {"pods"}, "rolling-out"),
    ({"pods.0.spec.containers.0.image": "registry.example.com/service:1.1.0"}, {"pods"}, "rolling-out"),
    ({"pods.0.spec.containers.1.image": artifact("1.0.0")}, {"pods"}, "rolling-out"),
    ({"pods.0.spec.initContainers": [{"name": "gate", "image": artifact("1.0.0")}]}, {"pods"}, "rolling-out"),
    ({"pods.0.status.conditions.1.status": "False"}, {"pods"}, "rolling-out"),
    ({"pods.0.status.conditions": DELETED}, {"pods"}, "rolling-out"),
    ({"pods.0.status.containerStatuses": []}, {"pods"}, "rolling-out"),
    ({"pods.0.status.containerStatuses.0.imageID": ""}, {"pods"}, "rolling-out"),
    (
        {"pods.0.status.containerStatuses.0.state": {"waiting": {"reason": "ContainerCreating"}}},
        {"pods"},
        "rolling-out",
    ),
    (
        {"pods.2": clusters.pod("old", "1.0.0", "u-old"), "replicasets.1": clusters.replica_set(OLD_HASH, "u-old")},
        {"pods"},
        "rolling-out",
    ),
    (
        {"pods.2": clusters.pod("twin", "1.1.0", "u-old"), "replicasets.1": clusters.replica_set(OLD_HASH, "u-old")},
        {"pods"},
        "rolling-out",
    ),
]


def _id(value: object) -> str:
    """Name a row alike in every process: what stands in a set has no order of its own."""
    if isinstance(value, set | frozenset):
        return "+".join(sorted(map(str, value)))
    return ("+".join(value) if isinstance(value, dict) else str(value))[:60]


@pytest.mark.parametrize(("changes", "missing", "state"), TRAPS, ids=_id)
def test_a_trap_is_not_live_and_is_named(changes: dict[str, Any], missing: set[str] | None, state: str) -> None:
    verdict = judge(changed(changes))

    assert not verdict.live
    assert missing is None or failing(verdict) == missing
    assert (verdict.state, verdict.cause) == (state, None)


@given(st.sets(st.integers(0, len(TRAPS) - 1), min_size=1, max_size=4))
def test_no_number_of_traps_is_live(chosen: set[int]) -> None:
    objects = live()
    for number in chosen:
        for path, value in TRAPS[number][0].items():
            try:
                objects = put(objects, path, value)
            except (KeyError, IndexError, TypeError):
                continue  # what another trap took away
    if objects == live():
        return

    assert not judge(objects).live


# Whatever else stands here, it is not live: no text, number or shape that these could have instead may pass.
NECESSARY: Final = [
    f"{STATUS}.sync.status", f"{STATUS}.sync.revision", f"{STATUS}.health.status", f"{STATUS}.reconciledAt",
    f"{STATUS}.operationState.finishedAt", f"{STATUS}.sync", f"{STATUS}.health", STATUS,
    f"{ROLLOUT}.status", f"{ROLLOUT}.status.phase", f"{ROLLOUT}.status.stableRS", f"{ROLLOUT}.status.currentPodHash",
    f"{ROLLOUT}.status.observedGeneration", f"{ROLLOUT}.status.updatedReplicas", f"{ROLLOUT}.metadata.name",
    f"{ROLLOUT}.metadata.uid", f"{ROLLOUT}.spec.template.spec.containers.0.image", f"{ROLLOUT}.spec.template",
    "replicasets.0.metadata.uid", "replicasets.0.metadata.ownerReferences", "replicasets.0.metadata.labels",
    "pods.0.spec.containers.0.image", "pods.0.spec", "pods.0.status.conditions", "pods.0.status.containerStatuses",
    "pods.0.status.containerStatuses.0.state", "analysisruns.0.status.phase",
]  # fmt: skip
TEXTS: Final = ["\x1b[2J", "Synced ", "0", "-1", "9" * 400, "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+23:59"]


class Long(str):
    """A long text that is told in short: hypothesis refuses to print what is longer than a page."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{self[:1]!r} * {len(self)}"


HOSTILE: Final = st.one_of(
    st.none(), st.booleans(), st.integers(-10, 1), st.text(max_size=20), st.just(Long("x" * 100_000)),
    st.sampled_from(TEXTS),
    st.just([]), st.lists(st.none(), max_size=2), st.just({}), st.dictionaries(st.text(max_size=3), st.none()),
)  # fmt: skip


@given(st.sampled_from(NECESSARY), HOSTILE)
def test_nothing_odd_in_a_place_that_matters_is_live(path: str, value: Any) -> None:
    if path == "analysisruns.0.status.phase" and isinstance(value, str) and value not in ("", "Pending", "Running"):
        return

    verdict = judge(put(live(), path, value))

    assert not verdict.live, (path, value)
    assert all(len(check.detail) < 3000 and plain.visible(check.detail) == check.detail for check in verdict.checks)


def places(found: Any, path: str = "") -> list[str]:
    """Every place in `found`, as `put` names them."""
    inner = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    below = [place for key, value in inner for place in places(value, f"{path}.{key}".lstrip("."))]
    return [*([path] if path.count(".") > 1 else []), *below]


@given(st.lists(st.tuples(st.sampled_from(places(live())), HOSTILE), min_size=1, max_size=6))
def test_nothing_that_an_api_server_answers_is_too_odd_to_be_judged(oddities: list[tuple[str, Any]]) -> None:
    objects = live()
    for path, value in oddities:
        try:
            objects = put(objects, path, value)
        except (KeyError, IndexError, TypeError, ValueError):
            continue

    verdict = judge(objects)

    assert verdict.state in {*judgement.STATES, "live"}
    assert verdict.cause is None or plain.visible(verdict.cause) == verdict.cause


def test_a_message_is_told_in_one_line_and_not_at_any_length() -> None:
    message = "boom\x1b[2J\n" + "x" * 1_000_000 + ": not found"

    verdict = judge(put(put(live(), f"{STATUS}.health.status", "Missing"), f"{STATUS}.health.message", message))

    (detail,) = (check.detail for check in verdict.checks if check.name == "healthy")
    assert detail.startswith("Missing: boom\\x1b[2J xxx")
    assert detail.endswith("xxx: not found")
    assert len(detail) < 600


# --- several sources, a Deployment, nothing to look at ----------------------------------------------------------------


def several(revisions: list[str], paths: list[str]) -> Objects:
    sources = [{"repoURL": "https://git.example.com/r.git", "targetRevision": "main", "path": path} for path in paths]
    objects = live()
    spec, sync = objects["applications"][0]["spec"], objects["applications"][0]["status"]["sync"]
    for place in (spec, sync["comparedTo"]):
        del place["source"]
        place["sources"] = sources
    del sync["revision"]
    sync["revisions"] = revisions
    return objects


@pytest.mark.parametrize(
    ("revisions", "paths", "ok"),
    [
        ([STRANGE, LATER], ["charts/db", OVERLAY], True),
        ([STRANGE, LATER], ["charts/db", f"./{OVERLAY}/"], True),
        ([LATER, BEFORE], ["k8s/overlays/other", OVERLAY], False),
        ([LATER, MOVED], ["k8s/overlays/other", OVERLAY], False),
        ([STRANGE, LATER], ["charts/db", "clusters/eu"], True),
        ([STRANGE, BEFORE], ["charts/db", "clusters/eu"], False),
        ([LATER], ["charts/db", OVERLAY], True),
        ([], ["charts/db", OVERLAY], False),
    ],
)
def test_of_several_sources_the_overlays_revision_counts(revisions: list[str], paths: list[str], ok: bool) -> None:
    verdict = judge(several(revisions, paths))

    assert verdict.live is ok, failing(verdict)


DEPLOYMENT: Final = "deployments.0"


@pytest.mark.parametrize(
    ("changes", "missing", "state"),
    [
        ({f"{DEPLOYMENT}.metadata.generation": 8}, {"rollout"}, "rolling-out"),
        ({f"{DEPLOYMENT}.status.updatedReplicas": 1}, {"rollout"}, "rolling-out"),
        ({f"{DEPLOYMENT}.status.replicas": 3}, {"rollout"}, "rolling-out"),
        ({f"{DEPLOYMENT}.status.availableReplicas": DELETED}, {"rollout"}, "rolling-out"),
        ({f"{DEPLOYMENT}.spec.paused": True}, {"rollout"}, "needs-resume"),
        ({f"{DEPLOYMENT}.status": DELETED}, {"rollout"}, "rolling-out"),
        ({"deployments": []}, {"rollout", "pods"}, "rolling-out"),
        (
            {
                "replicasets.1": put(
                    {"r": [clusters.replica_set("", "u-old")]},
                    "r.0.metadata.annotations",
                    {"deployment.kubernetes.io/revision": "2"},
                )["r"][0],
                "pods.2": clusters.pod("old", "1.0.0", "u-old"),
            },
            {"pods"},
            "rolling-out",
        ),
    ],
    ids=_id,
)
def test_a_deployment_is_judged_as_a_rollout_is(changes: dict[str, Any], missing: set[str], state: str) -> None:
    verdict = judge(changed(changes, clusters.deployed_by_deployment()))

    assert failing(verdict) == missing
    assert verdict.state == state


def test_a_rollout_that_refers_to_a_deployment_runs_its_template() -> None:
    objects = clusters.live()
    template = objects["rollouts"][0]["spec"].pop("template")
    objects["rollouts"][0]["spec"]["workloadRef"] = {"kind": "Deployment", "name": "template"}
    objects["rollouts"][0]["metadata"]["annotations"] = {"rollout.argoproj.io/workload-generation": "3"}
    objects["rollouts"][0]["status"]["workloadObservedGeneration"] = "3"
    metadata = {"namespace": clusters.NAMESPACE, "name": "template", "uid": "u-deployment", "generation": 3}
    objects["deployments"] = [{"metadata": metadata, "spec": {"replicas": 0, "template": template}, "status": {}}]
    named = {"group": "apps", "kind": "Deployment", "namespace": clusters.NAMESPACE, "name": "template"}
    objects["applications"][0]["status"]["resources"].append(named)

    old = put(objects, "rollouts.0.status.workloadObservedGeneration", "2")

    assert judge(objects).live
    assert failing(judge(old)) == {"rollout"}


def test_every_workload_has_to_be_finished() -> None:
    objects = live()
    other = clusters.deployed_by_deployment()
    objects["applications"][0]["status"]["resources"] += other["applications"][0]["status"]["resources"]
    objects["deployments"] = put(other, f"{DEPLOYMENT}.spec.template.spec.containers.0.image", "redis:7")["deployments"]
    objects["deployments"][0]["metadata"]["uid"] = "u-redis"

    unfinished = put(objects, f"{DEPLOYMENT}.status.updatedReplicas", 0)

    assert judge(objects).live
    assert failing(judge(unfinished)) == {"rollout"}


@pytest.mark.parametrize("vouched", [False, True])
def test_a_workload_that_is_not_there_is_waited_for(vouched: bool) -> None:
    beside = {"group": "apps", "kind": "Deployment", "namespace": clusters.NAMESPACE, "name": "worker"}
    objects = live()
    objects["applications"][0]["status"]["resources"].append(beside)

    verdict = judge(objects, replace(WANTED, vouched=vouched))

    assert failing(verdict) == {"rollout"}
    assert "Deployment worker: not there" in [check.detail for check in verdict.checks]


def test_an_image_that_an_init_container_shares_is_named_once() -> None:
    older = artifact("1.0.0")
    spec = {"containers": [{"name": "service", "image": older}], "initContainers": [{"name": "gate", "image": older}]}
    objects = changed({f"{ROLLOUT}.spec.template.spec": spec, "pods.0.spec": spec})

    told = {check.name: check.detail for check in judge(objects).checks}

    assert [told[name].count("1.0.0") for name in ("rollout", "pods")] == [1, 1], told


def test_a_workload_beside_that_runs_an_older_artifact_is_not_live() -> None:
    objects = live()
    other = clusters.deployed_by_deployment("1.0.0")
    objects["applications"][0]["status"]["resources"] += other["applications"][0]["status"]["resources"]
    objects["deployments"] = other["deployments"]
    objects["deployments"][0]["metadata"]["uid"] = "u-worker"
    objects["replicasets"].append(
        put(other, "replicasets.0.metadata.ownerReferences.0.uid", "u-worker")["replicasets"][0]
    )
    objects["replicasets"][1]["metadata"]["uid"] = "u-worker-rs"
    objects["pods"].append(clusters.pod("worker", "1.0.0", "u-worker-rs"))

    assert failing(judge(objects)) == {"pods"}


@pytest.mark.parametrize(
    "objects",
    [
        pytest.param(put(live(), f"{STATUS}.resources", []), id="no workload"),
        pytest.param(changed({f"{ROLLOUT}.spec.replicas": 0, f"{ROLLOUT}.status.updatedReplicas": 0,
            f"{ROLLOUT}.status.availableReplicas": 0, "pods": []}), id="scaled to nothing"),
    ],
)  # fmt: skip
def test_where_no_pod_can_be_looked_at_the_services_own_word_is_needed(objects: Objects) -> None:
    unvouched, vouched = judge(objects), judge(objects, replace(WANTED, vouched=True))

    assert "pods" in failing(unvouched)
    assert vouched.live, vouched


def test_waiting_ends_where_there_will_never_be_a_pod_to_look_at() -> None:
    objects = put(live(), f"{STATUS}.resources", [])

    verdict = judge(objects)
    undeployed = judge(put(objects, f"{STATUS}.sync.status", "OutOfSync"))

    assert verdict.cause is not None
    assert "--url" in verdict.cause
    assert undeployed.cause is None


def test_the_services_word_does_not_stand_for_pods_that_are_there() -> None:
    objects = put(live(), "pods.0.spec.containers.0.image", artifact("1.0.0"))

    assert failing(judge(objects, replace(WANTED, vouched=True))) == {"pods"}

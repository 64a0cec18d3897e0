"""Which version the pods of an Application are, and whether that is the artifact. Pure.

What a pod runs is what its specification pins: the kubelet starts nothing else. The `imageID` in its status may name
another digest of the same content: that of a platform's manifest instead of the index's, or one under which the node
pulled it before.
"""

from collections.abc import Iterable, Sequence

from tagbump.cluster.model import Container, Pod, Seen, Wanted, Workload


def digest(image: str) -> str:
    """Return the digest that an image is pinned by; empty where it is not."""
    return image.partition("@")[2]


def repository(image: str) -> str:
    """Return an image's name without tag and digest."""
    name = image.partition("@")[0]
    head, colon, tag = name.rpartition(":")
    return head if colon and "/" not in tag else name


def uses(wanted: Wanted, workload: Workload) -> bool:
    """Say whether the template of `workload` names the artifact."""
    return any(digest(image) == wanted.artifact.digest for image in workload.images)


def told(workloads: Iterable[Workload]) -> str:
    """Name what workloads are to run."""
    return "; ".join(f"{workload.resource} names {_listed(workload.images)}" for workload in workloads)[:500]


def _listed(images: Iterable[str]) -> str:
    """Name each image once: an initContainer often has its container's."""
    return ", ".join(dict.fromkeys(map(short, images))) or "nothing"


def short(image: str) -> str:
    """Return an image as one can read it: with 12 digits of its digest."""
    name, at, pinned = image.partition("@")
    algorithm, _, hexadecimal = pinned.partition(":")
    return f"{name[:200]}{at}{algorithm[:20]}{':' if hexadecimal else ''}{hexadecimal[:12]}"


def pods(wanted: Wanted, seen: Seen) -> tuple[bool, str]:
    """Judge the pods: all of the stable version run exactly the artifact, and none of another version still does."""
    faults: list[str] = []
    good = 0
    for workload in seen.workloads:
        stable, others = of_workload(workload, seen)
        if not uses(wanted, workload):
            faults += [f"{pod.name} runs {told_pod(pod)}" for pod in stable + others if _of_repository(wanted, pod)]
            continue
        bad = [fault for pod in stable if (fault := _fault(wanted, pod))]
        faults += bad
        good += len(stable) - len(bad)
        faults += [f"{pod.name} is of another version, and runs {told_pod(pod)}" for pod in others]
    if faults:
        return False, "; ".join(faults[:3]) + (f"; and {len(faults) - 3} more" if len(faults) > 3 else "")
    if not good:
        return wanted.vouched, "there is none to look at"
    return True, f"{good} of {good} run the artifact"


def of_workload(workload: Workload, seen: Seen) -> tuple[list[Pod], list[Pod]]:
    """Return the pods of `workload`: those of its stable version, and those of other versions that are to stay.

    Pods that are being shut down, or wait to be, are neither: no traffic is led to them.
    """
    sets = {replica_set.uid: replica_set for replica_set in seen.replica_sets if replica_set.owner == workload.uid}
    stable: list[Pod] = []
    others: list[Pod] = []
    for pod in seen.pods:
        made_by = sets.get(pod.owner)
        if made_by is None or not workload.uid or pod.leaving or pod.over:
            continue
        if made_by.version == workload.stable:
            stable.append(pod)
        elif not made_by.leaving:
            others.append(pod)
    return stable, others


def runs(wanted: Wanted, pod: Pod) -> bool:
    """Say whether `pod` is to run the artifact in any of its containers."""
    return any(digest(container.image) == wanted.artifact.digest for container in pod.containers)


def told_pod(pod: Pod) -> str:
    return _listed(container.image for container in pod.containers)


def _of_repository(wanted: Wanted, pod: Pod) -> bool:
    return any(repository(container.image) == wanted.artifact.repository for container in pod.containers)


def _fault(wanted: Wanted, pod: Pod) -> str:
    """Say what keeps `pod` from running exactly the artifact; empty where nothing does."""
    ours = [c for c in pod.containers if digest(c.image) == wanted.artifact.digest]
    strays = [
        c
        for c in pod.containers
        if repository(c.image) == wanted.artifact.repository and digest(c.image) != wanted.artifact.digest
    ]
    if strays or not ours:
        return f"{pod.name} runs {_listed(c.image for c in strays or pod.containers)}"
    if waiting := _not_running(ours):
        return f"{pod.name}: {waiting}"
    if not pod.ready:
        return f"{pod.name}: not ready{f', {pod.scheduling}' if pod.scheduling else ''}"
    return ""


def _not_running(containers: Sequence[Container]) -> str:
    serving = [container for container in containers if not container.init]
    for container in serving:
        if not container.running or not container.image_id:
            reason = container.waiting[0] or container.last[0] or "not running yet"
            return f"container {container.name}: {reason}"
    return "" if serving else "no container but initContainers"

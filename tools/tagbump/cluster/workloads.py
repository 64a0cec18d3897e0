"""Reads Rollouts and Deployments as one kind of thing: which version they run, where they stand, what stops them."""

from datetime import timedelta
from typing import Any, Final

from tagbump import durations
from tagbump.cluster import raw
from tagbump.cluster.model import Pause, Resource, Trouble, Workload
from tagbump.cluster.raw import Raw
from tagbump.times import rfc3339

_GENERATION: Final = "rollout.argoproj.io/workload-generation"
_REVISION: Final = "deployment.kubernetes.io/revision"
_ANALYSES: Final = (
    ("canary", "currentStepAnalysisRunStatus"),
    ("canary", "currentBackgroundAnalysisRunStatus"),
    ("blueGreen", "prePromotionAnalysisRunStatus"),
    ("blueGreen", "postPromotionAnalysisRunStatus"),
)


def rollout(found: Raw, template: Raw | None = None) -> Workload:
    """Read a Rollout of Argo Rollouts. `template` is that of the Deployment it refers to, where it has none itself."""
    status = raw.at(found, "status")
    current, stable = raw.text(status, "currentPodHash"), raw.text(status, "stableRS")
    observed = _observed(found, "observedGeneration") and _reference_observed(found)
    pause, trouble = _pause(found), _trouble(found)
    taken_over = (
        observed
        and pause is None
        and trouble is None
        and current == stable != ""
        and _at_the_end(found)
        and not _elsewhere(found)
        and not any(raw.text(status, *keys, "status") in ("Pending", "Running") for keys in _ANALYSES)
    )
    return Workload(
        resource=_resource(found, "Rollout"),
        uid=raw.text(found, "metadata", "uid"),
        images=_images(template or found),
        observed=observed,
        current=current,
        stable=stable,
        # The phase is its controller's own word, but for a moment: a pause that was lifted is Paused until it is seen.
        finished=taken_over and raw.text(status, "phase") == "Healthy" and _complete(found),
        scaling=taken_over and not _complete(found),
        progress=_progress(found),
        pause=pause,
        trouble=trouble,
    )


def deployment(found: Raw) -> Workload:
    """Read a Deployment. It marks its versions by numbers, and has one at a time."""
    status = raw.at(found, "status")
    revision = raw.text(found, "metadata", "annotations", _REVISION)
    observed = _observed(found, "observedGeneration")
    stuck = _condition(found, "Progressing")
    late = raw.text(stuck, "reason") == "ProgressDeadlineExceeded" and raw.text(stuck, "status") == "False"
    trouble = Trouble(_said(stuck, "message", "reason"), raw.moment(stuck, "lastTransitionTime")) if late else None
    pause = Pause("paused by hand", person=True) if raw.flag(found, "spec", "paused") else None
    all_new = raw.number(status, "replicas") == _wanted(found)
    still = observed and pause is None and trouble is None
    # What is said of it from the end of a rollout to the beginning of the next.
    taken_over = still and raw.text(stuck, "reason") == "NewReplicaSetAvailable"
    return Workload(
        resource=_resource(found, "Deployment"),
        uid=raw.text(found, "metadata", "uid"),
        images=_images(found),
        observed=observed,
        current=revision,
        stable=revision,
        finished=still and _complete(found) and all_new,
        scaling=taken_over and not _complete(found),
        progress=_counted(found),
        pause=pause,
        trouble=trouble,
    )


def referred_to(found: Raw) -> str:
    """Return the name of the Deployment whose template a Rollout runs; empty where it has its own."""
    return raw.text(found, "spec", "workloadRef", "name")


def _resource(found: Raw, kind: Any) -> Resource:
    return Resource(kind, raw.text(found, "metadata", "namespace"), raw.text(found, "metadata", "name"))


def _images(found: Raw) -> tuple[str, ...]:
    return tuple(
        raw.text(container, "image")
        for listed in ("initContainers", "containers")
        for container in raw.items(found, "spec", "template", "spec", listed)
    )


def _observed(found: Raw, key: str) -> bool:
    """Say whether the status is about the latest specification: one that is older speaks of the version before."""
    generation, seen = raw.number(found, "metadata", "generation"), raw.number(found, "status", key)
    return generation is not None and seen is not None and seen >= generation


def _reference_observed(found: Raw) -> bool:
    if not referred_to(found):
        return True
    generation = raw.number(found, "metadata", "annotations", _GENERATION)
    return generation is not None and generation == raw.number(found, "status", "workloadObservedGeneration")


def _wanted(found: Raw) -> int:
    wanted = raw.number(found, "spec", "replicas")
    return 1 if wanted is None else wanted


def _complete(found: Raw) -> bool:
    counts = (raw.number(found, "status", key) or 0 for key in ("updatedReplicas", "availableReplicas"))
    return all(count >= _wanted(found) for count in counts)


def _elsewhere(found: Raw) -> str:
    """Say which share of the users does not get the stable version yet; empty where all do.

    A Rollout that shifts traffic is Healthy before that: its phase says nothing of weights, and counts the pods of the
    version before as available. Without traffic routing there are no weights.
    """
    weights, stable = raw.at(found, "status", "canary", "weights"), raw.text(found, "status", "stableRS")
    led = [raw.at(weights, "canary"), raw.at(weights, "stable"), *raw.items(weights, "additional")]
    away = sum(raw.number(one, "weight") or 0 for one in led if raw.text(one, "podTemplateHash") != stable)
    if away:
        return f"{away} % of the traffic still goes to other versions"
    return "the load balancer does not have the weights yet" if raw.at(weights, "verified") is False else ""


def _counted(found: Raw) -> str:
    updated, available = (raw.number(found, "status", key) or 0 for key in ("updatedReplicas", "availableReplicas"))
    failing = _condition(found, "ReplicaFailure")
    words = f"{updated} of {_wanted(found)} pods new, {available} available"
    return f"{words}: {raw.words(failing, 'message')}" if raw.text(failing, "status") == "True" else words


def _steps(found: Raw) -> list[Raw]:
    return list(raw.items(found, "spec", "strategy", "canary", "steps"))


def _at_the_end(found: Raw) -> bool:
    index = raw.number(found, "status", "currentStepIndex")
    return index is None or index >= len(_steps(found))


def _progress(found: Raw) -> str:
    index, steps = raw.number(found, "status", "currentStepIndex"), _steps(found)
    if index is None or not 0 <= index < len(steps):
        return ", ".join(filter(None, [_counted(found), _elsewhere(found)]))
    what = plain_step(steps[index])
    return f"step {index + 1} of {len(steps)}{f' ({what})' if what else ''}, {_counted(found)}"


def plain_step(step: Raw) -> str:
    """Name a step of a canary: `setWeight 50`, `pause`, `analysis`."""
    kind = next(iter(step), "")
    value = raw.number(step, kind)
    return raw.words({"": kind if value is None else f"{kind} {value}"}, "")


def _pause(found: Raw) -> Pause | None:
    if raw.flag(found, "spec", "paused"):
        return Pause("paused by hand", person=True)
    pauses = [_condition_of_pause(found, condition) for condition in raw.items(found, "status", "pauseConditions")]
    return next((pause for pause in pauses if pause.person), pauses[0] if pauses else None)


def _condition_of_pause(found: Raw, condition: Raw) -> Pause:
    reason = raw.words(condition, "reason")
    if reason == "CanaryPauseStep":
        index, steps = raw.number(found, "status", "currentStepIndex"), _steps(found)
        step = steps[index] if index is not None and index < len(steps) else {}
        return _until(condition, raw.at(step, "pause", "duration"), f"paused at {_progress(found)}")
    if reason == "BlueGreenPause":
        seconds = raw.at(found, "spec", "strategy", "blueGreen", "autoPromotionSeconds")
        return _until(condition, seconds, "paused before the new version takes over")
    inconclusive = {"InconclusiveAnalysisRun": "an analysis", "InconclusiveExperiment": "an experiment"}
    if reason in inconclusive:
        return Pause(f"paused: {inconclusive[reason]} was inconclusive", person=True)
    return Pause(f"paused: {reason or 'no reason is given'}", person=True)


def _until(condition: Raw, duration: object, words: str) -> Pause:
    """Return a pause of `duration`, as a Rollout writes it; without one it takes a person."""
    if duration in (None, 0, "", "0"):
        return Pause(words, person=True)
    start, seconds = raw.moment(condition, "startTime"), raw.number({"": duration}, "")
    try:
        length = timedelta(seconds=seconds) if seconds is not None else durations.parse(str(duration))
        return Pause(f"{words}, until {rfc3339(start + length)}" if start else words, person=False)
    except (ValueError, OverflowError):
        return Pause(words, person=False)


def _trouble(found: Raw) -> Trouble | None:
    progressing = _condition(found, "Progressing")
    since = raw.moment(progressing, "lastTransitionTime")
    degraded = raw.text(found, "status", "phase") == "Degraded"
    said = raw.words(found, "status", "message")
    if raw.flag(found, "status", "abort"):
        # Who aborts sets this alone. A moment later the controller says when that was, and why.
        at = raw.moment(found, "status", "abortedAt") or since
        return Trouble(said or "aborted", at) if degraded else Trouble("aborted", None)
    if not degraded:
        return None
    if invalid := _condition(found, "InvalidSpec"):
        # As when the template of an analysis comes with the same sync, and a moment later.
        return Trouble(said or "degraded", raw.moment(invalid, "lastTransitionTime"), may_mend=True)
    # With its pods all there and in charge, what is late is the end of the old ones: where scaleDownDelaySeconds is
    # longer than progressDeadlineSeconds, the Rollout is Degraded until they are gone.
    in_charge = raw.text(found, "status", "currentPodHash") == raw.text(found, "status", "stableRS")
    return Trouble(said or "degraded", since, may_mend=in_charge and _complete(found))


def _condition(found: Raw, kind: str) -> Raw:
    return next((c for c in raw.items(found, "status", "conditions") if raw.text(c, "type") == kind), {})


def _said(found: Raw, *keys: str) -> str:
    return next((words for key in keys if (words := raw.words(found, key))), "")

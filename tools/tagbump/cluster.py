"""The one door to the cluster: what Argo CD and Argo Rollouts report of an Application."""

import logging
import os
from pathlib import Path
from typing import Any, Final

log = logging.getLogger(__name__)

_GROUP: Final = ("argoproj.io", "v1alpha1")
_TIMEOUT_S: Final = 5  # of each answer; a release asks once for the Application, and once a Rollout


def progressing(application: str) -> bool | None:
    """Say whether a rollout of `application` (NAMESPACE/NAME) is under way; None where no cluster tells."""
    if not _at_hand():
        return None
    # Half a second to import: paid only where there is a cluster to ask.
    import yaml  # noqa: PLC0415
    from kubernetes import client, config  # noqa: PLC0415
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    namespace, _, name = application.partition("/")
    try:
        settings = client.Configuration()
        settings.retries = False  # the time-out is for one try, and there is to be one
        config.load_config(client_configuration=settings)  # type: ignore[no-untyped-call]
        api: Any = client.CustomObjectsApi(client.ApiClient(settings))
        found = api.get_namespaced_custom_object(*_GROUP, namespace, "applications", name, _request_timeout=_TIMEOUT_S)
        rollouts = [
            api.get_namespaced_custom_object(
                *_GROUP, resource["namespace"], "rollouts", resource["name"], _request_timeout=_TIMEOUT_S
            )
            for resource in found.get("status", {}).get("resources", [])
            if resource.get("kind") == "Rollout"
        ]
        return is_progressing(found, rollouts)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        log.info("%s: the cluster's answer can't be read: %r", application, error)
        return None
    except (client.ApiException, config.ConfigException, yaml.YAMLError, HTTPError, OSError) as error:
        log.info("%s: the cluster does not tell: %s", application, str(error).strip().split("\n")[0])
        return None


def is_progressing(application: dict[str, Any], rollouts: list[dict[str, Any]]) -> bool:
    """Say whether an Application and its Rollouts, as the API server gives them, are on their way somewhere. Pure."""
    status = application.get("status", {})
    if status.get("operationState", {}).get("phase") in ("Running", "Terminating"):
        return True
    if status.get("health", {}).get("status") in ("Progressing", "Suspended"):
        return True
    return any(rollout.get("status", {}).get("phase") in ("Progressing", "Paused") for rollout in rollouts)


def _at_hand() -> bool:
    """Say whether the environment names a cluster, without asking it."""
    configured = os.environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config")
    return "KUBERNETES_SERVICE_HOST" in os.environ or any(Path(p).is_file() for p in configured.split(os.pathsep) if p)

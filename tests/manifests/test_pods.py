"""What every pod keeps to: the restricted pod security standard, limits, no token, and the uid of the image."""

from typing import Final

from tests.manifests.rendering import Overlay

WRITE_NOTHING: Final = {"Job/smoke", "Job/traffic"}  # they ask the service, and keep nothing


def test_every_pod_runs_as_the_unprivileged_user_of_the_image(overlay: Overlay) -> None:
    for kind, template in overlay.pods():
        security = template["spec"]["securityContext"]
        assert security["runAsNonRoot"] is True, kind
        assert security["runAsUser"] == security["runAsGroup"] == 10001, kind
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, kind


def test_no_container_undoes_what_its_pod_says(overlay: Overlay) -> None:
    for name, container in overlay.containers():
        assert container["securityContext"].keys().isdisjoint({"runAsUser", "runAsGroup", "runAsNonRoot"}), name


def test_no_container_can_gain_privileges(overlay: Overlay) -> None:
    for name, container in overlay.containers():
        security = container["securityContext"]
        assert security["allowPrivilegeEscalation"] is False, name
        assert security["capabilities"] == {"drop": ["ALL"]}, name
        assert not security.get("privileged"), name


def test_every_root_filesystem_is_read_only_and_tmp_is_not(overlay: Overlay) -> None:
    for name, container in overlay.containers():
        assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
        mounts = container.get("volumeMounts", [])
        assert mounts == [{"name": "tmp", "mountPath": "/tmp"}] or name in WRITE_NOTHING, name  # noqa: S108 - in the container
    for kind, template in overlay.pods():
        for volume in template["spec"].get("volumes", []):
            assert volume["emptyDir"]["sizeLimit"], kind


def test_every_container_has_requests_and_limits(overlay: Overlay) -> None:
    for name, container in overlay.containers():
        for group in ("requests", "limits"):
            assert container["resources"][group].keys() == {"cpu", "memory"}, f"{name}: {group}"


def test_no_pod_gets_a_token_or_shares_the_node(overlay: Overlay) -> None:
    account = overlay.named("ServiceAccount", "service")

    assert [one["automountServiceAccountToken"] for one in overlay.all("ServiceAccount")] == [False, False]
    for kind, template in overlay.pods():
        spec = template["spec"]
        # The Jobs of a release run as the namespace's default account, which has no rights and gives no token either.
        assert spec.get("serviceAccountName") in {account["metadata"]["name"], None}, kind
        assert spec["automountServiceAccountToken"] is False, kind
        assert spec.keys().isdisjoint({"hostNetwork", "hostPID", "hostIPC"}), kind


def test_kubernetes_adds_no_variables_to_the_settings(overlay: Overlay) -> None:
    for kind, template in overlay.pods():
        assert template["spec"]["enableServiceLinks"] is False, kind


def test_the_database_url_comes_from_a_secret_that_is_not_in_git(overlay: Overlay) -> None:
    for name, container in overlay.containers():
        if name in WRITE_NOTHING:
            assert all("valueFrom" not in entry for entry in container["env"]), name  # and they read no secret
            continue
        (entry,) = [entry for entry in container["env"] if entry["name"] == "DATABASE_URL"]
        assert entry["valueFrom"] == {"secretKeyRef": {"name": "service-database", "key": "DATABASE_URL"}}, name
    assert overlay.all("Secret") == []

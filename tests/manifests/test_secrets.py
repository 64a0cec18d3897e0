"""No secret is in git: each environment has its own fetched for it, by an account that may read no other's."""

import re
import subprocess

from tests.manifests.rendering import ROOT, Overlay
from tests.manifests.test_platform import values

CREDENTIALS = re.compile(
    r"postgres(?:ql)?://[^\s/:@]+:[^\s@]+@"  # a URL with a password
    r"|\bAKIA[0-9A-Z]{16}\b"  # an AWS access key
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bglpat-[\w-]{20}\b"
    r"|^kind: Secret$",
    re.MULTILINE,
)


def test_the_secret_that_pods_read_is_the_one_that_is_fetched(overlay: Overlay) -> None:
    external = overlay.one("ExternalSecret")["spec"]

    fetched = [(external["target"]["name"], one["secretKey"]) for one in external["data"]]

    read = {
        (source["name"], source["key"])
        for _, container in overlay.containers()
        for entry in container.get("env", [])
        if (source := entry.get("valueFrom", {}).get("secretKeyRef"))
    }
    assert read == set(fetched)


def test_each_environment_fetches_its_own(overlay: Overlay) -> None:
    external, store = overlay.one("ExternalSecret")["spec"], overlay.one("SecretStore")

    (entry,) = external["data"]

    assert (entry["remoteRef"]["key"], entry["remoteRef"]["property"]) == (f"service/{overlay.name}/database", "url")
    assert external["secretStoreRef"] == {"kind": "SecretStore", "name": store["metadata"]["name"]}
    assert store["spec"]["provider"]["aws"]["region"] == values()["region"]


def test_the_store_asks_as_an_account_that_no_pod_runs_as(overlay: Overlay) -> None:
    name = overlay.one("SecretStore")["spec"]["provider"]["aws"]["auth"]["jwt"]["serviceAccountRef"]["name"]

    account = overlay.named("ServiceAccount", name)

    assert account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"] == (
        f"arn:aws:iam::{values()['account']}:role/external-secrets/service-{overlay.name}"
    )
    assert name not in {template["spec"].get("serviceAccountName") for _, template in overlay.pods()}


def test_argo_cd_sees_no_difference_in_what_the_api_adds(overlay: Overlay) -> None:
    """Lists of custom resources are compared whole, so what the API would add to an entry has to be there."""
    for entry in overlay.one("ExternalSecret")["spec"]["data"]:
        assert entry["remoteRef"].keys() >= {"conversionStrategy", "decodingStrategy", "metadataPolicy"}


def test_no_file_that_is_deployed_holds_a_credential() -> None:
    listing = subprocess.run(
        ["git", "ls-files", "-z", "k8s", "argocd", "platform"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    files = [ROOT / name for name in filter(None, listing.split("\0"))]

    found = [str(path.relative_to(ROOT)) for path in files if path.exists() and CREDENTIALS.search(path.read_text())]

    assert files
    assert found == []


def test_a_credential_would_be_found() -> None:
    planted = [
        "url: postgresql://service:hunter2@db/service",
        "id: AKIAIOSFODNN7EXAMPLE",
        "-----BEGIN RSA PRIVATE KEY-----",
        "token: ghp_" + "a" * 36,
        "kind: Secret",
    ]

    assert [line for line in planted if not CREDENTIALS.search(line)] == []

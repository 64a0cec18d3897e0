"""Argo CD lets each account do what its role is for and no more, keeps a freeze, and deploys what is signed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.places import application, read, refresh
from tests.e2e.platform import Platform
from tests.e2e.signing import Signer, signer

ACCOUNTS = ("approver", "release-manager", "reader", "ci")
EVERYBODY = (*ACCOUNTS, "admin")
MAY = {
    "get": set(ACCOUNTS),
    "sync": {"approver", "release-manager"},
    "override": set(),
    "delete": set(),
    "update": set(),
    "create": set(),
}
ACTIONS = {
    "resume": {"approver", "release-manager"},
    "abort": {"approver", "release-manager"},
    "retry": {"approver", "release-manager"},
    "skip-current-step": {"release-manager"},
    "promote-full": {"release-manager"},
    "restart": set(),
}

# What the component argocd/signatures does, for prod's project alone: others release to dev and stage meanwhile.
OF_PROD = """\
patches:
  - path: signatures/keys.yaml
    target: {group: argoproj.io, kind: AppProject, name: prod}
"""


def test_each_account_may_do_what_its_role_is_for(whole: Platform) -> None:
    for place in ("nonprod/service-stage", "prod/service-prod"):
        may = {
            action: {name for name in ACCOUNTS if whole.accounts[name].can(action, "applications", place)}
            for action in MAY
        }
        assert may == MAY, place


def test_the_rest_of_argo_cd_is_not_theirs(whole: Platform) -> None:
    for name in ACCOUNTS:
        account = whole.accounts[name]
        assert not account.can("sync", "applications", "bootstrap/root")
        assert not account.can("update", "projects", "prod")
        assert not account.can("get", "repositories", "*")
        assert not account.can("create", "exec", "prod/service-prod")
        assert account.can("get", "logs", "prod/service-prod") == (name != "ci")


@pytest.mark.parametrize("name", EVERYBODY)
def test_nobody_deletes_an_environment_or_deploys_what_git_does_not_say(whole: Platform, name: str) -> None:
    account = whole.accounts[name]

    deleted = account.ask("app", "delete", "service-stage", "--yes")
    local = account.ask(
        "app", "sync", "service-stage", "--local", "k8s/overlays/stage", "--local-repo-root", str(whole.world.checkout),
    )  # fmt: skip

    assert deleted.denied, deleted
    assert local.denied, local
    assert "deletionTimestamp" not in application("service-stage")["metadata"]


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_that_a_role_is_not_for_is_refused_over_the_api(whole: Platform, action: str) -> None:
    refused = [name for name in ACCOUNTS if name not in ACTIONS[action]]

    with whole.turns.at("prod"):
        let = {name for name in refused if not whole.act("prod", action, account=name).denied}

    assert let == set()


@pytest.fixture
def frozen(whole: Platform) -> Iterator[None]:
    """A freeze of prod which began this minute, as its project has it in git. Gone in the end."""
    path = "argocd/projects/prod.yaml"
    now = datetime.now(UTC)
    window = {
        "kind": "deny", "schedule": f"{now.minute} {now.hour} * * *", "duration": "1h", "timeZone": "UTC",
        "applications": ["*"], "manualSync": False,
    }  # fmt: skip
    with whole.turns.at("prod"):
        before = whole.world.read(path)
        project = yaml.safe_load(before)
        project["spec"]["syncWindows"] = [window]
        bring(whole, {path: yaml.safe_dump(project)}, lambda spec: spec.get("syncWindows"))
        yield
        bring(whole, {path: before}, lambda spec: not spec.get("syncWindows"))


def bring(whole: Platform, files: dict[str, str | bytes], what: Any) -> None:
    """Commit `files`, and wait until the root Application has brought the project to where `what` of it is so."""
    whole.world.commit("chore: change who may be synced when", files)
    refresh("root")

    def arrived() -> bool:
        return bool(what(read("appprojects", "argocd", "prod")["spec"]))

    whole.until(arrived, seconds=90, told="the project follows git")


def test_a_freeze_holds_prod_and_one_line_lets_a_rollback_through(whole: Platform, frozen: None) -> None:
    assert frozen is None
    refused = whole.sync("prod", account="release-manager")

    text = whole.world.read("argocd/projects/prod.yaml").replace("manualSync: false", "manualSync: true")
    bring(whole, {"argocd/projects/prod.yaml": text}, lambda spec: spec["syncWindows"][0]["manualSync"])
    let_through = whole.sync("prod", account="release-manager")

    assert refused.code != 0
    assert "sync window" in refused.stderr
    assert let_through.code == 0, let_through
    whole.until(lambda: whole.synced("prod") == "Synced")
    whole.live("prod")


@pytest.fixture
def signed(whole: Platform, tmp_path: Path) -> Iterator[Signer]:
    """A key that Argo CD knows, and a project of prod that asks for its signature. Gone in the end."""
    with whole.turns.at("prod"), signer(tmp_path, whole.accounts["admin"]) as found:
        listed = whole.world.read("argocd/kustomization.yaml")
        keys = whole.world.read("argocd/signatures/keys.yaml")
        found.sign(whole.world)
        bring(
            whole,
            {
                "argocd/kustomization.yaml": listed + OF_PROD,
                "argocd/signatures/keys.yaml": keys.replace("0000000000000000", found.key),
            },
            lambda spec: spec.get("signatureKeys"),
        )
        yield found
        found.sign(whole.world)
        bring(whole, {"argocd/kustomization.yaml": listed}, lambda spec: not spec.get("signatureKeys"))
        found.forget(whole.world)


def test_a_head_that_nobody_signed_is_not_synced_where_signatures_are_asked_for(
    whole: Platform, signed: Signer
) -> None:
    signed.forget(whole.world)
    head = whole.world.commit("docs: by somebody who signs nothing")
    whole.refresh("prod")
    whole.until(lambda: "is not signed" in told("prod"), seconds=60, told="it is not compared")
    refused = whole.sync("prod")
    unsigned = told("prod")
    whole.until(
        lambda: refused.code != 0 or phase("prod") in ("Error", "Failed"), seconds=60, told="the sync has ended"
    )

    signed.sign(whole.world)
    whole.until(lambda: goes_to_prod(whole, signed), seconds=180, told="a signed head is synced")

    whole.evidence("signatures", unsigned=unsigned, refused=refused.stderr)
    assert head not in {one["revision"] for one in application("service-prod")["status"]["history"]}


def goes_to_prod(whole: Platform, signed: Signer) -> bool:
    """Commit something that is signed, and say whether it was synced: a release that is not may come between."""
    if "No public key" in told("prod"):
        signed.introduce()
    commit = whole.world.commit("docs: by somebody who signs")
    if whole.sync("prod").code != 0:
        return False
    whole.until(lambda: phase("prod") not in ("", "Running"), seconds=60, told="the sync has ended")
    return phase("prod") == "Succeeded" and application("service-prod")["status"]["sync"]["revision"] == commit


def told(environment: str) -> str:
    """Return what Argo CD says is wrong with an Application."""
    return " ".join(one["message"] for one in application(f"service-{environment}")["status"].get("conditions", []))


def phase(environment: str) -> str:
    """Return how the last sync of an Application stands."""
    return str(application(f"service-{environment}")["status"].get("operationState", {}).get("phase", ""))

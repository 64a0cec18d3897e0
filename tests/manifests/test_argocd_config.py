"""Argo CD lets people do what their role is for, keeps the freeze, and tells them when it is their turn."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
import yaml

from tagbump.promotion import freezes
from tests.manifests.rendering import ROOT, Resource, render

ROLLOUT: Final = "action/argoproj.io/Rollout/"
APPROVER: Final = {"get", "sync", f"{ROLLOUT}resume", f"{ROLLOUT}abort", f"{ROLLOUT}retry"}
MANAGER: Final = APPROVER | {f"{ROLLOUT}skip-current-step", f"{ROLLOUT}promote-full"}
_DAYS: Final = 800  # two years and a bit: each change of clocks at least twice


@pytest.fixture(scope="module")
def settings() -> dict[str, dict[str, str]]:
    """What each ConfigMap of argocd/config says, by its name."""
    return {one["metadata"]["name"]: one["data"] for one in render(ROOT / "argocd/config")}


class Rights:
    """The policy of a role, with what it inherits."""

    def __init__(self, csv: str) -> None:
        lines = [re.split(r",\s*", line.strip()) for line in csv.splitlines() if line.strip() and line[0] != "#"]
        self.allowed = [line[1:5] for line in lines if line[0] == "p" and line[5] == "allow"]
        self.denied = [line[1:5] for line in lines if line[0] == "p" and line[5] == "deny"]
        self.groups = {(line[1], line[2]) for line in lines if line[0] == "g"}

    def of(self, subject: str) -> Iterator[tuple[str, str, str]]:
        """Yield resource, action and object of all that `subject` may."""
        yield from ((what, action, where) for who, what, action, where in self.allowed if who == subject)
        for member, role in self.groups:
            if member == subject:
                yield from self.of(role)


@pytest.fixture(scope="module")
def rights(settings: dict[str, dict[str, str]]) -> Rights:
    return Rights(settings["argocd-rbac-cm"]["policy.service.csv"])


@pytest.mark.parametrize(
    ("account", "actions"),
    [("approver", APPROVER), ("release-manager", MANAGER), ("reader", {"get"}), ("ci", {"get"})],
)
def test_an_account_may_do_what_its_role_is_for(rights: Rights, account: str, actions: set[str]) -> None:
    may = list(rights.of(account))

    assert {action for what, action, _ in may if what == "applications"} == actions
    assert {what for what, _, _ in may} <= {"applications", "projects", "logs"}
    assert all(action == "get" for what, action, _ in may if what != "applications")


def test_what_changes_something_is_given_for_our_applications_alone(rights: Rights) -> None:
    changing = {(action, where) for _, what, action, where in rights.allowed if action != "get"}

    assert {where for _, where in changing} == {"nonprod/service-*", "prod/service-*"}
    assert not any("*" in action for action, _ in changing)


def test_every_account_has_its_role_and_nobody_else_has_one(
    settings: dict[str, dict[str, str]], rights: Rights
) -> None:
    accounts = {
        key.removeprefix("accounts."): way for key, way in settings["argocd-cm"].items() if key.startswith("accounts.")
    }

    assert accounts == {"approver": "login", "release-manager": "login", "reader": "login", "ci": "apiKey"}
    assert {(who, role) for who, role in rights.groups if ":" not in who} == {(one, f"role:{one}") for one in accounts}
    assert settings["argocd-rbac-cm"]["policy.default"] == ""


def test_not_even_admin_overrides_rolls_back_past_git_or_deletes(rights: Rights) -> None:
    assert sorted(rights.denied) == [
        ["role:admin", "applications", action, where]
        for action in ("delete", "override", "rollback", "update")
        for where in ("nonprod/*", "prod/*")
    ]


def denied(windows: list[dict[str, Any]], now: datetime) -> bool:
    """Say whether one of `windows` is open: their schedules are minute, hour and day of the week."""
    for window in windows:
        assert (window["kind"], window["applications"], window["manualSync"]) == ("deny", ["*"], False)
        minute, hour, _, _, weekday = window["schedule"].split()
        zone = ZoneInfo(window["timeZone"])
        long = timedelta(hours=int(window["duration"].removesuffix("h")))
        for back in range(4):
            day = now.astimezone(zone).date() - timedelta(days=back)
            begin = datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=zone).astimezone(UTC)
            if day.isoweekday() % 7 == int(weekday) and begin <= now < begin + long:
                return True
    return False


def test_prod_is_synced_by_nobody_in_the_hours_in_which_it_is_frozen(argocd: list[Resource]) -> None:
    (prod,) = [one for one in argocd if (one["kind"], one["metadata"]["name"]) == ("AppProject", "prod")]
    policy = yaml.safe_load((ROOT / "tagbump.yaml").read_text())
    frozen = [
        freezes.freeze(one["from"], one["to"], one["timezone"], None)
        for one in policy["environments"]["prod"].get("freeze", [])
    ]
    moments = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=30 * n) for n in range(_DAYS * 48)]

    wrong = [
        now
        for now in moments
        if denied(prod["spec"].get("syncWindows", []), now) != (freezes.in_force(frozen, now) is not None)
    ]

    assert wrong == []


def test_only_prod_is_frozen(argocd: list[Resource]) -> None:
    windows = {one["metadata"]["name"]: one["spec"].get("syncWindows") for one in argocd if one["kind"] == "AppProject"}

    assert windows["nonprod"] is None


def test_every_trigger_reaches_somebody_by_mail_and_by_webhook(
    settings: dict[str, dict[str, str]], argocd: list[Resource]
) -> None:
    told = settings["argocd-notifications-cm"]
    (subscription,) = yaml.safe_load(told["subscriptions"])
    triggers = {key.removeprefix("trigger."): yaml.safe_load(text) for key, text in told.items() if "trigger." in key}
    templates = {
        key.removeprefix("template."): yaml.safe_load(text) for key, text in told.items() if "template." in key
    }

    assert set(subscription["triggers"]) == set(triggers)
    assert {name for trigger in triggers.values() for one in trigger for name in one["send"]} == set(templates)
    assert {one.partition(":")[0] for one in subscription["recipients"]} == {"mail", "chat"}
    label, _, value = subscription["selector"].partition("=")
    assert all(one["metadata"]["labels"][label] == value for one in argocd if one["kind"] == "Application")
    assert {"service.email.mail", "service.webhook.chat"} <= set(told)
    assert yaml.safe_load(told["context"]) == {"argocdUrl": settings["argocd-cm"]["url"]}
    for template in templates.values():
        assert template["email"]["subject"]
        assert set(template["webhook"]) == {"chat"}
        assert "argocdUrl" in template["message"]


def kept(told: dict[str, str], prefix: str) -> dict[str, Any]:
    """Return what stands under the keys that begin with `prefix`, by the rest of their names."""
    return {key.removeprefix(prefix): yaml.safe_load(text) for key, text in told.items() if key.startswith(prefix)}


def test_no_password_of_a_mail_server_or_address_of_a_webhook_is_in_git(settings: dict[str, dict[str, str]]) -> None:
    told = settings["argocd-notifications-cm"]
    mail, chat = yaml.safe_load(told["service.email.mail"]), yaml.safe_load(told["service.webhook.chat"])

    assert (mail["username"], mail["password"], chat["url"]) == ("$mail-username", "$mail-password", "$chat-webhook")


@pytest.mark.parametrize("component", ["signatures", "signatures/every-commit"])
def test_signatures_bind_every_project_where_they_are_asked_for(component: str, tmp_path: Path) -> None:
    for room in ("argocd", "platform"):
        shutil.copytree(ROOT / room, tmp_path / room)
    for folder in ("argocd", "argocd/bootstrap"):
        file = tmp_path / folder / "kustomization.yaml"
        content = yaml.safe_load(file.read_text())
        content["components"] = [component if folder == "argocd" else f"../{component}"]
        file.write_text(yaml.safe_dump(content))

    projects = [
        one
        for folder in ("argocd", "argocd/bootstrap")
        for one in render(tmp_path / folder)
        if one["kind"] == "AppProject"
    ]

    assert {one["metadata"]["name"] for one in projects} == {"nonprod", "prod", "bootstrap"}
    for project in projects:
        asked = {key: value for key, value in project["spec"].items() if key in ("signatureKeys", "sourceIntegrity")}
        if component == "signatures":
            assert asked.keys() == {"signatureKeys"}
            assert asked["signatureKeys"][0]["keyID"]
        else:  # Argo CD takes one of the two
            assert asked.keys() == {"sourceIntegrity"}
            (policy,) = asked["sourceIntegrity"]["git"]["policies"]
            assert policy["gpg"]["mode"] == "strict"
            assert policy["gpg"]["keys"]

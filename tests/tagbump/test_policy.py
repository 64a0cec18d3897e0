"""What tagbump.yaml says where nothing is wrong in it."""

from datetime import datetime, timedelta

import pytest

from tagbump.model import Environment, Policy, SingleFreeze, WeeklyFreeze
from tests.tagbump.policies import EXAMPLE, KEY, OTHER_KEY, SSH_KEY, only, parse


def test_the_documented_example_says_what_it_says() -> None:
    assert parse(EXAMPLE) == Policy(
        branch="main",
        environments=(
            Environment("dev", "k8s/overlays/dev", "service", application="argocd/service-dev"),
            Environment(
                "stage",
                "k8s/overlays/stage",
                "service",
                previous="dev",
                application="argocd/service-stage",
                approval="required",
            ),
            Environment(
                "prod",
                "k8s/overlays/prod",
                "service",
                previous="stage",
                application="argocd/service-prod",
                approval="four-eyes",
                soak=timedelta(minutes=30),
                freezes=(WeeklyFreeze((4, 16 * 60), (0, 8 * 60), "Europe/Berlin"),),
            ),
        ),
    )


def test_every_optional_key_is_read() -> None:
    found = parse("""\
        image: service
        branch: release
        source: https://git.example.com/team/source.git
        people: {jdoe: [jane@example.com, Jane Doe]}
        signers: [0123456789ABCDEF0123456789ABCDEF01234567]
        cluster: required
        environments:
          dev: {overlay: k8s/overlays/dev}
          prod:
            from: dev
            image: other
            overlay: k8s/overlays/prod
            approvers: [jdoe]
            overrides: {frozen: [jdoe], soak: [jdoe, ada]}
            url: https://service.example.com/
            freeze: [{from: "2026-12-23 18:00", to: "2027-01-04 08:00", reason: year's end}]
        """)

    assert found == Policy(
        branch="release",
        environments=(
            Environment("dev", "k8s/overlays/dev", "service", signers=(KEY,), cluster_required=True),
            Environment(
                "prod",
                "k8s/overlays/prod",
                "other",
                previous="dev",
                approvers=("jdoe",),
                overrides={"frozen": ("jdoe",), "soak": ("jdoe", "ada")},
                url="https://service.example.com",
                freezes=(
                    SingleFreeze(
                        datetime.fromisoformat("2026-12-23 18:00"),
                        datetime.fromisoformat("2027-01-04 08:00"),
                        "UTC",
                        "year's end",
                    ),
                ),
                signers=(KEY,),
                cluster_required=True,
            ),
        ),
        source="https://git.example.com/team/source.git",
        people={"jdoe": ("jane@example.com", "Jane Doe")},
    )


def test_what_is_left_out_refuses_nothing() -> None:
    assert only("") == Environment("prod", "p", "service", previous="dev")


def test_an_environment_has_its_own_image_signers_and_cluster_where_it_names_them() -> None:
    found = parse(f"""\
        image: service
        signers: [{KEY}]
        cluster: required
        environments:
          a: {{overlay: a}}
          b: {{overlay: b, image: other, signers: [{OTHER_KEY}, {SSH_KEY}], cluster: optional}}
        """).environments

    assert [(e.image, e.signers, e.cluster_required) for e in found] == [
        ("service", (KEY,), True),
        ("other", (OTHER_KEY, SSH_KEY), False),
    ]


def test_an_environment_may_name_signers_where_all_before_it_do() -> None:
    found = parse(f"""\
        image: service
        environments:
          dev: {{overlay: a, signers: [{KEY}]}}
          stage: {{overlay: b, signers: [{OTHER_KEY}], from: dev}}
          prod: {{overlay: c, from: stage}}
        """).environments

    assert [environment.signers for environment in found] == [(KEY,), (OTHER_KEY,), ()]


def test_the_order_of_the_file_is_the_order_of_promotion() -> None:
    found = parse("image: i\nenvironments: {z: {overlay: z}, a: {overlay: a, from: m}, m: {overlay: m, from: z}}")

    assert [environment.name for environment in found.environments] == ["z", "a", "m"]


@pytest.mark.parametrize("text", ["\ufeff" + EXAMPLE, EXAMPLE.replace("\n", "\r\n"), EXAMPLE.rstrip()])
def test_a_byte_order_mark_and_line_ends_change_nothing(text: str) -> None:
    assert parse(text) == parse(EXAMPLE)


@pytest.mark.parametrize("name", ["a", "0", "prod-eu", "prod.eu-1", "a--b", "x" * 63])
def test_an_environment_may_be_called(name: str) -> None:
    assert parse(f"image: i\nenvironments: {{'{name}': {{overlay: a}}}}").environments[0].name == name


@pytest.mark.parametrize("path", ["dev", "k8s/overlays/dev", "k8s/..dev", "k8s/dev..", "a b/c", ".github/x"])
def test_an_overlay_is_a_folder_of_the_repository(path: str) -> None:
    assert parse(f"image: i\nenvironments: {{a: {{overlay: '{path}'}}}}").environments[0].overlay == path


@pytest.mark.parametrize("url", ["http://service.example.com", "https://service.example.com:8443/base"])
def test_a_url_is_kept_as_it_stands(url: str) -> None:
    assert only(f"url: '{url}'").url == url


def test_an_empty_mapping_of_overrides_lets_nothing_be_lifted() -> None:
    assert only("overrides: {}").overrides == {}

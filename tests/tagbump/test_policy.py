"""What tagbump.yaml says, and how it is told what is wrong in it: with file, line and key."""

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from tagbump import document, policy
from tagbump.errors import ConfigurationError
from tagbump.model import Environment, Policy, SingleFreeze, WeeklyFreeze

KEY, OTHER_KEY = "0123456789ABCDEF0123456789ABCDEF01234567", "ABCDEF0123456789ABCDEF0123456789ABCDEF01"
SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f bot@example.com"

EXAMPLE = """\
image: service                 # the `name` in the overlays' `images:` list
branch: main
environments:                  # in promotion order
  dev:   {overlay: k8s/overlays/dev,   application: argocd/service-dev}
  stage: {overlay: k8s/overlays/stage, application: argocd/service-stage, from: dev,
          approval: required}
  prod:  {overlay: k8s/overlays/prod,  application: argocd/service-prod, from: stage,
          approval: four-eyes, soak: 30m,
          freeze: [{from: "Fri 16:00", to: "Mon 08:00", timezone: Europe/Berlin}]}
"""


def parse(text: str) -> Policy:
    return policy.parse(dedent(text).encode())


def only(keys: str) -> Environment:
    """Return the environment `prod` that takes from dev and has an overlay and `keys`."""
    return policy.parse(from_dev(keys).encode()).environments[1]


def from_dev(*keys: str) -> str:
    """Return a file in which the environment prod, which takes from dev, has each of `keys` on a line, from line 5."""
    lines = ["image: service", "environments:", "  dev: {overlay: k8s/overlays/dev}", "  prod: {from: dev, overlay: p,"]
    return "\n".join([*lines, *keys]) + "}\n"


def complaint(text: str | bytes) -> str:
    """Return what is said about `text`, which must be a configuration error."""
    with pytest.raises(ConfigurationError) as caught:
        policy.parse(text if isinstance(text, bytes) else dedent(text).encode())
    assert (caught.value.exit_code, caught.value.kind) == (2, "configuration")
    return caught.value.message


# --- what it says -----------------------------------------------------------------------------------------------------


def test_the_example_of_the_contract_says_what_it_says() -> None:
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


def test_signers_are_of_no_use_where_an_environment_before_names_none() -> None:
    said = complaint(f"""\
        image: service
        environments:
          dev: {{overlay: a}}
          stage: {{overlay: b, from: dev}}
          prod: {{overlay: c, from: stage, signers: [{KEY}]}}
        """)

    assert said.startswith("tagbump.yaml:5: key environments.prod: signers: stage, where its artifacts come from")


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


@pytest.mark.parametrize("key", ["approvers", "signers", "freeze"])
def test_an_empty_list_is_refused(key: str) -> None:
    said = complaint(from_dev(f"{key}: []"))

    assert said.startswith(f"tagbump.yaml:5: key environments.prod.{key}: is an empty list")


@pytest.mark.parametrize("key", ["approval: required", "approvers: [jdoe]", "soak: 30m"])
def test_what_only_a_promotion_asks_for_is_refused_without_from(key: str) -> None:
    said = complaint(f"image: i\nenvironments:\n  dev: {{overlay: a,\n    {key}}}")

    assert said.startswith(f"tagbump.yaml:4: key environments.dev.{key.partition(':')[0]}: is never asked for")


@pytest.mark.parametrize(
    ("other", "refused"),
    [("overlay: a", True), ("overlay: a, image: i", True), ("overlay: a, image: j", False), ("overlay: b", False)],
)
def test_two_environments_cannot_have_one_pin(other: str, refused: bool) -> None:
    text = f"image: i\nenvironments:\n  dev: {{overlay: a}}\n  prod: {{from: dev, {other}}}\n"

    if refused:
        assert complaint(text).startswith("tagbump.yaml:4: key environments.prod.overlay: dev has it too")
    else:
        assert len(parse(text).environments) == 2


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("branch: --upload-pack=evil", "tagbump.yaml:1: key branch: '--upload-pack=evil' is no name of a branch"),
        ("branch: 'main:refs/heads/other'", "tagbump.yaml:1: key branch: 'main:refs/heads/other' is no name"),
        ("branch: a..b", "tagbump.yaml:1: key branch: 'a..b' is no name"),
        ("branch: '*'", "tagbump.yaml:1: key branch: '*' is no name"),
        ("source: --upload-pack=evil", "tagbump.yaml:1: key source: '--upload-pack=evil' is no address"),
        ("source: ext::sh -c id", "tagbump.yaml:1: key source: 'ext::sh -c id': remote helpers are not used"),
    ],
)
def test_what_git_could_take_for_something_else_is_refused(text: str, place: str) -> None:
    assert complaint(f"{text}\nimage: i\nenvironments: {{a: {{overlay: a}}}}").startswith(place)


def test_an_empty_mapping_of_overrides_lets_nothing_be_lifted() -> None:
    assert only("overrides: {}").overrides == {}


# --- what is wrong in a key -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong", ["12", "1.5", "true", "null", "", "2026-01-01", "[a]", "{a: b}", "!!binary YQ==", "''"]
)
@pytest.mark.parametrize("key", ["image", "branch", "source"])
def test_a_top_key_of_the_wrong_type_is_named(key: str, wrong: str) -> None:
    said = complaint(f"environments: {{a: {{overlay: a, image: i}}}}\n{key}: {wrong}\n")

    assert said.startswith(f"tagbump.yaml:2: key {key}: takes a text")


@pytest.mark.parametrize("wrong", ["12", "1.10", "0x1F", "1.0e+3", "yes", "null", "2026-01-01", "[a]", "{a: b}", "' '"])
@pytest.mark.parametrize("key", ["image", "overlay", "application", "from", "approval", "soak", "url", "cluster"])
def test_a_key_of_an_environment_of_the_wrong_type_is_named(key: str, wrong: str) -> None:
    keys = {"from": "dev", "overlay": "k8s/overlays/prod"} | {key: wrong}

    said = complaint(
        "image: service\nenvironments:\n  dev: {overlay: k8s/overlays/dev}\n  prod:\n"
        + "".join(f"    {name}: {value}\n" for name, value in keys.items())
    )

    line = 5 + list(keys).index(key)
    assert said.startswith(f"tagbump.yaml:{line}: key environments.prod.{key}: takes a text")


@pytest.mark.parametrize("wrong", ["12", "jdoe", "null", "{jdoe: x}"])
@pytest.mark.parametrize("key", ["approvers", "signers", "freeze"])
def test_a_list_of_the_wrong_type_is_named(key: str, wrong: str) -> None:
    said = complaint(from_dev(f"{key}: {wrong}"))

    assert said.startswith(f"tagbump.yaml:5: key environments.prod.{key}: takes a list")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("signers: ABCD", "tagbump.yaml:1: key signers: takes a list"),
        ("signers: [12]", "tagbump.yaml:1: key signers[0]: takes a text"),
        ("people: [jdoe]", "tagbump.yaml:1: key people: takes a mapping"),
        ("people: {jdoe: []}", "tagbump.yaml:1: key people.jdoe: is an empty list"),
        ("environments: {}", "tagbump.yaml:1: key environments: names no environment"),
        ("environments:", "tagbump.yaml:1: key environments: takes a mapping, not nothing"),
        ("people: {jdoe: jane@example.com}", "tagbump.yaml:1: key people.jdoe: takes a list"),
        ("people:\n  jdoe: [jane@example.com, 12]", "tagbump.yaml:2: key people.jdoe[1]: takes a text"),
        ("environments: [dev]", "tagbump.yaml:1: key environments: takes a mapping"),
        ("environments: dev", "tagbump.yaml:1: key environments: takes a mapping"),
        ("image: i\nenvironments:\n  dev: k8s", "tagbump.yaml:3: key environments.dev: takes a mapping"),
        ("image: i\nenvironments:\n  dev: [k8s]", "tagbump.yaml:3: key environments.dev: takes a mapping"),
        (
            from_dev("approvers: [a, 7]"),
            "tagbump.yaml:5: key environments.prod.approvers[1]: takes a text",
        ),
        (
            "image: i\nenvironments:\n  dev: {overlay: a,\n    overrides: [frozen]}",
            "tagbump.yaml:4: key environments.dev.overrides: takes a mapping",
        ),
        (
            "image: i\nenvironments:\n  dev: {overlay: a,\n    overrides: {frozen: jdoe}}",
            "tagbump.yaml:4: key environments.dev.overrides.frozen: takes a list",
        ),
        (
            "image: i\nenvironments:\n  dev: {overlay: a,\n    freeze: [always]}",
            "tagbump.yaml:4: key environments.dev.freeze[0]: takes a mapping",
        ),
        (
            "image: i\nenvironments:\n  dev: {overlay: a,\n    freeze: [{from: 16, to: 'Mon 08:00'}]}",
            "tagbump.yaml:4: key environments.dev.freeze[0].from: takes a text",
        ),
        (
            "image: i\nenvironments:\n  dev: {overlay: a,\n    freeze: [{from: 'Fri 16:00', to: 2026-01-01}]}",
            "tagbump.yaml:4: key environments.dev.freeze[0].to: takes a text",
        ),
        ("signers: []", "tagbump.yaml:1: key signers: is an empty list"),
        (f"signers: [{KEY},\n  ABCD]", "tagbump.yaml:2: key signers[1]: 'ABCD' is no key"),
        ("signers: [ssh-ed25519 AAAA]", "tagbump.yaml:1: key signers[0]: 'ssh-ed25519 AAAA' is no key"),
        ("cluster: true", "tagbump.yaml:1: key cluster: takes a text"),
        ("cluster: maybe", "tagbump.yaml:1: key cluster: 'maybe' is unknown: it takes required or optional"),
    ],
)
def test_what_has_another_shape_is_named_with_its_line(text: str, place: str) -> None:
    rest = "" if "environments:" in text else "\nimage: i\nenvironments: {a: {overlay: a}}"

    assert complaint(text + rest).startswith(place)


def test_a_number_is_told_to_be_quoted() -> None:
    assert complaint("image: 12\nenvironments: {a: {overlay: a}}").endswith(
        "takes a text, not '12' (quote it to make it one)"
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("image: i\ncolour: red\nenvironments: {a: {overlay: a}}", "tagbump.yaml:2: key colour: is unknown here"),
        ("image: i\nenvironments:\n  a: {overlay: a,\n    colour: red}", "tagbump.yaml:4: key environments.a.colour:"),
        (
            "image: i\nenvironments:\n  a: {overlay: a,\n    freeze: [{from: Fri 16:00, to: Mon 08:00,\n    x: y}]}",
            "tagbump.yaml:5: key environments.a.freeze[0].x:",
        ),
        (
            "image: i\nenvironments:\n  a: {overlay: a,\n    Approval: required}",
            "tagbump.yaml:4: key environments.a.App",
        ),
    ],
    ids=["top", "environment", "freeze", "another case"],
)
def test_an_unknown_key_is_named(text: str, place: str) -> None:
    assert complaint(text).startswith(place)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("image: i\nenvironments: {a: {overlay: a}}\nimage: j", "tagbump.yaml:3: key image:"),
        ("image: i\nenvironments:\n  a: {overlay: a}\n  a: {overlay: b}", "tagbump.yaml:4: key environments.a:"),
        (from_dev("soak: 1m,", "soak: 2m"), "tagbump.yaml:6: key environments.prod.soak:"),
        (
            from_dev("freeze: [{from: Fri 16:00, to: Mon 08:00,", "to: x}]"),
            "tagbump.yaml:6: key environments.prod.freeze[0].to:",
        ),
        (
            "image: i\npeople: {jdoe: [a],\n  'jdoe': [b]}\nenvironments: {a: {overlay: a}}",
            "tagbump.yaml:3: key people.jdoe:",
        ),
    ],
    ids=["top", "environments", "environment", "freeze", "people"],
)
def test_a_key_that_stands_twice_is_named(text: str, place: str) -> None:
    assert complaint(text) == f"{place} stands here twice"


@pytest.mark.parametrize(
    "text",
    [
        "image: i\n? [a, b]\n: c",
        "image: i\n? {a: b}\n: c",
        "image: i\n'': c",
        "image: &i service\n<<: {branch: main}",
    ],
    ids=["list", "mapping", "empty", "merge"],
)
def test_a_key_that_is_no_plain_name_is_refused_with_its_line(text: str) -> None:
    assert complaint(text).startswith("tagbump.yaml:2: takes plain names as keys")


def test_an_environment_without_an_overlay_is_named() -> None:
    said = complaint("image: i\nenvironments:\n  dev: {overlay: a}\n  prod: {from: dev}")

    assert said == "tagbump.yaml:4: key environments.prod: overlay is missing"


def test_an_environment_without_an_image_is_named() -> None:
    said = complaint("environments:\n  dev: {overlay: a, image: i}\n  prod: {overlay: b}")

    assert said.startswith("tagbump.yaml:3: key environments.prod: image is missing")


def test_a_file_without_environments_names_the_key_that_is_missing() -> None:
    assert complaint("image: i") == "tagbump.yaml: key environments is missing"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from: nowhere", "from: there is no environment 'nowhere'"),
        ("from: prod", "from: a cycle, prod <- prod"),
        ("from: Dev", "from: there is no environment 'Dev'"),
    ],
    ids=["unknown", "itself", "another case"],
)
def test_a_from_that_leads_nowhere_is_named(text: str, said: str) -> None:
    message = complaint(f"image: i\nenvironments:\n  dev: {{overlay: a}}\n  prod: {{overlay: b, {text}}}")

    assert message == f"tagbump.yaml:4: key environments.prod.from: {said}"


def test_a_cycle_is_told_with_everyone_in_it() -> None:
    said = complaint("""\
        image: i
        environments:
          zero: {overlay: z}
          one: {overlay: a, from: three}
          two: {overlay: b, from: one}
          three: {overlay: c, from: two}
        """)

    assert said == "tagbump.yaml:4: key environments.one.from: from: a cycle, one <- three <- two <- one"


def test_a_cycle_further_up_is_found() -> None:
    said = complaint("""\
        image: i
        environments:
          last: {overlay: a, from: one}
          one: {overlay: b, from: two}
          two: {overlay: c, from: one}
        """)

    assert "from: a cycle" in said


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("colour:\n  red: blue\nimage: i\nenvironments: {a: {overlay: a}}", "tagbump.yaml:1: key colour:"),
        (
            "image: i\nenvironments:\n  a:\n    overlay: a\n    colour:\n      - red",
            "tagbump.yaml:5: key environments.a.colour:",
        ),
        ("image: i\nenvironments:\n  UPPER:\n    overlay: a", "tagbump.yaml:3: key environments.UPPER:"),
        ("image: i\nenvironments:\n  a:\n    overlay: a\n    from: b", "tagbump.yaml:5: key environments.a"),
        ("image: i\nenvironments:\n  a:\n    overlay: a\n    from: a", "tagbump.yaml:5: key environments.a"),
        (
            "image: i\nenvironments:\n  a:\n    overlay: a\n    overrides:\n      sleep:\n        - jdoe",
            "tagbump.yaml:6: key environments.a.overrides.sleep:",
        ),
        (
            "image: i\nenvironments:\n  a:\n    overlay: a\n    freeze:\n      - from: Fri 16:00\n        to: never",
            "tagbump.yaml:7: key environments.a.freeze[0]",
        ),
        (
            "image: i\nenvironments: {a: {overlay: a, freeze: [{\n  from: Fri 16:00, to: Mon 08:00,\n  timezone: M}]}}",
            "tagbump.yaml:4: key environments.a.freeze[0]",
        ),
    ],
    ids=["unknown", "unknown in an environment", "name", "from", "cycle", "rule", "moment", "zone"],
)
def test_the_line_is_that_of_the_key_where_the_file_is_in_block_style(text: str, place: str) -> None:
    assert complaint(text).startswith(place)


# --- values that can't be followed ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["-x", "x-", ".x", "x.", "a..b", "a.lock", "UPPER", "a/b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a@{b",
     "ä", "x" * 64, "a\tb", "$(id)", "--help"],
)  # fmt: skip
def test_a_name_that_would_break_refs_or_options_is_refused(name: str) -> None:
    said = complaint(f"image: i\nenvironments:\n  {name!r}: {{overlay: a}}")

    assert said.startswith("tagbump.yaml:3: key environments.")
    assert "is no name for an environment" in said


@pytest.mark.parametrize(
    "path",
    ["/etc", "/", "..", ".", "../up", "k8s/../..", "k8s/..", "./k8s", "k8s/./dev", "k8s//dev", "k8s/dev/", "k8s\\dev",
     "..\\up", ".git", ".git/hooks", "k8s/.git/x"],
)  # fmt: skip
def test_an_overlay_outside_of_the_repository_is_refused(path: str) -> None:
    said = complaint(f"image: i\nenvironments:\n  a:\n    overlay: '{path}'")

    assert said.startswith("tagbump.yaml:4: key environments.a.overlay:")
    assert "is no folder of this repository" in said


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ("soak: half an hour", "soak: 'half an hour' is no duration"),
        ("soak: 30", "soak: takes a text, not '30' (quote it to make it one)"),
        ("soak: '30'", "soak: '30' is no duration"),
        ("soak: -30m", "soak: '-30m' is no duration"),
        ("soak: 1h30m", "soak: '1h30m' is no duration"),
        ("approval: maybe", "approval: 'maybe' is unknown: it takes none, required, four-eyes"),
        ("approval: Required", "approval: 'Required' is unknown"),
        ("application: service-dev", "application: 'service-dev' is no Application: write it as NAMESPACE/NAME"),
        ("application: a/b/c", "application: 'a/b/c' is no Application: write it as NAMESPACE/NAME"),
        ("application: a/B", "application: 'a/B' is no Application: write it as NAMESPACE/NAME"),
        ("application: --all/x y", "application: '--all/x y' is no Application: write it as NAMESPACE/NAME"),
        ("overrides: {digest: [jdoe]}", "overrides.digest: 'digest' is no rule"),
        ("overrides: {Frozen: [jdoe]}", "overrides.Frozen: 'Frozen' is no rule"),
        ("cluster: always", "cluster: 'always' is unknown"),
        ("url: ftp://example.com", "url: an address begins with http"),
        ("url: file:///etc/passwd", "url: an address begins with http"),
        ("url: example.com", "url: an address begins with http"),
        ("url: 'https://'", "url: an address begins with http"),
        ("url: 'https://:8080/'", "url: an address begins with http"),
        ("url: https://user:secret@example.com", "url: an address begins with http"),
        ("url: https://user@example.com", "url: an address begins with http"),
        ("url: https://@example.com", "url: an address begins with http"),
        ("url: 'http://[::1'", "url: "),
    ],
)
def test_a_value_that_cannot_be_followed_is_named(keys: str, place: str) -> None:
    assert complaint(from_dev(keys)).startswith(f"tagbump.yaml:5: key environments.prod.{place}")


def test_the_password_of_a_url_is_not_repeated() -> None:
    said = complaint("image: i\nenvironments: {a: {overlay: a, url: 'https://user:hunter2@example.com'}}")

    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ("to: 'Mon 08:00'", ": from is missing"),
        ("from: 'Fri 16:00'", ": to is missing"),
        ("from: 'Fri 16:00', to: 'Mon 8:00'", ".to: 'Mon 8:00' is no time"),
        ("from: 'Fri 24:00', to: 'Mon 08:00'", ".from: 'Fri 24:00' is no time"),
        ("from: 'Fri 16:60', to: 'Mon 08:00'", ".from: 'Fri 16:60' is no time"),
        ("from: 'Fry 16:00', to: 'Mon 08:00'", ".from: 'Fry 16:00' is no time"),
        ("from: 'Friday 16:00', to: 'Mon 08:00'", ".from: 'Friday 16:00' is no time"),
        ("from: 'Fri', to: 'Mon 08:00'", ".from: 'Fri' is no time"),
        ("from: '2026-12-23', to: '2027-01-04 08:00'", ".from: '2026-12-23' is no time"),
        ("from: '2026-12-23 18:00', to: '2026-12-23 18:00'", ": the window ends (2026-12-23 18:00) before it begins"),
        ("from: '2026-12-23 18:00', to: '2026-12-23 17:59'", ": the window ends (2026-12-23 17:59) before it begins"),
        ("from: '2026-13-23 18:00', to: '2027-01-04 08:00'", ".from: "),
        ("from: '2026-02-20 18:00', to: '2026-02-30 08:00'", ".to: "),
        ("from: 'Fri 16:00', to: '2027-01-04 08:00'", ": 'Fri 16:00' and '2027-01-04 08:00': a window begins and ends"),
        ("from: '2027-01-04 08:00', to: 'Fri 16:00'", ": '2027-01-04 08:00' and 'Fri 16:00': a window begins and ends"),
        ("from: 'Fri 16:00', to: 'Mon 08:00', timezone: Mars/Olympus", ".timezone: 'Mars/Olympus' is no time zone"),
        ("from: 'Fri 16:00', to: 'Mon 08:00', timezone: Europe", ".timezone: 'Europe' is no time zone"),
        ("from: 'Fri 16:00', to: 'Mon 08:00', timezone: ../../etc/x", ".timezone: '../../etc/x' is no time zone"),
        ("from: 'Fri 16:00', to: 'Mon 08:00', timezone: /etc/localtime", ".timezone: '/etc/localtime' is no time zone"),
        (f"from: 'Fri 16:00', to: 'Mon 08:00', timezone: {'x' * 300}", ".timezone: 'xxx"),
    ],
)
def test_a_freeze_that_cannot_be_followed_is_named(window: str, said: str) -> None:
    message = complaint(from_dev(f"freeze: [{{{window}}}]"))

    assert message.startswith(f"tagbump.yaml:5: key environments.prod.freeze[0]{said}")


@pytest.mark.parametrize("escape", [r"\0", r"\a", r"\e", r"\n", r"\r", r"\x7F", r"\x9B", r"\N", r"\L", r"\P"])
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('environments: {a: {overlay: a}}\nimage: "i%s"', "tagbump.yaml:2: key image:"),
        ('image: i\nenvironments:\n  a: {overlay: "a%s"}', "tagbump.yaml:3: key environments.a.overlay:"),
        (
            from_dev('approvers: ["jdoe%s"]'),
            "tagbump.yaml:5: key environments.prod.approvers[0]:",
        ),
    ],
    ids=["image", "overlay", "approvers"],
)
def test_a_control_character_is_refused_where_it_stands(text: str, place: str, escape: str) -> None:
    assert complaint(text % escape) == f"{place} takes a text of one line, and not an empty one"


# --- what is no tagbump.yaml ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "tagbump.yaml: is empty"),
        (b"# nothing but a remark\n", "tagbump.yaml: is empty"),
        (b"---\n", "tagbump.yaml:2: takes a mapping"),
        (b"- a\n", "tagbump.yaml:1: takes a mapping, not a list"),
        (b"just words\n", "tagbump.yaml:1: takes a mapping, not 'just words'"),
        (b"image: ]\n", "tagbump.yaml:1: "),
        (b"image: a\nbranch: 'b\n", "tagbump.yaml:"),
        (b"image: a\n\tbranch: b\n", "tagbump.yaml:2: "),
        (b"image: *nothing\n", "tagbump.yaml:1: "),
        (b"image: a\n---\nimage: b\n", "tagbump.yaml:2: "),
        (b"image: i\nbranch: \xff\n", "tagbump.yaml:2: is not UTF-8"),
        ("image: a\n".encode("utf-16"), "tagbump.yaml:1: is not UTF-8"),
        (b"image: a\nbranch: a\x00b\n", "tagbump.yaml:2: "),
        (b"image: a\nbranch: a\x07b\n", "tagbump.yaml:2: "),
    ],
)
def test_what_is_no_mapping_in_utf_8_is_told_with_file_and_line(text: bytes, said: str) -> None:
    assert complaint(text).startswith(said)


def padded(size: int) -> bytes:
    text = b"image: i\nenvironments: {a: {overlay: a}}\n#"
    return text + b"x" * (size - len(text))


def test_a_file_of_the_greatest_size_is_read() -> None:
    assert policy.parse(padded(document.MAX_BYTES)).environments[0].name == "a"


def test_a_file_that_is_too_large_is_refused() -> None:
    said = complaint(padded(document.MAX_BYTES + 1))

    assert said == "tagbump.yaml: 262145 bytes are too many: it may have 262144"


@pytest.mark.timeout(10)
def test_an_alias_bomb_is_refused_at_once() -> None:
    levels = "".join(f"  - &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]\n" for n in range(30))

    said = complaint(f"image: i\npeople:\n  jdoe:\n  - &a0 lol\n{levels}environments: {{a: {{overlay: a}}}}")

    assert said.startswith("tagbump.yaml:5: key people.jdoe[1]: takes a text, not a list")


def test_a_mapping_that_holds_itself_is_refused() -> None:
    said = complaint("image: i\nenvironments: &e\n  a: *e")

    assert said.startswith("tagbump.yaml:")


@pytest.mark.parametrize(
    "text",
    ["b'[' * 30_000", "b'? ' * 40_000", "b'- ' * 40_000"],
    ids=["lists", "keys", "block"],
)
def test_a_file_of_endless_depth_is_an_error_and_no_crash(text: str) -> None:
    # In a process of its own: what overflows the stack of a parser written in C takes the interpreter with it.
    program = f"from tagbump import policy\ntry: policy.parse({text})\nexcept policy.ConfigurationError: print('told')"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60,
        cwd=Path(policy.__file__).parents[1],
    )  # fmt: skip

    assert (done.returncode, done.stdout.strip()) == (0, "told"), done.stderr[-500:]

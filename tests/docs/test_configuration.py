"""What is said of tagbump.yaml is what the program takes, and what it answers."""

import re
from itertools import zip_longest
from pathlib import Path

import pytest

from tagbump import errors, policy
from tests.docs.documents import CONFIGURATION, FENCE, rows, section
from tests.tagbump.world import POLICY, make_world


def known_keys(text: str) -> list[str]:
    """The keys that the policy accepts where `text` has one that it does not."""
    with pytest.raises(errors.ConfigurationError) as refused:
        policy.parse(text.encode())
    return refused.value.message.partition("known are ")[2].split(", ")


@pytest.mark.parametrize(
    ("title", "with_an_unknown_key"),
    [
        ("The file", "x-unknown: 1"),
        ("An environment", "environments: {dev: {x-unknown: 1}}"),
        ("A freeze", "{image: i, environments: {dev: {overlay: o, freeze: [{x-unknown: 1}]}}}"),
    ],
    ids=["file", "environment", "freeze"],
)
def test_the_configuration_has_a_row_for_every_key_and_for_no_other(title: str, with_an_unknown_key: str) -> None:
    listed = [cells[0].strip("`") for cells in rows(section(CONFIGURATION, title)) if cells[0].startswith("`")]

    assert sorted(listed) == sorted(known_keys(with_an_unknown_key))


# A broken file for each message that the configuration explains, in its order.
BROKEN = (
    "",
    "image: i",
    "image: i\nenvironments:\n  dev: {overlay: d, aproval: required}",
    "image: i\nimage: j",
    "image: i\nenvironments:\n  dev: {}",
    "branch: main\nenvironments:\n  dev: {overlay: d}",
    "image: i\nenvironments:\n  dev: {overlay: d, from: nowhere}",
    "image: i\nenvironments:\n  dev: {overlay: d, from: stage}\n  stage: {overlay: s, from: dev}",
    "image: i\nenvironments:\n  dev: {overlay: d, from: stage, approval: maybe}",
    "image: i\nbranch: 1.10\nenvironments: {dev: {overlay: d}}",
    "image: i\nenvironments:\n  dev: {overlay: d, from: stage, approvers: remy}",
    "image: i\nenvironments:\n  dev: {overlay: d, from: stage, soak: half an hour}",
    "image: i\nenvironments:\n  dev: {overlay: d, freeze: [{from: Fri 16:00, to: Mon 08:00, timezone: Mars}]}",
    "image: i\nenvironments:\n  dev: {overlay: d, application: service-dev}",
    "image: i\nsigners: [jane]\nenvironments: {dev: {overlay: d}}",
)
OF_THE_REPOSITORY = ("is not at the root", "has no kustomization", "and there it says")


def explained_messages() -> list[str]:
    """The messages that the configuration explains, without those that it takes a repository to hear."""
    table = rows(section(CONFIGURATION, "What it says when it is wrong"))
    said = [message for cells in table for message in re.findall(r"`(tagbump\.yaml[^`]+)`", cells[0])]
    return [message for message in said if not any(words in message for words in OF_THE_REPOSITORY)]


@pytest.mark.parametrize(("text", "explained"), list(zip_longest(BROKEN, explained_messages())))
def test_a_message_that_the_configuration_explains_is_that_of_the_program(text: str, explained: str) -> None:
    with pytest.raises(errors.ConfigurationError) as refused:
        policy.parse(text.encode())

    said = refused.value.message
    if explained.endswith(", ..."):
        said = said[: len(explained) - 3] + "..."
    assert said == explained


def test_what_the_configuration_explains_of_a_whole_repository_is_said_by_the_program(tmp_path: Path) -> None:
    nothing = make_world(tmp_path / "nothing", files={"README.md": "no policy"})
    gone = "image: service\nenvironments:\n  dev: {overlay: k8s/overlays/gone}\n"
    no_overlay = make_world(tmp_path / "no-overlay", files={"tagbump.yaml": gone})
    in_a_circle = make_world(tmp_path / "in-a-circle")
    in_a_circle.git("push", "--quiet", "origin", "main:release")
    in_a_circle.commit("chore: move", {"tagbump.yaml": POLICY.replace("branch: main", "branch: release")})

    said = [world.json("status").document["error"]["message"] for world in (nothing, no_overlay, in_a_circle)]

    listed = section(CONFIGURATION, "What it says when it is wrong")
    for words, message in zip(OF_THE_REPOSITORY, said, strict=True):
        assert words in message
        assert f"`{message.replace(str(nothing.remote), 'URL')}`" in listed


def test_the_examples_of_the_configuration_are_taken_by_the_program() -> None:
    examples = [
        block for _, _, language, block in FENCE.findall(CONFIGURATION.read_text("utf-8")) if language == "yaml"
    ]

    read = [policy.parse(example.encode()) for example in examples]

    assert [tuple(e.name for e in found.environments) for found in read] == [("dev", "stage", "prod"), ("dev", "prod")]

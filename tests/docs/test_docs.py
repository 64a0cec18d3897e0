"""What the documents say of the program is so, and what they point at is there."""

import argparse
import re
import shlex
import subprocess
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import get_args

import pytest

from tagbump import arguments, errors, policy
from tagbump.names import Rule
from tests.tagbump.world import POLICY, make_world

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs/reference/tagbump.md"
CONFIGURATION = ROOT / "docs/reference/configuration.md"
REFUSED = ROOT / "docs/runbooks/refused-release.md"
WRITING = ("bump", "promote", "rollback")

_FENCE = re.compile(r"^( *)(```+|~~~+)(.*?)\n(.*?)^\1\2 *$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)


def documents() -> list[Path]:
    """Every Markdown file that is in git, or is about to be."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.md"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [path for name in sorted(set(filter(None, listing.split("\0")))) if (path := ROOT / name).is_file()]


def each_document() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))


def prose(document: Path) -> str:
    """The text without its code blocks."""
    return _FENCE.sub("", document.read_text(encoding="utf-8"))


def anchors(document: Path) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} +(.*?) *#*$", prose(document), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        number = next(n for n in range(100) if (f"{slug}-{n}" if n else slug) not in found)
        found.add(f"{slug}-{number}" if number else slug)
    return found


def links(document: Path) -> list[str]:
    text = re.sub(r"(`+).+?\1", "", prose(document))
    return [inline or reference for inline, reference in _LINK.findall(text)]


def section(document: Path, title: str) -> str:
    """What stands below the heading `title`, down to the next one of its level."""
    match = re.search(
        rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", document.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert match, f"{document.name} has no section {title!r}"
    return match[1]


def rows(text: str) -> list[list[str]]:
    """The cells of every table row, headings and rulers among them."""
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
        for line in text.splitlines()
        if line.startswith("|")
    ]


def verbs() -> dict[str, argparse.ArgumentParser]:
    action = next(a for a in arguments.parser()._actions if isinstance(a, argparse._SubParsersAction))
    return dict(action.choices)


def options(verb: argparse.ArgumentParser) -> set[str]:
    return {name for action in verb._actions for name in action.option_strings}


def known_keys(text: str) -> list[str]:
    """The keys that the policy accepts where `text` has one that it does not."""
    with pytest.raises(errors.ConfigurationError) as refused:
        policy.parse(text.encode())
    return refused.value.message.partition("known are ")[2].split(", ")


def commands() -> Iterator[tuple[str, str]]:
    """Every tagbump command in a code block, and the document it stands in."""
    for document in documents():
        for *_, block in _FENCE.findall(document.read_text(encoding="utf-8")):
            for line in re.sub(r"\\\n\s*", " ", block).splitlines():
                shown = line.strip().removeprefix("$ ")
                # A message of the program begins with `tagbump: `, and is no command.
                if shown.startswith("tagbump "):
                    yield str(document.relative_to(ROOT)), shown


@each_document()
def test_every_relative_link_leads_to_a_file_and_a_heading_that_are_there(document: Path) -> None:
    broken = []
    for link in links(document):
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        if not target.exists() or (anchor and (target.suffix != ".md" or anchor not in anchors(target))):
            broken.append(link)

    assert broken == []


@each_document()
def test_no_link_leads_out_of_the_repository(document: Path) -> None:
    outside = [
        link
        for link in links(document)
        if link.startswith("/")
        or (":" not in link and not (document.parent / link.partition("#")[0]).resolve().is_relative_to(ROOT))
    ]

    assert outside == []


@pytest.mark.parametrize("verb", sorted(verbs()))
def test_the_reference_explains_every_option_of_a_verb(verb: str) -> None:
    places = [section(REFERENCE, verb), section(REFERENCE, "What every verb takes")]
    if verb in WRITING:
        places.append(section(REFERENCE, "What verbs that write take"))

    said = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", "\n".join(places)))

    assert options(verbs()[verb]) - said == set()


def test_the_reference_explains_no_option_that_is_not_there() -> None:
    explained = {
        name
        for cells in rows(REFERENCE.read_text(encoding="utf-8"))
        for name in re.findall(r"`(--?[a-z][a-z-]*)[^`]*`", cells[0])
    }

    assert explained - {"--version"} - set().union(*map(options, verbs().values())) == set()


def test_the_reference_has_a_row_for_every_rule_and_for_no_other() -> None:
    listed = [cells[0].strip("`") for cells in rows(section(REFERENCE, "Rules")) if cells[0].startswith("`")]

    assert listed == ["digest", *get_args(Rule)]


def test_the_runbook_says_what_to_do_about_every_rule() -> None:
    answered = {
        name for cells in rows(REFUSED.read_text(encoding="utf-8")) for name in re.findall(r"`([a-z-]+)`", cells[0])
    }

    assert {"digest", *get_args(Rule)} - answered == set()


@pytest.mark.parametrize("document", [REFERENCE, ROOT / "README.md"], ids=["reference", "README"])
def test_the_table_of_exit_codes_is_that_of_the_program(document: Path) -> None:
    table = {int(cells[0]): cells[2] for cells in rows(document.read_text(encoding="utf-8")) if cells[0].isdigit()}
    # Refused has the rule's name for its kind; the others have one each.
    ends: list[type[errors.TagbumpError]] = [errors.TagbumpError, *errors.TagbumpError.__subclasses__()]
    own = [end for end in ends if end.__module__ == errors.__name__ and end is not errors.Refused]
    kinds = {code: {end.kind for end in own if end.exit_code == code} for code in {end.exit_code for end in own}}
    kinds |= {0: set(), errors.Refused.exit_code: {"digest"}}

    said = {code: set(re.findall(r"`([a-z]+)`", cell)) for code, cell in table.items()}

    assert said == kinds
    assert "the rule's name" in table[errors.Refused.exit_code]


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
        block for _, _, language, block in _FENCE.findall(CONFIGURATION.read_text("utf-8")) if language == "yaml"
    ]

    read = [policy.parse(example.encode()) for example in examples]

    assert [tuple(e.name for e in found.environments) for found in read] == [("dev", "stage", "prod"), ("dev", "prod")]


def test_every_command_that_is_shown_is_one_the_program_takes() -> None:
    shown = list(commands())
    wrong = []
    for document, line in shown:
        words = shlex.split(line, comments=True)[1:]
        end = next((at for at, word in enumerate(words) if word in ("|", "&&", ";", ">")), len(words))
        try:
            arguments.parser().parse_args(words[:end])
        except errors.UsageError as error:
            wrong.append(f"{document}: {line}: {error.message}")

    assert shown != []
    assert wrong == []

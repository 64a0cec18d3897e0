"""The board as a page."""

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser
from importlib import resources

import pytest

from tagbump import changes
from tagbump.board import page
from tagbump.board.model import Board
from tagbump.values import replace
from tests.tagbump import boards

ALL = (boards.everyday, boards.empty, boards.seven, boards.hostile, boards.long, boards.crowded)
CSS = resources.files("tagbump.board").joinpath("page.css").read_text(encoding="utf-8")


class Read(HTMLParser):
    """What a browser would take from a page: its elements, and its words by the element they stand in."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[tuple[str, str]] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append((self.open[-1] if self.open else "", data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self) -> str:
        return " ".join(" ".join(data for tag, data in self.words if tag not in {"style", "title"}).split())


@pytest.mark.parametrize("make", ALL)
def test_every_tag_is_closed_in_its_turn(make: Callable[[], Board]) -> None:
    assert Read(page.html(make())).open == []


@pytest.mark.parametrize("make", ALL)
def test_nothing_is_loaded_run_or_led_to(make: Callable[[], Board]) -> None:
    read = Read(page.html(make()))

    assert {tag for tag, _ in read.elements} & {
        "script",
        "img",
        "link",
        "a",
        "iframe",
        "form",
        "object",
        "svg",
    } == set()
    assert {name for _, attributes in read.elements for name in attributes} <= {
        *("lang", "charset", "http-equiv", "content", "name", "class", "id", "datetime", "role", "scope"),
        *("aria-labelledby", "aria-label", "data-label", "open"),
    }
    assert not re.search(r"url\(|@import|https?:", CSS)


def test_the_policy_lets_in_the_one_style_sheet_and_nothing_else() -> None:
    read = Read(page.html(boards.everyday()))

    (policy,) = [meta["content"] for meta in read.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    style = "".join(data for tag, data in read.words if tag == "style")
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"


def test_hostile_words_are_shown_as_words() -> None:
    text = Read(page.html(boards.hostile())).text()

    assert text.count(boards.SCRIPT) > 12
    assert r"red \x1b[31malert\x1b]0;title\x07" in text
    assert r"user\u202egnp.exe\u202c" in text
    assert boards.BREAKOUT in text
    assert f"{boards.HEBREW} {boards.EMOJI}" in text


@pytest.mark.parametrize("make", ALL)
def test_no_control_character_is_left_and_the_page_is_utf8(make: Callable[[], Board]) -> None:
    document = page.html(replace(make(), branch="lone \udc80 \x00"))

    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", document)
    assert document.encode("utf-8")


def test_the_title_says_repository_and_branch() -> None:
    read = Read(page.html(boards.everyday()))

    title = "".join(data for tag, data in read.words if tag == "title")
    assert title == "https://git.example.com/team/service.git, main: release board"


def test_the_footer_says_head_and_when_it_was_written() -> None:
    text = Read(page.html(boards.everyday())).text()

    assert "Head commit fedcba987654 , written 2026-03-01 12:00 UTC" in text


@pytest.mark.parametrize(
    "words",
    [
        "prod from stage 1.10.1 registry.example.com/team/service sha256:22adf122adf1",
        "not proven waits for a person override frozen 12 behind Rollout waiting for a person to resume the rollout",
        "Released 1d 3h ago 2026-02-28 08:48 UTC Proof no proof says that 1.10.1 was seen healthy",
        "Released by ci-robot Approved by reviewer-two Override lifted frozen Reason customers could not log in",
        "Proof proven 48m ago 2026-03-01 11:12 UTC",
        "Rollout Synced, Healthy Source abcdef012345",
        "Synced, Suspended; service: paused at step 3 of 9 (pause), 1 of 4 pods new, 5 available Source abcdef012345",
        "Behind 12 commits behind stage 1 breaking, 11 fix Soak",
        "prod 12 commits behind stage 1 breaking , 11 fix breaking 000c000c000c feat(links)!: ask for a key A fix 0001",
        "000b000b000b fix(api): answer number 11 to a question A Recent releases",
        "Soak 18m left for 1.10.3 2026-03-01 12:18 UTC",
        "Frozen until 2026-03-02 07:00 UTC, 19h from now weekend: nobody is at their desk",
        "Refuses 1 artifact rolled back from 1.10.0 checkout answered 500 to every tenth request",
        "approval: four-eyes · soak: 30m",
        "2026-02-28 08:48 UTC prod promote 1.10.1 ci-robot reviewer-two override: frozen customers could not log in",
        "prod rollback 1.9.8 ci-robot checkout answered 500 to every tenth request 0123456789ab",
    ],
)
def test_every_fact_is_told_in_words(words: str) -> None:
    assert words in Read(page.html(boards.everyday())).text()


def test_an_empty_board_says_so() -> None:
    text = Read(page.html(boards.empty())).text()

    assert text.count("nothing yet") == 3
    assert "No release yet." in text


def test_an_arrow_stands_only_where_the_card_before_is_the_one_taken_from() -> None:
    twin = replace(boards.STAGE, name="stage-two")

    read = Read(page.html(boards.board(*map(boards.standing, (boards.DEV, boards.STAGE, twin)))))

    cards = [item["class"] for item in read.all("li") if "environment" in (item.get("class") or "")]
    assert cards == ["environment", "environment next", "environment"]
    assert read.text().count("from dev") == 2


def test_a_screen_reader_finds_landmarks_headings_and_a_table() -> None:
    read = Read(page.html(boards.everyday()))

    assert [len(read.all(tag)) for tag in ("header", "main", "footer", "h1", "h2", "h3")] == [1, 1, 1, 1, 3, 5]
    assert {part["aria-labelledby"] for part in read.all("section")} == {head["id"] for head in read.all("h2")}
    assert {head["scope"] for head in read.all("th")} == {"col"}


@pytest.mark.parametrize(("commits", "opened"), [(1, True), (10, True), (11, False)])
def test_few_commits_are_shown_and_many_are_folded_up(commits: int, opened: bool) -> None:
    waiting = changes.read(boards.commit("feat: x", number) for number in range(commits))

    read = Read(page.html(boards.board(replace(boards.standing(boards.STAGE, "1.0"), behind=1, waiting=waiting))))

    (details,) = read.all("details")
    assert ("open" in details) is opened


def test_of_hundreds_of_commits_a_hundred_of_a_type_are_listed() -> None:
    waiting = changes.read(boards.commit("feat: x", number) for number in range(102))

    text = Read(
        page.html(boards.board(replace(boards.standing(boards.STAGE, "1.0"), behind=102, waiting=waiting)))
    ).text()

    assert text.count("feat: x") == 100
    assert "and 2 more" in text


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb`, as WCAG 2.2 defines it."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *((ink, ground) for ink in ("ink", "muted") for ground in ("card", "ground")),
        *((f"{tone}-ink", ground) for tone in ("plain", "good", "warn", "alarm", "cold") for ground in (tone, "card")),
    ],
)
def test_words_stand_out_from_their_ground(theme: int, ink: str, ground: str) -> None:
    one, other = (re.findall(rf"--{name}: (#[0-9a-f]{{6}})", CSS)[theme] for name in (ink, ground))

    dark, light = sorted((luminance(one), luminance(other)))

    assert (light + 0.05) / (dark + 0.05) >= 4.5

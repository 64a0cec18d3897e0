"""What type of change a commit says it is."""

import pytest

from tagbump import changes
from tagbump.changes import Change
from tagbump.values import replace
from tests.tagbump import boards
from tests.tagbump.boards import commit


@pytest.mark.parametrize(
    ("subject", "type_", "breaking"),
    [
        ("feat: shorten links", "feat", False),
        ("fix(api): answer 404", "fix", False),
        ("perf(store): ask once", "perf", False),
        ("feat!: ask for a key", "feat", True),
        ("refactor(api)!: rename the field", "refactor", True),
        ("Fix: types are words, however they are spelled", "fix", False),
        ("chore(deps):  two blanks", "chore", False),
        ("fix(a/b, c): a scope of several words", "fix", False),
        ("", "other", False),
        ("feat", "other", False),
        ("feat:", "other", False),
        ("feat: ", "other", False),
        ("feat:without a blank", "other", False),
        ("feat(: half a scope", "other", False),
        ("feat(): no scope", "other", False),
        ("feat (api): a blank before the scope", "other", False),
        (" feat: a blank before the type", "other", False),
        ("feat(api)!!: twice", "other", False),
        ("wip!: of no known type", "other", False),
        ("other: a name of ours is no type", "other", False),
        ("release: neither is this", "other", False),
        ('Revert "feat!: ask for a key"', "other", False),
        ("Merge branch 'feat: x'", "other", False),
        ("fixup! feat: x", "other", False),
        ("te\N{LATIN SMALL LETTER LONG S}t: a letter that only looks like one", "other", False),
        ("\x1b[31mfeat: in red", "other", False),
        ("\N{RIGHT-TO-LEFT OVERRIDE}feat: backwards", "other", False),
        ("<b>feat</b>: bold", "other", False),
    ],
)
def test_a_type_is_read_only_where_it_is_clearly_written(subject: str, type_: str, breaking: bool) -> None:
    (change,) = changes.read([commit(subject)])

    assert (change.type, change.breaking) == (type_, breaking)


@pytest.mark.parametrize("subject", ["feat: x", "of no type"])
def test_a_line_of_the_message_can_announce_a_breaking_change(subject: str) -> None:
    (change,) = changes.read([replace(commit(subject), breaking=True)])

    assert change.breaking


@pytest.mark.parametrize("subject", ["feat(" + "(" * 100_000, "feat" * 50_000, "feat:" + " " * 100_000])
def test_a_subject_made_to_take_forever_is_read(subject: str) -> None:
    (change,) = changes.read([commit(subject)])  # minutes with a pattern that tries every way to read it

    assert change.type == "other"


def test_what_breaks_comes_first_and_releases_last() -> None:
    said = ("chore(dev): release 1.0", "docs: b", "words", "fix: c", "feat: d", "fix!: e", "perf: f", "feat: g")
    ours = replace(boards.release("dev", "1.0", boards.AT, source="x"), commit=commit("", 0).hash)

    groups = changes.grouped(changes.read([commit(words, n) for n, words in enumerate(said)], [ours]))

    assert [(group.name, [change.commit.subject for change in group.changes]) for group in groups] == [
        ("breaking", ["fix!: e"]),
        ("feat", ["feat: d", "feat: g"]),
        ("fix", ["fix: c"]),
        ("perf", ["perf: f"]),
        ("docs", ["docs: b"]),
        ("other", ["words"]),
        ("release", ["chore(dev): release 1.0"]),
    ]


def test_a_release_made_by_hand_may_bring_more_than_an_artifact() -> None:
    by_hand = replace(boards.release("dev", "1.0", boards.AT), commit=commit("", 7).hash)

    assert changes.read([commit("feat: and a new image", 7)], [by_hand]) == (
        Change(commit("feat: and a new image", 7), "feat", breaking=False),
    )


def test_every_change_is_counted_once() -> None:
    said = ("feat: a", "feat!: b", "fix: c", "fix: d", "words")

    counted = changes.counted(changes.read(map(commit, said)))

    assert counted == "1 breaking, 1 feat, 2 fix, 1 other"

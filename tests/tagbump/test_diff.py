"""tagbump diff: the commits that would be promoted, by type."""

from tests.tagbump.boards import ESCAPE, OVERRIDE, SCRIPT
from tests.tagbump.world import World, artifact


def ahead(world: World, *messages: str) -> None:
    """Release to dev what the commits with these messages make; stage stays at 1.1.0."""
    world.bump("1.1.0")
    world.prove("dev")
    world.done("promote", "stage", "--approved-by", "grace")
    source = [world.commit(message) for message in messages][-1]
    world.done("bump", "dev", artifact("1.2.0"), "--source", source)


def test_commits_are_listed_by_type_what_breaks_first_and_releases_last(world: World) -> None:
    ahead(
        world,
        "fix(api): answer 404",
        "feat: shorten links",
        "Merge something",
        "feat(api)!: ask for a key",
        "docs: say how\n\nBREAKING CHANGE: the old page is gone",
    )

    outcome = world.run("diff", "dev", "stage")

    listed = outcome.stdout.partition("source commits: ")[2].partition("\n\n")[0].splitlines()
    assert [line if line[:4] != "    " else f"    {line[18:]}" for line in listed] == [
        "7 (2 breaking, 1 feat, 1 fix, 1 other, 2 release)",
        "  breaking",
        "    docs: say how  (Ada)",
        "    feat(api)!: ask for a key  (Ada)",
        "  feat",
        "    feat: shorten links  (Ada)",
        "  fix",
        "    fix(api): answer 404  (Ada)",
        "  other",
        "    Merge something  (Ada)",
        "  release",
        "    chore(stage): release 1.1.0  (Release Bot)",
        "    chore(dev): release 1.1.0  (Release Bot)",
    ]


def test_a_commit_in_json_says_its_type_and_whether_it_breaks(world: World) -> None:
    ahead(world, "feat(api)!: ask for a key", "words")

    document = world.done("diff", "dev", "stage").document

    assert [list(commit) for commit in document["commits"]] == [
        ["commit", "subject", "author", "type", "breaking"] for _ in range(4)
    ]
    assert [(commit["subject"], commit["type"], commit["breaking"]) for commit in document["commits"]] == [
        ("words", "other", False),
        ("feat(api)!: ask for a key", "feat", True),
        ("chore(stage): release 1.1.0", "release", False),
        ("chore(dev): release 1.1.0", "release", False),
    ]


def test_a_hostile_subject_stays_on_its_line_and_moves_no_cursor(world: World) -> None:
    ahead(world, f"feat: {SCRIPT}{ESCAPE}{OVERRIDE}{'x' * 10_000}")

    outcome = world.run("diff", "dev", "stage")

    (line,) = [line for line in outcome.stdout.splitlines() if SCRIPT in line]
    assert r"\x1b[31malert\x1b]0;title" in line
    assert r"user\u202egnp.exe" in line
    assert len(line) < 300
    assert world.done("diff", "dev", "stage").document["commits"][0]["subject"].endswith("x" * 10_000)

"""Which commits say that they are releases, told from their messages and the shape of the history alone."""

import pytest

from tagbump.repository.claims import Index, claimed

RELEASE = "chore(dev): release 1\n\nImage: x\n"
ROLLBACK = "chore(dev): release 0\n\nImage: w\nRolled-back-from: x\n"
WORDS = "feat: paint it\n"


def name(letter: str) -> str:
    return letter * 40


def listing(*commits: tuple[str, str, str]) -> bytes:
    """Return what git lists of `commits`, newest first: a letter, the letters of the parents, a message."""
    return b"".join(
        f"{name(letter)} {' '.join(map(name, parents))}".strip().encode() + b"\ntree t\n\n" + message.encode() + b"\0"
        for letter, parents, message in commits
    )


def found(*commits: tuple[str, str, str], onto: str | None = None) -> list[str] | None:
    claims = claimed(listing(*commits), name(commits[0][0]), None if onto is None else name(onto))
    return None if claims is None else [f"{commit[0]}{landed[0]}" for commit, landed in claims]


def test_a_line_of_commits_gives_those_that_say_so_newest_first() -> None:
    assert found(("c", "b", RELEASE), ("b", "a", WORDS), ("a", "", RELEASE)) == ["cc", "aa"]


def test_behind_a_merge_a_release_does_not_count() -> None:
    assert found(("d", "cb", WORDS), ("c", "a", RELEASE), ("b", "a", RELEASE), ("a", "", WORDS)) == ["cc"]


def test_behind_a_merge_a_rollback_counts_and_landed_with_the_merge() -> None:
    assert found(("d", "cb", WORDS), ("c", "a", RELEASE), ("b", "a", ROLLBACK), ("a", "", WORDS)) == ["bd", "cc"]


def test_a_merge_inside_of_what_was_merged_is_behind_it_too() -> None:
    history = [("e", "ad", WORDS), ("d", "cb", RELEASE), ("c", "a", ROLLBACK), ("b", "a", RELEASE), ("a", "", WORDS)]

    assert found(*history) == ["ce"]


def test_what_two_merges_reach_landed_with_the_first() -> None:
    history = [("e", "db", WORDS), ("d", "cb", WORDS), ("c", "a", WORDS), ("b", "a", ROLLBACK), ("a", "", WORDS)]

    assert found(*history) == ["bd"]


def test_a_branch_that_went_on_is_searched_from_where_it_was() -> None:
    assert found(("c", "b", RELEASE), ("b", "a", WORDS), onto="a") == ["cc"]


def test_a_branch_that_was_turned_is_searched_anew() -> None:
    assert found(("c", "ba", RELEASE), ("b", "0", WORDS), onto="a") is None


@pytest.mark.parametrize("text", ["", "[]", "1", "{", "[" * 100_000, '{"head": null}'])
def test_a_damaged_index_was_never_written(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("index") / "releases.json"
    path.write_text(text)

    assert Index.read(path) == Index()


def test_an_index_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("index") / "releases.json"
    index = Index(
        name("c"),
        ((name("c"), name("c")), (name("b"), name("c"))),
        frozenset([name("a")]),
        frozenset([name("e")]),
        {name("c"): [("k8s/a.yaml", None, name("d"))], name("b"): None},
    )

    index.write(path)

    assert Index.read(path) == index


def test_an_object_that_is_none_makes_the_index_a_damaged_one(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("index") / "releases.json"
    Index(name("c"), ((name("c"), name("c")),), frozenset(), frozenset(), {name("c"): [("a", "--all", None)]}).write(
        path
    )

    assert Index.read(path) == Index()

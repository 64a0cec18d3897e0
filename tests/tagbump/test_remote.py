"""What servers say when they take no push, and what that means."""

import pytest

from tagbump.errors import Rejected, UsageError
from tagbump.repository import addresses, cache, rejections
from tagbump.repository.git import GitFailed
from tagbump.repository.rejections import PushLost

REF = "refs/heads/main"


SHOWN = "https://***@git.example.com/x.git"


def rejection(verdict: str, words: str = "") -> GitFailed:
    stdout = f"To https://git.example.com/x.git\n!\tabc:{REF}\t{verdict}\nDone\n"
    return GitFailed(["push"], 1, stdout, words)


@pytest.mark.parametrize(
    "failure",
    [
        rejection("[rejected] (fetch first)"),
        rejection("[rejected] (non-fast-forward)"),
        rejection("[rejected] (stale info)"),
        rejection("[remote rejected] (failed to update ref)"),
        rejection(f"[remote rejected] (cannot lock ref '{REF}': is at {'a' * 40} but expected {'b' * 40})"),
        rejection("[remote rejected] (incorrect old value provided)"),
        rejection("[remote rejected] (failed to lock)"),
        rejection("[remote rejected] (reference already exists)"),
    ],
    ids=["git", "git-nff", "git-lease", "git-ref", "github", "gitlab", "gitea", "tag"],
)  # fmt: skip
def test_a_race_that_was_lost_is_told_from_a_no(failure: GitFailed) -> None:
    assert isinstance(rejections.of_push(SHOWN, REF, failure), PushLost)


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (rejection("[remote rejected] (pre-receive hook declined)", "remote: no releases today"), "no releases today"),
        (rejection("[remote rejected] (protected branch hook declined)", "remote: error: GH006: no"), "GH006"),
        (rejection("[remote rejected] (push declined due to repository rule)", "remote: error: GH013"), "GH013"),
        (rejection("[remote rejected] (hook declined)"), "hook declined"),
        (rejection("[remote rejected] (deletion prohibited)"), "deletion prohibited"),
        (rejection("[remote rejected] (unpacker error)"), "unpacker error"),
    ],
)  # fmt: skip
def test_a_no_keeps_the_servers_own_words(failure: GitFailed, words: str) -> None:
    said = rejections.of_push(SHOWN, REF, failure)

    assert isinstance(said, Rejected)
    assert words in said.message
    assert "hunter2" not in said.message


def test_a_push_to_a_working_copy_is_sent_to_where_it_came_from() -> None:
    said = rejections.of_push(SHOWN, REF, rejection("[remote rejected] (branch is currently checked out)"))

    assert said.hint is not None
    assert "git remote -v" in said.hint


def test_two_addresses_that_differ_in_the_password_share_a_cache() -> None:
    one, other = (cache.directory_of(f"https://{who}git.example.com/x.git") for who in ("", "robot:hunter2@"))

    assert one == other
    assert "hunter2" not in str(one)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("https://robot:hunter2@git.example.com/x", "https://***@git.example.com/x"),
        ("fatal: 'ssh://me@host/x': no", "fatal: 'ssh://***@host/x': no"),
        ("https://git.example.com/@scope/x", "https://git.example.com/@scope/x"),
        ("https://a:b@c@git.example.com/x", "https://***@git.example.com/x"),
        ("git@github.com:org/x.git", "git@github.com:org/x.git"),
        ("https://host/x?private_token=abc&x=1&API_KEY=2", "https://host/x?private_token=***&x=1&API_KEY=***"),
        ("https://host/x?a=b?secret=c?d&e=f", "https://host/x?a=b?secret=***&e=f"),
        pytest.param("?key" * 400_000, "?key" * 400_000, id="endless"),
    ],
)
def test_what_is_secret_in_an_address_is_masked(text: str, masked: str) -> None:
    assert addresses.mask(text) == masked


@pytest.mark.parametrize("name", ["main", "release/1.x", "feature_2", "v1.2"])
def test_names_of_branches_are_taken(name: str) -> None:
    addresses.check_branch(name)


@pytest.mark.parametrize(
    "name", ["", "-x", "a..b", "a b", "a:b", "a^", "a~1", "x.lock", "x/", "a//b", "@{u}", "a\n", "x."]
)
def test_what_is_no_name_of_a_branch_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        addresses.check_branch(name)

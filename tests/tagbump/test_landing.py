"""How a release gets onto the branch: among other writers, past servers that say no, after answers that never came."""

import shutil
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.tagbump.world import TAGBUMP, World, artifact

SOMEBODY_ELSE = """\
#!/bin/sh
# Stands before the real git: whenever something is to be pushed, somebody else pushes first.
real={git}
case "$*" in
*" push "*|"push "*)
  if [ ! -e {once} ]; then
    {remember}
    export GIT_DIR={remote}
    commit=$($real commit-tree -p main -m "docs: somebody else was faster" "main^{{tree}}")
    $real update-ref refs/heads/main "$commit"
    unset GIT_DIR
  fi;;
esac
exec $real "$@"
"""


def put_before_git(world: World, script: str) -> dict[str, str]:
    """Return an environment in which `git` is `script`."""
    folder = world.root / "bin"
    folder.mkdir()
    write_script(folder / "git", script)
    return {"PATH": f"{folder}:{world.env['PATH']}", "GIT_COMMITTER_NAME": "S", "GIT_COMMITTER_EMAIL": "s@example.com"}


def write_script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def somebody_else(world: World, *, always: bool) -> dict[str, str]:
    marker = world.root / "was-here"
    script = SOMEBODY_ELSE.format(
        git=shutil.which("git"), once=marker, remote=world.remote, remember="true" if always else f"touch {marker}"
    )
    return put_before_git(world, script)


def test_a_push_that_lost_a_race_is_decided_again_on_the_new_head(world: World) -> None:
    source = world.commit("feat: shorten links")
    env = somebody_else(world, always=False)

    outcome = world.json("bump", "dev", artifact("1.1.0"), "--source", source, env=env)

    assert outcome.code == 0
    assert world.log()[:3] == ["chore(dev): release 1.1.0", "docs: somebody else was faster", "feat: shorten links"]


def test_two_rollbacks_at_once_roll_back_once(world: World) -> None:
    world.bump("1.1.0")
    world.bump("1.2.0")
    rival = " ".join([*TAGBUMP, "rollback", "dev", "--reason", "theirs", "--repo", str(world.remote), "--no-cache"])
    marker, git = world.root / "was-here", shutil.which("git")
    first = f"if [ ! -e {marker} ]; then touch {marker}; env -u GIT_DIR {rival} >&2; fi"
    env = put_before_git(world, f'#!/bin/sh\ncase "$*" in "push "*) {first};; esac\nexec {git} "$@"\n')

    outcome = world.json("rollback", "dev", "--reason", "ours", env=env)

    assert (outcome.code, outcome.document["changed"]) == (0, False)
    assert world.artifact("dev") == artifact("1.1.0")
    assert "Reason: theirs" in world.message()


def test_a_remote_that_keeps_moving_ends_with_exit_code_4_and_nothing_written(world: World) -> None:
    env = somebody_else(world, always=True)

    outcome = world.json("bump", "dev", artifact("1.1.0"), "--source", world.head(), "--retry-for", "1s", env=env)

    assert (outcome.code, outcome.kind) == (4, "race")
    assert set(world.log()) == {"docs: somebody else was faster", "chore: begin"}


def test_writers_may_share_a_cache(world: World) -> None:
    source = world.head()

    with ThreadPoolExecutor(6) as pool:
        runs = [
            pool.submit(world.run, "bump", "dev", artifact("1.1.0"), "--source", source),
            *(pool.submit(world.run, "status", "--json") for _ in range(5)),
        ]

    assert [run.result().code for run in runs] == [0] * 6


def test_a_merge_that_turns_history_around_does_not_bring_back_what_was_rolled_back(world: World) -> None:
    world.bump("1.1.0")
    world.bump("1.2.0")
    world.git("fetch", "--quiet")
    world.git("commit", "--quiet", "--allow-empty", "--message", "docs: made before the pull")
    world.done("rollback", "dev", "--reason", "slow")
    world.git("pull", "--quiet", "--no-rebase", "--no-edit")
    world.git("push", "--quiet", "origin", "HEAD:main")

    outcome = world.json("bump", "dev", artifact("1.2.0"), "--source", world.head())

    assert (outcome.code, outcome.kind) == (3, "rolled-back")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("i18n.logOutputEncoding", "utf-16"),
        ("i18n.commitEncoding", "utf-16"),
        ("log.showSignature", "true"),
        ("diff.orderFile", "/nowhere"),
        ("color.ui", "always"),
    ],
)
def test_a_setting_for_peoples_eyes_does_not_make_the_rules_forget(world: World, key: str, value: str) -> None:
    source = world.bump("1.1.0")
    world.done("rollback", "dev", "--reason", "slow")
    setting = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": key, "GIT_CONFIG_VALUE_0": value}

    outcome = world.json("bump", "dev", artifact("1.1.0"), "--source", source, env=setting)

    assert (outcome.code, outcome.kind) == (3, "rolled-back")


def cache_of(world: World) -> Path:
    return next((world.root / "cache" / "tagbump").iterdir())


@pytest.mark.parametrize(
    "damage",
    [
        lambda cache: [(cache / ref).with_name(f"{ref.name}.lock").touch() for ref in refs_of(cache)],
        lambda cache: (cache / "HEAD").unlink(),
        lambda cache: (cache / "HEAD").write_text("garbage"),
        lambda cache: [path.write_text("0" * 40) for path in map(cache.joinpath, refs_of(cache))],
        lambda cache: shutil.rmtree(cache / "objects"),
        lambda cache: (cache / "config").write_text("[broken"),
    ],
    ids=["locks", "no-head", "bad-head", "bad-refs", "no-objects", "bad-config"],
)
def test_a_damaged_cache_is_made_anew(world: World, damage: Callable[[Path], object]) -> None:
    world.done("status")
    damage(cache_of(world))

    outcome = world.done("bump", "dev", artifact("1.1.0"), "--source", world.head())

    assert outcome.document["commit"] == world.head()


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("packed", [True, False], ids=["packed", "loose"])
def test_a_cache_whose_objects_were_cut_short_is_made_anew(world: World, packed: bool, kept: float) -> None:
    world.bump("1.1.0")
    cache = cache_of(world)
    files = list((cache / "objects").rglob("*"))
    objects = [path for path in files if (path.suffix == ".pack" if packed else len(path.name) == 38)]
    assert objects
    for path in objects:
        path.chmod(0o600)
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])

    outcome = world.done("bump", "dev", artifact("1.2.0"), "--source", world.head())

    assert outcome.document["commit"] == world.head()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"head": 1}', '{"head": "x", "claims": [], "others": [], "elsewhere": [], "files": {}}']
)
@pytest.mark.parametrize("name", ["releases.json", "home.json"])
def test_what_was_remembered_and_is_damaged_is_found_out_anew(world: World, name: str, text: str) -> None:
    world.bump("1.1.0")
    (cache_of(world) / name).write_text(text)

    outcome = world.json("bump", "dev", artifact("1.1.0", build="another"), "--source", world.head())

    assert outcome.kind == "digest-changed"


@pytest.mark.parametrize(
    "setting",
    [{"uploadpack.allowFilter": "false"}, {"protocol.version": "0"}, {"protocol.version": "1"}],
    ids=["no-filter", "v0", "v1"],
)
def test_a_server_of_old_serves_as_well(world: World, setting: dict[str, str]) -> None:
    for key, value in setting.items():
        world.git("config", key, value, cwd=world.remote)
        world.git("config", "--global", key, value)
    world.bump("1.1.0")
    world.bump("1.2.0")

    outcome = world.done("rollback", "dev", "--reason", "1.2.0 answers 500")

    assert world.head() == outcome.document["commit"]
    assert outcome.document["after"] == artifact("1.1.0")


@pytest.mark.parametrize("filters", ["true", "false"])
def test_a_shallow_clone_is_no_remote_and_says_so_at_once(world: World, filters: str) -> None:
    shallow = world.root / "shallow.git"
    world.commit("docs: so that there is something to leave out")
    world.git("clone", "--quiet", "--bare", "--depth", "1", f"file://{world.remote}", str(shallow))
    world.git("config", "uploadpack.allowFilter", filters, cwd=shallow)

    outcome = world.json("status", "--repo", str(shallow))

    assert (outcome.code, outcome.kind) == (6, "unreachable")
    assert "unshallow" in outcome.document["error"]["hint"]


def test_an_empty_remote_is_told_by_that_word(world: World) -> None:
    empty = world.root / "empty.git"
    world.git("init", "--quiet", "--bare", str(empty))

    outcome = world.json("status", "--repo", str(empty))

    assert (outcome.code, outcome.kind) == (2, "usage")
    assert "is empty" in outcome.document["error"]["message"]
    assert "push a first commit" in outcome.document["error"]["hint"]


def test_a_remote_that_goes_away_with_the_answer_leaves_it_open_whether_it_landed(world: World) -> None:
    git, away = shutil.which("git"), world.root / "away.git"
    gone = f'{git} "$@" >&2; mv {world.remote} {away}; echo "fatal: the remote end hung up unexpectedly" >&2; exit 128'
    env = put_before_git(world, f'#!/bin/sh\ncase "$*" in "push "*) {gone};; esac\nexec {git} "$@"\n')

    outcome = world.json("bump", "dev", artifact("1.1.0"), "--source", world.head(), env=env)

    assert (outcome.code, outcome.kind) == (6, "unreachable")
    assert "whether the release landed is not known" in outcome.document["error"]["message"]


def refs_of(cache: Path) -> list[Path]:
    return [path.relative_to(cache) for path in (cache / "refs").rglob("*") if path.is_file()]


def test_a_branch_may_give_way_to_one_below_its_name(world: World) -> None:
    world.git("push", "--quiet", "origin", "main:release")
    world.done("history", "dev", "--branch", "release")
    world.git("push", "--quiet", "origin", ":release", "main:release/1.x")

    outcome = world.done("history", "dev", "--branch", "release/1.x")

    assert outcome.document["environment"] == "dev"


@pytest.mark.parametrize("hook", ["pre-receive", "update"])
def test_a_hook_that_says_no_fails_at_once_with_its_own_words(world: World, hook: str) -> None:
    write_script(world.remote / "hooks" / hook, "#!/bin/sh\necho 'releases are closed on Sundays' >&2\nexit 1\n")
    before = world.refs()

    outcome = world.json("bump", "dev", artifact("1.1.0"), "--source", world.head())

    assert (outcome.code, outcome.kind) == (6, "rejected")
    assert "releases are closed on Sundays" in outcome.document["error"]["message"]
    assert world.refs() == before


def test_a_push_whose_answer_is_lost_is_found_to_have_landed(world: World) -> None:
    # Killed after the branch was moved, the server can no longer say that it was.
    write_script(world.remote / "hooks" / "post-receive", "#!/bin/sh\nkill -9 $PPID\n")

    outcome = world.json("bump", "dev", artifact("1.1.0"), "--source", world.head())

    assert outcome.code == 0
    assert outcome.document["commit"] == world.head()
    assert world.log().count("chore(dev): release 1.1.0") == 1


def test_a_push_that_never_arrived_is_an_error_and_nothing_is_written(world: World) -> None:
    write_script(world.remote / "hooks" / "pre-receive", "#!/bin/sh\nkill -9 $PPID\n")
    before = world.refs()

    outcome = world.json("bump", "dev", artifact("1.1.0"), "--source", world.head())

    assert (outcome.code, outcome.kind) == (6, "unreachable")
    assert world.refs() == before


def test_a_branch_that_went_back_is_not_brought_forward_again(world: World) -> None:
    kept = world.head()
    world.commit("feat: to be dropped")
    git = shutil.which("git")
    goes_back = f"{git} --git-dir {world.remote} update-ref refs/heads/main {kept}"
    env = put_before_git(world, f'#!/bin/sh\ncase "$*" in *push*) {goes_back};; esac\nexec {git} "$@"\n')

    outcome = world.json("bump", "dev", artifact("1.1.0"), "--source", kept, env=env)

    assert outcome.code == 0
    assert world.log() == ["chore(dev): release 1.1.0", "chore: begin"]


def test_a_release_is_signed_where_git_is_set_to_sign(world: World) -> None:
    key = world.root / "home" / "key"
    world.git("-c", "alias.keygen=!ssh-keygen", "keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
    for name, value in (("gpg.format", "ssh"), ("user.signingkey", f"{key}.pub"), ("commit.gpgsign", "true")):
        world.git("config", name, value)

    world.done("bump", "dev", artifact("1.1.0"), "--source", world.head())

    assert "-----BEGIN SSH SIGNATURE-----" in world.git("cat-file", "commit", "main", cwd=world.remote)


def test_a_key_that_is_missing_is_a_usage_error_and_nothing_is_written(world: World) -> None:
    for name, value in (("gpg.format", "ssh"), ("user.signingkey", "/nowhere.pub"), ("commit.gpgsign", "true")):
        world.git("config", name, value)
    before = world.refs()

    outcome = world.json("bump", "dev", artifact("1.1.0"), "--source", world.head())

    assert (outcome.code, outcome.kind) == (2, "usage")
    assert world.refs() == before

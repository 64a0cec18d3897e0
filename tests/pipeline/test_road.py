"""Which road a commit takes: by the names of what changed, and on a real git by what really changed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.commands.road import road
from pipeline.errors import Unreachable
from pipeline.road import Decision, inputs, on_branch, on_main, released
from pipeline.source import source
from tests.pipeline.checkouts import ROOT, Told, check_out, job, make_repository, release
from tests.tagbump.world import World, copy_world

PLACES = released("*\n!alembic.ini\n!service\n!wheels/*.whl\nservice/Dockerfile\n")

Road = Callable[..., str]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A repository whose dev has 1.1.0, which was built from the commit before. Not to be written to."""
    world = make_repository(tmp_path_factory.mktemp("template"))
    release(world, "1.1.0", world.commit("feat: greet", {"service/app.py": "print('hi')\n"}))
    return world


@pytest.fixture
def world(template: World, tmp_path: Path) -> World:
    return copy_world(template, tmp_path / "world")


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def taken(world: World, tmp_path: Path, told: Told) -> Road:
    """Returns the road that a commit takes in a checkout of its own; `env` is Jenkins'."""

    def take(commit: str, *, branch: str = "main", depth: int | None = None, **env: str) -> str:
        folder = tmp_path / f"checkout-{len(list(tmp_path.iterdir()))}"
        root = check_out(world, commit, folder, branch=branch, depth=depth)
        return road(job(world, root, told, **{"BRANCH_NAME": branch, **env}))

    return take


@pytest.mark.parametrize(
    ("changed", "taken"),
    [
        (["service/app.py"], "release"),
        (["service"], "release"),
        (["service/README.md"], "release"),
        (["alembic.ini"], "release"),
        (["wheels/one.whl"], "release"),
        ([".dockerignore"], "release"),
        (["service/Dockerfile"], "release"),
        (["jenkins/base-image"], "release"),
        (["web/index.html"], "release"),
        (["web/README.md"], "release"),
        (["website/index.html"], "checks"),
        (["k8s/base/service.yaml", "service/app.py", "docs/a.md"], "release"),
        (["services/app.py"], "checks"),
        (["Makefile"], "checks"),
        (["k8s.py"], "checks"),
        (["docs.py"], "checks"),
        (["LICENSE.py"], "checks"),
        (["k8s/overlays/dev/kustomization.yaml", "tools/tagbump/cli.py"], "checks"),
        (["k8s/overlays/dev/kustomization.yaml"], "manifests"),
        (["argocd/apps/dev.yaml"], "manifests"),
        (["platform/platform.yaml", "README.md"], "manifests"),
        (["infra/local/kind.yaml"], "manifests"),
        (["tagbump.yaml"], "manifests"),
        (["README.md"], "docs"),
        (["docs/picture.png", "LICENSE", "tools/notes.md"], "docs"),
        ([], "docs"),
    ],
)
def test_on_main_the_most_that_changed_decides(changed: list[str], taken: str) -> None:
    assert on_main(changed, changed, PLACES).road == taken


def test_what_was_released_or_checked_before_does_not_make_a_commit_take_its_road_again() -> None:
    tests, overlay = "tests/test_app.py", "k8s/overlays/stage/kustomization.yaml"

    assert on_main([tests, overlay], [overlay], PLACES) == Decision("manifests", [overlay])
    assert on_main(["service/app.py", overlay], [overlay], PLACES) == Decision("release", ["service/app.py"])


@pytest.mark.parametrize(
    ("changed", "taken"),
    [
        (["service/app.py"], "checks"),
        (["k8s/base/service.yaml"], "checks"),
        (["k8s/overlays/dev/steps.yaml", "docs/a.md"], "manifests"),
        (["k8s/overlays/dev/steps.yaml", "tests/test_app.py"], "checks"),
        (["README.md", "docs/a.png"], "docs"),
        ([], "docs"),
    ],
)
def test_a_branch_is_checked_unless_it_changes_documents_or_overlays_alone(changed: list[str], taken: str) -> None:
    assert on_branch(changed).road == taken


def test_a_decision_names_the_files_that_made_it_and_no_others() -> None:
    changed = ["README.md", "service/app.py"]

    assert on_main(changed, changed, PLACES).because == ["service/app.py"]


@pytest.mark.parametrize("dockerignore", ["", "docs\n!service\n", "# nothing\n"])
def test_where_everything_may_be_in_the_image_everything_is_taken_for_it(dockerignore: str) -> None:
    assert on_main(["README.md"], [], inputs(dockerignore)).road == "release"


def test_our_image_is_made_of_what_our_dockerignore_lets_in() -> None:
    found = inputs((ROOT / ".dockerignore").read_text())

    assert found == (
        "alembic.ini", "migrations", "requirements/service.txt", "service",
        ".dockerignore", "service/Dockerfile", "jenkins/base-image",
    )  # fmt: skip


def test_a_change_of_the_service_is_released(world: World, taken: Road, told: Told) -> None:
    built = world.git("log", "-1", "--format=%H", "--grep=feat: greet", "main", cwd=world.remote).strip()
    head = world.commit("fix: greet louder", {"service/app.py": "print('HI')\n"})

    assert taken(head) == "release"
    assert told.lines == [
        f"compared with {built[:12]}, which an image was released of",
        "release: service/app.py changed",
    ]


def test_a_release_commit_alone_makes_no_loop(world: World, taken: Road) -> None:
    assert taken(world.head()) == "manifests"


def test_a_merge_that_hides_under_a_release_commit_is_found(world: World, taken: Road) -> None:
    first = world.commit("feat: one", {"service/app.py": "1\n"})
    world.commit("feat: two", {"service/app.py": "2\n"})
    bump = release(world, "1.2.0", first)

    assert taken(bump) == "release"


def test_a_build_that_runs_again_takes_the_road_it_took(world: World, taken: Road) -> None:
    source = world.commit("feat: one", {"service/app.py": "1\n"})
    before = taken(source)
    release(world, "1.2.0", source)

    assert (before, taken(source)) == ("release", "release")


def test_a_change_that_was_taken_back_is_released_as_its_image_may_be_out_there(world: World, taken: Road) -> None:
    world.commit("feat: one", {"service/app.py": "1\n"})
    head = world.commit("revert: one", {"service/app.py": "print('hi')\n"})

    assert taken(head) == "release"


def test_after_a_rollback_a_document_builds_nothing(world: World, taken: Road) -> None:
    release(world, "1.2.0", world.commit("feat: one", {"service/app.py": "1\n"}))
    world.done("rollback", "dev", "--reason", "slow")
    world.git("pull", "--quiet", "--rebase")
    manifests = world.head()

    assert taken(manifests) == "manifests"
    assert taken(world.commit("docs: say more", {"README.md": "more\n"})) == "docs"


def test_a_document_after_what_was_released_builds_nothing(world: World, taken: Road) -> None:
    release(world, "1.2.0", world.commit("feat: one", {"service/app.py": "1\n"}))
    head = world.commit("docs: say more", {"README.md": "more\n"})

    assert taken(head) == "docs"


def test_after_a_change_of_the_tests_alone_each_commit_takes_its_own_road(world: World, taken: Road) -> None:
    overlay = "k8s/overlays/stage/kustomization.yaml"
    tests = world.commit("test: more", {"tests/test_a.py": "1\n"})
    by_hand = world.commit("fix: by hand", {overlay: world.read(overlay) + "# x\n"})
    document = world.commit("docs: say more", {"docs/a.md": "x\n"})

    assert [taken(tests), taken(by_hand), taken(document)] == ["checks", "manifests", "docs"]


def test_a_change_of_the_tests_that_hides_under_a_release_commit_is_checked(world: World, taken: Road) -> None:
    source = world.commit("feat: one", {"service/app.py": "1\n"})
    world.commit("test: more", {"tests/test_a.py": "1\n"})
    bump = release(world, "1.2.0", source)

    assert taken(bump) == "checks"


def test_builds_of_one_source_that_run_at_once_make_one_image_and_one_release(
    world: World, taken: Road, tmp_path: Path
) -> None:
    first = world.commit("feat: one", {"service/app.py": "1\n"})
    second = world.commit("feat: two", {"service/app.py": "2\n"})
    bump = release(world, "1.2.0", first)  # lands on top of what is still being built
    before = taken(second), taken(bump)

    named = [source(job(world, check_out(world, commit, tmp_path / commit))) for commit in (first, second, bump)]
    after = release(world, "1.3.0", second)

    assert before == ("release", "release")
    assert named == [first, second, second]
    assert taken(after) == "manifests"
    assert (taken(second), taken(bump)) == before  # also when they run again


def merged(world: World) -> str:
    """Merge a branch that changes the service into a main that has moved on, and return the merge."""
    world.git("pull", "--quiet", "--rebase")
    world.git("checkout", "--quiet", "-b", "feature")
    world.write({"service/app.py": "1\n"})
    world.git("commit", "--quiet", "--all", "--message", "feat: one")
    world.git("checkout", "--quiet", "main")
    world.commit("docs: meanwhile", {"README.md": "more\n"})
    world.git("merge", "--quiet", "--no-ff", "--message", "merge: feature", "feature")
    world.git("push", "--quiet", "origin", "HEAD:main")
    return world.head()


def test_a_merge_is_the_source_of_all_that_its_branch_does(world: World, tmp_path: Path) -> None:
    merge = merged(world)
    head = world.commit("docs: say more", {"README.md": "and more\n"})

    assert source(job(world, check_out(world, head, tmp_path / "checkout"))) == merge


@pytest.mark.parametrize("file", [".dockerignore", "service/Dockerfile", "jenkins/base-image", "web/index.html"])
def test_whatever_a_release_is_made_of_makes_a_source(world: World, tmp_path: Path, file: str) -> None:
    head = world.commit("feat: one", {file: "*\n!service\n" if file == ".dockerignore" else "1\n"})

    assert source(job(world, check_out(world, head, tmp_path / "checkout"))) == head


def test_in_a_checkout_that_stays_shallow_no_source_is_made_up(world: World, tmp_path: Path) -> None:
    head = world.commit("docs: say more", {"README.md": "more\n"})
    root = check_out(world, head, tmp_path / "checkout", depth=1)
    made = job(world, root)
    assert source(made) != head
    shallow = check_out(world, head, tmp_path / "shallow", depth=1)
    world.git("remote", "set-url", "origin", f"file://{tmp_path}/gone", cwd=shallow)

    with pytest.raises(Unreachable, match="which commit the image is of can't be told"):
        source(job(world, shallow))


def test_what_failed_to_be_built_is_built_with_the_next_commit(world: World, taken: Road) -> None:
    world.commit("feat: one", {"service/app.py": "1\n"})
    head = world.commit("docs: say more", {"README.md": "more\n"})

    assert taken(head) == "release"


def test_a_merge_brings_all_that_its_branch_does(world: World, taken: Road) -> None:
    assert taken(merged(world)) == "release"


def test_where_nothing_was_released_everything_counts(tmp_path: Path, told: Told) -> None:
    world = make_repository(tmp_path / "new")
    root = check_out(world, world.head(), tmp_path / "checkout")

    assert road(job(world, root, told)) == "release"
    assert told.lines[0] == "compared with the beginning: no image of an earlier commit was released"


@pytest.mark.parametrize("depth", [1, 2])
def test_a_shallow_checkout_is_made_whole(world: World, taken: Road, depth: int) -> None:
    world.commit("docs: say more", {"README.md": "more\n"})
    head = world.commit("docs: and more", {"README.md": "and more\n"})

    assert taken(head, depth=depth) == "docs"


def test_a_remote_that_lets_nobody_fetch_is_done_without(world: World, tmp_path: Path, told: Told) -> None:
    head = world.commit("docs: say more", {"README.md": "more\n"})
    root = check_out(world, head, tmp_path / "checkout")
    world.git("remote", "set-url", "origin", f"file://{tmp_path}/gone", cwd=root)

    assert road(job(world, root, told)) == "docs"


def test_a_shallow_checkout_that_can_not_be_made_whole_is_taken_for_changed(
    world: World, tmp_path: Path, told: Told
) -> None:
    head = world.commit("docs: say more", {"README.md": "more\n"})
    root = check_out(world, head, tmp_path / "checkout", depth=1)
    world.git("remote", "set-url", "origin", f"file://{tmp_path}/gone", cwd=root)

    assert road(job(world, root, told)) == "release"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"docs/a.md": "a\n"}, "docs"),
        ({"docs/a.md": "a\n", "service/app.py": "1\n"}, "checks"),
        ({"tools/a\nb\u00fc.py": "a\n"}, "checks"),
    ],
)
@pytest.mark.parametrize("pull_request", [{}, {"CHANGE_ID": "7", "CHANGE_TARGET": "main"}])
def test_a_branch_is_compared_with_where_it_left_main(
    world: World, taken: Road, files: dict[str, str], expected: str, pull_request: dict[str, str]
) -> None:
    world.git("pull", "--quiet", "--rebase")
    world.git("checkout", "--quiet", "-b", "feature")
    world.write(files)
    world.git("add", "--all")
    world.git("commit", "--quiet", "--message", "change")
    world.git("push", "--quiet", "origin", "feature")
    head = world.git("rev-parse", "HEAD").strip()
    world.git("checkout", "--quiet", "main")
    world.commit("feat: meanwhile on main", {"service/app.py": "2\n"})

    assert taken(head, branch="feature", **pull_request) == expected


def test_a_pull_request_to_main_is_no_release_though_jenkins_calls_its_branch_so(world: World, taken: Road) -> None:
    head = world.commit("feat: one", {"service/app.py": "1\n"})

    assert taken(head, BRANCH_NAME="main", CHANGE_ID="7", CHANGE_TARGET="main") == "docs"

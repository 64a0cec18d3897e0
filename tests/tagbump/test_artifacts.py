"""What is an artifact and what is none; and which names of a repository are names of one."""

import pytest

from tagbump import references
from tagbump.errors import Refused, UsageError
from tagbump.model import Artifact
from tagbump.promotion.rules import RULES
from tests.tagbump.states import artifact, bump, case, put, refusal, state
from tests.tagbump.world import REPOSITORY, World
from tests.tagbump.world import artifact as written

DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    "said",
    [
        f"{REPOSITORY}:1.1.0",
        f"{REPOSITORY}:1.1.0@sha256:abc",
        f"{REPOSITORY}:1.1.0@sha256:{'A' * 64}",
        f"{REPOSITORY}:1.1.0@sha256:{'a' * 65}",
        f"{REPOSITORY}:1.1.0@sha512:{'a' * 64}",
        f"{REPOSITORY}:1.1.0@",
    ],
)
def test_an_artifact_without_a_whole_digest_is_refused(said: str) -> None:
    with pytest.raises(Refused) as refused:
        Artifact.parse(said)

    assert (refused.value.exit_code, refused.value.kind) == (3, "digest")
    assert refused.value.message.startswith("digest: ")


@pytest.mark.parametrize(
    "said",
    [
        f"{REPOSITORY}@sha256:{'a' * 64}",
        "",
        "1.1.0",
        f"{REPOSITORY}:-x@sha256:{'a' * 64}",
        f"Service Name:1@sha256:{'a' * 64}",
        f"../service:1@sha256:{'a' * 64}",
        f"{REPOSITORY}:1.1.0\n@{DIGEST}",
        f"registry.example.com/Service:1@{DIGEST}",
        f"registry.example.com/team/Service:1@{DIGEST}",
        f"registry..example.com/service:1@{DIGEST}",
        f"registry-.example.com/service:1@{DIGEST}",
        f"registry.example.com./service:1@{DIGEST}",
        f"registry.example.com:/service:1@{DIGEST}",
        f"registry.example.com:443443/service:1@{DIGEST}",
        f"registry.example.com/service/:1@{DIGEST}",
        f"registry.example.com//service:1@{DIGEST}",
        f"/service:1@{DIGEST}",
        f"registry.example.com/service__-a:1@{DIGEST}",
        f"https://registry.example.com/service:1@{DIGEST}",
        f"robot@registry.example.com/service:1@{DIGEST}",
        f"registry.example.com/{'s' * 240}:1@{DIGEST}",
    ],
)
def test_what_is_no_artifact_is_a_usage_error(said: str) -> None:
    with pytest.raises(UsageError) as refused:
        Artifact.parse(said)

    assert (refused.value.exit_code, refused.value.kind) == (2, "usage")
    assert refused.value.message.startswith(f"{said!r} is no artifact: ")


@pytest.mark.parametrize("said", [DIGEST, f"@{DIGEST}", ""])
def test_a_digest_alone_lacks_repository_and_tag(said: str) -> None:
    with pytest.raises(UsageError, match="is no artifact: repository and tag are missing"):
        Artifact.parse(said)


@pytest.mark.parametrize(
    "repository",
    [
        "service",
        "team/service",
        "localhost/service",
        "localhost:5000/service",
        "REGISTRY.example.com/service",
        "registry.example.com:443/service",
        "10.0.0.1:5000/a/b/c",
        "registry.example.com/a.b/c_d/e__f/g---h",
        "xn--bcher-kva.example/service",
    ],
)
def test_an_artifact_is_kept_letter_by_letter(repository: str) -> None:
    said = f"{repository}:1.0@{DIGEST}"

    assert str(Artifact.parse(said)) == said


@pytest.mark.parametrize(
    "names",
    [
        (REPOSITORY, "REGISTRY.example.com/service", "registry.example.com:443/service"),
        (REPOSITORY, "Registry.Example.COM:0443/service"),
        ("registry.example.com:5000/service", "registry.EXAMPLE.com:5000/service"),
        ("registry.example.com:5000/service", "registry.example.com:05000/service"),
        ("service", "library/service", "docker.io/service", "docker.io/library/service"),
        ("service", "Docker.IO:443/library/service", "index.docker.io/service", "registry-1.docker.io/library/service"),
        ("team/service", "docker.io/team/service", "index.docker.io/team/service"),
        ("localhost/service", "LOCALHOST/service", "localhost:443/service"),
    ],
)
def test_names_of_one_repository_have_one_canonical_name(names: tuple[str, ...]) -> None:
    assert len({references.canonical(name) for name in names}) == 1
    assert references.canonical(references.canonical(names[0])) == references.canonical(names[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (REPOSITORY, "registry.example.com:80/service"),
        (REPOSITORY, "registry.example.com:5000/service"),
        (REPOSITORY, "registry.example.org/service"),
        (REPOSITORY, "registry.example.com/team/service"),
        (REPOSITORY, "registry.example.com/library/service"),
        ("service", "team/service"),
        ("team/service", "Team/service"),  # with a capital it is a host
        ("localhost/service", "docker.io/localhost/service"),
    ],
)
def test_names_of_two_repositories_stay_two(one: str, other: str) -> None:
    assert references.canonical(one) != references.canonical(other)


@pytest.mark.parametrize("repository", ["REGISTRY.example.com/service", "registry.example.com:443/service"])
def test_digest_changed_is_not_evaded_by_another_spelling_of_the_registry(repository: str) -> None:
    released = artifact("2.0.0")
    rebuilt = artifact("2.0.0", build="built again", repository=repository)

    refused = refusal(case(state(put("prod", released)), bump(rebuilt)))

    assert refused.kind == "digest-changed"
    assert refused.objection == (
        f"registry.example.com/service:2.0.0 was released as {released.digest}, and is {rebuilt.digest} now"
    )


def test_digest_changed_does_not_take_two_registries_for_one() -> None:
    rebuilt = artifact("2.0.0", build="built again", repository="registry.example.com:5000/service")

    assert RULES["digest-changed"](case(state(put("prod", artifact("2.0.0"))), bump(rebuilt))) is None


def test_another_spelling_is_written_as_it_was_given(world: World) -> None:
    spelled = written("1.1.0", repository="Registry.example.com:443/service")

    world.done("bump", "dev", spelled, "--source", world.head())

    assert world.artifact("dev") == spelled
    assert f"Image: {spelled}" in world.message()

"""tagbump bump --registry-check against a real registry."""

from pathlib import Path

from tests.e2e.images import Images
from tests.tagbump.world import World, make_world


def bump(world: World, artifact: str, source: str) -> tuple[int, str]:
    outcome = world.json("bump", "dev", artifact, "--source", source, "--registry-check")
    return outcome.code, outcome.stdout


def test_a_real_registry_is_asked_for_tag_digest_and_label(images: Images, registry_here: str, tmp_path: Path) -> None:
    world = make_world(tmp_path / "world")
    source, other = world.commit("feat: shorten links"), world.commit("feat: count clicks")
    artifacts = [images.labelled("2.0.0", source), images.labelled("2.1.0", source), images.good("2.2.0")]
    pushed, deleted, unlabelled = (artifact.replace(images.registry, registry_here) for artifact in artifacts)
    images.delete(artifacts[1])
    elsewhere = f"{pushed.partition('@')[0]}@{unlabelled.partition('@')[2]}"

    ends = [bump(world, *words) for words in (
        (pushed, other), (elsewhere, source), (deleted, source), (unlabelled, source), (pushed, source),
    )]  # fmt: skip

    assert [code for code, _ in ends] == [5, 5, 5, 5, 0], ends
    said = ["that it was built from", "in the registry, not", "has no", "has no label", world.head()]
    assert [words for words, (_, stdout) in zip(said, ends, strict=True) if words not in stdout] == []
    assert world.artifact("dev") == pushed

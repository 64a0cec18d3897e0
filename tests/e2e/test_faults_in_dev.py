"""Things that break in the middle of a release: it is not lost, nor is a request, nor does a second one get between."""

from tests.e2e.platform import AUTHOR, Platform
from tests.e2e.programs import Programs


def test_a_registry_that_is_away_delays_a_release_and_does_not_break_it(whole: Platform, programs: Programs) -> None:
    with whole.turns.at("dev", "registry"), whole.users("dev", rate=20) as load:
        artifact = whole.bump("5.0.0")
        with programs.unreachable(5000):
            whole.refresh("dev")
            whole.until(lambda: "ImagePullBackOff" in whole.waiting("dev"), told="a pod can't pull")
        whole.live("dev")
        digests = whole.digests("dev")
    whole.evidence("fault-registry", load)

    assert artifact.partition("@")[2] in digests
    assert load.failed == 0, load.told()


def test_argo_cd_that_is_killed_half_way_goes_on_and_a_second_release_is_refused(
    whole: Platform, programs: Programs
) -> None:
    with whole.turns.at("dev"), whole.users("dev", rate=20) as load:
        artifact = whole.release("5.1.0")
        whole.until(lambda: whole.phase("dev") == "Progressing", told="under way")
        source = whole.world.commit("feat: what makes 5.2.0", by=AUTHOR)
        refused = whole.world.json("bump", "dev", whole.builds.build("5.2.0", source), "--source", source)
        with programs.killed("argocd-controller"):
            load.pause(5)
        whole.live("dev")
        digests, held = whole.digests("dev"), whole.artifact("dev")
    whole.evidence("fault-argocd", load)

    assert (refused.code, refused.kind) == (3, "progressing"), refused
    assert held == artifact
    assert artifact.partition("@")[2] in digests
    assert load.failed == 0, load.told()

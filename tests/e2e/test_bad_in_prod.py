"""A version that errs for prod's users alone: stopped by itself at the first weight, hardly noticed."""

from tests.e2e.keeping import kept, promoted
from tests.e2e.platform import APPROVER, Platform


def test_five_errors_in_a_hundred_are_stopped_in_prod_at_the_first_weight(whole: Platform) -> None:
    with whole.turns.at("dev"):
        artifact = whole.release("2.0.0-errors", {"FAULT": "errors", "FAULT_IN": "prod"})
        whole.live("dev")
    with whole.turns.at("stage"):
        promoted(whole, "stage", artifact)
        whole.live("stage")

    with whole.turns.at("prod"):
        with kept(whole, "prod", "errors", rate=120) as load:
            promoted(whole, "prod", artifact)
            outcome = whole.wait("prod")

            assert outcome.code == 5, outcome
            assert "errors" in outcome.document["error"]["message"]
            assert steps(whole, "prod") == {"1", "4"}, "it got as far as the analysis at 5 %, and no further"
        refused = whole.world.json("promote", "prod", "--artifact", artifact, "--approved-by", APPROVER)
    assert load.share_failed < 0.01, load.told()
    assert refused.kind == "rolled-back"


def steps(whole: Platform, environment: str) -> set[str]:
    """Return the numbers of the steps whose analysis the newest version has seen."""
    newest = whole.rollout(environment)["status"]["currentPodHash"]
    labels = [one["metadata"]["labels"] for one in whole.get("analysisruns.argoproj.io", environment)["items"]]
    return {
        one["step-index"] for one in labels if one.get("rollouts-pod-template-hash") == newest and "step-index" in one
    }

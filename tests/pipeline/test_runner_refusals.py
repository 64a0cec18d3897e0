"""What this runner does not know it refuses, by name and stage, rather than to guess."""

from pathlib import Path

import pytest

from tests.pipeline.runner.driver import refusals, run
from tests.pipeline.runner.job import Label
from tests.pipeline.scratch import job, needs_groovy, pipeline, steps

pytestmark = needs_groovy

_STAGE = "stage('A') {{ {} }}"
DECLARATIVE = {
    "pipeline knows no 'tools'": pipeline("stage('A') { steps { echo 'x' } }", more="tools { jdk 'x' }"),
    "pipeline knows no 'triggers'": pipeline("stage('A') { steps { echo 'x' } }", more="triggers { cron 'x' }"),
    "pipeline needs an agent": "pipeline { stages { stage('A') { steps { echo 'x' } } } }",
    "pipeline needs stages": "pipeline { agent any }",
    "stage 'A': stage knows no 'matrix'": pipeline(_STAGE.format("matrix { }")),
    "stage 'A': a stage has one of steps, stages and parallel": pipeline(_STAGE.format("agent any")),
    "stage 'A': a stage with parallel has no agent": pipeline(
        _STAGE.format("agent any; parallel { stage('B') { steps { echo 'x' } } }")
    ),
    "stage 'A': no parallel stands within parallel": pipeline(
        _STAGE.format(
            "parallel { stage('B') { stages { stage('C') { parallel { stage('D') { steps { echo 'x' } } } } } } }"
        )
    ),
    "two stages have the name 'A'": pipeline(
        (_STAGE + "\n" + _STAGE).format("steps { echo 'x' }", "steps { echo 'x' }")
    ),
    "stage 'A': agent knows no 'docker'": pipeline(_STAGE.format("agent { docker 'x' }; steps { echo 'x' }")),
    "stage 'A': agent knows no 'kubernetes'": pipeline(_STAGE.format("agent { kubernetes { } }; steps { echo 'x' }")),
    "stage 'A': options knows no 'buildDiscarder'": pipeline(
        _STAGE.format("options { buildDiscarder(logRotator(numToKeepStr: '1')) }; steps { echo 'x' }")
    ),
    "stage 'A': timeout has no parameter 'activity' here; known are [time, unit]": pipeline(
        _STAGE.format("options { timeout(time: 1, activity: true) }; steps { echo 'x' }")
    ),
    "stage 'A': when knows no 'changeset'": pipeline(_STAGE.format("when { changeset 'x' }; steps { echo 'x' }")),
    "stage 'A': when has no condition": pipeline(_STAGE.format("when { beforeAgent true }; steps { echo 'x' }")),
    "stage 'A': when: environment has no parameter 'named'": pipeline(
        _STAGE.format("when { environment named: 'x' }; steps { echo 'x' }")
    ),
    "stage 'A': input knows no 'parameters'": pipeline(
        _STAGE.format("input { message 'x'; parameters { } }; steps { echo 'x' }")
    ),
    "stage 'A': input needs a message": pipeline(_STAGE.format("input { ok 'x' }; steps { echo 'x' }")),
    "stage 'A': post knows no 'sometimes'": pipeline(
        _STAGE.format("steps { echo 'x' }; post { sometimes { echo 'x' } }")
    ),
    "stage 'A': stage has 'steps' twice": pipeline(_STAGE.format("steps { echo 'x' }; steps { echo 'x' }")),
}


def test_declarative_syntax_that_is_not_known_is_refused_before_anything_runs(tmp_path: Path) -> None:
    said = refusals(tmp_path, [*DECLARATIVE.values(), steps("nothing 'runs here'")])

    assert said == [*DECLARATIVE, None]


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (
            "try { frob 'x' } catch (Throwable e) { echo 'hidden' }",
            "stage 'Only': no step or function has the name 'frob'",
        ),
        ("sh script: 'x', shell: 'y'", "stage 'Only': sh has no parameter 'shell' here; known are"),
        ("node('nobody') { echo 'x' }", "stage 'Only': no agent has the label 'nobody'; there are [one]"),
        ("echo 'x', 'y'", "stage 'Only': echo is given 2 values without a name"),
    ],
)
def test_steps_and_parameters_and_labels_that_are_not_known_are_refused(
    tmp_path: Path, body: str, refusal: str
) -> None:
    plan, commit = job(
        tmp_path, steps(f"script {{ catchError {{ {body} }} }}", "{ label 'one' }"), labels={"one": Label()}
    )

    build = run(plan, commit=commit)

    assert build.result == "REFUSED"
    assert build.error.startswith(refusal)

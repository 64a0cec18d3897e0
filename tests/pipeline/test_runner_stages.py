"""What Jenkins promises of stages: their order, `when`, environment, `post`, and what becomes of the result."""

from pathlib import Path

from tests.pipeline.runner.driver import Build, run
from tests.pipeline.runner.job import Answer
from tests.pipeline.scratch import job, needs_groovy, pipeline

pytestmark = needs_groovy


def test_when_knows_branch_environment_expression_and_their_combinations(tmp_path: Path) -> None:
    conditions = {
        "branch": ("branch 'ma*'", True), "other branch": ("branch 'ma/*'", False),
        "set before": ("environment name: 'ROAD', value: 'release'", True),
        "other value": ("environment name: 'ROAD', value: 'docs'", False),
        "expression": ("expression { env.ROAD in ['checks', 'release'] }", True),
        "null expression": ("expression { env.NOTHING }", False),
        "both": ("branch 'main'; environment name: 'ROAD', value: 'docs'", False),
        "not": ("not { branch 'main' }", False), "any": ("anyOf { branch 'x'; branch 'main' }", True),
        "all": ("allOf { branch 'x'; branch 'main' }", False), "change": ("changeRequest()", False),
    }  # fmt: skip
    stages = "".join(
        f"stage('{name}') {{ when {{ {condition} }}\nsteps {{ echo 'here' }} }}\n"
        for name, (condition, _) in conditions.items()
    )
    on_main, commit = job(tmp_path, pipeline("stage('first') { steps { script { env.ROAD = 'release' } } }\n" + stages))

    build = run(on_main, commit=commit)

    became = {name: result == "SUCCESS" for name, result in build.stages().items() if name != "first"}
    assert became == {name: expected for name, (_, expected) in conditions.items()}


def test_when_is_asked_after_options_input_and_agent_unless_it_says_before_which(tmp_path: Path) -> None:
    stages = "".join(
        f"""
        stage('{name}') {{
            when {{ {before}; branch 'other' }}
            agent {{ label 'any' }}
            options {{ lock('dev'); skipDefaultCheckout() }}
            input {{ message 'Go?' }}
            steps {{ echo 'here' }}
        }}
        """
        for name, before in {
            "last": "beforeAgent false", "agent": "beforeAgent true",
            "input": "beforeInput true", "options": "beforeOptions true",
        }.items()
    )  # fmt: skip
    plan, commit = job(tmp_path, pipeline(stages))

    build = run(plan, commit=commit, inputs=_yes("last", "agent"))

    assert set(build.stages().values()) == {"skipped"}
    assert _seen(build, "last") == ["lock", "input-waits", "input", "node"]
    assert _seen(build, "agent") == ["lock", "input-waits", "input"]
    assert _seen(build, "input") == ["lock"]
    assert _seen(build, "options") == []


def test_environment_goes_from_the_outer_to_the_inner_and_env_is_for_the_whole_build(tmp_path: Path) -> None:
    stages = """
        stage('One') {
            agent any
            environment { B = "${A}-b"; C = "${env.B}-c" }
            steps {
                script { env.LATER = 'set'; env.A = 'not seen' }
                sh 'echo "$A $B $C $STAGE_NAME $BRANCH_NAME $BUILD_NUMBER in:$GIT_COMMIT"'
                withEnv(['A=', 'LATER=inner']) { sh 'echo "${A-gone} $LATER"' }
            }
        }
        stage('Two') {
            agent any
            options { skipDefaultCheckout() }
            steps { sh 'echo "$LATER ${B-none} ${GIT_COMMIT-none}"; test ! -e a.txt'; echo "bare: ${LATER}" }
        }
    """
    plan, commit = job(tmp_path, pipeline(stages, more="environment { A = 'a' }"))

    build = run(plan, commit=commit)

    assert build.result == "SUCCESS", build.said()
    assert f"\na a-b a-b-c One main 1 in:{commit}\n" in build.console
    assert "\ngone inner\n" in build.console
    assert "\nset none none\n" in build.console
    assert "\nbare: set\n" in build.console


def test_after_a_failure_stages_are_skipped_and_post_runs_in_jenkins_order(tmp_path: Path) -> None:
    every = "".join(
        f"{condition} {{ echo '{condition} of WHERE' }}\n"
        for condition in ("cleanup", "failure", "success", "aborted", "unsuccessful", "always", "unstable", "changed")
    )
    stages = f"""
        stage('Group') {{
            stages {{
                stage('Bad') {{ steps {{ error 'on purpose' }} }}
                stage('After') {{ steps {{ echo 'never' }}
                    post {{ always {{ echo 'never' }} }} }}
            }}
            post {{ {every.replace("WHERE", "group")} }}
        }}
        stage('Last') {{ stages {{ stage('Inner') {{ steps {{ echo 'never' }} }} }} }}
    """
    plan, commit = job(
        tmp_path, pipeline(stages).replace("\n}\n", f"\npost {{ {every.replace('WHERE', 'all')} }}\n}}\n")
    )

    build = run(plan, commit=commit)

    assert build.result == "FAILURE"
    assert build.stages() == {
        "Group": "FAILURE",
        "Bad": "FAILURE",
        "After": "skipped",
        "Last": "skipped",
        "Inner": "skipped",
    }
    order = ["always", "changed", "unsuccessful", "failure", "cleanup"]
    told = [event["arguments"]["message"] for event in build.all("step", step="echo")]
    assert told == [f"{condition} of {where}" for where in ("group", "all") for condition in order]
    assert "never" not in build.console


def test_an_error_in_post_fails_a_stage_and_one_more_does_not_hide_the_first(tmp_path: Path) -> None:
    stages = """
        stage('Parallel') {
            parallel {
                stage('Good') { steps { echo 'fine' }
                    post { success { error 'in post' } } }
                stage('Bad') { steps { error 'in steps' }
                    post { failure { error 'later' }
                           cleanup { echo 'still runs' } } }
            }
        }
    """
    plan, commit = job(tmp_path, pipeline(stages))

    build = run(plan, commit=commit)

    errors = {event["stage"]: event["error"] for event in build.all("stage-ended")}
    assert errors == {"Good": "in post", "Bad": "in steps", "Parallel": "in post"}
    assert "still runs" in build.console


def test_unstable_goes_on_and_shows_in_the_stage_and_the_build(tmp_path: Path) -> None:
    stages = """
        stage('Shaky') { steps { unstable 'hm' } }
        stage('Caught') { steps { catchError(buildResult: 'SUCCESS', stageResult: 'FAILURE') { error 'no' } } }
        stage('After') { steps { echo "now ${currentBuild.currentResult}" } }
    """
    plan, commit = job(tmp_path, pipeline(stages))

    build = run(plan, commit=commit)

    assert build.result == "UNSTABLE"
    assert build.stages() == {"Shaky": "UNSTABLE", "Caught": "FAILURE", "After": "SUCCESS"}
    assert "now UNSTABLE" in build.console


def test_stages_without_agent_have_no_node_and_nested_ones_share_that_of_their_group(tmp_path: Path) -> None:
    stages = """
        stage('Group') {
            agent { label 'one' }
            options { skipDefaultCheckout() }
            stages {
                stage('Write') { steps { sh 'echo kept > file' } }
                stage('Read') { parallel { stage('Reader') { steps { sh 'cat file' } } } }
                stage('Other') { agent { label 'two' }
                    options { skipDefaultCheckout() }
                    steps { sh 'ls; test ! -e file' } }
            }
        }
        stage('None') { steps { echo 'no node yet'; sh 'true' } }
    """
    plan, commit = job(tmp_path, pipeline(stages))

    build = run(plan, commit=commit)

    assert build.stages()["Group"] == "SUCCESS", build.said()
    assert [event["label"] for event in build.all("node")] == ["one", "two"]
    assert build.stages()["None"] == "FAILURE"
    assert "requires a node context while 'agent none' was specified" in build.error


def _yes(*stages: str) -> list[Answer]:
    return [Answer(stage, "ada") for stage in stages]


def _seen(build: Build, stage: str) -> list[str]:
    kinds = {"lock", "input-waits", "input", "node"}
    return [event["event"] for event in build.events if event.get("stage") == stage and event["event"] in kinds]

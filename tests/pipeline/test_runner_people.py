"""What Jenkins promises of people and secrets: inputs, credentials, changes from outside."""

from pathlib import Path

from tests.pipeline.runner.driver import run, start
from tests.pipeline.runner.job import Answer, Change, Credential, Job
from tests.pipeline.scratch import ENVIRONMENT, Repository, job, needs_groovy, pipeline, steps

pytestmark = needs_groovy

GATE = """
    stage('Gate') {
        options { timeout(time: 3, unit: 'DAYS') }
        input { message 'Go?'; ok 'Yes'; submitter 'approvers, zoe'; submitterParameter 'APPROVER' }
        steps { script { env.WHO = env.APPROVER }; echo "within ${APPROVER}" }
        post { aborted { echo 'nobody approved' } }
    }
    stage('After') { steps { echo "by ${env.WHO} and ${env.APPROVER}" } }
"""


def test_input_takes_the_answer_of_a_submitter_and_names_it_in_its_stage_alone(tmp_path: Path) -> None:
    plan, commit = job(tmp_path, pipeline(GATE), groups={"approvers": ["grace"], "others": ["ada"]})

    build = start(plan, 1, commit=commit, inputs=[Answer("Gate", "ada")])
    build.until_event("input-refused", by="ada")
    build.answer(Answer("Gate", "Zoe"))
    build.wait()

    assert build.result == "SUCCESS", build.said()
    assert "You need to be approvers, zoe to submit this." in build.console
    assert "Approved by Zoe" in build.console
    assert "by Zoe and null" in build.console
    assert "within Zoe" in build.console
    assert not list(build.all("node"))


def test_a_rejection_and_a_timeout_abort_the_build_and_post_of_the_stage_is_not_reached(tmp_path: Path) -> None:
    plan, commit = job(tmp_path, pipeline(GATE), groups={"approvers": ["grace"]}, limits={"Gate": 1.0})

    rejected = run(plan, 1, commit=commit, inputs=[Answer("Gate", "grace", "abort")])
    waited = run(plan, 2, commit=commit, inputs=[Answer("Gate", "grace", delay_s=60)])

    for build in (rejected, waited):
        assert build.result == "ABORTED"
        assert build.stages() == {"Gate": "ABORTED", "After": "skipped"}
        assert "nobody approved" not in build.console  # Jenkins asks before it comes to what has a post
    assert rejected.error == "Rejected by grace"
    assert waited.error == "Timeout has been exceeded"


def test_credentials_are_there_within_their_block_and_masked(tmp_path: Path) -> None:
    jenkinsfile = steps(r"""
        withCredentials([string(credentialsId: 'token', variable: 'TOKEN'),
                         usernamePassword(credentialsId: 'git', usernameVariable: 'U', passwordVariable: 'P'),
                         file(credentialsId: 'settings', variable: 'FILE'),
                         sshUserPrivateKey(credentialsId: 'key', keyFileVariable: 'KEY', usernameVariable: 'KU')]) {
            sh 'set +x; echo "token=$TOKEN user=$U password=$P"; wc -c < "$FILE"; cat "$KEY"; echo "$KU"'
            sh 'echo "$FILE" > where'
            echo "interpolated ${TOKEN}"
        }
        withCredentials([gitUsernamePassword(credentialsId: 'git')]) {
            sh '"$GIT_ASKPASS" "Username for"; "$GIT_ASKPASS" "Password for" | rev; echo "$GIT_TERMINAL_PROMPT"'
        }
        sh 'set +x; echo "after:${TOKEN-gone}"; test ! -e "$(cat where)"'
        withSonarQubeEnv('sonarqube') { sh 'set +x; echo "$SONAR_HOST_URL $SONAR_AUTH_TOKEN"' }
        withCredentials([string(credentialsId: 'git', variable: 'X')]) { sh 'never' }
    """)
    outer = "steps {\nsh 'set +x; echo \"$OUTER $OUTER_PSW\"'"
    environment = "environment { OUTER = credentials('git') }\noptions"
    plan, commit = job(
        tmp_path,
        jenkinsfile.replace("options", environment, 1).replace("steps {", outer, 1),
        credentials={
            "token": Credential("string", 'se"cret-token'), "git": Credential("password", "pass-word", "bot"),
            "settings": Credential("file", "12345"), "key": Credential("ssh", "the key\n", "git"),
        },
        sonar={"sonarqube": {"url": "http://sonar.example.com", "token": "sonar-token"}},
    )  # fmt: skip

    build = run(plan, commit=commit)

    said = build.console
    for expected in (
        "token=**** user=bot password=****\n5\nthe key\ngit\n", "interpolated ****", "\nbot\n", "\ndrow-ssap\n",
        "\nfalse\n", "after:gone", "http://sonar.example.com ****", "\n**** ****\n",
    ):  # fmt: skip
        assert expected in said
    everything = said + (build.folder / "events.jsonl").read_text(encoding="utf-8") + build.said()
    assert not [secret for secret in ("cret-token", "pass-word", "sonar-token") if secret in everything]
    assert "is of type 'password' where 'string' was expected" in build.error


def test_a_change_from_a_fork_gets_the_jenkinsfile_of_its_target_and_no_credentials(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    trusted = steps("""
        sh 'echo "$BRANCH_NAME $CHANGE_ID $CHANGE_TARGET $CHANGE_BRANCH ${CHANGE_FORK-}"'
        checkout scm
        sh 'ls'
        withCredentials([string(credentialsId: 'token', variable: 'TOKEN')]) { sh 'echo bound' }
    """)
    repository.commit({"Jenkinsfile": trusted, "a.txt": "a"})
    hostile = repository.commit(
        {"Jenkinsfile": trusted.replace("sh 'ls'", "sh 'echo hostile'"), "b.txt": "b"}, "theirs"
    )
    repository.commit({"c.txt": "merged meanwhile"})
    plan = Job(tmp_path, str(repository.folder), ENVIRONMENT, credentials={"token": Credential("string", "secret")})

    fork = run(plan, 1, commit=hostile, change=Change(7, "theirs", fork=True))
    own = run(plan, 2, commit=hostile, change=Change(7, "theirs", merge=True))

    assert "PR-7 7 main theirs ada\n" in fork.console
    assert "b.txt" in fork.console
    assert "hostile" not in fork.console
    assert "no credentials" in fork.error
    assert own.result == "SUCCESS", own.said()
    assert "hostile" in own.console
    assert "bound" in own.console


def test_a_build_that_somebody_aborts_ends_its_steps_and_is_aborted(tmp_path: Path) -> None:
    plan, commit = job(tmp_path, steps("sh 'sleep 60'\necho 'never'"))

    build = start(plan, 1, commit=commit)
    build.until_event("sh-started")
    build.abort("grace")
    build.wait()

    assert build.result == "ABORTED"
    assert build.error == "Aborted by grace"
    assert "never" not in build.console

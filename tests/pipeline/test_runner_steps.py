"""What Jenkins promises of steps: `sh`, blocks and their values, errors, files, mail."""

from email.header import decode_header, make_header
from pathlib import Path

import pytest

from tests.pipeline.mailbox import Mailbox
from tests.pipeline.runner.driver import run
from tests.pipeline.runner.job import Label
from tests.pipeline.scratch import ENVIRONMENT, job, needs_groovy, pipeline, steps

pytestmark = needs_groovy


def test_sh_is_a_shell_that_stops_at_the_first_error_in_an_environment_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_MACHINE", "not seen")
    plan, commit = job(
        tmp_path,
        steps(r"""
        sh 'echo "machine:${OF_THE_MACHINE-nothing}"'
        sh '''#!/bin/bash
              [[ -v BASH_VERSION ]] && echo "in bash"'''
        script {
            echo "status ${sh(script: 'exit 7', returnStatus: true)}"
            echo "output <${sh(script: 'echo out; echo err >&2', returnStdout: true)}>"
            try { sh 'false; echo "not reached"' } catch (hudson.AbortException e) { echo "caught: ${e.message}" }
        }
        sh 'cat; echo "no input"'
        """),
    )

    build = run(plan, commit=commit)

    assert build.result == "SUCCESS", build.said()
    for said in ("machine:nothing", "+ echo", "in bash", "status 7", "output <out", "err", "no input"):
        assert said in build.console
    assert "\nout\n" not in build.console
    assert "not reached" not in build.console.replace("echo not reached", "")
    assert "caught: script returned exit code 1" in build.console
    assert [event["status"] for event in build.all("sh")] == [0, 0, 7, 0, 1, 0]


def test_checkout_is_detached_with_the_built_branch_as_origin_and_nothing_else(tmp_path: Path) -> None:
    plan, commit = job(
        tmp_path,
        steps("""
        checkout scm
        sh 'git status --short --branch; git for-each-ref --format "ref %(refname)"'
        sh 'git config --get-all remote.origin.fetch'
        node('other') { sh 'ls -A | wc -l' }
        """),
    )

    build = run(plan, commit=commit)

    assert "## HEAD (no branch)" in build.console
    assert [line for line in build.console.splitlines() if line.startswith("ref ")] == ["ref refs/remotes/origin/main"]
    assert "+refs/heads/main:refs/remotes/origin/main" in build.console
    assert build.console.splitlines()[-2] == "0"
    assert len({event["workspace"] for event in build.all("node")}) == 2
    assert not any(Path(event["workspace"]).exists() for event in build.all("node"))


def test_blocks_have_values_and_functions_below_the_pipeline_are_called(tmp_path: Path) -> None:
    below = """
        String built(String what) {
            return node('x') {
                try {
                    return withEnv(["WHAT=${what}"]) {
                        return sh(script: 'echo "built $WHAT"', returnStdout: true).trim()
                    }
                } catch (hudson.AbortException failed) {
                    echo 'not here'
                    throw failed
                } finally { echo "after ${what}" }
            }
        }
        void until(int wanted) {
            int seen = 0
            waitUntil(initialRecurrencePeriod: 1, quiet: true) { ++seen == wanted }
            echo "seen ${seen}"
        }
    """
    stages = """
        stage('Values') { steps { script { local = built('it'); echo "<${local}>" }
            until(3)
            script { try { waitUntil { 'text' } } catch (ClassCastException e) { echo e.message } }
            script { try { waitUntil { error 'inside' } } catch (IOException e) { echo "thrown ${e.message}" } }
            script { int tries = 0; retry(3) { if (++tries < 3) { error "try ${tries}" } }; echo "tries ${tries}" }
            echo "still ${local}" } }
        stage('Unknown property') { steps { echo "${nowhere}" } }
    """
    plan, commit = job(tmp_path, pipeline(stages, below=below))

    build = run(plan, commit=commit)

    said = [event["arguments"]["message"] for event in build.all("step", step="echo")]
    assert said == [
        "after it", "<built it>", "seen 3", "body return value text is not boolean", "thrown inside", "tries 3",
        "still built it",
    ]  # fmt: skip
    assert build.error == "No such property: nowhere for class: groovy.lang.Binding"
    assert build.result == "FAILURE"


def test_a_workspace_goes_with_its_links_and_what_they_lead_to_stays(tmp_path: Path) -> None:
    kept = tmp_path / "kept/file"
    kept.parent.mkdir()
    kept.write_text("still here")
    plan, commit = job(tmp_path, steps(f"sh 'mkdir a && ln -s {kept.parent} a/link'; sh 'cat a/link/file'"))

    build = run(plan, commit=commit)

    (node,) = build.all("node")
    assert build.result == "SUCCESS", build.said()
    assert not Path(node["workspace"]).exists()
    assert kept.read_text() == "still here"


def test_a_mistake_in_a_block_is_an_error_and_runs_nothing_twice(tmp_path: Path) -> None:
    plan, commit = job(tmp_path, steps("script { withEnv(['A=1']) { sh 'echo once'; 'text'.nothing() } }"))

    build = run(plan, commit=commit)

    assert build.scripts() == ["echo once"]
    assert "No signature of method: java.lang.String.nothing()" in build.error
    assert build.result == "FAILURE"


def test_parallel_branches_run_at_once_and_all_of_them_to_their_end(tmp_path: Path) -> None:
    both = "for i in $(seq 100); do [ -e {other} ] && exit {code}; sleep 0.05; done; exit 9"
    stages = f"""
        stage('Meet') {{
            agent any
            options {{ skipDefaultCheckout() }}
            stages {{ stage('Both') {{ parallel {{
                stage('A') {{ steps {{ sh 'touch a; {both.format(other="b", code=4)}' }} }}
                stage('B') {{ steps {{ sh 'touch b; {both.format(other="a", code=0)}'; sleep 1; echo 'b ends' }} }}
            }} }} }}
        }}
    """
    plan, commit = job(tmp_path, pipeline(stages))

    build = run(plan, commit=commit)

    assert build.stages() == {"Meet": "FAILURE", "Both": "FAILURE", "A": "FAILURE", "B": "SUCCESS"}
    assert build.error == "script returned exit code 4"
    assert "[B] b ends" in build.console


def test_fail_fast_and_timeouts_end_what_runs_with_all_its_processes_and_post_still_runs(tmp_path: Path) -> None:
    record = tmp_path / "record"
    stages = f"""
        stage('Fast') {{
            failFast true
            parallel {{
                stage('Slow') {{ steps {{ sleep 50 }}
                    post {{ aborted {{ echo 'slow was ended' }} }} }}
                stage('Bad') {{ steps {{ error 'bad' }} }}
            }}
            post {{ failure {{ timeout(time: 1, unit: 'SECONDS') {{ node('x') {{
                sh 'trap "echo cleaned > {record}; exit 1" TERM; sleep 60 & setsid sleep 61 & wait'
            }} }} }}
            cleanup {{ node('x') {{ sh 'echo "post runs"' }} }} }}
        }}
    """
    plan, commit = job(tmp_path, pipeline(stages))

    build = run(plan, commit=commit, timeout_s=40)

    assert build.result == "FAILURE"
    assert build.stages() == {"Fast": "FAILURE", "Slow": "ABORTED", "Bad": "FAILURE"}
    assert "slow was ended" in build.console
    assert record.read_text(encoding="utf-8") == "cleaned\n"
    assert "post runs" in build.console
    assert build.process.poll() is not None
    build.kill()  # it finds nothing that is left


def test_files_travel_by_stash_and_archive_and_junit_makes_unstable(tmp_path: Path) -> None:
    plan, commit = job(
        tmp_path,
        steps("""
        sh 'mkdir -p out/deep; echo 1 > out/a.txt; echo 2 > out/deep/b.txt; echo 3 > out/c.tar'
        archiveArtifacts artifacts: 'out/**', excludes: '**/*.tar', allowEmptyArchive: true
        stash name: 'all', includes: 'out/**/*.txt'
        writeFile file: 'r.xml', text: '<testsuite><testcase/><testcase><failure/></testcase></testsuite>'
        junit 'r.xml'
        node('other') {
            unstash 'all'
            sh 'find . -type f | sort'
            echo "there: ${fileExists 'out/a.txt'} ${readFile('out/a.txt').trim()}"
        }
        archiveArtifacts 'nothing/**'
        """),
    )

    build = run(plan, commit=commit)

    assert [event["files"] for event in build.all("archive")] == [["out/a.txt", "out/deep/b.txt"]]
    assert (build.folder / "archive/out/deep/b.txt").read_text(encoding="utf-8") == "2\n"
    assert "./out/a.txt\n./out/deep/b.txt\n" in build.console
    assert "there: true 1" in build.console
    assert [(event["tests"], event["failures"]) for event in build.all("junit")] == [(2, 1)]
    assert build.error.startswith("No artifacts found that match")


def test_mail_is_sent_as_html_and_one_that_can_not_be_sent_fails_nothing(tmp_path: Path) -> None:
    with Mailbox() as mailbox:
        plan, commit = job(
            tmp_path,
            steps("""
            writeFile file: 'mail.html', text: '<p>für $1 &amp; ${BUILD_NUMBER}</p>\\n' + '.\\n' * 30
            emailext to: 'a@example.com, b@example.com', subject: 'Fehlgeschlagen: größer', mimeType: 'text/html',
                     body: readFile('mail.html')
            emailext to: env.NOBODY, subject: 'x', body: 'y'
            emailext to: 'refused@example.com', subject: 'x', body: 'y'
            """),
            smtp=mailbox.address,
        )

        build = run(plan, commit=commit)

    assert build.result == "SUCCESS", build.said()
    assert [(event["to"], event["sent"]) for event in build.all("mail")] == [
        (["a@example.com", "b@example.com"], True), ([], False), (["refused@example.com"], False),
    ]  # fmt: skip
    (mail,) = mailbox.mails
    assert mail.recipients == ("a@example.com", "b@example.com")
    assert str(make_header(decode_header(mail.message["Subject"]))) == "Fehlgeschlagen: größer"
    assert mail.message.get_content_type() == "text/html"
    assert mail.html.startswith("<p>für $1 &amp; 1</p>\n.\n.\n")


def test_labels_give_variables_and_prepare_a_new_workspace_after_its_checkout(tmp_path: Path) -> None:
    jenkinsfile = steps(
        "sh 'ls'; checkout scm; checkout scm; sh 'cat warm; echo \"$FROM_POD $WORKSPACE\"'", "{ label 'tools' }"
    )
    label = Label(env={"FROM_POD": "pod"}, prepare="test -e a.txt; echo once >> warm")
    plan, commit = job(tmp_path, jenkinsfile, labels={"tools": label}, env=ENVIRONMENT | {"FROM_POD": "machine"})

    build = run(plan, commit=commit)

    assert build.result == "SUCCESS", build.said()
    assert build.console.splitlines().count("once") == 1
    assert "\npod /" in build.console
    assert len(list(build.all("prepare"))) == 1

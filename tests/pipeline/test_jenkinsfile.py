"""The Jenkinsfile, held to what Jenkins and its plugins take: what a run here can't show."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.pipeline.declarative import milestones, structure
from tests.pipeline.outline import Node, calls, outlines, step_parameters, value, walk
from tests.pipeline.runner.groovy import ROOT
from tests.pipeline.scratch import needs_groovy, pipeline, steps
from tests.pipeline.steptable import TABLE, loops, shells
from tests.pipeline.steptable import steps as steps_of
from tests.pipeline.stories.delivery import STAND_INS

pytestmark = needs_groovy

_ONE = "stage('A') {{ {} }}"
WRONG = {
    "0 calls of pipeline": "node { echo 'x' }",
    "pipeline without agent": "pipeline { stages { stage('A') { steps { echo 'x' } } } }",
    "pipeline knows no stage": pipeline("stage('B') { steps { echo 'x' } }", more="stage('A') { }"),
    "stage knows no step": pipeline(_ONE.format("step { echo 'x' }; steps { echo 'x' }")),
    "stage has steps twice": pipeline(_ONE.format("steps { echo 'x' }; steps { echo 'x' }")),
    "has steps and parallel of": pipeline(_ONE.format("steps { echo 'x' }; parallel { }")),
    "an agent beside parallel": pipeline(_ONE.format("agent any; parallel { stage('B') { steps { echo 'x' } } }")),
    "parallel within parallel": pipeline(
        _ONE.format(
            "parallel { stage('B') { stages { stage('C') { parallel { stage('D') { steps { echo 'x' } } } } } } }"
        )
    ),
    "2 stages have the name A": pipeline(_ONE.format("steps { echo 'x' }") + "\n" + _ONE.format("steps { echo 'x' }")),
    "stages without a stage": "pipeline { agent any; stages { } }",
    "options knows no buildDiscarder here": pipeline(
        _ONE.format("options { buildDiscarder(logRotator(numToKeepStr: '1')) }; steps { echo 'x' }")
    ),
    "options knows no withSonarQubeEnv here": pipeline(
        _ONE.format("options { withSonarQubeEnv('x') }; steps { echo 'x' }")
    ),
    "when knows no onBranch": pipeline(_ONE.format("when { onBranch 'main' }; steps { echo 'x' }")),
    "when has 0 conditions": pipeline(_ONE.format("when { beforeAgent true }; steps { echo 'x' }")),
    "beforeOptions is missing": pipeline(_ONE.format("when { branch 'x' }; options { lock('x') }; steps { echo 'x' }")),
    "beforeInput is missing": pipeline(_ONE.format("when { branch 'x' }; input { message 'x' }; steps { echo 'x' }")),
    "beforeAgent is missing": pipeline(_ONE.format("when { branch 'x' }; agent any; steps { echo 'x' }")),
    "an agent is held while a person is asked": pipeline(
        _ONE.format("agent any; stages { stage('B') { input { message 'x' }; steps { echo 'x' } } }")
    ),
    "a person is asked without a timeout": pipeline(_ONE.format("input { message 'x' }; steps { echo 'x' }")),
    "post knows no sometimes": pipeline(_ONE.format("steps { echo 'x' }; post { sometimes { echo 'x' } }")),
    "post needs an agent": pipeline(
        _ONE.format("steps { echo 'x' }; post { failure { tell() } }"), below="void tell() { sh 'x' }"
    ),
    "a step needs an agent": pipeline(_ONE.format("steps { script { echo readFile('x') } }")),
    "expected a step": pipeline(_ONE.format("steps { def x = 1 }")),
    "environment takes NAME": pipeline(_ONE.format("environment { x 'y' }; steps { echo 'x' }")),
    "a milestone within parallel": pipeline(_ONE.format("parallel { stage('B') { steps { milestone 1 } } }")),
    "milestone 10 after 20": pipeline(_ONE.format("steps { milestone 20; milestone 10 }")),
    "frob is no step": steps("frob 'x'"),
    "echo takes no values without names": steps("echo 'x', 'y'"),
    "emailext takes no values without names": steps("emailext 'x'"),
    "emailext lacks body": steps("emailext subject: 'x', to: 'y'"),
    "sh has no parameter shell": steps("sh script: 'x', shell: 'y'"),
    "time is a number, not '5'": steps("timeout(time: '5', unit: 'HOURS') { echo 'x' }"),
    "quiet is a flag, not 'yes'": steps("waitUntil(quiet: 'yes') { true }"),
    "echo takes no block": steps("echo('x') { }"),
    "string lacks variable": steps("withCredentials([string(credentialsId: 'x')]) { echo 'x' }"),
    "tell is given 0 values": pipeline(_ONE.format("steps { tell() }"), below="void tell(String what) { echo what }"),
    "sh without a text in single quotes": steps('sh "make $X"'),
    "Groovy puts $X together": steps("withCredentials([string(credentialsId: 'x', variable: 'X')]) { echo \"$X\" }"),
    "steps in the block of each": steps("script { ['x'].each { sh 'x' } }"),
}


def _problems(outline: Node) -> list[str]:
    return [problem for check in (structure, milestones, steps_of, shells, loops) for problem in check(outline)]


@pytest.fixture(scope="module")
def ours() -> Node:
    return outlines([(ROOT / "Jenkinsfile").read_text(encoding="utf-8")])[0]


def test_our_jenkinsfile_is_what_jenkins_takes(ours: Node) -> None:
    assert _problems(ours) == []


def test_each_mistake_is_found_and_named_and_nothing_else_is() -> None:
    found = [_problems(outline) for outline in outlines([*WRONG.values(), steps("sh 'x'")])]

    assert [
        expected for expected, problems in zip(WRONG, found, strict=False) if not any(expected in p for p in problems)
    ] == []
    assert found[-1] == []


def test_the_runner_knows_no_step_and_no_parameter_that_its_plugin_has_not() -> None:
    documented = TABLE["steps"] | TABLE["values"]

    for name, parameters in step_parameters().items():
        assert set(parameters) <= set(documented[name]["parameters"]), name


def test_each_step_names_its_plugin_and_the_page_that_documents_it() -> None:
    for name, about in (TABLE["steps"] | TABLE["values"]).items():
        assert about["plugin"], name
        assert re.fullmatch(r"https://(www\.jenkins\.io/doc|plugins\.jenkins\.io)/\S+", about["url"]), name
        assert set(about.get("required", [])) <= set(about["parameters"]), name


def test_each_plugin_of_a_step_is_installed(ours: Node) -> None:
    listed = (ROOT / "jenkins/plugins.txt").read_text(encoding="utf-8")
    installed = {line.partition(":")[0] for line in listed.splitlines()}
    documented = TABLE["steps"] | TABLE["values"]
    used = {
        documented[call["name"]]["plugin"]
        for call in calls([ours["statements"], ours["functions"]])
        if call["name"] in documented
    }

    assert used - installed - {"core"} == set()


def test_each_label_has_a_pod(ours: Node) -> None:
    casc = ROOT / "jenkins/casc/agents.yaml"
    everything = [ours["statements"], ours["functions"]]
    asked = {value(call) for agent in calls(everything, "agent") for call in calls(agent["block"], "label")}
    asked |= {value(call) for call in calls(everything, "node")}

    assert asked == set(_all(yaml.safe_load(casc.read_text(encoding="utf-8")), "label"))


def test_each_credential_and_each_group_of_approvers_is_set_up(ours: Node) -> None:
    everything = [ours["statements"], ours["functions"]]
    names = {
        value(call, "credentialsId") for call in calls(everything, *TABLE["values"]) if "credentialsId" in call["named"]
    }
    names |= {name.strip() for call in calls(everything, "submitter") for name in value(call).split(",")}
    said = "\n".join(
        file.read_text(encoding="utf-8")
        for file in (ROOT / "jenkins").rglob("*")
        if file.is_file() and file.suffix in {".yaml", ".groovy"}
    )

    assert [name for name in sorted(names) if not re.search(rf"(id|name)(: *|\('){re.escape(name)}\b", said)] == []


def test_each_target_is_in_the_makefile(ours: Node) -> None:
    texts = [node["value"] for node in walk([ours["statements"], ours["functions"]]) if node["kind"] == "constant"]
    made = {
        match[1]
        for text in texts
        if isinstance(text, str)
        for match in re.finditer(r"\bmake (?:--\S+ )*([a-z][\w-]*)", text)
    }
    made |= {value(call) for call in calls(ours["statements"], "inSlices", "slice")}
    files = [(ROOT / name).read_text(encoding="utf-8") for name in ("Makefile", "jenkins/pipeline.mk")]
    there = {name for text in files for name in re.findall(r"^([\w-]+):", text, re.MULTILINE)}

    assert sorted(made - there) == []


def _all(inside: object, name: str) -> Iterator[object]:
    """The values under `name`, wherever they stand."""
    if isinstance(inside, dict):
        for key, one in inside.items():
            if key == name:
                yield one
            yield from _all(one, name)
    elif isinstance(inside, list):
        for one in inside:
            yield from _all(one, name)


BRANCHING = {"if", "try", "throw", "ForStatement", "while"}


def test_no_stage_branches_and_of_the_functions_those_that_wait_and_that_mail(ours: Node) -> None:
    (called,) = calls(ours["statements"], "pipeline")

    assert not [node for node in walk(called["block"]) if node["kind"] in BRANCHING]
    assert {name for name, one in ours["functions"].items() if {n["kind"] for n in walk(one["body"])} & BRANCHING} == {
        "inSlices", "slice", "tell", "tellShortly",
    }  # fmt: skip


# Stages that are more than one target, and why.
MORE = {"Checkout": 3, "Push": 2}  # what the other stages go by; the push, and what was pushed


def test_a_stage_is_a_name_and_a_target(ours: Node) -> None:
    (called,) = calls(ours["statements"], "pipeline")
    targets = {
        value(stage): [
            *(value(sh, "script") if sh["named"] else value(sh) for sh in calls(stage["block"], "sh")),
            *(f"make {value(slices)}" for slices in calls(_steps(stage), "inSlices")),
        ]
        for stage in calls(called["block"], "stage")
        if _steps(stage)
    }

    assert all(re.fullmatch(r"make (--silent )?[a-z-]+", target) for made in targets.values() for target in made)
    assert {stage: len(made) for stage, made in targets.items() if len(made) > 1} == MORE


def _steps(stage: Node) -> list[Node]:
    """The steps of a stage; none where it has stages."""
    found = [one for one in stage["block"] if one["kind"] == "call" and one["name"] == "steps"]
    return list(found[0]["block"]) if found else []


def test_the_limits_of_what_is_within_fit_into_each_limit(ours: Node) -> None:
    (called,) = calls(ours["statements"], "pipeline")
    stages = next(calls(called["block"], "stages"))["block"]
    whole = next(_hours(called))

    within = {value(stage): next(_hours(stage), 0) for stage in stages}
    for stage in stages:
        slices = sum(call["unnamed"][1]["value"] for call in calls(stage["block"], "inSlices"))
        others = sum(hours for nested in calls(stage["block"], "stage") for hours in _hours(nested))
        assert slices + others < within[value(stage)], value(stage)
    assert sum(within.values()) < whole


def _hours(block: Node) -> Iterator[float]:
    """The limit among the options of a pipeline or a stage, in hours; none where it has none."""
    for options in block["block"]:
        if options["kind"] == "call" and options["name"] == "options":
            for limit in calls(options["block"], "timeout"):
                yield value(limit, "time") * {"MINUTES": 1 / 60, "HOURS": 1, "DAYS": 24}[value(limit, "unit")]


def test_the_stories_say_of_each_stage_that_runs_tagbump_that_it_is_not_the_pinned_one(ours: Node) -> None:
    (called,) = calls(ours["statements"], "pipeline")

    run_it = {
        value(stage)
        for outer in calls(called["block"], "stage")
        for stage in [*calls(outer["block"], "stage")]
        if list(calls(stage["block"], "inSlices")) or "tagbump" in _labels(outer)
    }

    assert len(run_it) > 5
    assert {stage for stage, what in STAND_INS.items() if "tagbump" in what} == run_it


def _labels(stage: Node) -> set[str]:
    """The labels of the agents that a stage asks for, not counting what is within other stages."""
    agents = [one for one in stage["block"] if one["kind"] == "call" and one["name"] == "agent"]
    return {value(label) for agent in agents for label in calls(agent["block"], "label")}


def test_it_says_nothing_of_this_machine(ours: Node) -> None:
    assert ours
    text = Path(ROOT / "Jenkinsfile").read_text(encoding="utf-8")

    assert not re.search(r"/(home|root|work|tmp)/|localhost|127\.0\.0\.1", text)

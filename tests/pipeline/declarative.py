"""What Jenkins allows of the declarative syntax, and where. Each function yields what is wrong, with the line."""

from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from itertools import pairwise
from typing import Final

from tests.pipeline.outline import Node, calls, value, walk
from tests.pipeline.steptable import TABLE, Functions, needs_node

PIPELINE: Final = {"agent", "environment", "libraries", "options", "parameters", "post", "stages", "tools", "triggers"}
STAGE: Final = {
    "agent", "environment", "failFast", "input", "matrix", "options", "parallel", "post", "stages", "steps", "tools",
    "when",
}  # fmt: skip
CONDITIONS: Final = {
    "allOf", "anyOf", "branch", "buildingTag", "changeRequest", "changelog", "changeset", "environment", "equals",
    "expression", "isRestartedRun", "not", "tag", "triggeredBy",
}  # fmt: skip
BEFORE: Final = {"beforeAgent", "beforeInput", "beforeOptions"}
POST: Final = {
    "aborted", "always", "changed", "cleanup", "failure", "fixed", "notBuilt", "regression", "success", "unstable",
    "unsuccessful",
}  # fmt: skip
INPUT: Final = {"id", "message", "ok", "parameters", "submitter", "submitterParameter"}
AGENT: Final = {"dockerfile", "docker", "kubernetes", "label", "node"}


def structure(outline: Node) -> Iterator[str]:
    """What is wrong with `pipeline` and all that stands in it."""
    pipelines = list(calls(outline["statements"], "pipeline"))
    if len(pipelines) != 1 or pipelines[0] not in outline["statements"]:
        yield f"{len(pipelines)} calls of pipeline, where one has to stand at the top"
        return
    sections = yield from _sections(pipelines[0], PIPELINE)
    for needed in ("agent", "stages"):
        if needed not in sections:
            yield f"line {pipelines[0]['line']}: pipeline without {needed}"
    yield from _common(sections, "pipeline")
    agent = _has_agent(sections, inherited=False)
    functions = outline["functions"]
    yield from _post_has_a_node(sections, functions, agent=agent)
    if "stages" in sections:
        yield from _stages(sections["stages"], functions, agent=agent, within_parallel=False)


def _sections(call: Node, known: set[str]) -> Generator[str, None, dict[str, Node]]:
    """Yield what is wrong with the names in the block of `call`; return its sections by name."""
    found: dict[str, Node] = {}
    for node in call["block"] or []:
        name = node.get("name") if node["kind"] == "call" else None
        if name not in known:
            yield f"line {node['line']}: {call['name']} knows no {name or node['kind']}"
        elif name in found:
            yield f"line {node['line']}: {call['name']} has {name} twice"
        else:
            found[name] = node
    return found


def _stages(section: Node, functions: Functions, *, agent: bool, within_parallel: bool) -> Iterator[str]:
    stages = section["block"] or []
    if not stages:
        yield f"line {section['line']}: {section['name']} without a stage"
    for name, count in Counter(value(stage) for stage in stages if stage["kind"] == "call").items():
        if count > 1:
            yield f"line {section['line']}: {count} stages have the name {name}"
    for stage in stages:
        if stage["kind"] != "call" or stage["name"] != "stage" or stage["block"] is None:
            yield f"line {stage['line']}: {section['name']} takes stages only"
        else:
            yield from _stage(stage, functions, agent=agent, within_parallel=within_parallel)


def _stage(stage: Node, functions: Functions, *, agent: bool, within_parallel: bool) -> Iterator[str]:
    where = f"stage {value(stage)}"
    sections = yield from _sections(stage, STAGE)
    contents = [name for name in ("steps", "stages", "parallel", "matrix") if name in sections]
    if len(contents) != 1:
        yield f"{where}: has {' and '.join(contents) or 'none'} of steps, stages, parallel and matrix"
        return
    if contents[0] in {"parallel", "matrix"}:
        if within_parallel:
            yield f"{where}: {contents[0]} within parallel"
        if "agent" in sections:
            yield f"{where}: an agent beside {contents[0]}"
    yield from _common(sections, where)
    yield from _waiting(sections, where, agent=agent)
    has_agent = _has_agent(sections, inherited=agent)
    yield from _post_has_a_node(sections, functions, agent=has_agent)
    section = sections[contents[0]]
    if contents[0] == "steps":
        if not has_agent and needs_node(section["block"], functions):
            yield f"{where}: a step needs an agent, and there is none"
        yield from _only_steps(section["block"], where)
    else:
        yield from _stages(
            section, functions, agent=has_agent, within_parallel=within_parallel or contents[0] == "parallel"
        )


def _has_agent(sections: dict[str, Node], *, inherited: bool) -> bool:
    if "agent" not in sections:
        return inherited
    named = sections["agent"]["unnamed"]
    return not (named and named[0].get("name") == "none") or inherited


def _inside(sections: dict[str, Node], name: str) -> Sequence[Node]:
    """What stands in a section; nothing where there is none."""
    found: Sequence[Node] = (sections.get(name) or {}).get("block") or []
    return found


def _common(sections: dict[str, Node], where: str) -> Iterator[str]:
    """What is wrong with the sections that a pipeline and a stage both may have."""
    if "agent" in sections:
        yield from _agent(sections["agent"], where)
    place = "pipeline" if where == "pipeline" else "stage"
    for option in _inside(sections, "options"):
        step = TABLE["steps"].get(option.get("name"), {})
        if option.get("name") not in TABLE["options"][place] and not (step.get("block") and not step.get("node")):
            yield f"{where}: options knows no {option.get('name')} here"
    if any(line["kind"] != "=" for line in _inside(sections, "environment")):
        yield f"{where}: environment takes NAME = value only"
    for condition in _inside(sections, "post"):
        if condition.get("name") not in POST or condition["block"] is None:
            yield f"{where}: post knows no {condition.get('name')}"
        else:
            yield from _only_steps(condition["block"], where)
    if "when" in sections:
        yield from _when(sections["when"], where)


def _agent(agent: Node, where: str) -> Iterator[str]:
    named = [node.get("name") for node in agent["unnamed"]]
    inner = [node.get("name") for node in agent["block"] or []]
    if any(name not in {"any", "none"} for name in named) or not set(inner) <= AGENT or not (named or inner):
        yield f"{where}: agent {[*named, *inner]} is not known"


def _when(when: Node, where: str) -> Iterator[str]:
    inner = when["block"] or []
    for node in inner:
        name = node.get("name")
        if name not in CONDITIONS | BEFORE or (name in BEFORE and when["name"] != "when"):
            yield f"{where}: {when['name']} knows no {name}"
        elif name in {"allOf", "anyOf", "not"}:
            yield from _when(node, where)
    conditions = [node for node in inner if node.get("name") in CONDITIONS]
    if not conditions or (when["name"] == "not" and len(conditions) != 1):
        yield f"{where}: {when['name']} has {len(conditions)} conditions"


def _waiting(sections: dict[str, Node], where: str, *, agent: bool) -> Iterator[str]:
    """For a stage that is left out nobody is asked, and no agent or lock taken; and no agent waits for a person."""
    options = {node["name"] for node in calls(_inside(sections, "options"))}
    if "when" in sections:
        yield from _in_time({node.get("name") for node in _inside(sections, "when")}, options, sections, where)
    if "input" in sections:
        names = [node.get("name") for node in _inside(sections, "input")]
        if "message" not in names or not set(names) <= INPUT:
            yield f"{where}: input has {names}"
        if agent:
            yield f"{where}: an agent is held while a person is asked"
        if "timeout" not in options:
            yield f"{where}: a person is asked without a timeout"


def _in_time(before: set[str | None], options: set[str], sections: dict[str, Node], where: str) -> Iterator[str]:
    if "lock" in options and "beforeOptions" not in before:
        yield f"{where}: its lock is taken before `when` is asked; beforeOptions is missing"
    elif "input" in sections and not before & {"beforeInput", "beforeOptions"}:
        yield f"{where}: a person is asked before `when` is; beforeInput is missing"
    elif "agent" in sections and not before & BEFORE:
        yield f"{where}: an agent is taken before `when` is asked; beforeAgent is missing"


def _post_has_a_node(sections: dict[str, Node], functions: Functions, *, agent: bool) -> Iterator[str]:
    post = sections.get("post")
    if post and not agent and needs_node(post["block"], functions):
        yield f"line {post['line']}: post needs an agent, and there is none"


def _only_steps(body: Sequence[Node], where: str) -> Iterator[str]:
    """Jenkins takes nothing but steps in `steps` and `post`, and in blocks of steps there, up to `script`."""
    for node in body:
        if node["kind"] != "call" or node["on"] is not None:
            yield f"{where}, line {node['line']}: expected a step, and not {node['kind']}"
        elif node["name"] != "script" and node["block"] is not None:
            yield from _only_steps(node["block"], where)


def milestones(outline: Node) -> Iterator[str]:
    """Milestones that stand in parallel, or do not rise."""
    for parallel in calls(outline["statements"], "parallel"):
        for milestone in calls(parallel["block"], "milestone"):
            yield f"line {milestone['line']}: a milestone within parallel"
    numbers = [
        (value(node, "ordinal"), node["line"])
        for node in walk(outline["statements"])
        if node.get("name") == "milestone"
    ]
    for (before, _), (number, line) in pairwise(numbers):
        if number <= before:
            yield f"line {line}: milestone {number} after {before}"

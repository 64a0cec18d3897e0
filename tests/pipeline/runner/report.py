"""What a build has done, as a table for people."""

from collections.abc import Mapping

from tests.pipeline.runner.driver import Build


def table(build: Build, stand_ins: Mapping[str, str]) -> str:
    """Markdown: each stage with its result, its seconds, and whether it was real.

    `stand_ins` says for a stage by what something in it was stood in for; a stage that is not in it was real.
    """
    lines = ["| stage | result | seconds | real or a stand-in |", "| --- | --- | ---: | --- |"]
    seconds = {event["stage"]: f"{event['seconds']:.1f}" for event in build.all("stage-ended")}
    for stage, result in build.stages().items():
        ran = result != "skipped"
        what = stand_ins.get(stage, "real") if ran else ""
        lines.append(f"| {stage} | {result if ran else _why(build, stage)} | {seconds.get(stage, '')} | {what} |")
    return "\n".join(lines) + "\n"


def _why(build: Build, stage: str) -> str:
    why = next(event["why"] for event in build.all("stage-skipped", stage=stage))
    return {"when": "left out", "failure": "not reached", "unstable": "not reached"}[why]

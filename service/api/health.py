"""What probes and people ask about the process: /healthz, /readyz, /health, /version, /openapi.json."""

import json
from pathlib import Path

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from service.api.context import context
from service.api.errors import problem
from service.domain import readiness

OPENAPI = Path(__file__).with_name("openapi.json").read_bytes()

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> ResponseReturnValue:
    """Answer 200. It asks nothing of the database: restarting this process would not mend one."""
    return Response('{"status": "ok"}', content_type="application/json")


@blueprint.get("/readyz")
@blueprint.get("/health")
def ready() -> ResponseReturnValue:
    """Answer 200 when requests can be served, or 503 naming the check that fails."""
    found = readiness.look(context().schema, context().needed_revision, stopping=context().stopping.is_set())
    if found.failing:
        return problem(503, "; ".join(found.failing), checks=found.checks)
    return Response(json.dumps({"status": "ok", "checks": found.checks}), content_type="application/json")


@blueprint.get("/version")
def version() -> ResponseReturnValue:
    """Answer with the image, tag, digest and source commit, each "unknown" when the environment does not say."""
    artifact = context().artifact
    answer = {"image": artifact.image, "tag": artifact.tag, "digest": artifact.digest, "source": context().source}
    return Response(json.dumps(answer), content_type="application/json")


@blueprint.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    """Answer with the description of every path here."""
    return Response(OPENAPI, content_type="application/json")

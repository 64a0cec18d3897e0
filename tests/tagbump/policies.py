"""Files to read as tagbump.yaml, and what is said about them."""

from textwrap import dedent

import pytest

from tagbump import policy
from tagbump.errors import ConfigurationError
from tagbump.model import Environment, Policy

KEY, OTHER_KEY = "0123456789ABCDEF0123456789ABCDEF01234567", "ABCDEF0123456789ABCDEF0123456789ABCDEF01"
SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f bot@example.com"

EXAMPLE = """\
image: service                 # the `name` in the overlays' `images:` list
branch: main
environments:                  # in promotion order
  dev:   {overlay: k8s/overlays/dev,   application: argocd/service-dev}
  stage: {overlay: k8s/overlays/stage, application: argocd/service-stage, from: dev,
          approval: required}
  prod:  {overlay: k8s/overlays/prod,  application: argocd/service-prod, from: stage,
          approval: four-eyes, soak: 30m,
          freeze: [{from: "Fri 16:00", to: "Mon 08:00", timezone: Europe/Berlin}]}
"""


def parse(text: str) -> Policy:
    return policy.parse(dedent(text).encode())


def only(keys: str) -> Environment:
    """Return the environment `prod` that takes from dev and has an overlay and `keys`."""
    return policy.parse(from_dev(keys).encode()).environments[1]


def from_dev(*keys: str) -> str:
    """Return a file in which the environment prod, which takes from dev, has each of `keys` on a line, from line 5."""
    lines = ["image: service", "environments:", "  dev: {overlay: k8s/overlays/dev}", "  prod: {from: dev, overlay: p,"]
    return "\n".join([*lines, *keys]) + "}\n"


def complaint(text: str | bytes) -> str:
    """Return what is said about `text`, which must be a configuration error."""
    return _wrong(text).message


def next_step(text: str | bytes) -> str:
    """Return what is to be done about `text`, which must be a configuration error."""
    return _wrong(text).hint


def _wrong(text: str | bytes) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        policy.parse(text if isinstance(text, bytes) else dedent(text).encode())
    assert (caught.value.exit_code, caught.value.kind) == (2, "configuration")
    return caught.value

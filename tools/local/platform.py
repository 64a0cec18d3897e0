"""Everything in the cluster: the controllers, and what stands in for a company's and for AWS' servers."""

import secrets
from typing import Final

from local import upstream
from local.programs import ROOM, run, say, show

OWN: Final = ("prometheus", "stand_ins")
"""The parts that are in this repository whole. After the others: they are of kinds which those define."""
PASSWORDS: Final = ("postgresql", "git")
WAIT: Final = "15m"  # by feel: some two gigabytes of images come over the network


def install() -> None:
    """Apply every part, which changes nothing where it is there already, and wait until all of it runs."""
    for part in upstream.parts():
        _apply(part)
    run("kubectl", "wait", "--for", "condition=Established", "--timeout", "60s", "customresourcedefinitions", "--all")
    for part in OWN:
        _apply(part)
    make_passwords()
    say("up: waiting until all of it runs (some minutes the first time: images are pulled)")
    show("kubectl", "wait", "--for", "condition=Available", "--timeout", WAIT, "--all-namespaces", "deployments",
         "--all")  # fmt: skip
    show("kubectl", "wait", "--for", "condition=Available", "--timeout", WAIT, "--namespace", "monitoring",
         "prometheuses.monitoring.coreos.com/prometheus")  # fmt: skip


def make_passwords() -> None:
    """Make the Secret `passwords`, once: it is read by the stand-ins, which wait for it."""
    place = ("--namespace", "stand-ins")
    if not run("kubectl", *place, "get", "secret", "passwords", "--ignore-not-found").stdout.strip():
        lines = "".join(f"{name}={secrets.token_urlsafe(18)}\n" for name in PASSWORDS)
        run("kubectl", *place, "create", "secret", "generic", "passwords", "--from-env-file", "/dev/stdin", given=lines)


def make_databases() -> None:
    """Make a role and a database for each environment, where they are not there."""
    run("kubectl", "--namespace", "stand-ins", "exec", "--stdin", "deployment/postgresql", "--", "psql",
        "--quiet", "--set", "ON_ERROR_STOP=1", "--username", "postgres",
        given=(ROOM / "stand_ins/postgresql/databases.sql").read_text())  # fmt: skip


def _apply(part: str) -> None:
    say(f"up: installing {part.replace('_', '-')}")
    # On the server's side: the definitions are larger than the annotation that kubectl would otherwise keep.
    run("kubectl", "apply", "--server-side", "--force-conflicts", "--kustomize", str(upstream.lay_out(part)))

"""Makes the quality gate of a SonarQube exactly what gate.yaml says: python -m sonar [--dry-run] [FILE].

SONAR_HOST_URL names the server. Who asks it is SONAR_TOKEN, a token of somebody who may administer quality gates, or
SONAR_USER and SONAR_PASSWORD. A second run finds nothing to do. Exit code 2: the file or the environment is wrong;
6: the server did not answer, or did not permit it.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml

from sonar.gate import CREATE, Gate, Misspelt, changes, read
from sonar.server import Server, Unanswered, is_http

GATE: Final = Path(__file__).with_name("gate.yaml")


class NotNamed(Exception):
    """The environment names no server that can be asked, or nobody to ask it as."""


def server(environment: Mapping[str, str]) -> Server:
    """Return the server that the environment names. Raises NotNamed."""
    address = environment.get("SONAR_HOST_URL", "")
    if not address:
        raise NotNamed("SONAR_HOST_URL is not set: the address of the SonarQube")
    if not is_http(address):
        raise NotNamed("SONAR_HOST_URL is no http or https address")
    if token := environment.get("SONAR_TOKEN", ""):
        return Server(address, token, "")
    user = environment.get("SONAR_USER", "")
    if not user:
        raise NotNamed("neither SONAR_TOKEN nor SONAR_USER and SONAR_PASSWORD are set")
    return Server(address, user, environment.get("SONAR_PASSWORD", ""))


def apply(gate: Gate, to: Server, *, dry_run: bool) -> list[str]:
    """Make the server's gate into `gate`, or only see what that takes. Return what was to be done, a line each."""
    steps = changes(gate, to.found(gate.name))
    if dry_run:
        return [step.says for step in steps]
    for key in gate.projects:
        to.ensure_project(key)
    made = [step for step in steps if step.path == CREATE]
    for step in made:
        to.carry_out(step)
    # Looked at again: a new gate begins with conditions of the server's choosing, which are to go too.
    rest = changes(gate, to.found(gate.name))
    for step in rest:
        to.carry_out(step)
    return [step.says for step in (*made, *rest)]


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Do what is asked, and say what was done. Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sonar", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
    parser.add_argument("file", nargs="?", type=Path, default=GATE, help="the gate; without it, gate.yaml beside this")
    asked = parser.parse_args(arguments)
    try:
        gate = read(yaml.safe_load(asked.file.read_text(encoding="utf-8")))
        done = apply(gate, server(environment), dry_run=asked.dry_run)
    except (NotNamed, OSError) as error:
        sys.stderr.write(f"sonar: {error}\n")
        return 2
    except (Misspelt, yaml.YAMLError) as error:
        sys.stderr.write(f"sonar: {asked.file}: {error}\n")
        return 2
    except Unanswered as error:
        sys.stderr.write(f"sonar: {error}\n")
        return 6
    said = "".join(f"  {line}\n" for line in done) or "  nothing to do\n"
    sys.stdout.write(f"gate {gate.name}{', not changed (dry run)' if asked.dry_run else ''}:\n{said}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))

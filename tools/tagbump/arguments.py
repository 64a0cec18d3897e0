"""The command line: which verbs there are, what each takes, and which call it becomes.

Imports are few, and late where they can be: `--help` answers at the speed of argparse.
"""

import argparse

from tagbump import calls, guesses
from tagbump.errors import UsageError
from tagbump.parsing import Parser, Version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Any

_RETRY_FOR = "60s"
_TIMEOUT = "10m"


def parser() -> Parser:
    """Return the parser of the whole command line. Its result has `run`, `json`, `quiet` and `verbose`.

    It raises UsageError, and parsing.Asked for `--help` and `--version`.
    """
    top = Parser(
        prog="tagbump",
        description="Moves one built image through the environments of a GitOps repository, one commit at a time.",
        epilog="Exit codes: 0 done or nothing to do, 1 a bug, 2 usage or configuration, 3 refused by a rule,"
        " 4 the remote kept moving, 5 a check failed, 6 unreachable or not permitted, 7 time ran out."
        " With --help a verb is explained, with examples: tagbump bump --help.",
    )
    top.add_argument("--version", action=Version, nargs=0, help="show program's version number and exit")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True, prog=top.prog)
    top.verbs = verbs.choices
    for add in (_bump, _promote, _rollback, _status, _history, _diff, _verify, _wait):
        add(verbs)
    _completion(verbs, top)
    _schema(verbs)
    return top


def _verb(verbs: "Any", name: str, summary: str, run: calls.Call) -> Parser:
    verb: Parser = verbs.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
    verb.verbs = verbs.choices
    verb.page = name
    verb.set_defaults(run=run, json=False, quiet=False, verbose=False)
    return verb


def _verb_on_a_repository(verbs: "Any", name: str, summary: str, run: calls.Call) -> Parser:
    verb = _verb(verbs, name, summary, run)
    common = verb.add_argument_group("every verb takes")
    common.add_argument("--repo", metavar="URL-or-path", help="the GitOps repository (default: origin of the one here)")
    common.add_argument("--branch", help="its branch (default: the one that tagbump.yaml names)")
    common.add_argument(
        "--no-cache", action="store_true", help="fetch anew, and keep nothing (default: in ~/.cache/tagbump)"
    )
    common.add_argument(
        "--json", action="store_true", help="print one JSON object and nothing else; `schema` has its form"
    )
    common.add_argument("-q", "--quiet", action="store_true", help="tell no progress, and no warnings")
    common.add_argument(
        "-v", "--verbose", action="store_true", help="tell every git command and every request to a registry"
    )
    return verb


def _writing(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--reason", metavar="TEXT", help="why, in one line of at most 500 characters; stands in the commit"
    )
    verb.add_argument("--dry-run", action="store_true", help="decide, print the exact diff, and push nothing")
    verb.add_argument(
        "--retry-for", metavar=_RETRY_FOR, type=_duration, default=_RETRY_FOR,
        help=f"how long a push that lost a race is tried again: 30s, 10m, 1h or 2d (default: {_RETRY_FOR})",
    )  # fmt: skip


def _asking_the_registry(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--registry-check", action="store_true",
        help="ask the registry first: the tag has this digest, and the image names the same source in its label",
    )  # fmt: skip


def _lifting(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--override", metavar="RULE", action="append", default=[], type=_rule,
        help="lift one rule, with --reason; stands in the commit and on the board. May be given more than once",
    )  # fmt: skip
    verb.add_argument(
        "--reintroduce", dest="override", action="append_const", const="rolled-back",
        help="let an artifact come back that was rolled back from, with --reason",
    )  # fmt: skip


def _bump(verbs: "Any") -> None:
    verb = _verb_on_a_repository(verbs, "bump", "set the artifact of an environment that has no `from`", calls.bump)
    verb.add_argument("environment", metavar="ENV", help="the environment: one that has no `from` in tagbump.yaml")
    verb.add_argument("artifact", metavar="ARTIFACT", help="the image: REPOSITORY:TAG@sha256:<64 hex>")
    verb.add_argument(
        "--source", metavar="COMMIT", required=True, help="the commit it was built from: 7 to 40 hex digits"
    )
    _asking_the_registry(verb)
    _writing(verb)
    _lifting(verb)


def _promote(verbs: "Any") -> None:
    verb = _verb_on_a_repository(
        verbs, "promote", "set ENV to an artifact proven in the environment before it, verbatim", calls.promote
    )
    verb.add_argument("environment", metavar="ENV", help="the environment: one that has a `from` in tagbump.yaml")
    verb.add_argument(
        "--artifact", metavar="ARTIFACT", help="what was approved, in full (default: what `from` holds now)"
    )
    verb.add_argument("--approved-by", metavar="WHO", help="who approved it: a user name, an address, or both")
    _asking_the_registry(verb)
    _writing(verb)
    _lifting(verb)


def _rollback(verbs: "Any") -> None:
    verb = _verb_on_a_repository(
        verbs,
        "rollback",
        "set the artifact of an earlier release of ENV; the one left behind stays refused",
        calls.rollback,
    )
    verb.add_argument("environment", metavar="ENV", help="the environment: one in tagbump.yaml")
    verb.add_argument(
        "--to",
        metavar="COMMIT",
        help="a release of ENV, 7 digits or more (default: the newest that is another build and not rolled back from)",
    )
    verb.add_argument(
        "--from",
        dest="held",
        metavar="ARTIFACT",
        help="do nothing unless ENV has this one: for pipelines that run again",
    )
    verb.add_argument(
        "--proven", action="store_true", help="only to a release that a proof says was live in ENV: for pipelines"
    )
    verb.add_argument("--approved-by", metavar="WHO", help="who approved it: a user name, an address, or both")
    _writing(verb)
    for option in ("--override", "--reintroduce"):
        verb.instead[option] = f"rollback is bound by no rule: it takes no {option}"


def _status(verbs: "Any") -> None:
    verb = _verb_on_a_repository(verbs, "status", "show a board of all environments", calls.status)
    verb.add_argument("--html", metavar="FILE", help="write the board as one self-contained page, too")


def _history(verbs: "Any") -> None:
    verb = _verb_on_a_repository(verbs, "history", "list the releases of ENV, newest first", calls.history)
    verb.add_argument("environment", metavar="ENV", help="the environment: one in tagbump.yaml")


def _diff(verbs: "Any") -> None:
    verb = _verb_on_a_repository(verbs, "diff", "show what promoting would change from A to B", calls.diff)
    verb.add_argument("source", metavar="A", help="the environment whose artifact would go on")
    verb.add_argument("target", metavar="B", help="the environment that would take it")


def _verify(verbs: "Any") -> None:
    verb = _verb_on_a_repository(
        verbs, "verify", "render overlays with the real kustomize and check them", calls.verify
    )
    verb.add_argument("environments", metavar="ENV", nargs="*", help="which (default: all)")


def _wait(verbs: "Any") -> None:
    verb = _verb_on_a_repository(verbs, "wait", "wait until what the overlay of ENV says is really live", calls.wait)
    verb.add_argument("environment", metavar="ENV", help="the environment: one in tagbump.yaml")
    verb.add_argument(
        "--artifact", metavar="ARTIFACT", help="what is waited for, in full (default: what the overlay has by now)"
    )
    verb.add_argument("--url", help="where the service answers /readyz and /version (default: `url` in tagbump.yaml)")
    verb.add_argument("--record", action="store_true", help="push the proof that it was seen live")
    verb.add_argument(
        "--timeout", metavar=_TIMEOUT, type=_duration, default=_TIMEOUT,
        help=f"how long to wait: 30s, 10m, 1h or 2d (default: {_TIMEOUT})",
    )  # fmt: skip


def _completion(verbs: "Any", top: argparse.ArgumentParser) -> None:
    verb = _verb(verbs, "completion", "print the script that completes these words in a shell", calls.completion)
    verb.add_argument("shell", metavar="SHELL", choices=("bash", "zsh", "fish"), help="bash, zsh or fish")
    verb.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    verb.set_defaults(parser=top)


def _schema(verbs: "Any") -> None:
    verb = _verb(verbs, "schema", "print the JSON schema of what verbs print under --json", calls.schema)
    verb.add_argument("of", metavar="VERB", nargs="?", choices=tuple(verbs.choices), help="which (default: all)")
    verb.add_argument("--json", action="store_true", help="print it on one line")


def _duration(text: str) -> "timedelta":
    from tagbump import durations

    try:
        return durations.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _rule(text: str) -> str:
    from tagbump.names import RULE_NAMES

    if text not in RULE_NAMES:
        said = f"{text!r} is no rule that can be lifted; those are {', '.join(RULE_NAMES)}"
        raise UsageError(f"argument --override: {said}", hint=f"{guesses.meant(text, RULE_NAMES)}--override RULE")
    return text

"""Tells the story: narrates, runs the commands that it shows, and holds them to the exit codes it foretold."""

import http.client
import json
import os
import shlex
import sys
import textwrap
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from demo import processes
from demo.errors import DemoFailed

WIDTH: Final = 100
REQUEST_S: Final = 10


@dataclass
class Narrator:
    """Tells the story: on the terminal, and in the `transcript` without colours.

    `root` is where commands run, and `env` what they run with. `asides` is the deployer's log, told from where it was
    left.
    """

    root: Path
    env: Mapping[str, str]
    transcript: IO[str]
    asides: Path
    begun: float = field(default_factory=time.monotonic)
    _chapter: int = 0
    _title: str = "before the first"
    _told: int = 0

    def chapter(self, title: str, *words: str) -> None:
        """Begin a numbered chapter."""
        self._chapter += 1
        self._title = f"{self._chapter}. {title}"
        self._print("")
        self._print(self._title, "1")
        self.say(*words)

    def say(self, *words: str) -> None:
        """Tell what comes and why; each of `words` is a paragraph."""
        for paragraph in words:
            for line in textwrap.wrap(paragraph, WIDTH - 3, break_long_words=False, break_on_hyphens=False):
                self._print(f"   {line}")

    def show(self, *lines: str) -> None:
        """Tell lines as they are."""
        for line in lines:
            self._print(line)

    def show_command(self, line: str, said: str) -> None:
        """Tell a command that was carried out by other means, and what it says."""
        self._print(f"$ {line}", "36")
        self._print(f"  {said}")

    def command(self, *arguments: str, expect: int = 0) -> str:
        """Show a command, run it, show what it says; return that. Raises DemoFailed unless it ends with `expect`."""
        line = as_typed(arguments)
        self._print(f"$ {line}", "36")
        status, said = processes.run(
            arguments, env=self.env, cwd=self.root, tell=lambda text: self._print(f"  {text}".rstrip())
        )
        if status != 0:
            self._print(f"  [exit code {status}]", "33")
        if status != expect:
            raise self.failed(f"ended with {status}, and {expect} was expected", line)
        return said

    def refused(self, rule: str, *arguments: str, also: str | None = None) -> None:
        """Show a command that must be refused by `rule`, and by the rule `also`. Raises DemoFailed where it is not."""
        said = self.command(*arguments, expect=3)
        for words, each in ((f"tagbump: {rule}:", rule), (f"also {also}:", also)):
            if each is not None and words not in said:
                raise self.failed(f"was refused, and not by the rule {each}", as_typed(arguments))

    def post(self, url: str, body: Mapping[str, object]) -> dict[str, object]:
        """Show a request that makes something, and return the JSON of its 201. Raises DemoFailed."""
        text = json.dumps(body)
        line = f"curl -s -H 'Content-Type: application/json' -d {shlex.quote(text)} {url}"
        status, _, answer = self._ask(line, "POST", url, text)
        self._print(f"  {answer}")
        if status != 201:
            raise self.failed(f"was answered {status}, and 201 was expected", line)
        return dict(json.loads(answer))

    def get(self, url: str) -> str:
        """Show a request that reads, and return the body of its 200. Raises DemoFailed."""
        line = f"curl -s {url}"
        status, _, answer = self._ask(line, "GET", url)
        self._print(f"  {answer}")
        if status != 200:
            raise self.failed(f"was answered {status}, and 200 was expected", line)
        return answer

    def follow(self, url: str, expect: str) -> None:
        """Show where a short link leads. Raises DemoFailed unless it is 302 to `expect`."""
        line = f"curl -s -o /dev/null -w '%{{http_code}} %{{redirect_url}}\\n' {url}"
        status, location, _ = self._ask(line, "GET", url)
        self._print(f"  {status} {location}")
        if (status, location) != (302, expect):
            raise self.failed(f"was answered {status} {location}, and 302 {expect} was expected", line)

    def catch_up(self) -> None:
        """Tell what the deployer has done since it was last asked."""
        with self.asides.open() as log:
            log.seek(self._told)
            lines = log.read().splitlines()
            if lines:
                self.say("Meanwhile, the deployer said:")
            for line in lines:
                self._print(f"  deployer | {_shortened(line)}", "2")
            self._told = log.tell()

    def failed(self, what: str, line: str) -> DemoFailed:
        """Return what to raise where the story does not go on as told."""
        self.catch_up()
        return DemoFailed(f"in chapter {self._title!r} a command {what}:\n$ {line}")

    def seconds(self) -> int:
        """Return how long the story has taken so far."""
        return round(time.monotonic() - self.begun)

    def _ask(self, line: str, method: str, url: str, body: str | None = None) -> tuple[int, str, str]:
        self._print(f"$ {line}", "36")
        address, slash, path = url.removeprefix("http://").partition("/")
        connection = http.client.HTTPConnection(address, timeout=REQUEST_S)
        try:
            connection.request(method, slash + path, body, {"Content-Type": "application/json"} if body else {})
            answer = connection.getresponse()
            return answer.status, answer.getheader("Location", ""), answer.read().decode()
        except OSError as error:
            raise self.failed(f"had no answer: {error}", line) from error
        finally:
            connection.close()

    def _print(self, line: str, colour: str = "") -> None:
        self.transcript.write(f"{line}\n")
        self.transcript.flush()
        print(f"\033[{colour}m{line}\033[0m" if colour and _colours() else line, flush=True)


def as_typed(arguments: Sequence[str]) -> str:
    """Return a command as one types it: quoted, and broken before its options where it is long."""
    words = [shlex.quote(argument) for argument in arguments]
    line = " ".join(words)
    if len(line) <= WIDTH:
        return line
    lines = [words[0]]
    for word in words[1:]:
        if word.startswith("--") and len(lines[-1]) > WIDTH // 3:
            lines.append(f"    {word}")
        else:
            lines[-1] += f" {word}"
    return " \\\n".join(lines)


def _shortened(line: str) -> str:
    head, at, digest = line.partition("@sha256:")
    return f"{head}{at}{digest[:12]}..." if at else line


def _colours() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

"""`python -m sonar` makes a server's gate what the file says, once, and tells no secret."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from sonar.__main__ import GATE, main
from tests.sonar.standin import TOKEN, Gates, served


@pytest.fixture
def gates() -> Gates:
    return Gates()


@pytest.fixture
def environment(gates: Gates) -> Iterator[dict[str, str]]:
    with served(gates) as address:
        yield {"SONAR_HOST_URL": address, "SONAR_TOKEN": TOKEN}


def wanted() -> dict[str, str]:
    return dict(yaml.safe_load(GATE.read_text(encoding="utf-8"))["conditions"])


def test_the_server_has_exactly_what_the_file_says_afterwards(gates: Gates, environment: dict[str, str]) -> None:
    code = main([], environment)

    assert code == 0
    assert gates.of("service") == wanted()
    assert gates.gate_of == {"service": "service"}
    assert gates.default == "service"


def test_a_second_run_changes_nothing(
    gates: Gates, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    main([], environment)
    asked = list(gates.asked)
    capsys.readouterr()

    code = main([], environment)

    assert code == 0
    assert gates.asked == asked
    assert capsys.readouterr().out == "gate service:\n  nothing to do\n"


def test_a_dry_run_tells_what_it_would_do_and_changes_nothing(
    gates: Gates, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["--dry-run"], environment)

    said = capsys.readouterr().out
    assert code == 0
    assert gates.asked == []
    assert said.startswith("gate service, not changed (dry run):\n  make the gate service\n")
    assert "  + new_coverage LT 90\n" in said


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"SONAR_HOST_URL": ""}, 2, "SONAR_HOST_URL is not set"),
        ({"SONAR_TOKEN": ""}, 2, "neither SONAR_TOKEN nor SONAR_USER and SONAR_PASSWORD are set"),
        ({"SONAR_TOKEN": "squ_wrong"}, 6, "not signed in"),
        ({"SONAR_HOST_URL": "file:///etc"}, 2, "no http or https address"),
        ({"SONAR_HOST_URL": "http://127.0.0.1:1"}, 6, "does not answer"),
    ],
)
def test_what_is_wrong_is_told_without_a_secret(
    change: dict[str, str], code: int, says: str, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    ended = main([], {**environment, **change})

    said = "".join(capsys.readouterr())
    assert ended == code
    assert says in said
    assert TOKEN not in said
    assert "squ_wrong" not in said


@pytest.mark.parametrize("word", [b"<html>sign in here</html>", b"[]", b'"ok"', b"{}"])
def test_what_a_proxy_says_in_the_place_of_the_server_is_told_as_that(
    word: bytes, gates: Gates, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    gates.instead = word

    code = main([], environment)

    assert code == 6
    assert "is no SonarQube; is SONAR_HOST_URL right?" in capsys.readouterr().err


def test_somebody_who_may_not_is_told_what_it_takes(
    gates: Gates, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    gates.permits = False

    code = main([], environment)

    assert code == 6
    assert "it takes `Administer Quality Gates`" in capsys.readouterr().err


def test_a_misspelt_file_is_named(
    tmp_path: Path, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gate.yaml"
    file.write_text("name: service\nconditions: {coverage: 90}\n")

    code = main([str(file)], environment)

    assert code == 2
    assert f"{file}: conditions.coverage is 90" in capsys.readouterr().err

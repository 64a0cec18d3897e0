"""What cannot be had is told with what to do about it, and nothing half-made is left in its place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from checkers.__main__ import get, main
from checkers.getting import KUBECONFORM, PROMTOOL, SCHEMAS, Checker, NotToBeHad


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with a shell and nothing else on its PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.mark.parametrize("checker", [KUBECONFORM, SCHEMAS], ids=lambda checker: checker.name)
def test_a_machine_without_go_is_told_to_install_it(checker: Checker, bare: Path, tmp_path: Path) -> None:
    place = tmp_path / "checkers/it"

    with pytest.raises(NotToBeHad, match=r"install it \(https://go.dev/dl/\)"):
        checker.get(place)

    assert bare.exists()
    assert list(place.parent.iterdir()) == []


def test_a_machine_without_promtool_and_apt_is_told_where_to_get_it(bare: Path, tmp_path: Path) -> None:
    with pytest.raises(NotToBeHad, match="brew install prometheus"):
        PROMTOOL.get(tmp_path / "promtool")

    assert bare.exists()


def test_who_gets_the_schemas_second_leaves_those_of_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "checkers/schemas"

    def first(_: object) -> None:
        place.mkdir(exist_ok=True)
        (place / "theirs.json").write_text("{}")

    monkeypatch.setattr("checkers.schemas.MODULES", [Module(first)])
    program(tmp_path, "go", """echo '{"Dir": "/nowhere"}'""")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")

    SCHEMAS.get(place)

    assert [file.name for file in place.iterdir()] == ["theirs.json"]
    assert list(place.parent.iterdir()) == [place]


class Module:
    """A module that is read while somebody else is done."""

    path, version, files = "example.com/module", "v1", ("a",)

    def __init__(self, meanwhile: Callable[[object], None]) -> None:
        self._meanwhile = meanwhile

    def read(self, files: object) -> list[tuple[str, object]]:
        self._meanwhile(files)
        return [("ours.json", {})]


def test_what_go_said_is_passed_on(bare: Path, tmp_path: Path) -> None:
    program(bare, "go", "echo 'dial tcp: no route to host' >&2; exit 1")
    checker = Checker("kubeconform", tmp_path / "checkers/it", "a while", KUBECONFORM.get)

    said = get(checker)

    assert said.startswith("manifests: kubeconform could not be had: go install")
    assert "no route to host" in said
    assert not checker.is_there()


def test_a_program_is_there_once_it_was_got(bare: Path, tmp_path: Path) -> None:
    program(bare, "go", 'echo built > "$GOBIN/kubeconform"')
    checker = Checker("kubeconform", tmp_path / "checkers/it", "a while", KUBECONFORM.get)

    said = get(checker)

    assert said == ""
    assert checker.place.read_text() == "built\n"
    assert [path.name for path in checker.place.parent.iterdir()] == ["it"]


def test_only_what_is_missing_is_got(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = Checker("what is there", tmp_path, "no time", lambda _: pytest.fail("it was there"))
    missing = Checker("what is missing", tmp_path / "new", "a while", Path.touch)
    monkeypatch.setattr("checkers.__main__.CHECKERS", (there, missing))

    first, second = main(), main()

    assert (first, second) == (0, 0)
    assert capsys.readouterr().out == "manifests: getting what is missing (a while), once\n"


def test_what_could_not_be_had_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: Path) -> None:
        raise NotToBeHad("there is no network")

    monkeypatch.setattr("checkers.__main__.CHECKERS", (Checker("it", tmp_path / "new", "a while", fail),))

    assert main() == 1
    assert capsys.readouterr().err == "manifests: it could not be had: there is no network\n"

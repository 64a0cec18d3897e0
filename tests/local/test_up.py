"""`make up` and `make down`: what they make and in which order, and that they may be ended and begun again anywhere."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.local.machine import AUTHOR, PASSWORD, ROOT, Machine, made, make_machine

Done = subprocess.CompletedProcess[str]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine that has all it takes, on which nothing was made."""
    return make_machine(tmp_path)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Machine, Done, list[str]]:
    """A machine on which `make up` was typed, what it said, and what the programs were told."""
    machine = make_machine(tmp_path_factory.mktemp("first"))
    return machine, machine.run("up"), machine.told()


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> tuple[Machine, Done, list[str], str]:
    """One on which it was typed a second time, and the passwords before.

    Meanwhile somebody pushed and removed the checkout, and the machine was started anew: Docker left the registry.
    """
    machine = make_machine(tmp_path_factory.mktemp("second"))
    machine.run("up")
    machine.git(*AUTHOR, "commit", "--allow-empty", "--quiet", "--message=feat: more", cwd=machine.checkout)
    machine.git("push", "--quiet", str(machine.remote), "main", cwd=machine.checkout)
    shutil.rmtree(machine.checkout)
    (machine.state / "registry").write_text("false\n")
    passwords = (machine.state / "passwords").read_text()
    machine.told()
    return machine, machine.run("up"), machine.told(), passwords


def test_up_makes_everything_in_its_order(first: tuple[Machine, Done, list[str]]) -> None:
    _, done, told = first

    assert done.returncode == 0, done.stderr
    assert made(told) == [
        "registry", "cluster", "registry's name", "registry's network",
        "metrics-server", "argocd", "argo-rollouts", "prometheus-operator", "external-secrets", "prometheus",
        "stand_ins", "passwords", "databases", "owner",
    ]  # fmt: skip


def test_up_ends_with_what_to_type_next(first: tuple[Machine, Done, list[str]]) -> None:
    machine, done, _ = first

    assert f"http://localhost:8081  admin  {PASSWORD}" in done.stdout
    assert 'tagbump bump dev "localhost:5001/service:1.0.0@${pushed#*@}"' in done.stdout
    assert "{{index .RepoDigests 0}}" in done.stdout
    assert f"export KUBECONFIG={machine.root}/repository/build/local/kubeconfig" in done.stdout


def test_up_pushes_this_repository_with_the_local_values_in_one_commit(first: tuple[Machine, Done, list[str]]) -> None:
    machine, _, _ = first

    assert machine.git("log", "--format=%s", "main").splitlines() == [
        "chore(platform): take the values of the local platform",
        "feat: begin",
    ]
    assert machine.git("show", "--name-only", "--format=", "main") == "platform/platform.yaml"
    values = yaml.safe_load(machine.git("show", "main:platform/platform.yaml"))["data"]
    assert values["repository"] == "http://git.stand-ins:3000/platform/service.git"
    assert values.keys() == yaml.safe_load((ROOT / "platform/platform.yaml").read_text())["data"].keys()


def test_a_node_is_told_where_the_registry_is(first: tuple[Machine, Done, list[str]]) -> None:
    machine, _, _ = first

    assert (machine.state / "hosts.toml").read_text() == '[host."http://service-registry:5000"]\n'


def test_each_password_is_its_own_and_long(first: tuple[Machine, Done, list[str]]) -> None:
    machine, _, _ = first

    passwords = dict(line.split("=", 1) for line in (machine.state / "passwords").read_text().splitlines())

    assert set(passwords) == {"postgresql", "git"}
    assert len(set(passwords.values())) == 2
    assert all(len(one) >= 20 for one in passwords.values())


def test_a_second_run_makes_neither_the_cluster_nor_anything_else_anew(
    second: tuple[Machine, Done, list[str], str],
) -> None:
    machine, done, told, passwords = second

    assert done.returncode == 0, done.stderr
    assert set(made(told)).isdisjoint({"registry", "cluster", "registry's network", "passwords", "owner"})
    assert {"argocd", "databases"} <= set(made(told))  # applied again, which changes nothing
    assert (machine.state / "passwords").read_text() == passwords
    assert "up: getting" not in done.stdout


def test_a_second_run_starts_what_docker_left_alone(second: tuple[Machine, Done, list[str], str]) -> None:
    _, _, told, _ = second

    assert {"docker start service-registry", "docker start service-control-plane"} <= set(told)


def test_what_people_pushed_meanwhile_stays_and_comes_back(second: tuple[Machine, Done, list[str], str]) -> None:
    machine, _, _, _ = second

    assert machine.git("log", "-1", "--format=%s", "main") == "feat: more"
    assert machine.git("rev-parse", "HEAD", cwd=machine.checkout) == machine.git("rev-parse", "main")


def test_a_run_that_was_ended_while_the_cluster_was_made_is_begun_anew(machine: Machine) -> None:
    (machine.state / "killed").touch()
    assert machine.run("up").returncode == 1
    (machine.state / "killed").unlink()
    machine.told()

    done = machine.run("up")

    assert done.returncode == 0, done.stderr
    told = [line for line in machine.told() if line.startswith(("kind create", "kind delete"))]
    assert [line.split()[1] for line in told] == ["delete", "create"]


def test_a_run_that_failed_half_way_goes_on_where_it_was(machine: Machine) -> None:
    waiting = "wait --for condition=Established --timeout 60s customresourcedefinitions --all"
    (machine.state / "broken").write_text(waiting)
    failed = machine.run("up")
    (machine.state / "broken").unlink()
    machine.told()

    done = machine.run("up")

    assert failed.returncode == 1
    assert "up: it is broken" in failed.stderr.splitlines()
    assert done.returncode == 0, done.stderr
    assert "cluster" not in made(machine.told())


@pytest.mark.parametrize("name", ["docker", "kind", "kubectl", "git"])
def test_a_missing_program_is_named_with_the_next_step_and_nothing_is_made(name: str, machine: Machine) -> None:
    (machine.root / "bin" / name).unlink()

    done = machine.run("up")

    assert done.returncode == 1
    assert f"up: {name} is missing: install" in done.stderr
    assert "type the same again once that is mended" in done.stderr
    assert made(machine.told()) == []


def test_all_that_is_missing_is_said_at_once(machine: Machine) -> None:
    for name in ("kind", "kubectl"):
        (machine.root / "bin" / name).unlink()
    (machine.state / "no-docker").touch()

    done = machine.run("up")

    assert [line.partition(":")[2].split()[0] for line in done.stderr.splitlines()] == [
        "kind", "kubectl", "docker", "type",
    ]  # fmt: skip


@pytest.mark.parametrize("said", ["kind v0.29.0 go1.24 linux/amd64", "kind v0.9.1 go1.15 linux/amd64", "no version"])
def test_a_kind_that_is_too_old_is_named_with_the_next_step(said: str, machine: Machine) -> None:
    (machine.state / "kind-version").write_text(f"{said}\n")

    done = machine.run("up")

    assert done.returncode == 1
    assert f"up: kind is {said}, and v0.30 or newer is needed: install kind" in done.stderr


@pytest.mark.parametrize("said", ["kind v0.30.0 go1.24 linux/amd64", "kind v0.31.0-alpha go1.25", "kind v1.0.0"])
def test_a_kind_that_is_new_enough_will_do(said: str, machine: Machine) -> None:
    (machine.state / "kind-version").write_text(f"{said}\n")

    assert machine.run("down").returncode == 0  # which asks the same, and has less to do


def test_a_file_that_is_not_what_it_has_to_be_is_not_installed(machine: Machine) -> None:
    (machine.root / "upstream/argocd/install.yaml").write_text("# moved\n")

    done = machine.run("up")

    assert done.returncode == 1
    assert "install.yaml is not what infra/local/upstream.yaml says: its SHA-256 is" in done.stderr
    assert "argocd" not in made(machine.told())


def test_a_file_that_cannot_be_had_is_named(machine: Machine) -> None:
    (machine.root / "upstream/argocd/install.yaml").unlink()

    done = machine.run("up")

    assert done.returncode == 1
    assert f"up: file://{machine.root}/upstream/argocd/install.yaml cannot be had" in done.stderr


def test_no_password_is_told_where_something_fails(machine: Machine) -> None:
    shutil.rmtree(machine.remote)

    done = machine.run("up")

    assert done.returncode == 1
    assert "up: git ls-remote http://***@localhost:3000/platform/service.git" in done.stderr
    assert PASSWORD not in done.stderr


def test_down_takes_everything_away_and_may_be_typed_twice(machine: Machine) -> None:
    for name in ("cluster", "registry"):
        (machine.state / name).touch()
    machine.checkout.mkdir(parents=True)

    done, again = machine.run("down"), machine.run("down")

    assert (done.returncode, again.returncode) == (0, 0), done.stderr + again.stderr
    assert not (machine.state / "cluster").exists()
    assert not (machine.state / "registry").exists()
    assert not (machine.root / "repository/build/local").exists()

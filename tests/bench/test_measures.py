"""Each measure finds what it is to find, at tiny sizes and whatever the time it takes."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench import trips
from bench.measures import cold, corpus, edit, gitopscli, race, startup, warm
from bench.programs import Program
from bench.rows import Row
from bench.workshop import Workshop
from tagbump.kustomize import pins
from tagbump.model import Artifact

WANTED = Artifact("registry.example.com/service", "2.1", "sha256:" + "ab" * 32)
OVERLAYS = sorted((Path(__file__).parents[2] / "k8s/overlays").glob("*/kustomization.yaml"))
# What gitopscli does as far as it is measured: it asks the forge, clones the newest commit, edits, pushes.
GITOPSCLI = """\
#!{python}
import json, re, subprocess, sys, tempfile, urllib.request
from pathlib import Path
said = dict(word[2:].split("=", 1) for word in sys.argv[2:])
where = said["git-provider-url"] + "/api/v4/projects/" + said["organisation"] + "%2F" + said["repository-name"]
with urllib.request.urlopen(where) as answer, tempfile.TemporaryDirectory() as clone:
    url = json.load(answer)["http_url_to_repo"]
    subprocess.run(["git", "clone", "-q", "--depth=1", url, clone], check=True)
    file, values = Path(clone, said["file"]), json.loads(said["values"])
    text = file.read_text()
    for key, value in values.items():
        name = key.rpartition(".")[2]
        text = re.sub(name + r": \\S+", name + ": '" + value + "'", text)
    file.write_text(text)
    subprocess.run(["git", "commit", "-qam", "changed it"], cwd=clone, check=True)
    subprocess.run(["git", "push", "-q", "origin", "main"], cwd=clone, check=True)
"""


def by_what(rows: list[Row]) -> dict[str, Row]:
    return {row.what: row for row in rows}


@pytest.mark.parametrize("measure", [startup.measure, edit.measure])
def test_a_measure_of_one_row_has_a_sample_of_both_for_each_round(
    shop: Workshop, measure: Callable[[Workshop], list[Row]]
) -> None:
    shop.rounds = 3

    (row,) = measure(shop)

    assert [len(row.samples[name]) for name in ("theirs_s", "ours_s", "ratios")] == [3, 3, 3]
    assert min(row.samples["theirs_s"]) > 0


@pytest.mark.parametrize("path", OVERLAYS, ids=lambda path: str(path.parent.name))
def test_both_edits_that_are_measured_set_the_image(path: Path) -> None:
    for by in (edit.ours, edit.theirs):
        assert pins.read_artifact(by(path.read_bytes(), WANTED), "service", "k.yaml") == WANTED


def test_a_warm_bump_goes_to_the_remote_twice_and_a_push_once(shop: Workshop) -> None:
    rows = by_what(warm.measure(shop))

    assert len(rows) == 6
    for name, row in rows.items():
        if name.startswith("connections"):
            assert (row.theirs, row.ours, row.met) == ("1", "2", True)
        else:
            assert row.goal == "at most 5 times"


def test_a_trace_counts_connections_and_nothing_else(shop: Workshop, tmp_path: Path) -> None:
    url, folder = shop.remote(shop.small).url, tmp_path / "traces"
    folder.mkdir()

    for command in (["ls-remote", url], ["version"], ["clone", "--quiet", url, str(tmp_path / "clone")]):
        subprocess.run(["git", *command], env={**shop.env, **trips.tracing(folder)}, check=True, capture_output=True)

    assert trips.count(folder) == 2


def test_a_cold_bump_is_measured_beside_every_clone_that_can_be_made_here(shop: Workshop) -> None:
    rows = cold.measure(shop)

    peers = [row.peer for row in rows if row.what.startswith("cold bump, 12 commits, 5 overlays") and row.samples]
    assert peers == ["", "full clone, sed, commit, push", "depth-1 clone, sed, commit, push"]
    assert [row.theirs for row in rows if "kustomize" in row.peer] == ["left out: none in tests"]
    assert [row.goal for row in rows if row.peer.startswith("full clone")] == ["at least 10 times faster"] * 3
    assert [row.what for row in rows if not row.peer][1:] == [
        "connections to the remote in a cold bump",
        "cold bump, all 5 overlays in tagbump.yaml",
        "cold bump, 4 of the commits are releases by tagbump",
    ]


def test_kustomize_edits_where_it_is_here(shop: Workshop, tmp_path: Path) -> None:
    stand_in = tmp_path / "kustomize"
    stand_in.write_text('#!/bin/sh\n[ "$1 $2 $3" = "edit set image" ] && echo "# $4" >>kustomization.yaml\n')
    stand_in.chmod(0o755)
    shop.kustomize = Program(str(stand_in))

    rows = cold.measure(shop)
    of_the_corpus = by_what(corpus.measure(shop))

    assert [row.peer for row in rows if "kustomize" in row.peer] == [
        "full clone, `kustomize edit`, commit, push",
        "depth-1 clone, `kustomize edit`, commit, push",
    ]
    assert of_the_corpus["40 ugly files: not what was asked for, and not refused"].theirs == "40 of 40"


def test_a_race_has_a_row_for_all_that_it_promises(shop: Workshop) -> None:
    rows = by_what(race.measure(shop))

    assert [row.goal for row in rows.values()] == [
        "at least 3 times faster", "all", "at most 0", "at most 5", "", "all", "at most 0", "at most 5",
    ]  # fmt: skip
    assert rows["2 writers at once, an overlay each: landed once, worst round"].theirs == "2 of 2"
    assert all(row.met for name, row in rows.items() if "landed" in name)


def test_of_the_corpus_every_file_is_as_it_was_but_for_the_image_or_refused(shop: Workshop) -> None:
    rows = by_what(corpus.measure(shop))

    first, *others = [row for row in rows.values() if row.ours]
    assert (first.ours, first.goal, first.met) == ("40 of 40", "all", True)
    assert sum(int(row.ours.split()[0]) for row in others) == 40
    assert rows["40 ugly files"].theirs == "left out: none in tests"


def test_gitopscli_is_told_where_the_repository_is_by_a_forge_of_ones_own(shop: Workshop, tmp_path: Path) -> None:
    program = tmp_path / "gitopscli"
    program.write_text(GITOPSCLI.format(python=sys.executable))
    program.chmod(0o755)
    shop.gitopscli = Program(str(program))
    shop.sizes = replace(shop.sizes, commits=shop.sizes.few_commits)

    (row,) = gitopscli.measure(shop)

    assert row.peer == "gitopscli deploy"
    assert len(row.samples["theirs_s"]) == 1


def test_gitopscli_is_left_out_where_it_is_not_here(shop: Workshop) -> None:
    (row,) = gitopscli.measure(shop)

    assert row.theirs == "left out: none in tests"

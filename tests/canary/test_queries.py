"""The queries of the AnalysisTemplates, in the real Prometheus engine: they are the ratio that sprt.py works out."""

import random
from collections.abc import Sequence
from math import log
from pathlib import Path

import pytest

from canary import sprt
from tests.canary.engine import Question, ask
from tests.canary.reference import Prometheus
from tests.canary.templates import CANARY, NAMESPACE, STABLE, metrics
from tests.canary.worlds import Answer, Pod, answers, series, series_by_the_second

ERROR = log(0.02 / 0.001)
OTHER = log(0.98 / 0.999)
CASES = [
    ("errors", "errors", sprt.ERRORS, False),
    ("latency", "latency", sprt.LATENCY, False),
    ("watch", "errors", sprt.ERRORS, False),
    ("watch", "errors-lately", sprt.ERRORS, True),
    ("watch", "latency", sprt.LATENCY, False),
    ("watch", "latency-lately", sprt.LATENCY, True),
]


def canary(*given: Answer, name: str = "canary-0", **more: object) -> Pod:
    return Pod(name, CANARY, given, **more)  # type: ignore[arg-type]


def stable(*given: Answer, name: str = "stable-0", **more: object) -> Pod:
    return Pod(name, STABLE, given, **more)  # type: ignore[arg-type]


def score(
    pods: Sequence[Pod], folder: Path, *, at_s: int = 300, metric: str = "errors", of: str = "errors"
) -> list[float]:
    """Ask for one metric of a template."""
    ((value,),) = ask([Question(series(pods, at_s), [metrics(of)[metric].query], at_s)], folder)
    return value


def made_up(dice: random.Random, until_s: int) -> list[Pod]:
    """Make pods of both versions that answer at random, fail at random, restart and end."""
    bad = dice.choice([0.0, 0.001, 0.02, 0.2])
    begin_s = dice.randrange(0, until_s // 2)

    def pod(name: str, version: str, born_s: float) -> Pod:
        wrong = dice.choice([0.0, bad, bad])
        given = [
            Answer(
                dice.uniform(born_s, until_s),
                status=dice.choice(["500", "502", "503"])
                if dice.random() < wrong
                else dice.choice(["200", "302", "404"]),
                route=dice.choice(["/{key}", "/config/{key}", "unmatched", "/readyz", "/metrics"]),
                slow=dice.random() < wrong,
            )
            for _ in range(dice.randrange(0, 400))
        ]
        return Pod(
            name, version, given,
            born_s=born_s,
            gone_s=dice.choice([1e9, 1e9, dice.uniform(born_s, until_s)]),
            restarts_s=sorted(dice.uniform(born_s, until_s) for _ in range(dice.choice([0, 0, 1, 2]))),
            missed_s=[5.0 * dice.randrange(0, until_s // 5) for _ in range(2)],
            namespace=dice.choice([NAMESPACE] * 4 + ["service-stage"]),
        )  # fmt: skip

    return [
        *(pod(f"stable-{number}", STABLE, dice.choice([0, begin_s / 2])) for number in range(dice.randrange(0, 4))),
        *(pod(f"canary-{number}", CANARY, begin_s + dice.randrange(0, 60)) for number in range(dice.randrange(0, 4))),
        pod("older-0", "7c6b5d4f9", 0),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_every_query_is_the_ratio_worked_out_by_hand_whatever_the_pods_do(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    worlds = [(at_s, series(made_up(dice, at_s), at_s)) for at_s in (dice.randrange(60, 600) for _ in range(6))]
    expressions = [metrics(template)[metric].query for template, metric, *_ in CASES]

    said = ask([Question(known, expressions, at_s) for at_s, known in worlds], tmp_path)

    for (at_s, known), values in zip(worlds, said, strict=True):
        prometheus = Prometheus(known, NAMESPACE, CANARY, STABLE)
        for (_, _, test, lately), value in zip(CASES, values, strict=True):
            expected = prometheus.score(test, at_s, lately=lately)
            assert value == ([] if expected is None else [pytest.approx(expected, abs=1e-6)])


def test_an_error_weighs_as_much_as_156_other_answers(tmp_path: Path) -> None:
    pods = [canary(*answers(74, 0, 200), *answers(3, 20, 200, status="500"))]

    assert score(pods, tmp_path) == [pytest.approx(3 * ERROR + 74 * OTHER)]


def test_a_counter_that_first_appears_at_1_counts_one(tmp_path: Path) -> None:
    pods = [canary(*answers(50, 0, 200), Answer(100, "500"))]

    assert score(pods, tmp_path) == [pytest.approx(ERROR + 50 * OTHER)]


@pytest.mark.parametrize("status", ["404", "302", "412", "429"])
def test_what_is_no_fault_of_the_service_is_no_error(status: str, tmp_path: Path) -> None:
    assert score([canary(*answers(50, 0, 200, status=status))], tmp_path) == [pytest.approx(50 * OTHER)]


@pytest.mark.parametrize("route", ["/healthz", "/readyz", "/health", "/version", "/metrics"])
def test_probes_and_scrapes_count_for_nothing(route: str, tmp_path: Path) -> None:
    pods = [canary(*answers(50, 0, 200, route=route), *answers(9, 0, 200, route=route, status="503", slow=True))]

    assert score(pods, tmp_path) == [0.0]
    assert score(pods, tmp_path, of="latency", metric="latency") == [0.0]


@pytest.mark.parametrize("pods", [[], [canary()], [stable(*answers(900, 0, 300))]], ids=["nobody", "idle", "no canary"])
@pytest.mark.parametrize(("template", "metric"), [("errors", "errors"), ("latency", "latency")])
def test_without_data_a_measurement_is_inconclusive(
    pods: list[Pod], template: str, metric: str, tmp_path: Path
) -> None:
    value = score(pods, tmp_path, of=template, metric=metric)

    assert metrics(template)[metric].phase(value) == "Inconclusive"


def test_only_the_canary_of_this_namespace_is_judged(tmp_path: Path) -> None:
    faults = answers(9, 0, 200, status="500")
    others = [
        canary(*faults, name="elsewhere", namespace="service-stage"),
        Pod("older", "7c6b5d4f9", faults),
        stable(*answers(9000, 0, 300), *faults),
    ]

    assert score([canary(*answers(50, 0, 200)), *others], tmp_path) == [pytest.approx(50 * OTHER)]


def test_a_restarted_pod_counts_as_far_as_it_ever_came(tmp_path: Path) -> None:
    pods = [canary(*answers(60, 0, 100), *answers(2, 0, 100, status="500"), *answers(30, 120, 200), restarts_s=[105])]

    assert score(pods, tmp_path) == [pytest.approx(2 * ERROR + 60 * OTHER)]


@pytest.mark.parametrize("at_s", [121, 200])
def test_a_pod_that_does_not_answer_keeps_its_errors(at_s: int, tmp_path: Path) -> None:
    down = [float(moment) for moment in range(105, 400, 5)]
    pods = [
        canary(*answers(2, 0, 90, status="500"), missed_s=down),
        canary(*answers(250, 0, 100), name="canary-1"),
    ]

    assert score(pods, tmp_path, at_s=at_s) == [pytest.approx(2 * ERROR + 250 * OTHER)]


def test_a_retry_of_the_same_version_begins_with_nothing(tmp_path: Path) -> None:
    pods = [
        canary(*answers(9, 0, 90, status="500"), gone_s=120),
        canary(*answers(20, 200, 280), name="canary-1", born_s=180),
    ]

    assert score(pods, tmp_path) == [pytest.approx(20 * OTHER)]


def test_a_canary_that_is_no_worse_than_stable_is_not_blamed_for_an_outage_of_both(tmp_path: Path) -> None:
    def outage(requests: int) -> list[Answer]:
        return [*answers(requests, 0, 400), *answers(requests // 10, 340, 360, status="503")]

    pods = [canary(*outage(100), born_s=300), stable(*outage(2000))]
    alone = [pods[0], stable(*answers(2000, 0, 400))]

    verdicts = [metrics("errors")["errors"].phase(score(world, tmp_path, at_s=400)) for world in (pods, alone)]

    assert verdicts == ["Inconclusive", "Failed"]


@pytest.mark.parametrize("fault_s", [301, 340, 347])
@pytest.mark.parametrize("first", [CANARY, STABLE])
def test_a_fault_of_both_ends_no_canary_at_any_second_after_it(fault_s: int, first: str, tmp_path: Path) -> None:
    def befallen(requests: int) -> list[Answer]:
        before, after = answers(requests, 0, fault_s - 1), answers(requests, fault_s, 700)
        return [*before, *answers(requests // 10, fault_s - 0.9, fault_s, status="503", slow=True), *after]

    # The worst that the scrapes' phases can do: the one version is scraped right after it, the other just before.
    pods = [canary(*befallen(200), born_s=60), stable(*befallen(4000))]
    scraped_s = {pod.version: fault_s - (pod.version != first) for pod in pods}
    known = series_by_the_second(pods, 700, scraped_s)
    watch = metrics("watch")
    looks = [*range(fault_s, fault_s + 25), *range(fault_s + 299, fault_s + 324)]

    said = ask([Question(known, [one.query for one in watch.values()], at_s, every_s=1) for at_s in looks], tmp_path)

    failed = [
        f"{name} after {at_s - fault_s} s"
        for at_s, values in zip(looks, said, strict=True)
        for (name, metric), value in zip(watch.items(), values, strict=True)
        if metric.phase(value) == "Failed"
    ]
    assert failed == []


def test_a_fault_of_the_canary_alone_ends_it_20_s_later(tmp_path: Path) -> None:
    faulty = [*answers(100, 60, 347), *answers(10, 347, 348, status="503")]
    pods = [canary(*faulty, born_s=60), stable(*answers(4000, 0, 400))]
    known = series_by_the_second(pods, 400, {CANARY: 346, STABLE: 347})
    asked = metrics("errors")["errors"]

    said = ask([Question(known, [asked.query], at_s, every_s=1) for at_s in (347 + 18, 347 + 20)], tmp_path)

    assert [asked.phase(value) for (value,) in said] == ["Inconclusive", "Failed"]


def test_what_stable_did_before_there_was_a_canary_excuses_nothing(tmp_path: Path) -> None:
    old_outage = answers(100, 0, 60, status="500")
    pods = [canary(*answers(60, 320, 380), *answers(3, 320, 380, status="500"), born_s=300)]

    with_it, without = (
        score([*pods, stable(*answers(1000, 0, 400), *before)], tmp_path, at_s=400) for before in (old_outage, [])
    )

    assert with_it == without == [pytest.approx(3 * ERROR + 60 * OTHER)]


@pytest.mark.parametrize("share", [0.12, 0.5, 1.0])
@pytest.mark.parametrize("canarys", ["200", "500"], ids=["a good canary", "a bad canary"])
def test_nothing_is_told_of_a_canary_beside_a_stable_version_that_is_broken(
    share: float, canarys: str, tmp_path: Path
) -> None:
    bad = round(1000 * share)
    pods = [
        canary(*answers(300, 0, 300, status=canarys)),
        stable(*answers(1000 - bad, 0, 300), *answers(bad, 0, 300, status="500")),
    ]

    value = score(pods, tmp_path)

    assert value == []
    assert metrics("errors")["errors"].phase(value) == "Inconclusive"
    assert metrics("watch")["errors"].phase(value) == "Successful"


def test_the_last_five_minutes_show_a_fault_that_all_the_time_before_hides(tmp_path: Path) -> None:
    faulty = [*answers(100, 1490, 1540), *answers(8, 1490, 1540, status="500")]
    pods = [canary(*answers(5000, 0, 1480), *faulty), stable(*answers(54_000, 0, 1800))]

    said = {name: score(pods, tmp_path, at_s=1800, of="watch", metric=name)[0] for name in ("errors", "errors-lately")}

    assert said["errors"] < -70
    assert said["errors-lately"] == pytest.approx(8 * ERROR + 100 * OTHER, abs=0.1)
    assert metrics("watch")["errors-lately"].phase([said["errors-lately"]]) == "Failed"


@pytest.mark.parametrize("beside", [0, 25])
def test_five_minutes_with_next_to_nothing_beside_them_tell_nothing(beside: int, tmp_path: Path) -> None:
    pods = [canary(*answers(100, 0, 290, status="500")), stable(*answers(beside, 0, 290))]

    assert score(pods, tmp_path, of="watch", metric="errors-lately") == []

"""A query that is changed anywhere says something else of some pods that these tests know."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.canary.engine import Question, ask
from tests.canary.templates import CANARY, NAMESPACE, STABLE, metrics
from tests.canary.worlds import Answer, Pod, answers, series

P0 = [
    (r"0\.001", "0.002"),
    (r"< 0\.1", "< 0.3"),
    (r"< 0\.1", "> 0.1"),
    (r"1 - \(1 \+", "1 - (0 +"),
    (r"1 - \(1 \+", "(1 +"),
    (r"or vector\(0\)\)", ")"),
    (r"or vector\(0\)\),", "),"),
    (r'status!~"5\.\."', 'status!~"500"'),
    (r'status!~"5\.\."', 'status=~"2.."'),
    (r"\|/readyz", ""),
    (STABLE, CANARY),
    (CANARY, STABLE),
    (f'namespace="{NAMESPACE}", ', ""),
    (r"\n +and on \(\) group\(up\{.*\}\)", ""),
    (r"sum by \(pod\)", "max by (pod)"),
    (r"\[2h:10s\]", "[4m:10s]"),
]
REST = [
    (r"0\.02", "0.03"),
    (r"5 \*", "6 *"),
    (r", 5\)", ", 6)"),
    (r"\n\+\n", "\n-\n"),
    (r"\n\* ln", "\n/ ln"),
    (r"ln\(\(1 - ", "ln((1 + "),
    (r"\(1 - P0\)", "(1 + P0)"),
    (r"or vector\(0\)", ""),
    (r"\|/readyz", ""),
    (r'status=~"5\.\."', 'status=~"500"'),
    (r'status=~"5\.\."', 'status=~"[45].."'),
    (r'status!~"5\.\."', 'status!~"500"'),
    (r'status!~"5\.\."', 'status=~"2.."'),
    (CANARY, STABLE),
    (f'namespace="{NAMESPACE}", ', ""),
    (r"max_over_time", "min_over_time"),
    (r"max_over_time", "last_over_time"),
    (r"\n +and on \(pod\) up\{.*\}", ""),
    (r"\[1h\]", "[2m]"),
]
SLOW = [(r"0\.01\b", "0.03"), (r"0\.1 /", "0.2 /"), (r'le="0\.5"', 'le="0.25"'), (r"seconds_count", "seconds_sum")]
LATELY = [(r"offset 315s", "offset 255s"), (r"\[330s:10s\]", "[2m:10s]"), (r"\n  - ", "\n  + ")]


def places(text: str, changes: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield what was changed, and the text with that one change, for each place where it can be made."""
    for pattern, instead in changes:
        found = list(re.finditer(pattern, text))
        assert found, f"{pattern} is nowhere"
        for number, place in enumerate(found, start=1):
            yield f"{pattern} -> {instead} ({number})", text[: place.start()] + instead + text[place.end() :]


def of_errors(query: str) -> Iterator[tuple[str, str]]:
    """Yield the changes of p0 in all of its three places at once, and those of the rest one by one.

    That the three are the same is for test_templates.py to say.
    """
    query = query.partition("\n")[2]  # without the comment
    (p0,) = set(re.findall(r"\(clamp_min\( # p0\n.*?\n\) < 0\.1\)", query, re.DOTALL))
    rest = query.replace(p0, "P0")
    assert rest.count("P0") == 3
    yield from ((what, rest.replace("P0", changed)) for what, changed in places(p0, P0))
    yield from ((what, changed.replace("P0", p0)) for what, changed in places(rest, REST))


def pods(stables_share: float) -> list[Pod]:
    """Return pods that leave no part of a query without a part in what it says."""
    bad = round(2000 * stables_share)
    of_all_kinds = [
        Answer(moment, status, route, slow=status == "503")
        for moment in range(200, 590, 10)
        for status in ("200", "404", "500", "503")
        for route in ("/{key}", "/readyz")
    ]
    stable = [
        *answers(2000 - bad, 0, 600),
        *answers(200, 0, 600, status="404"),
        *answers(bad, 0, 600, status="500", slow=True),
        *answers(bad, 0, 600, status="503"),
        *answers(200, 0, 600, status="503", route="/readyz"),
        *answers(200, 0, 600, route="/readyz"),
        *answers(300, 10, 100, status="500", slow=True),
    ]
    canary = [*answers(300, 200, 590), *of_all_kinds]
    return [
        Pod("stable-0", STABLE, stable),
        Pod("stable-1", STABLE, stable),
        Pod("stable-0", STABLE, [*stable, *answers(500, 0, 590, status="500", slow=True)], namespace="service-stage"),
        Pod("canary-0", CANARY, canary, born_s=150, restarts_s=[400]),
        Pod("canary-1", CANARY, canary, born_s=150, missed_s=[595.0, 600.0]),
        Pod("canary-2", CANARY, canary, born_s=150, gone_s=500),
        Pod("canary-0", CANARY, canary, born_s=50, namespace="service-stage"),
        Pod("canary-2", CANARY, canary, born_s=50, namespace="service-stage"),
    ]


GOOD = answers(90, 0, 500)
BAD = answers(90, 0, 500, status="500")
WORLDS = [
    *(series(pods(share), 600) for share in (0.0, 0.001, 0.02, 0.1)),
    series([Pod("canary-0", CANARY, BAD)], 600),
    series([Pod("canary-0", CANARY, GOOD)], 600),
    series([Pod("canary-0", CANARY, GOOD), Pod("stable-0", STABLE, BAD)], 600),
]


@pytest.mark.parametrize(
    ("template", "metric", "changes"),
    [("errors", "errors", None), ("latency", "latency", SLOW), ("watch", "errors-lately", LATELY)],
)
def test_a_changed_query_is_noticed(
    template: str, metric: str, changes: list[tuple[str, str]] | None, tmp_path: Path
) -> None:
    query = metrics(template)[metric].query
    changed = list(of_errors(query) if changes is None else places(query, changes))
    expressions = [query, *(text for _, text in changed)]

    said = ask([Question(known, expressions, 600) for known in WORLDS], tmp_path)

    unnoticed = [
        what
        for number, (what, _) in enumerate(changed, start=1)
        if all(values[number] == pytest.approx(values[0]) for values in said)
    ]
    assert unnoticed == []

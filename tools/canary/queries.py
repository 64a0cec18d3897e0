"""The PromQL of the analyses, put together here as it has no variables and the score needs p0 three times. Pure.

Places such as {{args.canary-hash}} are filled in by Argo Rollouts.
"""

from textwrap import dedent, indent
from typing import Final

from canary import sprt
from canary.sprt import ERRORS, LATENCY, Trial

UNCOUNTED: Final = "/healthz|/readyz|/health|/version|/metrics"
"""Routes of probes and scrapes: what they are answered says nothing of users."""

_ERROR: Final = 'status=~"5.."'
_NO_ERROR: Final = 'status!~"5.."'
_FAST: Final = f'le="{sprt.SLOW_S}"'
_REQUESTS: Final = "http_requests_total"
_TIMED: Final = "http_request_duration_seconds_count"
_WITHIN: Final = "http_request_duration_seconds_bucket"


# What befalls both versions must never be seen of the canary alone. The stable version's counts are those of the last
# whole STEP_S, as a subquery's steps stand still, and of a scrape before that; so the canary's are as old. Where five
# minutes begin it is the other way round: the stable version's begin earlier, by all of that and one more scrape.
SCRAPE_S: Final = 5
"""How often pods are scraped: k8s/base/podmonitor.yaml."""
STEP_S: Final = 10
"""A step of 5 s would show all of it 5 s sooner, for half as much CPU again."""
LATE_S: Final = STEP_S + SCRAPE_S
"""How late the canary's answers count."""
LATELY_S: Final = 300
_BESIDE_S: Final = LATELY_S + LATE_S + SCRAPE_S + STEP_S


def _series(metric: str, version: str, *more: str) -> str:
    """Select the users' requests of a version's pods: `version` is canary or stable."""
    counted = ", ".join([*more, f'route!~"{UNCOUNTED}"'])
    return (
        f'{metric}{{\n  namespace="{{{{args.namespace}}}}", rollouts_pod_template_hash="{{{{args.{version}-hash}}}}",\n'
        f"  {counted}}}"
    )


_CANARY_PODS: Final = 'up{namespace="{{args.namespace}}", rollouts_pod_template_hash="{{args.canary-hash}}"}'


def _so_far(metric: str, *more: str, ago_s: int = LATE_S) -> str:
    """Count what the canary's pods have answered until `ago_s`, each series as far as it came in the hour before.

    Pods are those that Prometheus would scrape: one that does not answer or is restarted keeps what it had counted, and
    a retry of the same version does not inherit the counts of the pods before.
    """
    return _block(
        "(sum(",
        f"max_over_time({_series(metric, 'canary', *more)}[1h] offset {ago_s}s)\nand on (pod) {_CANARY_PODS}",
        ") or vector(0))",
    )


def _meanwhile(metric: str, *more: str) -> str:
    """Count what the stable version has answered while there was a canary."""
    pods = f"sum by (pod) ({_series(metric, 'stable', *more)})\nand on () group({_CANARY_PODS})"
    return _block("sum(increase((", pods, f")[2h:{STEP_S}s]))")


def _lately(metric: str, *more: str) -> str:
    """Count what the stable version has answered in the last five minutes, and in half a minute before them."""
    pods = _series(metric, "stable", *more)
    return _block("sum(increase(sum by (pod) (", pods, f")[{_BESIDE_S}s:{STEP_S}s]))")


def _p0(test: Trial, others: str, requests: str, added: int = sprt.LESS) -> str:
    """Return the share that the canary is allowed; nothing where the stable version is too broken to tell."""
    share = f"1 - ({-added} + ({others} or vector(0)))\n/\n({requests} or vector(0)), {test.good:g}"
    return _block("(clamp_min( # p0", share, f") < {sprt.HOPELESS:g})")


def _score(test: Trial, bad: str, others: str, p0: str) -> str:
    """Return the score: what the bad answers add, and what the others do."""
    p1 = f"clamp_min({sprt.TIMES:g} * {p0}, {test.bad:g})"
    return (
        "# bad * ln(p1 / p0) + others * ln((1 - p1) / (1 - p0)); tools/canary/queries.py wrote it, and is easier read\n"
        f"{bad}\n* ln(clamp_min({test.bad:g} / {p0}, {sprt.TIMES:g}))\n"
        f"+\n{others}\n* ln((1 - {p1}) / (1 - {p0}))"
    )


def _difference(more: str, less: str) -> str:
    return _block("(", f"{more}\n- {less}", ")")


def errors() -> str:
    """Return the score of all errors so far."""
    p0 = _p0(ERRORS, _meanwhile(_REQUESTS, _NO_ERROR), _meanwhile(_REQUESTS))
    return _score(ERRORS, _so_far(_REQUESTS, _ERROR), _so_far(_REQUESTS, _NO_ERROR), p0)


def latency() -> str:
    """Return the score of all slow answers so far."""
    p0 = _p0(LATENCY, _meanwhile(_WITHIN, _FAST), _meanwhile(_TIMED))
    fast = _so_far(_WITHIN, _FAST)
    return _score(LATENCY, _difference(_so_far(_TIMED), fast), fast, p0)


def errors_lately() -> str:
    """Return the score of the errors of the last five minutes."""
    p0 = _p0(ERRORS, _lately(_REQUESTS, _NO_ERROR), _lately(_REQUESTS), sprt.MORE)
    return _score(ERRORS, _new(_REQUESTS, _ERROR), _new(_REQUESTS, _NO_ERROR), p0)


def latency_lately() -> str:
    """Return the score of the slow answers of the last five minutes."""
    p0 = _p0(LATENCY, _lately(_WITHIN, _FAST), _lately(_TIMED), sprt.MORE)
    fast = _new(_WITHIN, _FAST)
    return _score(LATENCY, _difference(_new(_TIMED), fast), fast, p0)


def _new(metric: str, *more: str) -> str:
    """Count what the canary's pods have answered in the last five minutes."""
    return _difference(_so_far(metric, *more), _so_far(metric, *more, ago_s=LATELY_S + LATE_S))


def _block(begin: str, inner: str, end: str) -> str:
    return f"{begin}\n{indent(dedent(inner), '  ')}\n{end}"

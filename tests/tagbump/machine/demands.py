"""What environments ask for, in plain words: for the ledger to hold to, and for tagbump as its policy."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any, Final

from tagbump.model import Approval, Environment, Policy
from tagbump.promotion import freezes
from tests.tagbump.machine.cast import JOINED, KEY, STRANGE_KEY

FROM: Final = {"dev": None, "stage": "dev", "prod": "stage", "qa": "dev"}
ROADS: Final = {"dev": ("dev",), "stage": ("stage", "dev"), "prod": ("prod", "stage", "dev"), "qa": ("qa", "dev")}
FURTHER: Final = {"dev": ("dev", "stage", "prod", "qa"), "stage": ("stage", "prod"), "prod": ("prod",), "qa": ("qa",)}
ENVIRONMENTS: Final = tuple(FROM)


@dataclass(frozen=True)
class Window:
    """A freeze as tagbump.yaml words it."""

    start: str
    end: str
    zone: str = "UTC"


@dataclass(frozen=True)
class Demand:
    """What one environment asks for."""

    approval: Approval = "none"
    approvers: tuple[str, ...] | None = None
    soak: timedelta = timedelta()
    windows: tuple[Window, ...] = ()
    overrides: tuple[tuple[str, tuple[str, ...]], ...] | None = None
    signers: tuple[str, ...] = ()
    application: bool = False


@dataclass(frozen=True)
class Amendment:
    """A change of tagbump.yaml: one thing that is asked for from now on, in the environments named."""

    environments: tuple[str, ...]
    field: str
    value: Any

    def __str__(self) -> str:
        return f"{'+'.join(self.environments)}: {self.field}={self.value}"


_BERLIN, _NEW_YORK = "Europe/Berlin", "America/New_York"
WINDOWS: Final = (
    (),
    (Window("Fri 16:00", "Mon 08:00", _BERLIN),),
    (Window("Wed 10:00", "Wed 14:00"),),
    (Window("Sun 02:30", "Sun 03:15", _BERLIN), Window("Tue 00:00", "Tue 00:00", _NEW_YORK)),
    (Window("2026-03-28 20:00", "2026-03-29 02:30", _BERLIN), Window("2026-10-24 20:00", "2026-10-25 02:30", _BERLIN)),
    (Window("Sun 01:15", "Sun 01:45", _NEW_YORK), Window("2026-10-25 02:15", "2026-10-25 09:00", _BERLIN)),
)
OVERRIDES: Final = (
    None,
    (),
    (("frozen", ("grace",)), ("rolled-back", ("jdoe",)), ("unproven", ("grace@example.com",)), ("older", ("jdoe",))),
    (("soak", ("grace", "ada@example.com")), ("skip", ("jdoe",)), ("digest-changed", ("grace@example.com",))),
)
_FROM_ANOTHER: Final = ("prod", "stage", "qa")


def _each(names: tuple[str, ...], field: str, *values: Any) -> tuple[Amendment, ...]:
    return tuple(Amendment((name,), field, value) for name in names for value in values)


_AMENDMENTS: Final = (
    *_each(_FROM_ANOTHER, "approval", "four-eyes", "required", "none"),
    *_each(_FROM_ANOTHER, "approvers", ("grace",), ("jdoe", "ada@example.com"), None),
    *_each(_FROM_ANOTHER, "soak", timedelta(minutes=30), timedelta(days=1), timedelta()),
    *_each(("prod", "dev"), "windows", *WINDOWS),
    *_each(("prod", "stage", "dev"), "overrides", *OVERRIDES),
    *_each(("prod", "dev"), "application", False),
    Amendment(ENVIRONMENTS, "signers", (KEY,)),
    Amendment(("prod", "qa"), "signers", ()),
    Amendment(ENVIRONMENTS, "signers", (STRANGE_KEY, KEY)),
    Amendment(ENVIRONMENTS, "signers", ()),
)
AMENDMENTS: Final = {str(amendment): amendment for amendment in _AMENDMENTS}
SIGNED: Final = str(Amendment(ENVIRONMENTS, "signers", (KEY,)))
BEGINNING: Final = (
    ("dev", Demand()),
    ("stage", Demand(approval="required")),
    ("prod", Demand(approval="four-eyes", soak=timedelta(minutes=30))),
    ("qa", Demand()),
)


@dataclass(frozen=True)
class Demands:
    """tagbump.yaml. `joined` says that it joins the names of Jane."""

    of: tuple[tuple[str, Demand], ...] = BEGINNING
    joined: bool = False

    def amended(self, by: Amendment) -> "Demands":
        """Return the file after the change."""
        changed = (
            (name, replace(demand, **{by.field: by.value}) if name in by.environments else demand)
            for name, demand in self.of
        )
        return replace(self, of=tuple(changed))

    def policy(self) -> Policy:
        """Return what tagbump has of it."""
        environments = tuple(_environment(name, demand) for name, demand in self.of)
        return Policy("main", environments, people=JOINED if self.joined else {})


@cache
def _environment(name: str, demand: Demand) -> Environment:
    return Environment(
        name=name,
        overlay=f"k8s/overlays/{name}",
        image="service",
        previous=FROM[name],
        application=f"argocd/service-{name}" if demand.application else None,
        approval=demand.approval,
        approvers=demand.approvers,
        soak=demand.soak,
        freezes=tuple(freezes.freeze(window.start, window.end, window.zone, None) for window in demand.windows),
        overrides=None if demand.overrides is None else dict(demand.overrides),
        signers=demand.signers,
    )

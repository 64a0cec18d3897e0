"""Each overlay, rendered once a run."""

from functools import cache

import pytest

from tests.manifests.rendering import ENVIRONMENTS, ROOT, Overlay, Resource, render


@cache
def rendered(name: str) -> Overlay:
    folder = ROOT / "k8s/overlays" / name
    return Overlay(name, folder, render(folder))


@pytest.fixture(params=ENVIRONMENTS)
def overlay(request: pytest.FixtureRequest) -> Overlay:
    """One overlay after the other: what holds, holds in every environment."""
    return rendered(request.param)


@pytest.fixture
def overlays() -> dict[str, Overlay]:
    """All of them by name, to be compared."""
    return {name: rendered(name) for name in ENVIRONMENTS}


@pytest.fixture(scope="session")
def argocd() -> list[Resource]:
    """What the root Application deploys."""
    return render(ROOT / "argocd")

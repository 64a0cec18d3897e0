"""Renders an overlay with the real kustomize, and checks what comes out."""

import os
import shutil
import subprocess
from pathlib import Path, PurePosixPath

from tagbump.errors import CheckFailed, ConfigurationError
from tagbump.kustomize import checks, pins, probe
from tagbump.kustomize.manifests import images
from tagbump.model import Check

TIMEOUT_S = 60
"""An overlay renders in a tenth of a second; what takes a minute waits for a network that does not answer."""

# Nothing else of the caller's: what renders here renders on every machine.
_KEPT = ("PATH", "HOME", "TMPDIR", "SSL_CERT_FILE", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy")


def kustomize_command() -> list[str]:
    """The words that render a folder on this machine. Raises ConfigurationError where there are none."""
    if shutil.which("kustomize"):
        return ["kustomize", "build"]
    if shutil.which("kubectl"):
        return ["kubectl", "kustomize"]
    raise ConfigurationError(
        "neither kustomize nor kubectl is on PATH, and overlays are rendered by the real one",
        hint="install kustomize: https://kubectl.docs.kubernetes.io/installation/kustomize/",
    )


def render(root: Path, overlay: str) -> str:
    """The manifests of the folder `overlay` below `root`. Raises CheckFailed in kustomize's own words."""
    # An absolute path: kustomize takes a relative one that looks like a URL for a repository to clone.
    folder = (root / overlay).resolve()
    if ".." in PurePosixPath(overlay).parts or not folder.is_dir():
        raise CheckFailed(f"{overlay} does not render: no such folder", hint="correct `overlay` in tagbump.yaml")
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    try:
        done = subprocess.run(
            [*kustomize_command(), str(folder)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=TIMEOUT_S,
            env={**kept, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"},
        )
    except subprocess.TimeoutExpired as error:
        raise CheckFailed(
            f"{overlay} does not render: kustomize was not done after {TIMEOUT_S} s",
            hint="look for a remote base or resource that does not answer",
        ) from error
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip().replace(f"{root.resolve()}/", "")
        raise CheckFailed(f"{overlay} does not render: {words}", hint=f"try `kustomize build {overlay}`")
    return done.stdout.decode(errors="replace")


def check(root: Path, overlay: str, name: str) -> list[Check]:
    """Every promise about the image `name` in `overlay`, kept or not; `checks.NAMES` in that order.

    Raises ConfigurationError where there is nothing to render with.
    """
    found: list[Check] = []
    rendered: str | None = None
    try:
        rendered = render(root, overlay)
        found.append(Check("renders", True, overlay))
    except CheckFailed as error:
        found.append(Check("renders", False, error.message))
    try:
        file_name, text = _kustomization(root, overlay)
        entries = pins.read_entries(text, f"{overlay}/{file_name}")
        found += checks.of_file(text, f"{overlay}/{file_name}", entries, name)
        if rendered is not None:
            reach = _reach(root, overlay, file_name, entries, name)
            found += checks.of_manifests(images(rendered), reach, entries, name)
    except (CheckFailed, ConfigurationError) as error:
        return checks.complete(found, error.message)
    return checks.complete(found, f"{overlay} does not render")


def _kustomization(root: Path, overlay: str) -> tuple[str, bytes]:
    for file_name in pins.FILE_NAMES:
        path = root / overlay / file_name
        if path.is_file():
            return file_name, path.read_bytes()
    raise ConfigurationError(f"{overlay} has no {pins.FILE_NAMES[0]}")


def _reach(root: Path, overlay: str, file_name: str, entries: tuple[pins.Entry, ...], name: str) -> checks.Reach:
    def marked(indexes: list[int], *, literal: bool = False) -> str:
        with probe.marked_copy(root, overlay, file_name, indexes, literal=literal) as copy:
            return render(copy, overlay)

    everything = marked(list(range(len(entries)))) if entries else ""
    # An entry may work on what another one leaves: alone among the real ones it has its chance.
    idle = [index for index in range(len(entries)) if probe.mark(index) not in everything]
    idle = [index for index in idle if probe.mark(index) not in marked([index])]
    own = [index for index, entry in enumerate(entries) if entry.name == name]
    patterned = probe.is_pattern(name) and bool(own)
    return checks.Reach(
        idle=frozenset(idle),
        marks=tuple(image.image for image in images(everything)),
        literal_marks=tuple(image.image for image in images(marked(own, literal=True) if patterned else everything)),
        own=frozenset(map(probe.mark, own)),
    )

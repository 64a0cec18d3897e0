"""What this installation has set: platform/platform.yaml and tagbump.yaml of the checkout."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from pipeline.errors import Misconfigured

PLATFORM: Final = Path("platform/platform.yaml")
POLICY: Final = Path("tagbump.yaml")


def repository(root: Path) -> str:
    """Return the repository of our images, at ECR."""
    account, name = _platform(root, "account"), _policy(root, "image")
    return f"{account}.dkr.ecr.{region(root)}.amazonaws.com/{str(name).rpartition('/')[2]}"


def region(root: Path) -> str:
    """Return the region of AWS that all of it is in."""
    return _platform(root, "region")


def web_bucket(root: Path) -> str:
    """Return the bucket of S3 that the site is served from."""
    return _platform(root, "web-bucket")


def web_distribution(root: Path) -> str:
    """Return the id of the distribution of CloudFront that serves it."""
    return _platform(root, "web-distribution")


def source_url(root: Path) -> str:
    """Return where the source is, as the image's label names it."""
    return _platform(root, "repository")


def mail_to(root: Path) -> str:
    """Return who hears of what failed: addresses, in one line."""
    return " ".join(_platform(root, "mail-to").split())


def address(root: Path, environment: str) -> str:
    """Return where the service of `environment` is reached: `service.DOMAIN` is that of the last one."""
    names = list(_environments(root))
    _environment(root, environment)
    host = "service" if environment == names[-1] else f"service-{environment}"
    return f"https://{host}.{_platform(root, 'domain')}"


def branch(root: Path) -> str:
    """Return the branch that is released."""
    return str(_read(root, POLICY).get("branch", "main"))


def entrance(root: Path) -> str:
    """Return the environment that takes images first: the one without `from`."""
    return next(name for name, environment in _environments(root).items() if not environment.get("from"))


def overlay(root: Path, environment: str) -> str:
    """Return the folder whose artifact tagbump writes for `environment`."""
    return str(_environment(root, environment)["overlay"])


def after(root: Path, environment: str) -> str | None:
    """Return the environment that takes its images from `environment`; None where none does."""
    return next((name for name, other in _environments(root).items() if other.get("from") == environment), None)


def takes_images_first(root: Path, environment: str) -> bool:
    """Say whether `environment` is released to without a person's word."""
    return not _environment(root, environment).get("from")


def _environment(root: Path, name: str) -> Mapping[str, Any]:
    found = _environments(root).get(name)
    if found is None:
        raise Misconfigured(f"there is no environment {name!r}", f"{POLICY} has {', '.join(_environments(root))}")
    return found


def _environments(root: Path) -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = _policy(root, "environments")
    return found


def _policy(root: Path, key: str) -> Any:
    return _value(_read(root, POLICY), POLICY, key)


def _platform(root: Path, key: str) -> str:
    return str(_value(_value(_read(root, PLATFORM), PLATFORM, "data"), PLATFORM, key))


def _value(content: Mapping[str, Any], file: Path, key: str) -> Any:
    if not content.get(key):
        raise Misconfigured(f"{file} has no {key!r}", "docs/reference/configuration.md says what stands there")
    return content[key]


def _read(root: Path, file: Path) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load((root / file).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise Misconfigured(f"{file} can't be read", str(error)) from None
    if not isinstance(content, dict):
        raise Misconfigured(f"{file} is no mapping", "docs/reference/configuration.md says what stands there")
    return content

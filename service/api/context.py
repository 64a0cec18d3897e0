"""What the views of one application work with."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Flask, current_app

from service.api.metrics import Metrics
from service.domain.keys import KeyStrategy
from service.model import Artifact
from service.store.entries import EntryStore
from service.store.links import LinkStore
from service.store.schema import SchemaStore

_NAME = "service"


@dataclass(frozen=True, kw_only=True)
class Context:
    """Made once by `create_app`."""

    entries: EntryStore
    links: LinkStore
    schema: SchemaStore
    keys: KeyStrategy
    metrics: Metrics
    artifact: Artifact
    source: str
    """The commit this was built from."""
    needed_revision: str
    """The newest migration this build knows."""
    public_url: str | None
    """Begins every short URL, without a slash at the end; None: the host of each request."""
    close: Callable[[], None]
    """Closes the connections to the database."""
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when the process has been told to end."""


def attach(app: Flask, context: Context) -> None:
    """Give `app` its context."""
    app.extensions[_NAME] = context


def of(app: Flask) -> Context:
    """Return the context `app` was given."""
    context = app.extensions[_NAME]
    assert isinstance(context, Context)  # noqa: S101 - extensions is a dict of anything; attach() alone writes here
    return context


def context() -> Context:
    """Return the context of the application that serves this request."""
    return of(current_app)

"""The application: everything made once and plugged together."""

from flask import Flask

from service.api import body, entries, errors, health, journal, links, metrics, routing
from service.api.context import Context, attach
from service.api.proxies import TrustedProxies
from service.domain import keys
from service.settings import Settings, from_environ_or_exit
from service.store.entries import EntryStore
from service.store.links import LinkStore
from service.store.pool import Database
from service.store.schema import SchemaStore, head


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application, connecting in the background. It must run in the process that calls this.

    Without `settings` they are read from the environment; wrong ones end the process with 1, a line each on stderr.
    """
    settings = settings or from_environ_or_exit()
    database = Database(settings.database_url, places=settings.web_threads)
    link_store = LinkStore(database)
    context = Context(
        entries=EntryStore(database),
        links=link_store,
        schema=SchemaStore(database),
        keys=keys.strategy(settings.key_strategy, link_store),
        metrics=metrics.Metrics(),
        artifact=settings.image,
        source=settings.source_commit,
        needed_revision=head(),
        public_url=settings.public_url,
        close=database.close,
    )
    app = Flask("service", static_folder=None)
    # Werkzeug cuts a chunked body at this length without a word; the byte more lets api/body.py notice.
    app.config["MAX_CONTENT_LENGTH"] = body.LIMIT_BYTES + 1
    attach(app, context)
    routing.prepare(app)
    journal.register(app)
    errors.register(app)
    # Links come last: their keys are what no other path begins with.
    for blueprint in (entries.blueprint, health.blueprint, metrics.blueprint(context.metrics), links.blueprint):
        app.register_blueprint(blueprint)
    if settings.trusted_proxies:
        # Flask's documented place for a middleware; mypy sees a method there.
        app.wsgi_app = TrustedProxies(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]
    database.open()
    return app

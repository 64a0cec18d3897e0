"""Log lines as JSON objects on stdout, one a line."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from service.api import request_ids


class JsonFormatter(logging.Formatter):
    """Writes a record as one line; json.dumps escapes whatever would begin another."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line. A record's `noted` dict becomes members of the object."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
        }
        if request_id := request_ids.current():
            line["request_id"] = request_id
        line.update(getattr(record, "noted", {}))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def config(level: str) -> dict[str, Any]:
    """Return the logging.config dict that sends everything from `level` up to stdout, gunicorn's own lines too."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter}},
        "handlers": {"stdout": {"class": "logging.StreamHandler", "formatter": "json", "stream": sys.stdout}},
        "root": {"level": level, "handlers": ["stdout"]},
        "loggers": {
            "gunicorn.error": {"level": level, "handlers": ["stdout"], "propagate": False},
            # Every growth of the pool is a line at INFO, every failed attempt to connect one at WARNING. During
            # start-up service.startup says the same in fewer words; then it lets the warnings through.
            "psycopg.pool": {"level": "ERROR"},
        },
    }

"""Shows the alerts that Alertmanager sends: `python -m service.stack.receiver --port 9099`."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final

from service.stack.settings import HOST

_MAX_BYTES: Final = 1024 * 1024


def lines_of(notification: Mapping[str, Any]) -> Iterator[str]:
    """What a person is to read of a notification.

    Args:
        notification: As Alertmanager posts it.

    Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
    """
    for alert in notification["alerts"]:
        labels, annotations = alert["labels"], alert["annotations"]
        summary = annotations.get("summary", "no summary")
        yield f"{alert['status'].upper()} {labels.get('severity', 'alert')} {labels.get('alertname')}: {summary}"
        if alert["status"] == "firing" and "runbook_url" in annotations:
            yield f"  what to do: {annotations['runbook_url']}"


class _Handler(BaseHTTPRequestHandler):
    # A sender that stops in the middle of a body holds the only thread no longer than this.
    timeout = 5

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _MAX_BYTES:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        try:
            lines = list(lines_of(json.loads(self.rfile.read(int(length)))))
        except (ValueError, KeyError, TypeError, AttributeError):
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        for line in lines:
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        self.send_response(HTTPStatus.OK)
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        """Says nothing of the requests themselves."""


def main() -> None:
    """Listens until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m service.stack.receiver", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    with HTTPServer((HOST, parser.parse_args().port), _Handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()

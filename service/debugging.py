"""What an error page shows to the developer, and to nobody else."""

import traceback
from typing import Any

from fastapi import Request

from service.redaction import is_secret_name, redacted, redacted_pairs
from service.settings import Settings, is_loopback


def debug_information(request: Request, error: Exception, settings: Settings) -> dict[str, Any] | None:
    """Message, stack trace and request, with secrets hidden; None where they are not to be shown.

    Args:
        request: The request that failed.
        error: Why it failed.
        settings: DEBUG, and the secrets that must not appear.
    """
    if not settings.debug or not (settings.debug_allow_remote or _came_locally(request)):
        return None
    pairs = [*request.headers.items(), *request.query_params.multi_items()]
    secrets = [*settings.secrets(), *request.cookies.values()]
    # A header says "Bearer abc"; what stands elsewhere is "abc".
    secrets += [value.rpartition(" ")[2] for name, value in pairs if is_secret_name(name)]
    return {
        "error": type(error).__name__,
        "message": redacted(str(error), secrets),
        "stack": redacted("".join(traceback.format_exception(error)), secrets).splitlines(),
        "request": {
            "method": request.method,
            "path": redacted(request.url.path, secrets),
            "query": redacted_pairs(request.query_params.multi_items(), secrets),
            "headers": redacted_pairs(request.headers.items(), secrets),
        },
    }


def _came_locally(request: Request) -> bool:
    # `uvicorn --host 0.0.0.0 service.main:app` binds another address than the one in the settings.
    server = request.scope.get("server")
    return server is not None and is_loopback(server[0])

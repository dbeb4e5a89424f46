"""Whom alerts are sent to, in one environment."""

from collections.abc import Collection
from email.utils import getaddresses
from pathlib import Path
from typing import Annotated, Any, Final, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from telemetry.budgets.document import Mapping, Node, Scalar, document_of
from telemetry.budgets.problems import Findings
from telemetry.errors import ConfigurationError

_PORTS: Final = range(1, 65_536)


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write a whole address, such as https://pager.example.org/alerts")
    if parts.username or parts.password:
        raise ValueError("a password in an address is no secret: put it into a file, and name that in credentials_file")
    if _port(text) is None:
        raise ValueError(f"its port is none of {_PORTS[0]} to {_PORTS[-1]}")
    return text


def _port(address: str) -> int | None:
    try:
        port = urlsplit(address).port
    except ValueError:
        return None
    return _PORTS[0] if port is None else port if port in _PORTS else None


def _smarthost(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or any(map(str.isspace, host)) or not port.isdecimal() or int(port) not in _PORTS:
        raise ValueError(f"write HOST:PORT, such as mail.example.org:587, with a port from {_PORTS[0]} to {_PORTS[-1]}")
    return text


def _email(text: str) -> str:
    parts = [address.rpartition("@") for _, address in getaddresses([text])]
    if not parts or not all(local and domain for local, _, domain in parts):
        raise ValueError("write an e-mail address, such as service@example.org")
    return text


_Text = Annotated[str, Field(min_length=1)]
_Email = Annotated[str, AfterValidator(_email)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Receiver(_Strict):
    """A webhook, an e-mail address, or both.

    Attributes:
        webhook: Address that notifications are posted to.
        credentials_file: File with the token that the webhook wants as `Authorization: Bearer`.
        email: Address that e-mail is sent to.
    """

    webhook: Annotated[str, AfterValidator(_address)] | None = None
    credentials_file: _Text | None = None
    email: _Email | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.webhook is None and self.email is None:
            raise ValueError("name a webhook or an email")
        if self.webhook is None and self.credentials_file is not None:
            raise ValueError("credentials_file is for a webhook: name that, too")
        return self


class OwnerReceivers(_Strict):
    """Whom alerts on the budgets of one owner are sent to, where that is not the one of the service."""

    page: Receiver | None = None
    ticket: Receiver | None = None

    @model_validator(mode="after")
    def _is_something(self) -> Self:
        if self.page is None and self.ticket is None:
            raise ValueError("name a page or a ticket, or leave the owner out")
        return self


class Smtp(_Strict):
    """The server that e-mail goes through.

    Attributes:
        smarthost: Host and port.
        sender: Address that e-mail comes from; `from` in the file.
        username: If it wants one.
        password_file: File with the password.
    """

    smarthost: Annotated[str, AfterValidator(_smarthost)]
    sender: _Email = Field(alias="from")
    username: _Text | None = None
    password_file: _Text | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if (self.username is None) != (self.password_file is None):
            raise ValueError("username and password_file need each other: name both, or none")
        return self


class Receivers(_Strict):
    """All receivers of an environment; no field holds a secret.

    Attributes:
        page: Of alerts that cannot wait.
        ticket: Of all others.
        owners: By owner.
        smtp: For e-mail.
    """

    page: Receiver
    ticket: Receiver
    owners: dict[str, OwnerReceivers] = {}
    smtp: Smtp | None = None

    @model_validator(mode="after")
    def _can_send(self) -> Self:
        owned = [receiver for owner in self.owners.values() for receiver in (owner.page, owner.ticket)]
        if self.smtp is None and any(receiver and receiver.email for receiver in (self.page, self.ticket, *owned)):
            raise ValueError("smtp is missing: e-mail needs {smarthost: HOST:PORT, from: ADDRESS}")
        return self


_NO_MAPPING: Final = "write a mapping of keys to values"
_MAPPING_ERRORS: Final = frozenset({"model_type", "dict_type"})
_HERE: Final = Receiver(webhook="http://127.0.0.1:9099/alerts")
#: For a machine on which everything runs: a webhook that waits there, if anything does.
LOCAL: Final = Receivers(page=_HERE, ticket=_HERE)


def load_receivers(path: Path, owners: Collection[str]) -> Receivers:
    """Reads a file of receivers.

    Args:
        path: Of a YAML file.
        owners: Those that the budgets name.

    Raises:
        ConfigurationError: Something in it is wrong, or it names an owner of no budget; all that is wrong is told.
    """
    findings = Findings(str(path))
    root = document_of(path, findings, "page and ticket")
    problems = findings.sorted()
    if problems:
        raise ConfigurationError("\n".join(map(str, problems)))
    try:
        receivers = Receivers.model_validate(_content(root))
    except ValidationError as error:
        raise ConfigurationError("\n".join(_told(path, error))) from None
    strangers = sorted(receivers.owners.keys() - set(owners))
    if strangers:
        known = ", ".join(sorted(owners)) or "none"
        raise ConfigurationError(f"{path}: owners: {', '.join(strangers)} owns no budget; owners of budgets: {known}")
    return receivers


def _content(node: Node | None) -> Any:
    """What pydantic takes: every value of such a file is a text."""
    match node:
        case Mapping():
            return {key.text: _content(value) for key, value in node.pairs}
        case Scalar():
            return None if node.type == "null" else node.text
        case None:
            return None
    return [_content(item) for item in node.items]


def _told(path: Path, error: ValidationError) -> list[str]:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    lines = []
    for problem in problems:
        where = ".".join(map(str, problem["loc"])) or "receivers"
        what = _NO_MAPPING if problem["type"] in _MAPPING_ERRORS else problem["msg"].removeprefix("Value error, ")
        lines.append(f"{path}: {where}: {what}")
    return lines

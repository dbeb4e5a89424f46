"""Whom alerts are sent to, in one environment."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from telemetry.errors import ConfigurationError


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write a whole address, such as https://pager.example.org/alerts")
    if parts.username or parts.password:
        raise ValueError("a password in an address is no secret: put it into a file, and name that in credentials_file")
    return text


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
    credentials_file: str | None = None
    email: str | None = None

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


class Smtp(_Strict):
    """The server that e-mail goes through.

    Attributes:
        smarthost: Host and port.
        sender: Address that e-mail comes from; `from` in the file.
        username: If it wants one.
        password_file: File with the password.
    """

    smarthost: str = Field(pattern=r"^[^\s:]+:\d+$")
    sender: str = Field(alias="from")
    username: str | None = None
    password_file: str | None = None


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
    try:
        receivers = Receivers.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise ConfigurationError("\n".join(_told(path, error))) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}") from None
    strangers = sorted(receivers.owners.keys() - set(owners))
    if strangers:
        known = ", ".join(sorted(owners)) or "none"
        raise ConfigurationError(f"{path}: owners: {', '.join(strangers)} owns no budget; owners of budgets: {known}")
    return receivers


def _told(path: Path, error: ValidationError) -> list[str]:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    lines = []
    for problem in problems:
        where = ".".join(map(str, problem["loc"])) or "receivers"
        lines.append(f"{path}: {where}: {problem['msg'].removeprefix('Value error, ')}")
    return lines

"""Where a store lies in PostgreSQL: the server as libpq understands it, and a schema there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import unquote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from catalogctl.domain.errors import InvalidInput
from catalogctl.domain.sources import masked, without_secrets
from catalogctl.store.postgres.texts import adapt_texts

SCHEMA = "catalogctl"
"""Where the tables lie unless another schema is named."""

_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
_LONGEST_NAME = 63
# As libpq reads it: a password may hold a # or a ?, and nothing is a fragment.
_URL = re.compile(r"(?P<scheme>[^:/]+)://(?P<place>(?:[^/@]*@)?[^?]*)\??(?P<query>.*)", re.DOTALL)
_EXAMPLE = "For example: postgresql://user@host:5432/database"

# A node that is cut off must notice within seconds, not hours; whoever knows better says so in the URL.
_DEFAULTS: Mapping[str, str] = {
    "application_name": "catalogctl",
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A schema of a database. *parameters* are libpq's, secrets included; *display* may be shown."""

    parameters: Mapping[str, Any]
    schema: str
    display: str
    url: str

    @classmethod
    def of(cls, url: str, *, schema: str | None = None) -> Self:
        """The address that *url* names: all that libpq takes, and ``schema=NAME``. Raises InvalidInput."""
        parts, display = _URL.fullmatch(url), masked(url)
        if parts is None or parts["scheme"].lower() not in _SCHEMES:
            raise InvalidInput(f"{display} is no PostgreSQL URL", hint=_EXAMPLE)
        # Taken apart by hand, because libpq knows no ``+`` and whatever it takes must reach it as it was written.
        query = [piece for piece in parts["query"].split("&") if piece]
        named = schema or next((unquote(piece[7:]) for piece in query if piece.startswith("schema=")), "") or SCHEMA
        if len(named.encode()) > _LONGEST_NAME or "\0" in named:
            raise InvalidInput(f"{named[:80]!r} cannot name a schema", hint=f"Use at most {_LONGEST_NAME} bytes.")
        kept = "&".join(piece for piece in query if not piece.startswith("schema="))
        plain = f"postgresql://{parts['place']}{'?' if kept else ''}{kept}"
        try:
            given = conninfo_to_dict(plain)
        except psycopg.ProgrammingError as error:
            reason = without_secrets(str(error).strip(), url)
            raise InvalidInput(f"{display} is no PostgreSQL URL: {reason}", hint=_EXAMPLE) from error
        if not re.fullmatch(r"[\d,]*", str(given.get("port", ""))):
            # Most likely it is the beginning of a password, which libpq would tell when it connects.
            hint = "Escape special characters of a password: %2F for a slash."
            raise InvalidInput(f"{display} is no PostgreSQL URL: its port is no number", hint=hint)
        parameters = {**_DEFAULTS, **given}
        if "," in str(given.get("host", "")):
            # Of several servers the one that can be written to, wherever it is just now.
            parameters.setdefault("target_session_attrs", "read-write")
        return cls(parameters=parameters, schema=named, display=display, url=url)

    @property
    def channel(self) -> str:
        """The channel of notifications; there is one a schema, and the database has its own."""
        return f"catalogctl:{self.schema}".encode()[:_LONGEST_NAME].decode(errors="ignore")

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Open a connection that leaves transactions to its user. Raises psycopg.Error.

        Nothing is prepared and nothing set for the session, so that a pooler may give each transaction to another
        connection of its own.
        """
        connection = psycopg.connect(
            "", autocommit=True, prepare_threshold=None, client_encoding="utf8", **self.parameters
        )
        adapt_texts(connection)
        return connection

    def search_path(self) -> str:
        """The statement that makes plain names mean this schema's, for one transaction."""
        return sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(self.schema)).as_string(None)

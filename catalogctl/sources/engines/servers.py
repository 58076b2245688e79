"""Which servers are known."""

from collections.abc import Mapping

from catalogctl.sources.engines.any_server import AnyServer
from catalogctl.sources.engines.mysql import MySqlServer
from catalogctl.sources.engines.postgresql import PostgreSqlServer

_SERVERS: Mapping[str, type[AnyServer]] = {
    "postgresql": PostgreSqlServer,
    "mysql": MySqlServer,
    "mariadb": MySqlServer,
}


def server_of(name: str) -> type[AnyServer]:
    """The kind of server behind a dialect of SQLAlchemy."""
    return _SERVERS.get(name, AnyServer)

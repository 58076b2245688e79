"""Options in a URL over which a driver gives up before it asks the server."""

import pytest
from real_sources import Open

from catalogctl.domain.errors import SourceFailed


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hunter2@127.0.0.1:1/db?nosuch=hunter2",
        "mysql://u:hunter2@127.0.0.1:1/db?port=hunter2",
        "mysql://u:hunter2@127.0.0.1:1/db?connect_timeout=hunter2",
        "mysql://u:hunter2@127.0.0.1:1/db?charset=nosuch",
        "mysql://u:hunter2@127.0.0.1:1/db?ssl=true",
        "mysql://u:hunter2@127.0.0.1:1/db?ssl_ca=/nosuch",
        "mysql://u:hunter2@127.0.0.1:1/db?host=a&host=b",
        "postgresql://u:hunter2@127.0.0.1:1/db?nosuch=1",
        "postgresql://u:hunter2@127.0.0.1:1/db?port=hunter2",
    ],
)
def test_option_that_the_driver_cannot_use_is_told_without_the_password(url: str, open_source: Open) -> None:
    with pytest.raises(SourceFailed, match=r"source 'shop' cannot be read: ") as caught:
        open_source(url)
    assert caught.value.hint
    assert "hunter2" not in f"{caught.value} {caught.value.hint} {caught.value.data}"

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from catalogctl.domain.errors import InvalidInput
from catalogctl.domain.sources import check_name, masked, secrets_of, without_secrets

PIECES = st.text(alphabet="ab1@:/?#&=%[]+,; \n\\", max_size=12)
MARK = "Zq7"


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("/data/shop.db", "/data/shop.db"),
        ("postgresql://ann:s3cret@db/shop", "postgresql://ann:***@db/shop"),
        ("postgresql://ann@db/shop", "postgresql://ann@db/shop"),
        ("mysql://ann:p%40ss@db:3306/shop?charset=utf8", "mysql://ann:***@db:3306/shop?charset=utf8"),
        ("postgresql://db/shop?user=ann&password=s3cret", "postgresql://db/shop?user=ann&password=***"),
        ("postgresql://ann:a@b@db/shop", "postgresql://ann:***@db/shop"),
        ("postgresql://ann:p#ss@db/shop", "postgresql://ann:***@db/shop"),
        ("postgresql://ann:p/ss@db/shop", "postgresql://ann:***@db/shop"),
        ("postgresql://ann:p?ss@db/shop?sslmode=require", "postgresql://ann:***@db/shop?sslmode=require"),
        ("postgresql://ann:p@s/s@db/shop", "postgresql://ann:***@db/shop"),
        ("postgresql://ann:p[ss@db/shop", "postgresql://ann:***@db/shop"),
        ("postgresql://ann:p#ss@a:5432,b:5433/shop", "postgresql://ann:***@a:5432,b:5433/shop"),
        ("mysql://ann:s3cret@db/shop?user=ann@shop.example", "mysql://ann:***@db/shop?user=ann@shop.example"),
        ("mysql://ann@shop:s3cret@db:3306/shop", "mysql://ann@shop:***@db:3306/shop"),
        ("postgresql://db/shop?password=p#ss&sslmode=require", "postgresql://db/shop?password=***&sslmode=require"),
        ("postgresql://db:5432/shop?p%61ssword=p@ss", "postgresql://db:***"),
        ("postgresql:///shop?host=/run/postgresql", "postgresql:///shop?host=/run/postgresql"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
    ],
)
def test_a_location_is_shown_without_its_secrets(location: str, shown: str) -> None:
    assert masked(location) == shown


@given(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N"]), min_size=6))
def test_a_password_never_survives_masking(password: str) -> None:
    password = f"Zq{password}"
    location = f"postgresql://ann:{password}@db.example/shop?sslpassword={password}x"
    assert password not in masked(location)
    assert password not in without_secrets(f"FATAL: {password} rejected", location)


@given(pieces=st.tuples(*[PIECES] * 5), query=st.sampled_from(["", "?password=", "?x=y&sslpassword=", "?a=b@"]))
def test_what_sqlalchemy_takes_for_a_password_never_survives_masking(pieces: tuple[str, ...], query: str) -> None:
    user, before, after, host, value = pieces
    location = f"mysql://{user}:{before}{MARK}{after}@{host}/shop{query}{value}"
    try:
        password = make_url(location).password
    except (ArgumentError, ValueError):
        return
    if password is not None and MARK in str(password):
        assert MARK not in masked(location)
        assert str(password) in secrets_of(location)


@given(PIECES, PIECES, st.sampled_from(["password", "sslpassword", "private_key", "p%61ss", "odbc_connect"]))
def test_what_sqlalchemy_takes_for_a_secret_parameter_never_survives_masking(place: str, value: str, key: str) -> None:
    location = f"mysql://{place}/shop?x=y&{key}={MARK}{value}"
    try:
        query = make_url(location).query
    except (ArgumentError, ValueError):
        return
    if any(MARK in str(taken) for taken in query.values()):
        assert MARK not in masked(location)


def test_an_encoded_password_is_cut_out_of_messages_as_decoded_too() -> None:
    text = without_secrets("login with p@ss or p%40ss failed", "mysql://ann:p%40ss@db/shop")
    assert text == "login with *** or *** failed"


@pytest.mark.parametrize("name", ["", "a/b", "postgres://x", "-x", "a\nb", "x" * 101, "[red]"])
def test_a_name_that_could_be_mistaken_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        check_name(name)


def test_a_url_in_the_place_of_a_name_is_refused_without_its_password() -> None:
    with pytest.raises(InvalidInput, match=r"'postgresql://ann:\*{3}@db/shop' cannot name a source"):
        check_name("postgresql://ann:s3cret@db/shop")


@pytest.mark.parametrize("name", ["shop", "Shop 2", "données.v2", "a_b-c"])
def test_a_sensible_name_is_taken(name: str) -> None:
    assert check_name(name) == name

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogctl.domain.errors import InvalidInput
from catalogctl.domain.sources import check_name, masked, without_secrets


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("/data/shop.db", "/data/shop.db"),
        ("postgresql://ann:s3cret@db/shop", "postgresql://ann:***@db/shop"),
        ("postgresql://ann@db/shop", "postgresql://ann@db/shop"),
        ("mysql://ann:p%40ss@db:3306/shop?charset=utf8", "mysql://ann:***@db:3306/shop?charset=utf8"),
        ("postgresql://db/shop?user=ann&password=s3cret", "postgresql://db/shop?user=ann&password=***"),
        ("postgresql://ann:a@b@db/shop", "postgresql://ann:***@db/shop"),
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


def test_an_encoded_password_is_cut_out_of_messages_as_decoded_too() -> None:
    text = without_secrets("login with p@ss or p%40ss failed", "mysql://ann:p%40ss@db/shop")
    assert text == "login with *** or *** failed"


@pytest.mark.parametrize("name", ["", "a/b", "postgres://x", "-x", "a\nb", "x" * 101, "[red]"])
def test_a_name_that_could_be_mistaken_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        check_name(name)


@pytest.mark.parametrize("name", ["shop", "Shop 2", "données.v2", "a_b-c"])
def test_a_sensible_name_is_taken(name: str) -> None:
    assert check_name(name) == name

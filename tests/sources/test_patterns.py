import pytest

from catalogctl.sources.profile.patterns import find_pattern

_LOOKS = {
    "email": ["ann@example.org", "b.o+b@mail.example.com", "éva@exämple.fr"],
    "uuid": ["6f7b3f0e-5b1c-4e0a-8a4b-0d8f3f2c9e11", "6F7B3F0E-5B1C-4E0A-8A4B-0D8F3F2C9E12"],
    "url": ["https://example.org/a?b=1", "http://example.org", "ftp://example.org/x"],
    "ipv4": ["192.0.2.1", "10.0.0.255"],
    "ipv6": ["2001:db8::1", "::1"],
    "mac_address": ["00:1a:2b:3c:4d:5e"],
    "iso_date": ["2024-02-29", "1999-12-31"],
    "iso_datetime": ["2024-02-29T12:00:00Z", "2024-02-29 12:00:00.123+02:00"],
    "iban": ["DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19", "FR1420041010050500013M02606"],
    "siret": ["73282932000074", "35600000000048", "55208131766522"],
    "phone": ["+33612345678", "+1 (415) 555-0100", "+49 30 901820"],
}
_LOOKALIKES = [
    ["ann@localhost", "@example.org", "a@b"],
    ["2024-02-30", "2023-02-29", "2024-13-01"],
    ["256.1.1.1", "1.2.3", "1.2.3.4.5"],
    ["DE89370400440532013001", "GB30NWBK60161331926819"],
    ["73282932000075", "35600000000047", "55208131766523"],
    ["517", "533", "542", "544"],
    ["12345", "54321", "99999"],
]


@pytest.mark.parametrize("name", _LOOKS)
def test_pattern_is_told_by_values_alone(name: str) -> None:
    pattern = find_pattern(_LOOKS[name])
    assert pattern is not None
    assert (pattern.name, pattern.share, pattern.tested) == (name, 1.0, len(_LOOKS[name]))


@pytest.mark.parametrize("values", _LOOKALIKES)
def test_what_only_looks_alike_has_no_pattern(values: list[str]) -> None:
    assert find_pattern(values) is None


def test_postal_code_needs_the_name_of_its_column() -> None:
    codes = ["75001", "69002", "13008"]
    for column in ("amount", "salary_cap", "cap_rate"):
        assert find_pattern(codes, column=column) is None
    for column in ("postal_code", "zipCode", "plz", "cap", "codice_postale"):
        pattern = find_pattern(codes, column=column)
        assert pattern is not None
        assert pattern.name == "postal_code"


def test_share_states_its_base() -> None:
    pattern = find_pattern([*(f"u{i}@example.org" for i in range(9)), "unknown"])
    assert pattern is not None
    assert (pattern.share, pattern.tested) == (pytest.approx(0.9), 10)
    assert find_pattern([*(f"u{i}@example.org" for i in range(7)), "x", "y", "z"]) is None


def test_whole_numbers_may_be_identifiers_and_truths_are_nothing() -> None:
    pattern = find_pattern([73282932000074, 35600000000048, 55208131766522])
    assert pattern is not None
    assert pattern.name == "siret"
    assert find_pattern([True, False]) is None
    assert find_pattern([]) is None


def test_long_hostile_text_takes_no_time() -> None:
    hostile = ["a" * 200, "0" * 200, "+" + "1 " * 100, "a@" + "a." * 99, ":" * 200, "1" * 14 + " " * 186] * 160
    assert find_pattern(hostile) is None

"""A music shop with the tables and names that many know from the Chinook sample, and data of its own."""

# ruff: noqa: SIM905 - lists of words read best as words

import random
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

_SCHEMA = """
CREATE TABLE Artist (ArtistId INTEGER NOT NULL PRIMARY KEY, Name NVARCHAR(120));
CREATE TABLE Album (
    AlbumId INTEGER NOT NULL PRIMARY KEY, Title NVARCHAR(160) NOT NULL,
    ArtistId INTEGER NOT NULL REFERENCES Artist (ArtistId)
);
CREATE TABLE Genre (GenreId INTEGER NOT NULL PRIMARY KEY, Name NVARCHAR(120));
CREATE TABLE MediaType (MediaTypeId INTEGER NOT NULL PRIMARY KEY, Name NVARCHAR(120));
CREATE TABLE Track (
    TrackId INTEGER NOT NULL PRIMARY KEY, Name NVARCHAR(200) NOT NULL,
    AlbumId INTEGER REFERENCES Album (AlbumId),
    MediaTypeId INTEGER NOT NULL REFERENCES MediaType (MediaTypeId),
    GenreId INTEGER REFERENCES Genre (GenreId),
    Composer NVARCHAR(220), Milliseconds INTEGER NOT NULL, Bytes INTEGER, UnitPrice NUMERIC(10,2) NOT NULL
);
CREATE TABLE Playlist (PlaylistId INTEGER NOT NULL PRIMARY KEY, Name NVARCHAR(120));
CREATE TABLE PlaylistTrack (
    PlaylistId INTEGER NOT NULL REFERENCES Playlist (PlaylistId),
    TrackId INTEGER NOT NULL REFERENCES Track (TrackId),
    PRIMARY KEY (PlaylistId, TrackId)
);
CREATE TABLE Employee (
    EmployeeId INTEGER NOT NULL PRIMARY KEY, LastName NVARCHAR(20) NOT NULL, FirstName NVARCHAR(20) NOT NULL,
    Title NVARCHAR(30), ReportsTo INTEGER REFERENCES Employee (EmployeeId), BirthDate DATETIME, HireDate DATETIME,
    Address NVARCHAR(70), City NVARCHAR(40), State NVARCHAR(40), Country NVARCHAR(40), PostalCode NVARCHAR(10),
    Phone NVARCHAR(24), Fax NVARCHAR(24), Email NVARCHAR(60)
);
CREATE TABLE Customer (
    CustomerId INTEGER NOT NULL PRIMARY KEY, FirstName NVARCHAR(40) NOT NULL, LastName NVARCHAR(20) NOT NULL,
    Company NVARCHAR(80), Address NVARCHAR(70), City NVARCHAR(40), State NVARCHAR(40), Country NVARCHAR(40),
    PostalCode NVARCHAR(10), Phone NVARCHAR(24), Fax NVARCHAR(24), Email NVARCHAR(60) NOT NULL,
    SupportRepId INTEGER REFERENCES Employee (EmployeeId)
);
CREATE TABLE Invoice (
    InvoiceId INTEGER NOT NULL PRIMARY KEY, CustomerId INTEGER NOT NULL REFERENCES Customer (CustomerId),
    InvoiceDate DATETIME NOT NULL, BillingAddress NVARCHAR(70), BillingCity NVARCHAR(40), BillingState NVARCHAR(40),
    BillingCountry NVARCHAR(40), BillingPostalCode NVARCHAR(10), Total NUMERIC(10,2) NOT NULL
);
CREATE TABLE InvoiceLine (
    InvoiceLineId INTEGER NOT NULL PRIMARY KEY, InvoiceId INTEGER NOT NULL REFERENCES Invoice (InvoiceId),
    TrackId INTEGER NOT NULL REFERENCES Track (TrackId), UnitPrice NUMERIC(10,2) NOT NULL, Quantity INTEGER NOT NULL
);
"""
_FIRST = "Anna Ben Clara David Eva Felix Gina Henry Ida Jan Kim Leo Mia Noah Olga".split()
_LAST = "Archer Bell Cook Dean Ellis Frost Gray Hart Irwin Jones King Lane Mason Nash Owens".split()
_WORDS = "Amber Broken Crystal Distant Electric Fading Golden Hollow Iron Jade Lost Midnight North Open Paper".split()
_THINGS = "Bridge City Dream Echo Fire Garden Harbour Letter Mirror Moon Ocean Road River Shadow Train".split()
_PLACES = (
    ("Berlin", None, "Germany"),
    ("Paris", None, "France"),
    ("Boston", "MA", "USA"),
    ("Toronto", "ON", "Canada"),
    ("Prague", None, "Czech Republic"),
    ("Austin", "TX", "USA"),
    ("Lisbon", None, "Portugal"),
)
_GENRES = "Rock Jazz Metal Blues Latin Reggae Pop Soundtrack Classical Electronica".split()


def build_chinook_like(path: Path) -> None:
    """Write the database to *path*; the same on every machine."""
    rng = random.Random(11)

    def person(number: int) -> tuple[str, str, str]:
        first, last = _FIRST[number % 15], _LAST[(number * 7) % 15]
        return first, last, f"{first}.{last}{number}@music.example".lower()

    def place() -> tuple[str, str, str | None, str, str]:
        city, state, country = rng.choice(_PLACES)
        return (
            f"{rng.randint(1, 99)} {rng.choice(_THINGS)} Street",
            city,
            state,
            country,
            str(rng.randint(10000, 99999)),
        )

    def phone() -> str:
        return f"+1 ({rng.randint(200, 999)}) 555-{rng.randint(1000, 9999)}"

    artists = [(n, f"The {_WORDS[n % 15]} {_THINGS[(n * 4) % 15]}s") for n in range(1, 61)]
    albums = [(n, f"{rng.choice(_WORDS)} {rng.choice(_THINGS)}", rng.randint(1, 55)) for n in range(1, 121)]
    tracks = [
        (
            n,
            f"{rng.choice(_THINGS)} of the {rng.choice(_WORDS)} {rng.choice(_THINGS)}",
            rng.randint(1, 120),
            rng.choice((1, 1, 1, 2)),
            rng.randint(1, 10),
            f"{rng.choice(_FIRST)} {rng.choice(_LAST)}" if n % 4 else None,
            rng.randint(60_000, 600_000),
            rng.randint(1_000_000, 20_000_000),
            rng.choice((0.99, 0.99, 1.99)),
        )
        for n in range(1, 1_201)
    ]
    playlists = [(n, f"{_WORDS[n]} hours") for n in range(1, 13)]
    pairs = sorted({(rng.randint(1, 12), rng.randint(1, 1_200)) for _ in range(3_000)})
    staff = []
    for n in range(1, 9):
        first, last, email = person(n)
        title = ("General Manager", "Sales Manager", "Sales Support Agent", "IT Staff")[min(n - 1, 2 + n % 2)]
        street, city, state, country, code = place()
        staff.append(
            (
                n,
                last,
                first,
                title,
                None if n == 1 else 1 + n // 4,
                f"19{60 + n}-0{n}-11 00:00:00",
                f"200{n}-05-01 00:00:00",
                street,
                city,
                state,
                country,
                code,
                phone(),
                phone(),
                email,
            )
        )
    customers = []
    for n in range(1, 60):
        first, last, email = person(n)
        company = f"{_WORDS[n % 15]} Trading Ltd." if n % 6 == 0 else None
        customers.append(
            (n, first, last, company, *place(), phone(), phone() if n % 5 == 0 else None, email, rng.choice((3, 4, 5)))
        )
    invoices, lines = [], []
    for n in range(1, 401):
        day = date(2021, 1, 1) + timedelta(days=n * 4 + rng.randint(0, 3))
        total = 0.0
        for _ in range(rng.choice((1, 2, 2, 4, 6, 9))):
            track = rng.choice(tracks)
            lines.append((len(lines) + 1, n, track[0], track[8], 1))
            total += track[8]
        invoices.append((n, rng.randint(1, 57), f"{day} 00:00:00", *place(), round(total, 2)))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(_SCHEMA)
        for table, rows in (
            ("Artist", artists),
            ("Album", albums),
            ("Genre", list(enumerate(_GENRES, 1))),
            ("MediaType", [(1, "MPEG audio file"), (2, "AAC audio file")]),
            ("Track", tracks),
            ("Playlist", playlists),
            ("PlaylistTrack", pairs),
            ("Employee", staff),
            ("Customer", customers),
            ("Invoice", invoices),
            ("InvoiceLine", lines),
        ):
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)

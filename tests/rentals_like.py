"""A film rental with the tables and names that many know from the Sakila sample, and data of its own."""

import random
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

_SCHEMA = """
CREATE TABLE actor (
    actor_id INTEGER PRIMARY KEY, first_name VARCHAR(45) NOT NULL, last_name VARCHAR(45) NOT NULL, last_update TIMESTAMP
);
CREATE TABLE language (language_id INTEGER PRIMARY KEY, name CHAR(20) NOT NULL, last_update TIMESTAMP);
CREATE TABLE address (
    address_id INTEGER PRIMARY KEY, address VARCHAR(50) NOT NULL, address2 VARCHAR(50), district VARCHAR(20),
    postal_code VARCHAR(10), phone VARCHAR(20), last_update TIMESTAMP
);
CREATE TABLE film (
    film_id INTEGER PRIMARY KEY, title VARCHAR(255) NOT NULL, description TEXT, release_year INTEGER,
    language_id INT NOT NULL REFERENCES language (language_id),
    original_language_id INT REFERENCES language (language_id), rental_duration INT, rental_rate DECIMAL(4,2),
    length INT, replacement_cost DECIMAL(5,2), rating VARCHAR(10), last_update TIMESTAMP
);
CREATE TABLE film_actor (
    actor_id INT NOT NULL REFERENCES actor (actor_id), film_id INT NOT NULL REFERENCES film (film_id),
    last_update TIMESTAMP, PRIMARY KEY (actor_id, film_id)
);
CREATE TABLE staff (
    staff_id INTEGER PRIMARY KEY, first_name VARCHAR(45), last_name VARCHAR(45),
    address_id INT REFERENCES address (address_id), active SMALLINT NOT NULL, username VARCHAR(16), password VARCHAR(40)
);
CREATE TABLE store (
    store_id INTEGER PRIMARY KEY, manager_staff_id INT NOT NULL REFERENCES staff (staff_id),
    address_id INT NOT NULL REFERENCES address (address_id), last_update TIMESTAMP
);
CREATE TABLE customer (
    customer_id INTEGER PRIMARY KEY, store_id INT REFERENCES store (store_id), first_name VARCHAR(45),
    last_name VARCHAR(45), email VARCHAR(50), address_id INT REFERENCES address (address_id), active CHAR(1),
    create_date TIMESTAMP
);
CREATE TABLE inventory (
    inventory_id INTEGER PRIMARY KEY, film_id INT REFERENCES film (film_id), store_id INT REFERENCES store (store_id),
    last_update TIMESTAMP
);
CREATE TABLE rental (
    rental_id INTEGER PRIMARY KEY, rental_date TIMESTAMP NOT NULL, inventory_id INT REFERENCES inventory (inventory_id),
    customer_id INT REFERENCES customer (customer_id), return_date TIMESTAMP, staff_id INT REFERENCES staff (staff_id)
);
CREATE TABLE payment (
    payment_id INTEGER PRIMARY KEY, customer_id INT REFERENCES customer (customer_id),
    staff_id INT REFERENCES staff (staff_id), rental_id INT REFERENCES rental (rental_id), amount DECIMAL(5,2),
    payment_date TIMESTAMP
);
CREATE VIEW customer_list AS
    SELECT customer_id AS ID, first_name || ' ' || last_name AS name, address.address, address.phone
    FROM customer JOIN address USING (address_id);
"""
_FIRST = ("PENELOPE", "NICK", "JENNIFER", "JOHNNY", "GRACE", "JOE", "UMA", "VIVIEN")
_LAST = ("GUINESS", "WAHLBERG", "CHASE", "DAVIS", "MOSTEL", "SWANK", "CAGE", "BERRY")
_WORDS = ("ACADEMY", "ACE", "AFRICAN", "AGENT", "AIRPLANE", "ALADDIN", "DINOSAUR", "HOLES", "SIERRA")
_CHANGED = "2006-02-15 05:02:19"


def build_rentals_like(path: Path) -> None:
    """Write the database to *path*; the same on every machine."""
    rng = random.Random(1)

    def moment(at: datetime) -> str:
        return f"{at:%Y-%m-%d %H:%M:%S}"

    films = [
        (n, f"{rng.choice(_WORDS)} {rng.choice(_WORDS)} {n}", "A Thoughtful Drama of a Robot who must Battle a Butler",
         2006, 1, None, rng.randint(3, 7), rng.choice((0.99, 2.99, 4.99)), rng.randint(46, 185),
         rng.randint(9, 29) + 0.99, rng.choice(("G", "PG", "R")), _CHANGED)
        for n in range(1, 301)
    ]  # fmt: skip
    casts = sorted({(rng.randint(1, 100), n, _CHANGED) for n in range(1, 301) for _ in range(5)})
    addresses = [
        (n, f"{rng.randint(1, 1999)} Hanoi Way", None if n < 5 else "", rng.choice(("Alberta", "QLD", "Texas")),
         str(rng.randint(10_000, 99_999)), str(rng.randint(10**10, 10**11)), _CHANGED)
        for n in range(1, 231)
    ]  # fmt: skip
    customers = [
        (n, rng.randint(1, 2), rng.choice(_FIRST), rng.choice(_LAST), f"c{n}@customer.example", n + 4,
         "Y" if n % 30 else "N", "2006-02-14 22:04:36")
        for n in range(1, 201)
    ]  # fmt: skip
    rentals, payments = [], []
    at = datetime(2005, 5, 24, 22, 53, 30, tzinfo=UTC)
    for n in range(1, 4_001):
        at += timedelta(minutes=rng.randint(1, 60))
        back = moment(at + timedelta(days=rng.randint(0, 9))) if n < 3_900 else None
        customer, seller = rng.randint(1, 200), rng.randint(1, 2)
        rentals.append((n, moment(at), rng.randint(1, 900), customer, back, seller))
        payments.append((n, customer, seller, n, rng.choice((0.99, 2.99, 4.99, 7.99)), moment(at)))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(_SCHEMA)
        for table, rows in (
            ("actor", [(n, rng.choice(_FIRST), rng.choice(_LAST), _CHANGED) for n in range(1, 101)]),
            ("language", [(n, name, _CHANGED) for n, name in enumerate(("English", "Italian", "French"), 1)]),
            ("address", addresses),
            ("film", films),
            ("film_actor", casts),
            ("staff", [(1, "Mike", "Hill", 1, 1, "Mike", "8cb2237d"), (2, "Jon", "Stephens", 2, 1, "Jon", None)]),
            ("store", [(1, 1, 3, _CHANGED), (2, 2, 4, _CHANGED)]),
            ("customer", customers),
            ("inventory", [(n, rng.randint(1, 290), rng.randint(1, 2), _CHANGED) for n in range(1, 901)]),
            ("rental", rentals),
            ("payment", payments),
        ):
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)

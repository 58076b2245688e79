"""The sample shop: a database that ``demo`` builds, so that there is something real to catalogue on a fresh machine.

Everything in it is made up from the word lists below, and is the same on every machine and every day.
"""

import random
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

Row = Sequence[Any]

_CUSTOMERS = 1_500
_ORDERS = 9_000
_VISITS = 20_000
_LAST_DAY = date(2026, 6, 30)

_FIRST = (
    "Ada Bruno Carla Denis Elif Farid Greta Hugo Ines Jonas Kaya Lea Marc Nora Omar Paula Quentin Rosa Samir Tilda"
).split()
_LAST = (
    "Albrecht Bernard Costa Durand Evers Fabre Girard Haas Ivanov Jansen "
    "Keller Lambert Moreau Novak Olsen Petit Rossi Silva Thiel Weber"
).split()
_STREETS = (
    "rue des Tilleuls",
    "Lindenweg",
    "Mill Lane",
    "via Garibaldi",
    "calle Mayor",
    "avenue du Parc",
    "Kirchgasse",
)
_CITIES = (
    ("Lyon", "FR", "69001", 45.764, 4.8357),
    ("Nantes", "FR", "44000", 47.2184, -1.5536),
    ("Köln", "DE", "50667", 50.9375, 6.9603),
    ("Bristol", "GB", "BS1 4DJ", 51.4545, -2.5879),
    ("Torino", "IT", "10121", 45.0703, 7.6869),
    ("Sevilla", "ES", "41001", 37.3891, -5.9845),
)
_CATEGORIES = (
    ("Kitchen", None),
    ("Knives", 1),
    ("Pans", 1),
    ("Garden", None),
    ("Seeds", 4),
    ("Tools", 4),
    ("Office", None),
    ("Paper", 7),
)
_ADJECTIVES = "Blue Copper Foldable Heavy Linen Oak Round Silent Small Steel".split()
_NOUNS = {
    2: ("Knife", "Cleaver"),
    3: ("Pan", "Pot", "Wok"),
    5: ("Tomato seeds", "Bean seeds"),
    6: ("Spade", "Rake"),
    8: ("Notebook", "Envelope"),
}
_PRAISE = (
    "Exactly what I hoped for.",
    "Good, but the box was dented.",
    "Broke after a week.",
    "My second one.",
    "Très bien !",
    None,
)
_STATUSES = (("delivered", 78), ("shipped", 9), ("paid", 6), ("cancelled", 4), ("returned", 3))
_METHODS = ("card", "transfer", "paypal")
_PAGES = ("/", "/search", "/cart", "/checkout", "/help/returns")

_SCHEMA = """
CREATE TABLE categories (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    parent_id INTEGER REFERENCES categories (id)
);
CREATE TABLE suppliers (
    id INTEGER PRIMARY KEY,
    company TEXT NOT NULL,
    siret TEXT NOT NULL,
    vat_number TEXT,
    iban TEXT NOT NULL,
    website TEXT
);
CREATE TABLE products (
    id INTEGER PRIMARY KEY,
    sku TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    category_id INTEGER NOT NULL REFERENCES categories (id),
    supplier_id INTEGER NOT NULL REFERENCES suppliers (id),
    price NUMERIC(8, 2) NOT NULL,
    currency TEXT NOT NULL DEFAULT 'EUR',
    weight_kg REAL,
    is_active BOOLEAN NOT NULL DEFAULT 1,
    photo BLOB
);
CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT,
    birth_date DATE,
    newsletter BOOLEAN NOT NULL,
    created_at DATETIME NOT NULL
);
CREATE TABLE addresses (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    street TEXT NOT NULL,
    postal_code TEXT NOT NULL,
    city TEXT NOT NULL,
    country TEXT NOT NULL,
    latitude REAL,
    longitude REAL
);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    address_id INTEGER NOT NULL REFERENCES addresses (id),
    status TEXT NOT NULL,
    ordered_at DATETIME NOT NULL,
    delivered_at DATETIME,
    discount_percent REAL,
    comment TEXT
);
CREATE TABLE order_items (
    order_id INTEGER NOT NULL REFERENCES orders (id),
    line INTEGER NOT NULL,
    product_id INTEGER NOT NULL REFERENCES products (id),
    quantity INTEGER NOT NULL,
    unit_price NUMERIC(8, 2) NOT NULL,
    PRIMARY KEY (order_id, line)
);
CREATE TABLE payments (
    id INTEGER PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES orders (id),
    method TEXT NOT NULL,
    amount NUMERIC(10, 2) NOT NULL,
    iban TEXT,
    paid_at DATETIME NOT NULL
);
CREATE TABLE reviews (
    id INTEGER PRIMARY KEY,
    product_id INTEGER NOT NULL,
    customer_id INTEGER,
    stars INTEGER NOT NULL,
    body TEXT,
    written_on DATE NOT NULL
);
CREATE TABLE visits (
    at DATETIME NOT NULL,
    session TEXT NOT NULL,
    page TEXT NOT NULL,
    ip TEXT NOT NULL,
    milliseconds INTEGER NOT NULL
);
CREATE TABLE "price ""changes"" 🏷" (
    "product sku" TEXT NOT NULL,
    "old price" NUMERIC,
    "new price" NUMERIC,
    "changed on" DATE
);
CREATE VIEW sales_by_month AS
SELECT
    substr(ordered_at, 1, 7) AS month,
    count(DISTINCT orders.id) AS orders,
    round(sum(quantity * unit_price), 2) AS revenue
FROM orders JOIN order_items ON order_items.order_id = orders.id
WHERE status NOT IN ('cancelled', 'returned')
GROUP BY month;
"""


def build_sample_shop(path: Path) -> None:
    """Write the database to *path*, whole or not at all; what lay there is replaced. Raises OSError."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with closing(sqlite3.connect(draft)) as connection:
        connection.executescript(_SCHEMA)
        with connection:
            for table, rows in _Shop(random.Random(20_260_630)).tables():  # noqa: S311 - the same shop every time
                _insert(connection, table, rows)
    draft.replace(path)


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    kept = list(rows)
    places = ", ".join("?" * len(kept[0]))
    quoted = table.replace('"', '""')
    connection.executemany(f'INSERT INTO "{quoted}" VALUES ({places})', kept)


class _Shop:
    """Draws the rows of each table, in an order in which what is referred to comes first."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._products: list[tuple[int, str, float]] = []
        self._ibans: list[str] = []
        self._addresses: dict[int, int] = {}

    def tables(self) -> Iterable[tuple[str, Iterable[Row]]]:
        yield "categories", [(number, name, parent) for number, (name, parent) in enumerate(_CATEGORIES, 1)]
        yield "suppliers", [self._supplier(number) for number in range(1, 13)]
        yield "products", [self._product(number) for number in range(1, 181)]
        yield "customers", [self._customer(number) for number in range(1, _CUSTOMERS + 1)]
        yield "addresses", [self._address(number) for number in range(1, _CUSTOMERS + 201)]
        orders, items, payments = self._orders()
        yield "orders", orders
        yield "order_items", items
        yield "payments", payments
        yield "reviews", [self._review(number) for number in range(1, 2_001)]
        yield "visits", self._visits()
        yield 'price "changes" 🏷', [self._price_change() for _ in range(140)]

    def _supplier(self, number: int) -> Row:
        siren = _with_luhn("".join(self._rng.choices("123456789", k=8)))
        siret = _with_luhn(f"{siren}{number:04}")
        vat = f"FR{(12 + 3 * (int(siren) % 97)) % 97:02}{siren}" if number % 4 else None
        name = f"{self._rng.choice(_LAST)} & {self._rng.choice(_LAST)}"
        website = f"https://www.{name.split(maxsplit=1)[0].lower()}-{number}.example" if number % 3 else None
        return (number, name, siret, vat, self._iban(), website)

    def _product(self, number: int) -> Row:
        category = self._rng.choice(list(_NOUNS))
        name = f"{self._rng.choice(_ADJECTIVES)} {self._rng.choice(_NOUNS[category])}"
        price = round(self._rng.lognormvariate(3, 0.8), 2)
        sku = f"{_CATEGORIES[category - 1][0][:3].upper()}-{number:05}"
        self._products.append((number, sku, price))
        weight = round(self._rng.uniform(0.05, 9), 3) if number % 7 else None
        photo = self._rng.randbytes(24) if number % 5 == 0 else None
        supplier = self._rng.randint(1, 12)
        return (number, sku, name, category, supplier, price, "EUR", weight, int(number % 17 != 0), photo)

    def _customer(self, number: int) -> Row:
        first, last = self._rng.choice(_FIRST), self._rng.choice(_LAST)
        bits = self._rng.getrandbits(128) & ~(0xF << 76) & ~(0x3 << 62) | 4 << 76 | 2 << 62
        hexadecimal = f"{bits:032x}"
        uuid = "-".join((hexadecimal[:8], hexadecimal[8:12], hexadecimal[12:16], hexadecimal[16:20], hexadecimal[20:]))
        phone = f"+336{self._rng.randint(10_000_000, 99_999_999)}" if self._rng.random() < 0.8 else None
        born = _LAST_DAY - timedelta(days=self._rng.randint(18 * 365, 80 * 365))
        birth_date = born.isoformat() if self._rng.random() < 0.7 else None
        email = f"{first}.{last}{number}@mail.example".lower()
        return (number, uuid, first, last, email, phone, birth_date, int(self._rng.random() < 0.4), self._moment(900))

    def _address(self, number: int) -> Row:
        customer = number if number <= _CUSTOMERS else self._rng.randint(1, _CUSTOMERS)
        self._addresses.setdefault(customer, number)
        city, country, code, latitude, longitude = self._rng.choice(_CITIES)
        place: tuple[float | None, float | None] = (None, None)
        if self._rng.random() < 0.9:
            place = (round(latitude + self._rng.gauss(0, 0.02), 5), round(longitude + self._rng.gauss(0, 0.02), 5))
        street = f"{self._rng.randint(1, 180)} {self._rng.choice(_STREETS)}"
        return (number, customer, street, code, city, country, *place)

    def _orders(self) -> tuple[list[Row], list[Row], list[Row]]:
        orders: list[Row] = []
        items: list[Row] = []
        payments: list[Row] = []
        names = [name for name, _ in _STATUSES]
        weights = [weight for _, weight in _STATUSES]
        for number in range(1, _ORDERS + 1):
            # Some customers order often, many of them seldom.
            customer = 1 + int(_CUSTOMERS * self._rng.random() ** 2)
            (status,) = self._rng.choices(names, weights)
            ordered = datetime.fromisoformat(self._moment(720))
            delivered = (
                ordered + timedelta(days=self._rng.randint(1, 9)) if status in {"delivered", "returned"} else None
            )
            discount = self._rng.choice((5.0, 10.0, 15.0)) if self._rng.random() < 0.15 else None
            comment = "Please ring twice" if self._rng.random() < 0.03 else None
            orders.append(
                (
                    number,
                    customer,
                    self._addresses[customer],
                    status,
                    _text(ordered),
                    delivered and _text(delivered),
                    discount,
                    comment,
                )
            )
            total = 0.0
            for line in range(1, self._rng.choice((1, 1, 1, 2, 2, 3, 4)) + 1):
                product, _, price = self._rng.choice(self._products)
                quantity = self._rng.choice((1, 1, 1, 2, 3))
                items.append((number, line, product, quantity, price))
                total += quantity * price
            if status != "cancelled":
                method = self._rng.choice(_METHODS)
                iban = self._rng.choice(self._ibans) if method == "transfer" else None
                amount = round(total * (1 - (discount or 0) / 100), 2)
                payments.append(
                    (len(payments) + 1, number, method, amount, iban, _text(ordered + timedelta(minutes=7)))
                )
        return orders, items, payments

    def _review(self, number: int) -> Row:
        customer = self._rng.randint(1, _CUSTOMERS) if self._rng.random() < 0.95 else None
        (stars,) = self._rng.choices((5, 4, 3, 2, 1), (50, 25, 10, 6, 9))
        product = self._rng.choice(self._products)[0]
        return (number, product, customer, stars, self._rng.choice(_PRAISE), self._moment(600)[:10])

    def _visits(self) -> Iterable[Row]:
        moments = sorted(self._moment(60) for _ in range(_VISITS))
        for moment in moments:
            session = f"{self._rng.randrange(4_000):06x}"
            page = self._rng.choice((*_PAGES, f"/p/{self._rng.choice(self._products)[1]}"))
            address = f"198.51.100.{self._rng.randint(1, 254)}"
            yield (moment, session, page, address, int(self._rng.lognormvariate(4.5, 0.7)))

    def _price_change(self) -> Row:
        _, sku, price = self._rng.choice(self._products)
        old = round(price * self._rng.uniform(0.8, 1.2), 2) if self._rng.random() < 0.9 else None
        return (sku, old, price, self._moment(400)[:10])

    def _iban(self) -> str:
        account = "".join(self._rng.choices("0123456789", k=18))
        check = 98 - int(f"{account}131400") % 97  # D = 13 and E = 14, as ISO 13616 has it
        iban = f"DE{check:02}{account}"
        self._ibans.append(iban)
        return iban

    def _moment(self, days: int) -> str:
        midnight = datetime.combine(_LAST_DAY, datetime.min.time())
        return _text(midnight - timedelta(seconds=self._rng.randint(0, days * 86_400)))


def _text(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="seconds")


def _with_luhn(digits: str) -> str:
    """*digits* and the check digit that ISO/IEC 7812-1 asks for."""
    doubled = (int(digit) * (2 if index % 2 == 0 else 1) for index, digit in enumerate(reversed(digits)))
    return f"{digits}{-sum(number // 10 + number % 10 for number in doubled) % 10}"

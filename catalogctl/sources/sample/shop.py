"""The rows of the shop: drawn by chance, the same chance every time."""

import random
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from catalogctl.sources.sample.words import (
    ADJECTIVES,
    CATEGORIES,
    CITIES,
    FIRST,
    LAST,
    METHODS,
    NOUNS,
    PAGES,
    PRAISE,
    STATUSES,
    STREETS,
)

Row = Sequence[Any]

_CUSTOMERS = 1_500
_ORDERS = 9_000
_VISITS = 20_000
_LAST_DAY = date(2026, 6, 30)


class Shop:
    """Draws the rows of each table, in an order in which what is referred to comes first."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._products: list[tuple[int, str, float]] = []
        self._ibans: list[str] = []
        self._addresses: dict[int, int] = {}

    def tables(self) -> Iterable[tuple[str, Iterable[Row]]]:
        yield "categories", [(number, name, parent) for number, (name, parent) in enumerate(CATEGORIES, 1)]
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
        name = f"{self._rng.choice(LAST)} & {self._rng.choice(LAST)}"
        website = f"https://www.{name.split(maxsplit=1)[0].lower()}-{number}.example" if number % 3 else None
        return (number, name, siret, vat, self._iban(), website)

    def _product(self, number: int) -> Row:
        category = self._rng.choice(list(NOUNS))
        name = f"{self._rng.choice(ADJECTIVES)} {self._rng.choice(NOUNS[category])}"
        price = round(self._rng.lognormvariate(3, 0.8), 2)
        sku = f"{CATEGORIES[category - 1][0][:3].upper()}-{number:05}"
        self._products.append((number, sku, price))
        weight = round(self._rng.uniform(0.05, 9), 3) if number % 7 else None
        photo = self._rng.randbytes(24) if number % 5 == 0 else None
        supplier = self._rng.randint(1, 12)
        return (number, sku, name, category, supplier, price, "EUR", weight, int(number % 17 != 0), photo)

    def _customer(self, number: int) -> Row:
        first, last = self._rng.choice(FIRST), self._rng.choice(LAST)
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
        city, country, code, latitude, longitude = self._rng.choice(CITIES)
        place: tuple[float | None, float | None] = (None, None)
        if self._rng.random() < 0.9:
            place = (round(latitude + self._rng.gauss(0, 0.02), 5), round(longitude + self._rng.gauss(0, 0.02), 5))
        street = f"{self._rng.randint(1, 180)} {self._rng.choice(STREETS)}"
        return (number, customer, street, code, city, country, *place)

    def _orders(self) -> tuple[list[Row], list[Row], list[Row]]:
        """The orders, and with them their items and payments."""
        orders: list[Row] = []
        items: list[Row] = []
        payments: list[Row] = []
        for number in range(1, _ORDERS + 1):
            order = self._order(number)
            orders.append(order)
            bought = self._items(number)
            items += bought
            if order[3] != "cancelled":
                payments.append(self._payment(len(payments) + 1, order, bought))
        return orders, items, payments

    def _order(self, number: int) -> Row:
        # Some customers order often, many of them seldom.
        customer = 1 + int(_CUSTOMERS * self._rng.random() ** 2)
        (status,) = self._rng.choices([name for name, _ in STATUSES], [weight for _, weight in STATUSES])
        ordered = self._moment(720)
        delivered = self._later(ordered, days=self._rng.randint(1, 9)) if status in {"delivered", "returned"} else None
        discount = self._rng.choice((5.0, 10.0, 15.0)) if self._rng.random() < 0.15 else None
        comment = "Please ring twice" if self._rng.random() < 0.03 else None
        return (number, customer, self._addresses[customer], status, ordered, delivered, discount, comment)

    def _items(self, order: int) -> list[Row]:
        rows: list[Row] = []
        for line in range(1, self._rng.choice((1, 1, 1, 2, 2, 3, 4)) + 1):
            product, _, price = self._rng.choice(self._products)
            rows.append((order, line, product, self._rng.choice((1, 1, 1, 2, 3)), price))
        return rows

    def _payment(self, number: int, order: Row, items: Sequence[Row]) -> Row:
        method = self._rng.choice(METHODS)
        iban = self._rng.choice(self._ibans) if method == "transfer" else None
        total = 0.0
        # Not by ``sum``, which rounds in another way since Python 3.12.
        for _, _, _, quantity, price in items:
            total += quantity * price
        amount = round(total * (1 - (order[6] or 0) / 100), 2)
        return (number, order[0], method, amount, iban, self._later(order[4], minutes=7))

    def _review(self, number: int) -> Row:
        customer = self._rng.randint(1, _CUSTOMERS) if self._rng.random() < 0.95 else None
        (stars,) = self._rng.choices((5, 4, 3, 2, 1), (50, 25, 10, 6, 9))
        product = self._rng.choice(self._products)[0]
        return (number, product, customer, stars, self._rng.choice(PRAISE), self._moment(600)[:10])

    def _visits(self) -> Iterable[Row]:
        moments = sorted(self._moment(60) for _ in range(_VISITS))
        for moment in moments:
            session = f"{self._rng.randrange(4_000):06x}"
            page = self._rng.choice((*PAGES, f"/p/{self._rng.choice(self._products)[1]}"))
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

    @staticmethod
    def _later(moment: str, **length: float) -> str:
        return _text(datetime.fromisoformat(moment) + timedelta(**length))


def _text(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="seconds")


def _with_luhn(digits: str) -> str:
    """*digits* and the check digit that ISO/IEC 7812-1 asks for."""
    doubled = (int(digit) * (2 if index % 2 == 0 else 1) for index, digit in enumerate(reversed(digits)))
    return f"{digits}{-sum(number // 10 + number % 10 for number in doubled) % 10}"

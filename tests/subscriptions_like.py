"""A service that is sold by subscription: UUIDs, amounts in cents of two currencies, soft deletes, few keys."""

import json
import random
import sqlite3
import uuid
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

_SCHEMA = """
CREATE TABLE users (
    id UUID PRIMARY KEY, email TEXT NOT NULL, name TEXT, last_sign_in_ip TEXT, last_sign_in_at TIMESTAMPTZ,
    sign_in_count INTEGER, is_admin BOOLEAN, preferences JSONB, created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ,
    deleted_at TIMESTAMPTZ
);
CREATE TABLE organizations (
    id UUID PRIMARY KEY, name TEXT, plan TEXT, country_code CHAR(2), vat_id TEXT, seats INTEGER,
    trial_ends_at TIMESTAMPTZ, created_at TIMESTAMPTZ, deleted_at TIMESTAMPTZ
);
CREATE TABLE memberships (
    id UUID PRIMARY KEY, user_id UUID REFERENCES users (id), organization_id UUID REFERENCES organizations (id),
    role TEXT, invited_by_id UUID, created_at TIMESTAMPTZ
);
CREATE TABLE subscriptions (
    id UUID PRIMARY KEY, organization_id UUID REFERENCES organizations (id), status TEXT, mrr_cents INTEGER,
    currency CHAR(3), current_period_start TIMESTAMPTZ, canceled_at TIMESTAMPTZ, created_at TIMESTAMPTZ
);
CREATE TABLE invoices (
    id UUID PRIMARY KEY, organization_id UUID REFERENCES organizations (id), status TEXT, currency CHAR(3),
    subtotal_cents INTEGER, tax_cents INTEGER, total_cents INTEGER, amount_due INTEGER, issued_at TIMESTAMPTZ,
    due_at TIMESTAMPTZ, paid_at TIMESTAMPTZ
);
CREATE TABLE invoice_items (
    id UUID PRIMARY KEY, invoice_id UUID REFERENCES invoices (id), description TEXT, quantity INTEGER,
    amount_cents INTEGER
);
CREATE TABLE audit_events (
    id BIGINT PRIMARY KEY, organization_id UUID, actor_id UUID, action TEXT, ip INET, payload JSONB,
    occurred_at TIMESTAMPTZ
);
CREATE TABLE webhooks (
    id UUID PRIMARY KEY, organization_id UUID, url TEXT, secret TEXT, failure_count INTEGER, disabled_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ
);
"""
_BEGIN = datetime(2023, 1, 4, 8, tzinfo=UTC)
_NAMES = ("Ada Okafor", "Bruno Smith", "Chen Tanaka", "Dara Rossi", "Emre Silva", "Jörg Müller")


def build_subscriptions_like(path: Path) -> None:
    """Write the database to *path*; the same on every machine."""
    rng = random.Random(4)

    def key() -> str:
        return str(uuid.UUID(int=rng.getrandbits(128), version=4))

    def at(hours: float) -> str:
        return f"{_BEGIN + timedelta(hours=hours):%Y-%m-%d %H:%M:%S}.000+00:00"

    users = [
        (key(), f"u{n}@acme{n % 40}.example", _NAMES[n % 6], f"10.{n % 250}.{n % 31}.{n % 200}", at(n * 33 + 99),
         rng.randint(1, 400), n % 30 == 0, json.dumps({"theme": "dark"}), at(n * 33), at(n * 33 + 50),
         at(n * 33 + 900) if n % 20 == 0 else None)
        for n in range(600)
    ]  # fmt: skip
    organizations = [
        (key(), f"Globex {n}", rng.choice(("free", "pro", "team")), rng.choice(("FR", "DE", "US")),
         None if n % 3 else "FR40303265045", rng.choice((1, 5, 50)), at(n * 160 + 336), at(n * 160),
         None if n % 12 else at(n * 160 + 900))
        for n in range(120)
    ]  # fmt: skip
    persons, firms = [row[0] for row in users], [row[0] for row in organizations]
    members = [
        (key(), persons[n % 600], rng.choice(firms), rng.choice(("owner", "member", "viewer")),
         rng.choice(persons) if n % 4 else None, at(n * 25))
        for n in range(900)
    ]  # fmt: skip
    subscriptions = []
    for n in range(150):
        status = rng.choices(("active", "past_due", "canceled", "unpaid"), (70, 6, 20, 4))[0]
        ended = at(n * 120 + 480) if status == "canceled" else None
        euros = rng.choice(("EUR", "EUR", "USD"))
        subscriptions.append(
            (key(), firms[n % 120], status, rng.choice((900, 2900, 9900)), euros, at(n * 120 + 24), ended, at(n * 120))
        )
    invoices, items = [], []
    for n in range(1_000):
        net = rng.choice((900, 2900, 9900))
        status = rng.choices(("paid", "open", "uncollectible"), (80, 14, 6))[0]
        is_paid = status == "paid"
        invoices.append(
            (key(), rng.choice(firms), status, rng.choice(("EUR", "EUR", "EUR", "USD")), net, net // 5, net + net // 5,
             0 if is_paid else net + net // 5, at(n * 14), at(n * 14 + 336),
             at(n * 14 + rng.randint(0, 480)) if is_paid else None)
        )  # fmt: skip
        items += [
            (key(), invoices[-1][0], rng.choice(("Pro plan", "Extra seats")), quantity, 900 * quantity)
            for quantity in rng.sample(range(1, 20), 2)
        ]
    events = [
        (n, rng.choice(firms), rng.choice(persons) if n % 10 else None, rng.choice(("user.login", "invoice.pay")),
         f"192.168.{n % 250}.{n % 200}", '{"x": 1}', at(n * 6))
        for n in range(1, 2_001)
    ]  # fmt: skip
    hooks = [
        (key(), rng.choice(firms), f"https://hooks.org{n}.example/in", f"whsec_{rng.getrandbits(64):x}",
         rng.choice((0, 0, 3)), None if n % 10 else at(n * 24), at(n * 24))
        for n in range(60)
    ]  # fmt: skip
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(_SCHEMA)
        for table, rows in (
            ("users", users), ("organizations", organizations), ("memberships", members),
            ("subscriptions", subscriptions), ("invoices", invoices), ("invoice_items", items),
            ("audit_events", events), ("webhooks", hooks),
        ):  # fmt: skip
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)

"""Orders as a system of forty years ago keeps them: names of eight capitals, days as numbers, no declared keys."""

import random
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

_SCHEMA = """
CREATE TABLE CUSMST (
    CUSTNO CHAR(8), CUSNAM CHAR(30), CUSADR1 CHAR(30), CUSCTY CHAR(20), CUSZIP CHAR(5), CRDLMT DECIMAL(9,2),
    SLSREP CHAR(3), CUSTYP CHAR(1), LSTORDDT INTEGER, ACTFLG CHAR(1)
);
CREATE TABLE ITMMST (
    ITEMNO CHAR(10), ITMDSC CHAR(40), UOM CHAR(2), LSTPRC DECIMAL(9,2), STDCST DECIMAL(9,2), QTYOH INTEGER
);
CREATE TABLE ORDHDR (
    ORDNO INTEGER, CUSTNO CHAR(8), ORDDTE INTEGER, REQDTE INTEGER, SHPDTE INTEGER, ORDSTS CHAR(1), SLSREP CHAR(3),
    AMT_DUE DECIMAL(11,2), CURR CHAR(3)
);
CREATE TABLE ORDLIN (
    ORDNO INTEGER, LINENO INTEGER, ITEMNO CHAR(10), QTYORD INTEGER, UNTPRC DECIMAL(9,2), EXTAMT DECIMAL(11,2),
    DSCPCT DECIMAL(5,2)
);
CREATE TABLE SLSREP (SLSREP CHAR(3), REPNAM CHAR(30), REGN CHAR(2));
CREATE TABLE T001_BUKRS (BUKRS CHAR(4), PERIV CHAR(2), KTOPL CHAR(4));
"""


def _number(day: date) -> int:
    return int(day.strftime("%Y%m%d"))


def build_legacy_like(path: Path) -> None:
    """Write the database to *path*; the same on every machine."""
    rng = random.Random(6)
    agents = [f"R{n:02}" for n in range(1, 13)]
    customers = [f"C{n:07}" for n in range(1, 301)]
    items = [f"{rng.choice('ABC')}{n:06}" for n in range(1, 201)]
    masters = [
        (code, f"{rng.choice(('ACME', 'NORTHERN', 'UNION'))} SUPPLY {code[-3:]}", f"{rng.randint(1, 999)} MAIN ST",
         rng.choice(("ALBANY", "BOISE", "TULSA", "RENO")), f"{rng.randint(10_000, 99_999)}",
         rng.choice((5000, 10_000, 25_000)), rng.choice(agents), rng.choice("WRD"),
         _number(date(2023, rng.randint(1, 12), rng.randint(1, 28))) if rng.random() < 0.8 else 0,
         rng.choices("YN", (9, 1))[0])
        for code in customers
    ]  # fmt: skip
    parts = [
        (code, f"BOLT STEEL {code}", rng.choice(("EA", "BX", "FT")), round(rng.uniform(1, 90), 2),
         round(rng.uniform(0.5, 60), 2), rng.randint(0, 900))
        for code in items
    ]  # fmt: skip
    headers, lines = [], []
    for n in range(1, 1_501):
        day, due = date(2022, 1, 3) + timedelta(days=n * 730 // 1_500), 0.0
        status = rng.choices("OSCX", (5, 20, 70, 5))[0]
        for line in range(1, rng.randint(2, 5)):
            quantity, price = rng.randint(1, 50), round(rng.uniform(1, 90), 2)
            amount = round(quantity * price, 2)
            due += amount
            lines.append((100_000 + n, line, rng.choice(items), quantity, price, amount, rng.choice((0, 0, 5, 10))))
        shipped = _number(day + timedelta(days=rng.randint(1, 12))) if status in "SC" else 0
        headers.append(
            (100_000 + n, rng.choice(customers), _number(day), _number(day + timedelta(days=7)), shipped, status,
             rng.choice(agents), round(due, 2), "USD")
        )  # fmt: skip
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(_SCHEMA)
        for table, rows in (
            ("CUSMST", masters),
            ("ITMMST", parts),
            ("ORDHDR", headers),
            ("ORDLIN", lines),
            ("SLSREP", [(code, f"SMITH {code}", rng.choice(("NE", "NW", "SO"))) for code in agents]),
            ("T001_BUKRS", [("1000", "K4", "INT"), ("2000", "K4", "INT"), ("3000", "V3", "INT")]),
        ):
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)

"""Employees, their departments, titles and salaries, each from a day to a day; what lasts ends in the year 9999."""

import random
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

_SCHEMA = """
CREATE TABLE employees (
    emp_no INT NOT NULL PRIMARY KEY, birth_date DATE NOT NULL, first_name VARCHAR(14) NOT NULL,
    last_name VARCHAR(16) NOT NULL, gender CHAR(1) NOT NULL, hire_date DATE NOT NULL
);
CREATE TABLE departments (dept_no CHAR(4) NOT NULL PRIMARY KEY, dept_name VARCHAR(40) NOT NULL UNIQUE);
CREATE TABLE dept_emp (
    emp_no INT NOT NULL REFERENCES employees (emp_no), dept_no CHAR(4) NOT NULL REFERENCES departments (dept_no),
    from_date DATE NOT NULL, to_date DATE NOT NULL, PRIMARY KEY (emp_no, dept_no)
);
CREATE TABLE titles (
    emp_no INT NOT NULL REFERENCES employees (emp_no), title VARCHAR(50) NOT NULL, from_date DATE NOT NULL,
    to_date DATE, PRIMARY KEY (emp_no, title, from_date)
);
CREATE TABLE salaries (
    emp_no INT NOT NULL REFERENCES employees (emp_no), salary INT NOT NULL, from_date DATE NOT NULL,
    to_date DATE NOT NULL, PRIMARY KEY (emp_no, from_date)
);
CREATE VIEW current_dept_emp AS SELECT * FROM dept_emp WHERE to_date = '9999-01-01';
"""
_DEPARTMENTS = ("Customer Service", "Development", "Finance", "Marketing", "Production", "Research", "Sales")
_TITLES = ("Engineer", "Senior Engineer", "Staff", "Senior Staff", "Technique Leader")
_FIRST = ("Georgi", "Bezalel", "Parto", "Kyoichi", "Anneke", "Saniya", "Mary", "Berni")
_LAST = ("Facello", "Simmel", "Bamford", "Koblick", "Preusig", "Peac", "Sluis", "Genin")
_NEVER = "9999-01-01"


def build_personnel_like(path: Path) -> None:
    """Write the database to *path*; the same on every machine."""
    rng = random.Random(2)
    people, places, titles, salaries = [], [], [], []
    for number in range(10_001, 10_601):
        hired = date(1985, 1, 1) + timedelta(days=rng.randint(0, 5_000))
        birth = date(1952, 2, 1) + timedelta(days=rng.randint(0, 4_700))
        people.append((number, str(birth), rng.choice(_FIRST), rng.choice(_LAST), rng.choice("MMF"), str(hired)))
        end = str(hired + timedelta(days=rng.randint(400, 2_500))) if rng.random() < 0.3 else _NEVER
        codes = rng.sample(range(1, 8), rng.choice((1, 1, 2)))
        places += [(number, f"d{code:03}", str(hired), end) for code in codes]
        titles.append((number, rng.choice(_TITLES), str(hired), end))
        pay = rng.randint(38_000, 70_000)
        for year in range(6):
            begin = hired + timedelta(days=365 * year)
            until = _NEVER if year == 5 else str(begin + timedelta(days=365))
            salaries.append((number, pay, str(begin), until))
            pay += rng.randint(-200, 4_000)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(_SCHEMA)
        for table, rows in (
            ("employees", people),
            ("departments", [(f"d{n:03}", name) for n, name in enumerate(_DEPARTMENTS, 1)]),
            ("dept_emp", places),
            ("titles", titles),
            ("salaries", salaries),
        ):
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)

"""A food trader with the tables and names that many know from the Northwind sample, and data of its own."""

# ruff: noqa: SIM905 - lists of words read best as words

import random
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

_SCHEMA = """
CREATE TABLE Categories (
    CategoryID INTEGER PRIMARY KEY AUTOINCREMENT, CategoryName TEXT, Description TEXT, Picture BLOB
);
CREATE TABLE Customers (
    CustomerID TEXT PRIMARY KEY, CompanyName TEXT, ContactName TEXT, ContactTitle TEXT, Address TEXT, City TEXT,
    Region TEXT, PostalCode TEXT, Country TEXT, Phone TEXT, Fax TEXT
);
CREATE TABLE Employees (
    EmployeeID INTEGER PRIMARY KEY AUTOINCREMENT, LastName TEXT, FirstName TEXT, Title TEXT, TitleOfCourtesy TEXT,
    BirthDate DATE, HireDate DATE, Address TEXT, City TEXT, Region TEXT, PostalCode TEXT, Country TEXT, HomePhone TEXT,
    Extension TEXT, Photo BLOB, Notes TEXT, ReportsTo INTEGER REFERENCES Employees (EmployeeID), PhotoPath TEXT
);
CREATE TABLE Regions (RegionID INTEGER PRIMARY KEY, RegionDescription TEXT NOT NULL);
CREATE TABLE Territories (
    TerritoryID TEXT PRIMARY KEY, TerritoryDescription TEXT NOT NULL,
    RegionID INTEGER NOT NULL REFERENCES Regions (RegionID)
);
CREATE TABLE EmployeeTerritories (
    EmployeeID INTEGER NOT NULL REFERENCES Employees (EmployeeID),
    TerritoryID TEXT NOT NULL REFERENCES Territories (TerritoryID), PRIMARY KEY (EmployeeID, TerritoryID)
);
CREATE TABLE Shippers (ShipperID INTEGER PRIMARY KEY AUTOINCREMENT, CompanyName TEXT NOT NULL, Phone TEXT);
CREATE TABLE Suppliers (
    SupplierID INTEGER PRIMARY KEY AUTOINCREMENT, CompanyName TEXT NOT NULL, ContactName TEXT, ContactTitle TEXT,
    Address TEXT, City TEXT, Region TEXT, PostalCode TEXT, Country TEXT, Phone TEXT, Fax TEXT, HomePage TEXT
);
CREATE TABLE Products (
    ProductID INTEGER PRIMARY KEY AUTOINCREMENT, ProductName TEXT NOT NULL,
    SupplierID INTEGER REFERENCES Suppliers (SupplierID), CategoryID INTEGER REFERENCES Categories (CategoryID),
    QuantityPerUnit TEXT, UnitPrice NUMERIC DEFAULT 0, UnitsInStock INTEGER DEFAULT 0, UnitsOnOrder INTEGER DEFAULT 0,
    ReorderLevel INTEGER DEFAULT 0, Discontinued TEXT NOT NULL DEFAULT '0'
);
CREATE TABLE Orders (
    OrderID INTEGER PRIMARY KEY AUTOINCREMENT, CustomerID TEXT REFERENCES Customers (CustomerID),
    EmployeeID INTEGER REFERENCES Employees (EmployeeID), OrderDate DATETIME, RequiredDate DATETIME,
    ShippedDate DATETIME, ShipVia INTEGER REFERENCES Shippers (ShipperID), Freight NUMERIC DEFAULT 0, ShipName TEXT,
    ShipAddress TEXT, ShipCity TEXT, ShipRegion TEXT, ShipPostalCode TEXT, ShipCountry TEXT
);
CREATE TABLE "Order Details" (
    OrderID INTEGER NOT NULL REFERENCES Orders (OrderID), ProductID INTEGER NOT NULL REFERENCES Products (ProductID),
    UnitPrice NUMERIC NOT NULL DEFAULT 0, Quantity INTEGER NOT NULL DEFAULT 1, Discount REAL NOT NULL DEFAULT 0,
    PRIMARY KEY (OrderID, ProductID)
);
CREATE VIEW "Sales Totals by Amount" AS
SELECT OrderID, SUM(UnitPrice * Quantity) AS SaleAmount FROM "Order Details" GROUP BY OrderID;
"""
_NOTE = "{} holds a degree in trade and joined the company as a clerk before moving on to larger accounts."
_FIRST = "Astrid Boris Celia Dario Edith Frank Greta Hanno Irene".split()
_LAST = "Ahlers Borg Conti Dahl Engel Ferro Gallo Holm Iversen".split()
_TRADES = "Bakery Bistro Cellar Deli Grocer Kitchen Market Pantry Tavern".split()
_PLACES = (
    ("London", None, "UK"),
    ("Madrid", None, "Spain"),
    ("Seattle", "WA", "USA"),
    ("Lyon", None, "France"),
    ("Graz", None, "Austria"),
    ("Rio de Janeiro", "RJ", "Brazil"),
)
_KINDS = (
    ("Beverages", "Soft drinks, coffees, teas, beers, and ales"),
    ("Condiments", "Sweet and savory sauces"),
    ("Confections", "Desserts, candies, and sweet breads"),
    ("Dairy Products", "Cheeses"),
    ("Seafood", "Seaweed and fish"),
)
_FOODS = "Almond Basil Cherry Date Fennel Ginger Hazelnut Lemon Mint Olive Pepper Quince Rhubarb Saffron".split()
_FORMS = "Biscuits Cheese Honey Jam Pickles Sauce Spread Syrup Tea".split()


def build_northwind_like(path: Path) -> None:
    """Write the database to *path*; the same on every machine."""
    rng = random.Random(23)

    def place() -> tuple[str, str, str | None, str, str]:
        city, region, country = rng.choice(_PLACES)
        return f"{rng.randint(1, 200)} {rng.choice(_LAST)} Road", city, region, str(rng.randint(1000, 99999)), country

    def phone() -> str:
        return f"({rng.randint(100, 999)}) 555-{rng.randint(1000, 9999)}"

    def contact() -> tuple[str, str]:
        return f"{rng.choice(_FIRST)} {rng.choice(_LAST)}", rng.choice(
            ("Owner", "Sales Manager", "Order Administrator")
        )

    categories = [(n, name, text, rng.randbytes(30)) for n, (name, text) in enumerate(_KINDS, 1)]
    customers = []
    for n in range(60):
        name = f"{_LAST[n % 9]} {_TRADES[n // 9]}"
        code = f"{name[:3]}{name.split()[1][:2]}".upper()
        customers.append((code, name, *contact(), *place(), phone(), phone() if n % 3 else None))
    staff = [
        (
            n,
            _LAST[n - 1],
            _FIRST[n - 1],
            ("Vice President, Sales", "Sales Representative", "Inside Sales Coordinator")[
                0 if n == 2 else 1 if n < 8 else 2
            ],
            ("Ms.", "Mr.", "Dr.")[n % 3],
            f"19{50 + n}-0{n}-08",
            f"2013-0{n}-15",
            *place(),
            phone(),
            str(400 + n * 17),
            rng.randbytes(20),
            _NOTE.format(_FIRST[n - 1]),
            None if n == 2 else 2 if n < 8 else 5,
            f"http://accweb.example/employees/{_LAST[n - 1].lower()}.bmp",
        )
        for n in range(1, 10)
    ]
    territories = [(f"{10000 + n * 173:05}", f"{rng.choice(_LAST)}ton {n}", 1 + n % 4) for n in range(50)]
    ties = sorted({(rng.randint(1, 9), rng.choice(territories)[0]) for _ in range(60)})
    suppliers = [
        (n, f"{_LAST[n % 9]} {_FORMS[n % 9]} Ltd.", *contact(), *place(), phone(), None, None) for n in range(1, 21)
    ]
    products = [
        (
            n,
            f"{_FOODS[n % 14]} {_FORMS[n // 14]} {n}",
            rng.randint(1, 20),
            rng.randint(1, 5),
            rng.choice(("10 boxes x 20 bags", "24 - 12 oz bottles", "12 - 550 ml jars", "48 pies")),
            round(rng.uniform(2.5, 120), 2),
            rng.randint(0, 125),
            rng.choice((0, 0, 0, 10, 40)),
            rng.choice((0, 5, 10, 25)),
            "1" if n % 9 == 0 else "0",
        )
        for n in range(1, 78)
    ]
    orders, details = [], []
    for n in range(830):
        number, day = 10248 + n, date(2016, 7, 4) + timedelta(days=n * 671 // 830)
        shipped = day + timedelta(days=rng.randint(1, 20)) if n < 810 else None
        code = customers[int(57 * rng.random() ** 1.5)][0]
        orders.append(
            (
                number,
                code,
                rng.randint(1, 9),
                str(day),
                str(day + timedelta(days=28)),
                shipped and str(shipped),
                rng.randint(1, 3),
                round(rng.expovariate(1 / 78), 2),
                f"{rng.choice(_LAST)} Trading",
                *place(),
            )
        )
        for product in rng.sample(products, rng.choice((1, 2, 3, 4))):
            discount = rng.choice((0.0, 0.0, 0.05, 0.1, 0.25))
            details.append((number, product[0], product[5], rng.randint(1, 60), discount))
    regions = [(n, name) for n, name in enumerate(("Eastern", "Western", "Northern", "Southern"), 1)]
    shippers = [(n, f"{name} Express", phone()) for n, name in enumerate(("Falcon", "Harbour", "United"), 1)]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(_SCHEMA)
        for table, rows in (
            ("Categories", categories),
            ("Customers", customers),
            ("Employees", staff),
            ("Regions", regions),
            ("Territories", territories),
            ("EmployeeTerritories", ties),
            ("Shippers", shippers),
            ("Suppliers", suppliers),
            ("Products", products),
            ("Orders", orders),
            ("Order Details", details),
        ):
            connection.executemany(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(rows[0]))})', rows)

"""The tables of the shop, with the kinds of keys, types and names that real databases have."""

SCHEMA = """
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

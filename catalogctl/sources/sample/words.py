"""What the shop's people, streets and products are called, and what is said of them."""

FIRST = (
    "Ada Bruno Carla Denis Elif Farid Greta Hugo Ines Jonas Kaya Lea Marc Nora Omar Paula Quentin Rosa Samir Tilda"
).split()
LAST = (
    "Albrecht Bernard Costa Durand Evers Fabre Girard Haas Ivanov Jansen "
    "Keller Lambert Moreau Novak Olsen Petit Rossi Silva Thiel Weber"
).split()
STREETS = (
    "rue des Tilleuls",
    "Lindenweg",
    "Mill Lane",
    "via Garibaldi",
    "calle Mayor",
    "avenue du Parc",
    "Kirchgasse",
)
CITIES = (
    ("Lyon", "FR", "69001", 45.764, 4.8357),
    ("Nantes", "FR", "44000", 47.2184, -1.5536),
    ("Köln", "DE", "50667", 50.9375, 6.9603),
    ("Bristol", "GB", "BS1 4DJ", 51.4545, -2.5879),
    ("Torino", "IT", "10121", 45.0703, 7.6869),
    ("Sevilla", "ES", "41001", 37.3891, -5.9845),
)
CATEGORIES = (
    ("Kitchen", None),
    ("Knives", 1),
    ("Pans", 1),
    ("Garden", None),
    ("Seeds", 4),
    ("Tools", 4),
    ("Office", None),
    ("Paper", 7),
)
ADJECTIVES = "Blue Copper Foldable Heavy Linen Oak Round Silent Small Steel".split()
NOUNS = {
    2: ("Knife", "Cleaver"),
    3: ("Pan", "Pot", "Wok"),
    5: ("Tomato seeds", "Bean seeds"),
    6: ("Spade", "Rake"),
    8: ("Notebook", "Envelope"),
}
PRAISE = (
    "Exactly what I hoped for.",
    "Good, but the box was dented.",
    "Broke after a week.",
    "My second one.",
    "Très bien !",
    None,
)
STATUSES = (("delivered", 78), ("shipped", 9), ("paid", 6), ("cancelled", 4), ("returned", 3))
METHODS = ("card", "transfer", "paypal")
PAGES = ("/", "/search", "/cart", "/checkout", "/help/returns")

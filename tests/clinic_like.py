"""A clinic whose tables, columns and values are French, with accents, check digits and a status in the feminine."""

# ruff: noqa: SIM905 - lists of words read best as words

import random
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

_SCHEMA = """
CREATE TABLE specialites (id_specialite INTEGER PRIMARY KEY, libelle TEXT);
CREATE TABLE medecins (
    id_medecin INTEGER PRIMARY KEY, nom TEXT, prenom TEXT,
    id_specialite INTEGER REFERENCES specialites (id_specialite), telephone TEXT
);
CREATE TABLE patients (
    id_patient INTEGER PRIMARY KEY, nom TEXT, prénom TEXT, sexe TEXT, date_naissance DATE, nir TEXT, adresse TEXT,
    code_postal TEXT, ville TEXT, téléphone TEXT, courriel TEXT,
    id_medecin_traitant INTEGER REFERENCES medecins (id_medecin), date_creation TIMESTAMP, décédé INTEGER
);
CREATE TABLE rendez_vous (
    id_rdv INTEGER PRIMARY KEY, id_patient INTEGER REFERENCES patients (id_patient),
    id_medecin INTEGER REFERENCES medecins (id_medecin), date_heure_debut TIMESTAMP, duree_minutes INTEGER, statut TEXT
);
CREATE TABLE mutuelles (id_mutuelle INTEGER PRIMARY KEY, raison_sociale TEXT, siret TEXT, ville TEXT);
CREATE TABLE factures (
    no_facture TEXT PRIMARY KEY, id_patient INTEGER REFERENCES patients (id_patient),
    id_mutuelle INTEGER REFERENCES mutuelles (id_mutuelle), date_facture DATE, date_echeance DATE, montant_ht REAL,
    montant_tva REAL, montant_ttc REAL, statut TEXT, payée_le DATE
);
CREATE TABLE medicaments (code_cip TEXT PRIMARY KEY, libellé TEXT, prix_unitaire_ht REAL, taux_tva REAL);
"""
_LAST = "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Lefèvre Garçon Benoît".split()
_FIRST = "Jeanne Chloé Éric François Hélène Luc Zoé Amélie Noël Inès André Rémi".split()
_PLACES = (("Lyon", "69003"), ("Orléans", "45000"), ("Saint-Étienne", "42000"), ("Nîmes", "30000"))
_SIRETS = ("73282932000009", "55210055400005", "54206547900009", "55203253400018", "38012986600006", "77567041700002")
_INSURERS = ("Harmonie", "Santé Plus", "du Rhône", "Générale", "Sud", "Avenir")


def build_clinic_like(path: Path) -> None:
    """Write the database to *path*; the same on every machine."""
    rng = random.Random(3)

    def phone() -> str:
        return f"0{rng.choice('1467')} {' '.join(str(rng.randint(10, 99)) for _ in range(4))}"

    def moment(at: datetime) -> str:
        return f"{at:%Y-%m-%d %H:%M:%S}"

    def number_of(sex: str, birth: date) -> str:
        base = f"{sex}{birth.year % 100:02}{birth.month:02}{rng.randint(1, 19):02}{rng.randint(1, 900):03}"
        base += f"{rng.randint(1, 999):03}"
        return f"{base}{97 - int(base) % 97:02}"

    doctors = [(n, rng.choice(_LAST), rng.choice(_FIRST), n % 4 + 1, phone()) for n in range(1, 13)]
    patients = []
    for n in range(1, 401):
        sex, birth = rng.choice("12"), date(1935, 1, 1) + timedelta(days=rng.randint(0, 32_000))
        city, code = rng.choice(_PLACES)
        patients.append(
            (n, rng.choice(_LAST), rng.choice(_FIRST), "MF"[int(sex) - 1], str(birth), number_of(sex, birth),
             f"{rng.randint(1, 150)} rue des Lilas", code, city, phone() if n % 7 else None,
             f"p{n}@courrier.example" if n % 4 else None, rng.randint(1, 12),
             moment(datetime(2022, 1, 3, 9, tzinfo=UTC) + timedelta(hours=n * 19)), int(n % 50 == 0))
        )  # fmt: skip
    visits, invoices = [], []
    at = datetime(2023, 1, 2, 8, tzinfo=UTC)
    for n in range(1, 2_001):
        at += timedelta(minutes=rng.choice((60, 120, 480, 600)))
        status = rng.choices(("honoré", "annulé", "absent", "planifié"), (70, 15, 8, 7))[0]
        visits.append((n, rng.randint(1, 390), rng.randint(1, 12), moment(at), rng.choice((15, 20, 30, 45)), status))
        net = round(rng.uniform(20, 200), 2)
        tax = round(net * 0.2, 2)
        paid = rng.choices(("payée", "impayée", "annulée", "en attente"), (75, 8, 5, 12))[0]
        paid_on = str(at.date() + timedelta(days=rng.randint(0, 40))) if paid == "payée" else None
        invoices.append(
            (f"F{at.year}-{n:05}", rng.randint(1, 390), rng.randint(1, 6) if n % 5 else None, str(at.date()),
             str(at.date() + timedelta(days=30)), net, tax, round(net + tax, 2), paid, paid_on)
        )  # fmt: skip
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(_SCHEMA)
        for table, rows in (
            ("specialites", list(enumerate(("Cardiologie", "Dermatologie", "Pédiatrie", "Radiologie"), 1))),
            ("medecins", doctors),
            ("patients", patients),
            ("rendez_vous", visits),
            ("mutuelles", [(n, f"Mutuelle {_INSURERS[n - 1]}", _SIRETS[n - 1], "Lyon") for n in range(1, 7)]),
            ("factures", invoices),
            ("medicaments", [(f"34009{n:08}", f"Sirop {n}", n + 0.5, (2.1, 5.5, 10.0)[n % 3]) for n in range(1, 41)]),
        ):
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)

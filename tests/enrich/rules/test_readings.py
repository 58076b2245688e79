"""What a sceptical reader looked for in databases that the rules had not been made for."""

from collections.abc import Callable

import pytest
from known_databases import Known

FIGURES = {
    "rentals": {
        "Payments": "SELECT count(*) FROM payment",
        "Total payment amount": "SELECT total(amount) FROM payment",
        "Share of returned rentals": "SELECT 100.0 * count(return_date) / count(*) FROM rental",
    },
    "personnel": {
        "Average salary": "SELECT total(salary) / count(*) FROM salaries",
        "Links of employees to departments": "SELECT count(*) FROM dept_emp",
    },
    "clinic": {
        "Total invoice amount before tax": "SELECT total(montant_ht) FROM factures",
        "Share of invoices with status payée": "SELECT 100.0 * avg(statut = 'payée') FROM factures",
        "Average appointment duration": "SELECT total(duree_minutes) / count(*) FROM rendez_vous",
    },
    "subscriptions": {
        "Total of invoices in EUR": "SELECT total(total_cents) / 100 FROM invoices WHERE currency = 'EUR'",
        "Average subscription MRR in EUR": "SELECT avg(mrr_cents) / 100 FROM subscriptions WHERE currency = 'EUR'",
        "Share of paid invoices": "SELECT 100.0 * count(paid_at) / count(*) FROM invoices",
    },
    "legacy": {
        "Orders": "SELECT count(*) FROM ORDHDR",
        "Total order amount due": "SELECT total(AMT_DUE) FROM ORDHDR",
        "Share of active customers": "SELECT 100.0 * avg(ACTFLG = 'Y') FROM CUSMST",
        "Total order line extended amount": "SELECT total(EXTAMT) FROM ORDLIN",
    },
}


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Callable[[str], Known]:
    return request.getfixturevalue


@pytest.mark.parametrize("name", FIGURES)
def test_key_figures_equal_hand_written_sql(name: str, database: Callable[[str], Known]) -> None:
    known = database(name)
    kpis = known.kpis()
    for title, by_hand in FIGURES[name].items():
        assert known.number(kpis[title].sql) == pytest.approx(known.number(by_hand)), title


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("rentals", set()),
        ("personnel", set()),
        ("clinic", set()),
        ("subscriptions", {"audit_events.organization_id -> organizations.id", "audit_events.actor_id -> users.id",
                           "memberships.invited_by_id -> users.id", "webhooks.organization_id -> organizations.id"}),
        ("legacy", {"CUSMST.SLSREP -> SLSREP.SLSREP", "ORDHDR.CUSTNO -> CUSMST.CUSTNO",
                    "ORDHDR.SLSREP -> SLSREP.SLSREP", "ORDLIN.ORDNO -> ORDHDR.ORDNO",
                    "ORDLIN.ITEMNO -> ITMMST.ITEMNO"}),
    ],
)  # fmt: skip
def test_keys_are_inferred_where_there_are_some_and_nowhere_else(
    name: str, keys: set[str], database: Callable[[str], Known]
) -> None:
    found = {f"{key.table}.{key.column} -> {key.referred_table}.{key.referred_column}" for key in database(name).keys}
    assert found == keys


SAID = [
    ("rentals", "address.address2", "Address 2; missing in 4 rows."),
    ("rentals", "film_actor.film_id", "Film: refers to film.film_id; 300 different ones occur."),
    ("rentals", "store.manager_staff_id", "Manager of the store: refers to staff.staff_id; 2 different ones occur."),
    ("rentals", "staff.active", "Whether the staff member is active; always yes."),
    ("rentals", "customer.create_date", "When the customer was created, always 2006-02-14 22:04:36."),
    ("rentals", "inventory", "Inventory (900 rows), linked to films and stores; referred to by rentals."),
    ("rentals", "store", "2 stores, linked to staff members and addresses; referred to by customers and inventory."),
    ("personnel", "salaries.from_date", "Start date of the salary, from 1985-01-04 to 2003-09-06."),
    ("personnel", "departments", "List of 7 departments; referred to by department employees."),
    ("clinic", "factures.date_echeance", "When the invoice is due, from 2023-02-01 to 2024-04-14."),
    ("clinic", "rendez_vous.duree_minutes", "Duration of the appointment in minutes, from 15 to 45 (average 27.78)."),
    ("clinic", "patients.décédé", "Whether the patient is deceased; yes in 2% of the rows."),
    ("clinic", "patients.id_medecin_traitant",
     "Attending doctor of the patient: refers to medecins.id_medecin; 12 different ones occur."),
    ("subscriptions", "users.is_admin", "Whether the user is an admin; yes in 3.3% of the rows."),
    ("subscriptions", "audit_events.occurred_at", "When the audit event occurred, from 2023-01-04 to 2024-05-18."),
    ("subscriptions", "organizations.trial_ends_at", "When the trial ends, from 2023-01-18 to 2025-03-21."),
    ("legacy", "CUSMST.CUSNAM", "Name of the customer; different in every row."),
    ("legacy", "ORDLIN.DSCPCT", "Discount of the order line in percent, from 0 to 10 (average 3.78)."),
    ("legacy", "ORDHDR.REQDTE", "Required date of the order, from 2022-01-10 to 2024-01-10."),
    ("legacy", "T001_BUKRS", None),
    ("legacy", "SLSREP.REGN", "One of SO (67%) or NW (33%)."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "what", "sentence"), SAID, ids=[what for _, what, _ in SAID])
def test_sentences(name: str, what: str, sentence: str | None, database: Callable[[str], Known]) -> None:
    table, _, column = what.partition(".")
    told = database(name).meanings()[table]
    assert (told.columns[column].description if column else told.description) == sentence


@pytest.mark.parametrize(
    ("name", "what", "begin", "end"),
    [
        ("personnel", "titles.to_date", "End date of the title, from ", "9999-01-01, which stands for no end."),
        ("legacy", "ORDHDR.SHPDTE", "Shipping date of the order, up to ", "have 0, which stands for no date."),
    ],
)
def test_a_value_in_place_of_a_date_is_told_as_such(
    name: str, what: str, begin: str, end: str, database: Callable[[str], Known]
) -> None:
    table, _, column = what.partition(".")
    said = database(name).meanings()[table].columns[column].description or ""
    assert said.startswith(begin)
    assert said.endswith(end)


@pytest.mark.parametrize(
    ("name", "table", "role"),
    [
        ("rentals", "film_actor", "bridge"), ("rentals", "inventory", "dimension"), ("rentals", "store", "dimension"),
        ("rentals", "rental", "fact"), ("personnel", "dept_emp", "bridge"), ("clinic", "rendez_vous", "fact"),
        ("clinic", "specialites", "reference"), ("subscriptions", "webhooks", "dimension"),
        ("subscriptions", "audit_events", "log"), ("subscriptions", "invoice_items", "fact"),
        ("legacy", "ORDHDR", "fact"), ("legacy", "ORDLIN", "fact"), ("legacy", "CUSMST", "dimension"),
    ],
)  # fmt: skip
def test_roles(name: str, table: str, role: str, database: Callable[[str], Known]) -> None:
    assert database(name).meanings()[table].role == role


@pytest.mark.parametrize(
    ("name", "what", "expected"),
    [
        ("clinic", "patients.nir", "national_id"), ("clinic", "mutuelles.siret", "company_number"),
        ("clinic", "mutuelles.raison_sociale", "name"), ("clinic", "medicaments.taux_tva", "percentage"),
        ("clinic", "factures.montant_tva", "money"), ("clinic", "patients.nom", "person_name"),
        ("clinic", "patients.courriel", "email"), ("clinic", "factures.statut", "status"),
        ("subscriptions", "subscriptions.mrr_cents", "money"), ("subscriptions", "users.last_sign_in_ip", "ip_address"),
        ("legacy", "ORDLIN.QTYORD", "quantity"), ("legacy", "ORDLIN.UNTPRC", "money"),
        ("legacy", "CUSMST.CUSZIP", "postal_code"), ("legacy", "ORDHDR.SHPDTE", "date"),
        ("legacy", "ORDHDR.CURR", "currency"), ("rentals", "address.district", "region"),
    ],
)  # fmt: skip
def test_semantic_types(name: str, what: str, expected: str, database: Callable[[str], Known]) -> None:
    table, _, column = what.partition(".")
    assert database(name).meanings()[table].columns[column].semantic_type == expected


PERSONAL = {
    "personnel": {"salaries.salary": True, "employees.hire_date": True, "current_dept_emp.dept_no": None},
    "rentals": {"address.postal_code": True, "customer_list.name": True, "film.title": False, "payment.amount": None},
    "clinic": {"mutuelles.raison_sociale": False, "medicaments.libellé": False, "medecins.nom": True},
    "subscriptions": {"organizations.name": False, "users.last_sign_in_ip": True},
    "legacy": {"CUSMST.CUSNAM": None, "SLSREP.REPNAM": True, "ITMMST.ITMDSC": False},
}


@pytest.mark.parametrize("name", PERSONAL)
def test_personal_data(name: str, database: Callable[[str], Known]) -> None:
    meanings = database(name).meanings()
    found = {}
    for what in PERSONAL[name]:
        table, _, column = what.partition(".")
        found[what] = meanings[table].columns[column].is_personal
    assert found == PERSONAL[name]


def test_amounts_of_a_whole_in_any_currency_are_not_added_up_by_its_parts(subscriptions: Known) -> None:
    for kpi in subscriptions.kpis().values():
        assert "amount_cents" not in kpi.sql
        assert "amount_due" not in kpi.sql


def test_ten_are_not_asked_for_where_there_are_fewer(rentals: Known) -> None:
    for draft in rentals.questions():
        assert not draft.question.startswith(("Which 10 stores", "Which 10 staff"))


@pytest.mark.parametrize("name", FIGURES)
def test_no_question_asks_for_what_is_no_thing(name: str, database: Callable[[str], Known]) -> None:
    for draft in database(name).questions():
        assert not draft.question.endswith((" at?", " on?", " 2 2?", "no 2?"))
        assert " for each title" not in draft.question


def test_status_in_another_language_tells_of_good_and_bad(clinic: Known) -> None:
    kpis = clinic.kpis()
    assert kpis["Share of invoices with status payée"].invert is False

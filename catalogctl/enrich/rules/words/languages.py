"""French, Spanish and German words in the names of tables and columns, and what they are in English.

A language is believed only when several of its words occur, so that ``note`` or ``land`` stay English elsewhere.
"""

from collections.abc import Iterable

from catalogctl.enrich.rules.words.lists import word_set

FRENCH = {
    "absence": "absence", "achat": "purchase", "actif": "active", "adherent": "member", "adresse": "address",
    "age": "age", "agence": "agency", "annee": "year", "annule": "cancelled", "article": "article",
    "assurance": "insurance", "auteur": "author", "banque": "bank", "boursier": "scholarship", "brut": "gross",
    "cantine": "canteen", "categorie": "category", "chiffre": "figure", "classe": "class", "client": "customer",
    "code": "code", "codepostal": "postal code", "commande": "order", "commentaire": "comment", "compte": "account",
    "conge": "leave", "contrat": "contract", "couleur": "colour", "courriel": "email", "cours": "course",
    "cout": "cost", "creation": "creation", "cree": "created", "date": "date", "debut": "start", "decede": "deceased",
    "deces": "death", "departement": "department", "depense": "expense", "description": "description",
    "devise": "currency", "duree": "duration", "echeance": "due", "ecole": "school", "eleve": "pupil",
    "embauche": "hiring", "employe": "employee", "entreprise": "company", "envoi": "shipment", "etat": "status",
    "evaluation": "evaluation", "facturation": "billing", "facture": "invoice", "famille": "family", "fichier": "file",
    "fin": "end", "fournisseur": "supplier", "groupe": "group", "heure": "time", "horaire": "schedule", "id": "id",
    "impaye": "unpaid", "inscription": "enrolment", "jour": "day", "justifie": "justified", "langue": "language",
    "libelle": "label", "lieu": "place", "ligne": "line", "livraison": "delivery", "livre": "book", "magasin": "store",
    "marque": "brand", "matiere": "subject", "medecin": "doctor", "medicament": "medicine", "modele": "model",
    "modification": "modification", "modifie": "modified", "mois": "month", "montant": "amount", "motif": "reason",
    "moyenne": "average", "mutuelle": "insurer", "naissance": "birth", "net": "net", "niveau": "level", "nom": "name",
    "nombre": "number", "numero": "number", "ordonnance": "prescription", "ouvert": "open", "paiement": "payment",
    "panier": "cart", "patient": "patient", "paye": "paid", "pays": "country", "personne": "person", "poids": "weight",
    "posologie": "dosage", "postal": "postal", "poste": "position", "prenom": "first name",
    "prescription": "prescription", "principal": "main", "prix": "price", "produit": "product", "professeur": "teacher",
    "projet": "project", "quantite": "quantity", "reference": "reference", "region": "region", "reglement": "payment",
    "remboursement": "reimbursement", "remise": "discount", "reservation": "reservation", "rue": "street",
    "salaire": "salary", "salarie": "employee", "salle": "room", "scolaire": "school", "semaine": "week",
    "service": "service", "sexe": "gender", "societe": "company", "soin": "treatment", "solde": "balance",
    "specialite": "speciality", "stage": "internship", "statut": "status", "taille": "size", "taux": "rate",
    "telephone": "phone", "titre": "title", "total": "total", "traitant": "attending", "trimestre": "trimester",
    "tva": "vat", "type": "type", "unitaire": "unit", "utilisateur": "user", "valeur": "value", "vendeur": "seller",
    "vente": "sale", "ville": "city", "voiture": "car",
}  # fmt: skip
SPANISH = {
    "activo": "active", "almacen": "warehouse", "alumno": "student", "anio": "year", "apellido": "last name",
    "apellidos": "last name", "articulo": "article", "banco": "bank", "calle": "street", "cantidad": "quantity",
    "categoria": "category", "ciudad": "city", "cliente": "customer", "codigo": "code", "comentario": "comment",
    "compra": "purchase", "correo": "email", "coste": "cost", "costo": "cost", "creacion": "creation",
    "cuenta": "account", "descripcion": "description", "descuento": "discount", "detalle": "detail",
    "direccion": "address", "edad": "age", "empleado": "employee", "empresa": "company", "entrega": "delivery",
    "envio": "shipment", "estado": "status", "factura": "invoice", "fecha": "date", "fin": "end", "genero": "gender",
    "grupo": "group", "hora": "time", "id": "id", "idioma": "language", "importe": "amount", "inicio": "start",
    "iva": "vat", "linea": "line", "marca": "brand", "medico": "doctor", "mes": "month", "moneda": "currency",
    "monto": "amount", "motivo": "reason", "nacimiento": "birth", "nombre": "name", "numero": "number",
    "paciente": "patient", "pagado": "paid", "pago": "payment", "pais": "country", "pedido": "order",
    "persona": "person", "peso": "weight", "postal": "postal", "precio": "price", "producto": "product",
    "proveedor": "supplier", "proyecto": "project", "reserva": "reservation", "salario": "salary", "saldo": "balance",
    "sexo": "gender", "telefono": "phone", "tienda": "store", "tipo": "type", "titulo": "title", "total": "total",
    "unitario": "unit", "usuario": "user", "valor": "value", "vendedor": "seller", "venta": "sale",
}  # fmt: skip
GERMAN = {
    "abteilung": "department", "adresse": "address", "aktiv": "active", "alter": "age", "am": "on",
    "anrede": "salutation", "anschrift": "address", "anzahl": "quantity", "art": "type", "artikel": "article",
    "artikelnummer": "article number", "arzt": "doctor", "auftrag": "order", "auftrags": "order", "austritt": "leaving",
    "austritts": "leaving", "bemerkung": "remark", "benutzer": "user", "beschreibung": "description",
    "bestand": "stock", "bestell": "order", "bestellung": "order", "betrag": "amount", "bezahlt": "paid",
    "bezeichnung": "name", "brutto": "gross", "buch": "book", "datum": "date", "dauer": "duration", "eintritt": "entry",
    "eintritts": "entry", "ende": "end", "erstellt": "created", "faellig": "due", "fallig": "due", "farbe": "colour",
    "firma": "company", "geaendert": "modified", "geb": "birth", "geburt": "birth", "geburts": "birth",
    "gehalt": "salary", "gesamt": "total", "geschlecht": "gender", "gewicht": "weight", "groesse": "size",
    "gruppe": "group", "hausnummer": "house number", "jahr": "year", "kategorie": "category", "konto": "account",
    "kosten": "cost", "kostenstelle": "cost centre", "kreditlimit": "credit limit", "kunde": "customer",
    "kunden": "customer", "lager": "warehouse", "land": "country", "liefer": "delivery", "lieferant": "supplier",
    "lieferanten": "supplier", "lieferung": "delivery", "marke": "brand", "menge": "quantity",
    "mitarbeiter": "employee", "monat": "month", "mwst": "vat", "nachname": "last name", "netto": "net",
    "nummer": "number", "ort": "city", "patient": "patient", "person": "person", "plz": "postal code",
    "position": "position", "postleitzahl": "postal code", "preis": "price", "produkt": "product",
    "produkte": "product", "projekt": "project", "rabatt": "discount", "rechnung": "invoice", "rechnungs": "invoice",
    "sprache": "language", "stadt": "city", "status": "status", "steuer": "tax", "strasse": "street", "stueck": "piece",
    "summe": "total", "tag": "day", "telefon": "phone", "termin": "appointment", "titel": "title", "typ": "type",
    "uhrzeit": "time", "umsatz": "revenue", "urlaub": "leave", "verkauf": "sale", "vertrag": "contract",
    "vertreter": "representative", "vorname": "first name", "waehrung": "currency", "wert": "value",
    "zahlung": "payment", "zeit": "time",
}  # fmt: skip

LANGUAGES = {"fr": FRENCH, "es": SPANISH, "de": GERMAN}
NOUN_FIRST = frozenset({"fr", "es"})
"""Languages that say *date livraison* for a delivery date: the first word is the head."""

PHRASES = {
    "art nr": "article number", "art nummer": "article number",
    "chiffre affaires": "revenue", "date heure": "date", "fecha hora": "date", "mise jour": "update",
    "mot passe": "password", "raison sociale": "company name", "razon social": "company name",
    "rendez vous": "appointment",
}  # fmt: skip
"""Two words, the small ones between them left out, that mean together what neither says alone."""

TAILS = {"ttc": "including tax", "ht": "before tax"}
"""French words that stay behind what they qualify, in English too."""

LINKING_WORDS = word_set("de du des la le les del los las el d l der die das")
"""Small words between the others, without meaning of their own here."""

_SHARED = word_set(
    """
    absence adresse age alter am art article auteur categorie classe client code correo creation date debut
    description ende evaluation fin geb id inscription lager land ligne livre mes modification motif net nombre note
    numero ort patient person persona peso place position postal poste prescription principal reference region
    reservation rue service sexe stage status tag titel titre total typ type valor zeit
    """
)
_EVIDENCE = 2


def languages_in(words: Iterable[str]) -> tuple[str, ...]:
    """The languages besides English that *words*, in lower case without accents, give evidence of."""
    seen = set(words)
    return tuple(
        language
        for language, meanings in LANGUAGES.items()
        if sum(
            1
            for word in seen
            if _SHARED.isdisjoint(forms := (word, word.removesuffix("s"))) and any(form in meanings for form in forms)
        )
        >= _EVIDENCE
    )


def stem(word: str) -> str:
    """*word* without the ending of a plural, as far as looking it up needs it."""
    for ending in ("es", "en", "s", "x", "n"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            return word[: -len(ending)]
    return word


def translated(word: str, languages: Iterable[str]) -> tuple[str, str] | None:
    """What *word* is in English and in which of *languages* it was; None when none of them has it."""
    one = word.removesuffix("s")
    # A French participle in the feminine has one more e.
    forms = (word, one, one[:-1] if one.endswith("ee") else one, stem(word))
    for language in languages:
        meanings = LANGUAGES[language]
        for form in forms:
            if form in meanings:
                return meanings[form], language
    return None

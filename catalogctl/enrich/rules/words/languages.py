"""French, Spanish and German words in the names of tables and columns, and what they are in English.

A language is believed only when several of its words occur, so that ``note`` or ``land`` stay English elsewhere.
"""

from collections.abc import Iterable

from catalogctl.enrich.rules.words.lists import word_set

FRENCH = {
    "achat": "purchase", "actif": "active", "adresse": "address", "age": "age", "agence": "agency", "annee": "year",
    "article": "article", "auteur": "author", "banque": "bank", "categorie": "category", "chiffre": "figure",
    "client": "customer", "code": "code", "codepostal": "postal code", "commande": "order", "commentaire": "comment",
    "compte": "account", "contrat": "contract", "couleur": "colour", "cout": "cost", "creation": "creation",
    "date": "date", "debut": "start", "id": "id", "total": "total", "departement": "department", "depense": "expense",
    "description": "description", "devise": "currency", "duree": "duration", "ecole": "school", "eleve": "pupil",
    "employe": "employee", "entreprise": "company", "envoi": "shipment", "etat": "status", "facturation": "billing",
    "facture": "invoice", "famille": "family", "fichier": "file", "fournisseur": "supplier", "groupe": "group",
    "heure": "time", "jour": "day", "langue": "language", "libelle": "label", "lieu": "place", "ligne": "line",
    "livraison": "delivery", "livre": "book", "magasin": "store", "marque": "brand", "modele": "model",
    "modification": "modification", "mois": "month", "montant": "amount", "motif": "reason", "naissance": "birth",
    "nom": "name", "nombre": "number", "numero": "number", "paiement": "payment", "panier": "cart", "pays": "country",
    "personne": "person", "poids": "weight", "postal": "postal", "poste": "position", "prenom": "first name",
    "prix": "price", "produit": "product", "projet": "project", "quantite": "quantity", "reference": "reference",
    "reglement": "payment", "remise": "discount", "rue": "street", "salaire": "salary", "sexe": "gender",
    "societe": "company", "solde": "balance", "statut": "status", "taille": "size", "taux": "rate",
    "telephone": "phone", "titre": "title", "type": "type", "unitaire": "unit", "utilisateur": "user",
    "valeur": "value", "vendeur": "seller", "vente": "sale", "ville": "city", "voiture": "car",
}  # fmt: skip
SPANISH = {
    "activo": "active", "id": "id", "total": "total", "almacen": "warehouse", "alumno": "student", "anio": "year",
    "apellido": "last name", "apellidos": "last name", "articulo": "article", "banco": "bank", "calle": "street",
    "cantidad": "quantity", "categoria": "category", "ciudad": "city", "cliente": "customer", "codigo": "code",
    "comentario": "comment", "compra": "purchase", "correo": "email", "coste": "cost", "costo": "cost",
    "creacion": "creation", "cuenta": "account", "descripcion": "description", "descuento": "discount",
    "detalle": "detail", "direccion": "address", "edad": "age", "empleado": "employee", "empresa": "company",
    "entrega": "delivery", "envio": "shipment", "estado": "status", "factura": "invoice", "fecha": "date",
    "fin": "end", "genero": "gender", "grupo": "group", "hora": "time", "idioma": "language", "importe": "amount",
    "inicio": "start", "linea": "line", "marca": "brand", "mes": "month", "moneda": "currency", "monto": "amount",
    "motivo": "reason", "nacimiento": "birth", "nombre": "name", "numero": "number", "pago": "payment",
    "pais": "country", "pedido": "order", "persona": "person", "peso": "weight", "precio": "price",
    "producto": "product", "proveedor": "supplier", "proyecto": "project", "saldo": "balance", "salario": "salary",
    "sexo": "gender", "telefono": "phone", "tienda": "store", "tipo": "type", "postal": "postal", "titulo": "title",
    "unitario": "unit", "usuario": "user", "valor": "value", "vendedor": "seller", "venta": "sale",
}  # fmt: skip
GERMAN = {
    "abteilung": "department", "adresse": "address", "aktiv": "active", "alter": "age", "anrede": "salutation",
    "anschrift": "address", "anzahl": "quantity", "art": "type", "artikel": "article", "auftrag": "order",
    "benutzer": "user", "bemerkung": "remark", "beschreibung": "description", "bestell": "order",
    "bestellung": "order", "betrag": "amount", "bezeichnung": "name", "buch": "book", "datum": "date",
    "dauer": "duration", "ende": "end", "erstellt": "created", "farbe": "colour", "firma": "company",
    "geaendert": "modified", "geburt": "birth", "geburts": "birth", "gehalt": "salary", "geschlecht": "gender",
    "gewicht": "weight", "groesse": "size", "gruppe": "group", "hausnummer": "house number", "jahr": "year",
    "kategorie": "category", "konto": "account", "kosten": "cost", "kunde": "customer", "kunden": "customer",
    "lager": "warehouse", "land": "country", "liefer": "delivery", "lieferant": "supplier", "lieferanten": "supplier",
    "lieferung": "delivery", "marke": "brand", "menge": "quantity", "mitarbeiter": "employee", "monat": "month",
    "nachname": "last name", "nummer": "number", "ort": "city", "person": "person", "plz": "postal code",
    "position": "position", "postleitzahl": "postal code", "preis": "price", "produkt": "product",
    "produkte": "product", "projekt": "project", "rabatt": "discount", "rechnung": "invoice", "rechnungs": "invoice",
    "sprache": "language", "stadt": "city", "status": "status", "strasse": "street", "stueck": "piece",
    "summe": "total", "tag": "day", "telefon": "phone", "titel": "title", "typ": "type", "uhrzeit": "time",
    "umsatz": "revenue", "verkauf": "sale", "vertrag": "contract", "vorname": "first name", "waehrung": "currency",
    "wert": "value", "zahlung": "payment", "zeit": "time",
}  # fmt: skip

LANGUAGES = {"fr": FRENCH, "es": SPANISH, "de": GERMAN}
NOUN_FIRST = frozenset({"fr", "es"})
"""Languages that say *date livraison* for a delivery date: the first word is the head."""

TAILS = {"ttc": "including tax", "ht": "before tax"}
"""French words that stay behind what they qualify, in English too."""

LINKING_WORDS = word_set("de du des la le les del los las el d l der die das")
"""Small words between the others, without meaning of their own here."""

_SHARED = word_set(
    """
    adresse age alter art article auteur categorie client code correo creation date debut description ende fin id
    lager land ligne livre mes modification motif nombre note numero ort person persona peso place position postal
    poste reference rue sexe status tag titel titre total type typ valor zeit
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
    for language in languages:
        meanings = LANGUAGES[language]
        for form in (word, word.removesuffix("s"), stem(word)):
            if form in meanings:
                return meanings[form], language
    return None

"""Short names in capitals without separators, as systems with eight characters for a name have them: ``CUSNAM``.

Read only when every part is understood, so that a name in capitals that merely looks like one stays as it is.
"""

from collections.abc import Mapping
from functools import lru_cache

_WHOLE = {
    "actflg": "active flag", "curr": "currency", "dscamt": "discount amount", "dscpct": "discount percentage",
    "lstprc": "list price", "qtybo": "quantity back ordered", "qtyoh": "quantity on hand", "qtyoo": "quantity on order",
    "qtyord": "quantity ordered", "qtyrcv": "quantity received", "qtyshp": "quantity shipped", "uom": "unit of measure",
}  # fmt: skip
_PARTS = {
    "adr": "address", "amt": "amount", "cat": "category", "cde": "code", "cls": "class", "crd": "credit", "cst": "cost",
    "cty": "city", "cur": "currency", "cus": "customer", "cust": "customer", "dep": "department", "doc": "document",
    "dsc": "description", "dsp": "description", "dte": "date", "emp": "employee", "ext": "extended", "flg": "flag",
    "grp": "group", "hdr": "header", "inv": "invoice", "item": "item", "itm": "item", "lin": "line", "line": "line",
    "lmt": "limit", "loc": "location", "lst": "last", "mst": "master", "nam": "name", "nbr": "number", "num": "number",
    "ord": "order", "pay": "payment", "pct": "percentage", "phn": "phone", "prc": "price", "prd": "product",
    "pst": "posting", "qty": "quantity", "rcv": "received", "reg": "region", "rep": "representative",
    "req": "required", "shp": "shipping", "sls": "sales", "std": "standard", "sts": "status", "sup": "supplier",
    "tax": "tax", "tot": "total", "trn": "transaction", "typ": "type", "unt": "unit", "vnd": "vendor",
    "whs": "warehouse", "whse": "warehouse", "yr": "year", "zip": "zip",
}  # fmt: skip
_GERMAN_WHOLE = {
    "anldat": "creation date", "bez": "name", "brutto": "gross amount", "ekpreis": "purchase price",
    "epreis": "unit price", "gespreis": "total price", "kredlim": "credit limit", "lagbest": "stock quantity",
    "liefdat": "delivery date", "mindbest": "minimum stock", "netto": "net amount", "sperrkz": "blocked flag",
    "ustidnr": "vat number", "vkpreis": "sales price", "waehr": "currency", "wgr": "product group",
}  # fmt: skip
_GERMAN_PARTS = {
    "abt": "department", "anz": "quantity", "art": "article", "auf": "order", "betr": "amount", "dat": "date",
    "gew": "weight", "kd": "customer", "kg": "kg", "knd": "customer", "kopf": "header", "kun": "customer",
    "menge": "quantity", "mwst": "vat", "name": "name", "nr": "number", "pers": "employee", "pos": "item",
    "preis": "price", "proz": "percentage", "rab": "discount", "rech": "invoice", "satz": "rate", "stamm": "master",
    "stat": "status", "vertr": "representative",
}  # fmt: skip
_ENDS = {"cd": "code", "dt": "date", "no": "number", "id": "id"}
_LEAST = 5


@lru_cache(maxsize=8192)
def from_capitals(name: str, *, is_german: bool = False) -> tuple[str, ...]:
    """The English words of *name*, which may end in a digit; empty unless all of it is understood.

    *is_german*: other names beside it are, so that this one may be made of German words.
    """
    word = name.rstrip("0123456789").lower()
    whole, parts = (_GERMAN_WHOLE, _GERMAN_PARTS) if is_german else (_WHOLE, _PARTS)
    if word in whole:
        found: tuple[str, ...] = tuple(whole[word].split())
    else:
        found = _parts(word, parts, {} if is_german else _ENDS) if len(word) >= _LEAST else ()
    if not found and is_german:
        return from_capitals(name)
    return (*found, name[len(word) :]) if found and len(word) < len(name) else found


def _parts(word: str, known: Mapping[str, str], ends: Mapping[str, str]) -> tuple[str, ...]:
    """Two parts or more, the longest first part that leaves something readable."""
    for cut in range(5, 1, -1):
        head, rest = word[:cut], word[cut:]
        if head not in known or not rest:
            continue
        ending = known.get(rest) or ends.get(rest)
        following = (ending,) if ending else _parts(rest, known, ends)
        if following:
            return (known[head], *following)
    return ()

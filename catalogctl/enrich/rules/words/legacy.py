"""Short names in capitals without separators, as systems with eight characters for a name have them: ``CUSNAM``.

Read only when every part is understood, so that a name in capitals that merely looks like one stays as it is.
"""

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
_ENDS = {"cd": "code", "dt": "date", "no": "number", "id": "id"}
_LEAST = 5


@lru_cache(maxsize=8192)
def from_capitals(name: str) -> tuple[str, ...]:
    """The English words of *name*, which may end in a digit; empty unless all of it is understood."""
    word = name.rstrip("0123456789").lower()
    if word in _WHOLE:
        found: tuple[str, ...] = tuple(_WHOLE[word].split())
    else:
        found = _parts(word) if len(word) >= _LEAST else ()
    return (*found, name[len(word) :]) if found and len(word) < len(name) else found


def _parts(word: str) -> tuple[str, ...]:
    """Two parts or more, the longest first part that leaves something readable."""
    for cut in range(4, 1, -1):
        head, rest = word[:cut], word[cut:]
        if head not in _PARTS or not rest:
            continue
        ending = _PARTS.get(rest) or _ENDS.get(rest)
        following = (ending,) if ending else _parts(rest)
        if following:
            return (_PARTS[head], *following)
    return ()

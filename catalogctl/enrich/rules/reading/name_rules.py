"""What a column's name says of its values, believed only when these agree. The first rule that holds counts."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from catalogctl.enrich.rules.reading import value_checks as values
from catalogctl.enrich.rules.reading.facts import Family
from catalogctl.enrich.rules.reading.semantic_types import SemanticType as Type
from catalogctl.enrich.rules.reading.subjects import Subject
from catalogctl.enrich.rules.words.people import PERSON_ROLES

Check = Callable[[Subject], bool]

_TEXT = frozenset({Family.TEXT, Family.OTHER})
_NUMBER = frozenset({Family.INTEGER, Family.DECIMAL})
_INTEGER = frozenset({Family.INTEGER})
_DECIMAL = frozenset({Family.DECIMAL})
_TEXT_OR_INTEGER = frozenset({Family.TEXT, Family.INTEGER})
_SECRET = _TEXT | {Family.BINARY}


@dataclass(frozen=True, slots=True)
class Rule:
    """A column is of *type* when *pattern* is in its words, its family is one of *families*, and *check* agrees."""

    type: Type
    families: frozenset[Family]
    pattern: re.Pattern[str]
    check: Check | None = None


def _ending(meant: Type, families: frozenset[Family], ends: str, check: Check | None = None, *, tail: str = "") -> Rule:
    """A rule for names that end with one of the alternatives *ends*, and perhaps *tail*, a part of a pattern."""
    return Rule(meant, families, re.compile(rf"\b(?:{ends}){tail}$"), check)


def _matching(meant: Type, families: frozenset[Family], pattern: str, check: Check | None = None) -> Rule:
    return Rule(meant, families, re.compile(pattern), check)


_COUNTED = r"(?: \d)?"
_NAMED = r"(?: name| code)?"

_CONTACTS = (
    _ending(Type.EMAIL, _TEXT, "email|mail|email address", values.are_emails, tail=_COUNTED),
    _ending(Type.IP_ADDRESS, _TEXT, "ip|ip address"),
    _ending(Type.PHONE, _TEXT_OR_INTEGER, "(?:phone|mobile|fax|gsm|contact) number|phone|mobile|fax|gsm",
            values.are_phones, tail=_COUNTED),
    _ending(Type.URL, _TEXT, "url|uri|website|homepage|home page|link|web (?:page|site|address)", values.are_urls),
)  # fmt: skip
_NUMBERS_OF_OFFICES = (
    _matching(Type.IBAN, _TEXT, r"\biban\b"),
    _ending(Type.BIC, _TEXT, "(?:bic|swift)(?: code)?"),
    _matching(Type.VAT_NUMBER, _TEXT, r"\bvat (?:number|id|code|registration)|\bvatin$|^vat$"),
    _ending(Type.COMPANY_NUMBER, _TEXT_OR_INTEGER, "siret|siren|duns|company number|registration number"),
    _ending(Type.CARD_NUMBER, _TEXT_OR_INTEGER, "card number", values.may_pay),
    _ending(Type.NATIONAL_ID, _TEXT_OR_INTEGER, "ssn|nir|nino|nif|dni|social security(?: number)?|tax id|"
            "passport number|national (?:id|insurance)(?: number)?|identity (?:card|number)"),
    _ending(Type.ISBN, _TEXT_OR_INTEGER, "isbn", tail=r"(?: \d+)?"),
    _ending(Type.ISIN, _TEXT, "isin"),
    _ending(Type.BARCODE, _TEXT_OR_INTEGER, "ean|gtin|upc|barcode", tail=r"(?: \d+| code| number)?"),
    _matching(Type.SECRET, _SECRET, r"\b(?:password|passcode|secret|salt)\b|\b(?:api|private|signing|encryption) key$|"
              r"\b(?:access|api|auth|bearer|refresh|reset|session) token$|\b(?:token|key) (?:hash|digest)$|"
              r"\bsecurity answer$"),
    _matching(Type.SECRET, _TEXT_OR_INTEGER, r"\b(?:cvv2?|cvc2?|otp|security code)$"),
)  # fmt: skip
_PEOPLE = (
    _ending(Type.USERNAME, _TEXT, "username|user name|login|nickname|screen name"),
    _ending(Type.GENDER, _TEXT_OR_INTEGER, "gender|sex", values.are_few),
    _ending(Type.PERSON_NAME, _TEXT, "(?:first|last|middle|given|family|maiden) name|surname|forename"),
    _ending(Type.PERSON_NAME, _TEXT, "(?:full|contact|display|patient|employee|student|player|guest|passenger) name",
            values.may_be_people),
    _ending(Type.PERSON_NAME, _TEXT, f"(?:{PERSON_ROLES}) name", values.may_be_people),
    _ending(Type.PERSON_NAME, _TEXT, f"{PERSON_ROLES}|contact|contact person", values.are_people),
    _ending(Type.PERSON_NAME, _TEXT, "name", values.are_people_in_a_table_of_people),
    _matching(Type.PERSON_NAME, _TEXT, "^name$", values.stand_beside_first_names),
    _matching(Type.PERSON_NAME, _TEXT, "^name$", values.are_people_by_given_names),
    _matching(Type.USERNAME, _TEXT, "^user$"),
)  # fmt: skip
_PLACES = (
    _ending(Type.TIME_ZONE, _TEXT | _NUMBER, "time zone(?: name)?"),
    _ending(Type.CURRENCY, _TEXT, "currency", values.are_currencies, tail="(?: code| name| symbol)?"),
    _ending(Type.POSTAL_CODE, _TEXT_OR_INTEGER, "(?:zip|postal|post)(?: code)?|postcode", values.are_short),
    _ending(Type.COUNTRY, _TEXT, "country", values.are_short, tail=r"(?: name| code| iso)?(?: \d)?"),
    _ending(Type.CITY, _TEXT, "city|town|municipality|suburb|village", values.are_short, tail="(?: name)?"),
    _ending(Type.REGION, _TEXT, "region|subregion|province|county|district|territory|canton|prefecture",
            values.are_short, tail=_NAMED),
    _ending(Type.REGION, _TEXT, "state", values.are_geographic_states, tail=_NAMED),
    _matching(Type.ADDRESS, _TEXT, r"^(?!.*\b(?:mac|ip|memory)\b).*\b(?:address|street)(?: line| name)?(?: \d)?$|"
              r"^address line"),
    _ending(Type.LATITUDE, _NUMBER, "latitude", lambda it: values.lie_within(it, -90, 90)),
    _ending(Type.LONGITUDE, _NUMBER, "longitude", lambda it: values.lie_within(it, -180, 180)),
)  # fmt: skip
_TRAITS = (
    _ending(Type.LANGUAGE, _TEXT, "language|locale", tail=_NAMED),
    _ending(Type.COLOUR, _TEXT, "colour", tail=_NAMED),
    _ending(Type.VERSION, _TEXT | _NUMBER, "version(?: number)?"),
    _ending(Type.FILE, _TEXT, "file|filename|file name|path|image|photo|picture|avatar|thumbnail|logo|poster",
            tail="(?: path| file)?"),
)  # fmt: skip
_CALENDAR = (
    _ending(Type.YEAR, _NUMBER, "year", values.are_years, tail="(?: id| number)?"),
    _matching(
        Type.YEAR,
        _INTEGER,
        "^(?:built|constructed|established|founded|published|released)$",
        values.are_years_of_making,
    ),
    _ending(Type.MONTH, _INTEGER, "month", lambda it: values.lie_within(it, 1, 12), tail="(?: number)?"),
    _ending(Type.DAY, _INTEGER, "day", values.are_days_of_a_month, tail="(?: of month| number)?"),
    _ending(Type.HOUR, _INTEGER, "hour", values.are_hours_of_a_day),
    _ending(Type.MINUTE, _INTEGER, "minute", values.are_minutes_of_an_hour),
    _ending(Type.TIME_OF_DAY, _INTEGER, "time", values.are_clock_numbers),
)
_MONEY_TAIL = (
    "(?: (?:eur|usd|gbp|chf|jpy|euro|dollar|cent|net|gross|local|including tax|before tax|excluding tax|total|due|"
    "paid))*"
)
_AMOUNTS = (
    _ending(Type.AGE, _NUMBER, "age", lambda it: values.lie_within(it, 0, 130)),
    _ending(Type.POSITION, _INTEGER, "position|(?:sort|display) order|sort|sequence(?: number)?|ordinal|ranking|"
            "rank|(?:line|item|row|track|page) number"),
    _matching(Type.POSITION, _INTEGER, r"^line$"),
    _matching(Type.POSITION, _INTEGER, r"^\w+ order$", values.are_places_in_a_row),
    _matching(Type.PERCENTAGE, _NUMBER, r"\b(?:percent|percentage|pct)\b|"
              r"\b(?:ratio|share|proportion|probability|utilisation)$"),
    _ending(Type.PERCENTAGE, _NUMBER, "discount|rate|margin|tax|vat", values.are_shares),
    _ending(Type.PERCENTAGE, _NUMBER, "(?:tax|vat|interest|growth|conversion|unemployment|occupancy|reimbursement) "
            "rate", lambda it: values.lie_within(it, -100, 100)),
    _ending(Type.MONEY, _NUMBER, "amount|balance|bonus|box office|budget|charge|commission|compensation|cost|"
            "credit limit|debt|deposit|earning|expense|expenditure|fare|fee|freight|fund|income|payment|penalty|"
            "premium|price|profit|refund|rent|revenue|salary|spend|subtotal|tip|total|turnover|wage|worth|msrp|tax|"
            "vat", values.are_amounts, tail=_MONEY_TAIL),
    _ending(Type.MONEY, _NUMBER, "(?:hourly|daily|monthly|rental) rate"),
    _ending(Type.MONEY, _NUMBER, r"(?!(?:to|per|from|by) )\w+ (?:eur|usd|gbp|chf|jpy|euro|dollar|cent)"),
    _ending(Type.MONEY, _DECIMAL, "(?:total|net|gross) sale"),
    _matching(Type.MONEY, _DECIMAL, r"^(?:net|gross)$"),
    _ending(Type.MONEY, _DECIMAL, "(?:discount|sale|margin|value)(?: amount)?", values.stand_beside_money),
    _ending(Type.RATING, _NUMBER, "rating|score|star|grade|popularity"),
    _ending(Type.DURATION, _NUMBER, "duration|runtime|run time|elapsed(?: time)?|delay|latency|tenure|"
            "(?:lead|air|response|wait|play|processing|travel|driving) time|hour|day|week|month|minute|second|"
            "millisecond", values.are_durations, tail=r"(?: \w+)?"),
    _matching(Type.MEASUREMENT, _NUMBER, r"\bkwh$|\b(?:heart|pulse|respiratory) rate$|\b(?:systolic|diastolic)\b"),
    _ending(Type.MEASUREMENT, _NUMBER, "altitude|area|consumption|depth|diameter|distance|elevation|energy|gust|"
            "height|humidity|length|mass|mileage|power|precipitation|pressure|radius|size|speed|temperature|thickness|"
            "velocity|visibility|voltage|weight|width", tail=r"(?: \w+)?"),
    _ending(Type.QUANTITY, _NUMBER, "quantity|count|stock|capacity|population|attendance|headcount|inventory",
            tail=r"(?: \w+)?"),
    _matching(Type.QUANTITY, _NUMBER, r"^(?:number of|num) |^(?:quantity )?on (?:hand|order)$"),
    _matching(Type.QUANTITY, _NUMBER, r"^(?:unit|piece|item|stock)\b", values.are_counted),
    _matching(Type.QUANTITY, _INTEGER, r"\w", values.are_counted_things),
)  # fmt: skip
_KINDS = (
    _ending(Type.STATUS, _TEXT_OR_INTEGER, "status|state|stage|phase", values.are_few, tail=_NAMED),
    _ending(Type.CATEGORY, _TEXT_OR_INTEGER, "type|category|subcategory|kind|class|group|segment|tier|priority|"
            "severity|quarter|weekday", values.are_few, tail="(?: code)?"),
    _ending(Type.CATEGORY, _TEXT, "type|category|subcategory|kind|class|group|segment|level|genre|grade|department|"
            "brand|channel|method|mode|classification|role|occupation|profession|nationality|salutation|scope|"
            "source|medium|format|size|season|title", values.are_few, tail="(?: name)?"),
    _ending(Type.FREE_TEXT, _TEXT, "comment|note|remark|body|message|review|biography|abstract|feedback|narrative|"
            "observation", values.are_remarks),
    _ending(Type.FREE_TEXT, _TEXT, "description|text|content|summary|reason|instruction|detail|caption|synopsis|"
            "plot|consensus|story", values.are_prose),
    _matching(Type.CATEGORY, _TEXT, r"^(?:job )?title$", values.describe_people),
    _ending(Type.NAME, _TEXT, "company|organisation|employer|institution", values.are_titles),
    _ending(Type.NAME, _TEXT, "name|title|label|heading|headline|subject|caption|description|slogan|topic",
            values.are_titles, tail=r"(?: \w\w)?"),
    _ending(Type.CODE, _TEXT_OR_INTEGER, "code|sku|abbreviation|symbol|slug|iata|icao|iso|fips|prefix|suffix",
            tail=_COUNTED),
    _matching(Type.IDENTIFIER, _INTEGER, r"\w+ed by$"),
    _ending(Type.IDENTIFIER, _TEXT_OR_INTEGER, "id|identifier|key|uuid|guid|reference|number|serial|token|hash",
            tail=r"(?: \w+)?"),
)  # fmt: skip
RULES = (*_CONTACTS, *_NUMBERS_OF_OFFICES, *_PEOPLE, *_PLACES, *_TRAITS, *_CALENDAR, *_AMOUNTS, *_KINDS)


@lru_cache(maxsize=65536)
def _candidates(text: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in RULES if rule.pattern.search(text))


def by_name(subject: Subject) -> Type | None:
    """The type that the column's name says and its values do not contradict."""
    family = subject.facts.family
    fitting = (rule for rule in _candidates(subject.text) if family in rule.families)
    return next((rule.type for rule in fitting if rule.check is None or rule.check(subject)), None)

"""Given names by which a list of people is told from one of other things that bear names."""

import unicodedata
from collections.abc import Collection

from catalogctl.enrich.rules.words.lists import word_set

_GIVEN_NAMES = word_set(
    """
    aaron abdul abdullah adam adrian ahmed alan albert alex alexander alexandra alfred ali alice amanda amina amy
    ana andre andrea andreas andrew andrzej angela anita ann anna anne anthony antoine antonio archie arthur asha
    barbara ben benjamin bernard beth betty bill bob brandon brian bruce calvin camille carl carla carlos carmen
    carol caroline catherine cecile charles chen chloe chris christian christina christine christopher claire claude
    claudia craig cynthia dan daniel daniela david deborah denis dennis diana diego dieter dimitri dmitri donald
    dorothy douglas edward elena elisabeth elizabeth ella emily emma eric erik ernest evelyn fatima felix fernando
    francesca francesco francis francisco francois frank frans fred frederick gabriel gary gerald gerard giovanni
    giulia giuseppe greg gregory guy hans harold harry hassan heather heinz helen helene helmut henri henry herbert
    hugo ian ibrahim igor ines ingrid irene isabel isabelle ivan jack jacob jacqueline jacques james jan jane janet
    jason javier jean jeff jeffrey jennifer jeremy jerry jesse jessica jim jimmy joan joanna joe joel johan johann
    johannes john johnny jonathan jordi jorge jose josef joseph joshua juan judith judy julia julie justin karen
    karl katarzyna kate katherine kathleen keith kelly ken kenneth kevin klaus kurt larry laura lauren laurent lea
    leo leon leonard lewis lidia linda lisa louis louise luca lucas lucia lucy luigi luis luke lynn manuel marc
    marcel marco marcus margaret maria marie mario marion mark marta martha martin mary mathieu matthew maurice max
    megan mehmet melissa michael michel michelle miguel mike mohamed mohammad mohammed monica monika muhammad nancy
    natalia natalie nathan nicholas nicola nicolas nicole nina norman olga oliver olivia omar oscar otto pablo
    pamela pascal patricia patrick paul paula paulo pedro peter philip philippe pierre piotr rachel rafael ralph
    raymond rebecca renate richard rita robert roberto roger roland ronald rosa roy ruth ryan sally sam samantha
    samuel sandra sara sarah scott sean sebastian sergei sergio sharon shirley simon sofia sophie stefan stephanie
    stephen steve steven stuart susan susanne sven sylvia tanya teresa theodore theresa thomas tim timothy tom tomas
    tommy tony tyler ulrich ursula valerie vera vincent viktor vladimir walter wanda wayne wendy werner wilhelm
    william willie wolfgang yasmin yusuf yves zoe
    """
)
"""Frequent ones of several languages that are not the names of places as well."""

_SEVERAL = 4
_A_FEW = 2
"""Different given names that it takes, and of fewer texts than twice as many."""
_ENOUGH = 0.3
"""Of the medallists of a hundred years every other is called so, of the titles of films two in a hundred."""


def have_given_names(texts: Collection[str]) -> bool:
    """True when a good part of *texts* begin with a given name, and more than one of them."""
    first = [_plain(text.split()[0]) for text in texts if text.strip()]
    known = [word for word in first if word in _GIVEN_NAMES]
    least = _SEVERAL if len(first) >= 2 * _SEVERAL else _A_FEW
    return len(known) >= _ENOUGH * len(first) and len(set(known)) >= least


def _plain(word: str) -> str:
    """*word* in lower case and without accents."""
    parts = unicodedata.normalize("NFD", word.strip(",.").casefold())
    return "".join(char for char in parts if not unicodedata.combining(char))

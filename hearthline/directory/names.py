"""Names of people: cleaning, folding for search, and display that no script can scramble. Pure functions."""
# ruff: noqa: RUF001 - letters of several scripts that look alike are the subject here

import unicodedata

# Characters that change the direction or joining of their neighbours. They are removed from names, because a name
# that carries one rearranges the words around it; a page isolates a name with <bdi> instead.
DIRECTION_CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)
FIRST_STRONG_ISOLATE = "\u2068"
POP_DIRECTIONAL_ISOLATE = "\u2069"
NAME_LENGTH = 100
TOKEN_LENGTH = 64
MAX_TOKENS = 24
SHORTEST_PREFIX = 2

# Letters that Unicode does not take apart, and Arabic letters that are written in more than one way.
LETTER_FOLDS = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t",
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ة": "ه", "ى": "ي", "ی": "ي", "ک": "ك", "ؤ": "و", "ئ": "ي",
        "ـ": None, "ך": "כ", "ם": "מ", "ן": "נ", "ף": "פ", "ץ": "צ",
    }
)  # fmt: skip


def clean_name(text: str) -> str:
    """Return a name in composed form, without control or direction characters, with single spaces."""
    composed = unicodedata.normalize("NFC", text)
    kept = (
        " " if character.isspace() else character
        for character in composed
        if character not in DIRECTION_CONTROLS
        and (character.isspace() or unicodedata.category(character) not in {"Cc", "Cs", "Co", "Cn"})
    )
    return " ".join("".join(kept).split())


def has_letter(text: str) -> bool:
    """Return whether the text has a letter of any script."""
    return any(unicodedata.category(character).startswith("L") for character in text)


def fold(text: str) -> str:
    """Return the form by which names are compared: no accents, one case, letters and digits only.

    Folding twice changes nothing; "Núñez-O'Brien", "NUNEZ OBRIEN" and "nuñez obrien" fold alike.
    """
    result = text
    while (folded := _fold_once(result)) != result:
        result = folded
    return result


def _fold_once(text: str) -> str:
    apart = unicodedata.normalize(
        "NFKD", unicodedata.normalize("NFKD", text.casefold()).translate(LETTER_FOLDS)
    )
    characters = []
    for character in apart.casefold():
        category = unicodedata.category(character)
        if category[0] in "LN":
            characters.append(character)
        elif category[0] in "ZP" and character not in "'’ʼ`´׳״.":
            characters.append(" ")
    return " ".join("".join(characters).translate(LETTER_FOLDS).split())


def tokens(*names: str) -> frozenset[str]:
    """Return the folded words of the names: what a person may be searched by, in any order."""
    words = (word[:TOKEN_LENGTH] for name in names for word in fold(name).split())
    return frozenset(list(dict.fromkeys(words))[:MAX_TOKENS])


def full_name(*, given: str, family: str) -> str:
    """Return the name as it is said: given then family; a person with a single name has just that."""
    return " ".join(part for part in (given, family) if part)


def listed_name(*, given: str, family: str) -> str:
    """Return the name as lists sort it: family, given."""
    return ", ".join(part for part in (family, given) if part)


def isolate(text: str) -> str:
    """Wrap a name for plain text (a message, a title), so that its direction cannot move its neighbours."""
    return f"{FIRST_STRONG_ISOLATE}{text}{POP_DIRECTIONAL_ISOLATE}"

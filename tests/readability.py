"""How hard a text is to read, by published formulas.

English: grade level of J. P. Kincaid, R. P. Fishburne, R. L. Rogers and B. S. Chissom, "Derivation of new readability
formulas for Navy enlisted personnel", Research Branch Report 8-75, Naval Technical Training, 1975:
0.39 x words per sentence + 11.8 x syllables per word - 15.59.

Spanish: J. Fernández Huerta, "Medidas sencillas de lecturabilidad", Consigna 214 (1959), 29-32, in the form corrected
by G. Law, "Error in the Fernandez Huerta Readability Formula", LINGUIST List 22.2332 (2011):
206.84 - 60 x syllables per word - 1.02 x words per sentence. Usually it is printed with the number of sentences in a
hundred words in the last place, by which short sentences would be harder. 70 to 80 is "fairly easy".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|%[sd]|\{[a-z_]*\}")
TAG = re.compile(r"<[^>]+>|&[a-z]+;")
WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
SENTENCE_END = re.compile(r"[.!?:;…]+(?:\s|$)")
# A value that is put in counts as one short word: what it will be, the sentence cannot choose.
VALUE = {"en": "one", "es": "uno"}
LABEL_WORDS = 4
SPOKEN_ES = re.compile("(?:[sxz]|[cs]h|[cg])es$")  # boxes, pages

STRONG, ACCENTED_WEAK, WEAK = "aeoáéó", "íú", "iuü"


@dataclass(frozen=True)
class Counts:
    """What the formulas need."""

    sentences: int
    words: int
    syllables: int


def plain(text: str, language: str) -> str:
    """Return a text without tags, and with a word for each value that will stand in it."""
    return " ".join(TAG.sub(" ", PLACEHOLDER.sub(VALUE[language], text)).split())


def is_label(text: str) -> bool:
    """Whether a text is the name of a thing rather than a sentence: up to four words without a full stop.

    The formulas are made for running text; over a button or a heading they say nothing.
    """
    return len(WORD.findall(text)) <= LABEL_WORDS and not SENTENCE_END.search(text)


def english_syllables(word: str) -> int:
    """Count by the usual rule of thumb: groups of vowels, without a silent e, -es or -ed."""
    word = word.lower().replace("\u2019", "").replace("'", "")
    groups = len(re.findall("[aeiouy]+", word)) + len(
        re.findall("i[ao](?![nu])|[^q]ua[lt]|eo(?!p)|ea$|[oy]ing", word)
    )
    has_silent_e = bool(re.search("[^aeiouyl]es?$|[aeiouy]les?$", word)) and not SPOKEN_ES.search(word)
    if has_silent_e or re.search("[^aeiouydt]ed$", word):
        groups -= 1
    return max(1, groups)


def spanish_syllables(word: str) -> int:
    """Count by the rules of Spanish: strong vowels part, an accented weak one parts from its neighbour."""
    word = re.sub("qu(?=[eiéí])|gu(?=[eiéí])", "k", word.lower())
    word = re.sub("y$", "i", word)
    return max(1, sum(_nuclei(row) for row in re.findall(f"[{STRONG}{ACCENTED_WEAK}{WEAK}]+", word)))


def _nuclei(row: str) -> int:
    strong = sum(letter in STRONG + ACCENTED_WEAK for letter in row)
    return max(1, strong)


SYLLABLES = {"en": english_syllables, "es": spanish_syllables}


def count(texts: Iterable[str], language: str) -> Counts:
    """Count the sentences, words and syllables of plain texts; each text ends a sentence."""
    sentences = words = syllables = 0
    for text in texts:
        parts = [found for part in SENTENCE_END.split(text) if (found := WORD.findall(part))]
        sentences += len(parts)
        words += sum(map(len, parts))
        syllables += sum(SYLLABLES[language](word) for part in parts for word in part)
    return Counts(sentences, words, syllables)


def kincaid_grade(counts: Counts) -> float:
    """Return the American school grade that reads an English text (Kincaid et al. 1975)."""
    return 0.39 * counts.words / counts.sentences + 11.8 * counts.syllables / counts.words - 15.59


def fernandez_huerta(counts: Counts) -> float:
    """Return how easy a Spanish text is, from 0 to about 100 (Fernández Huerta 1959, corrected)."""
    return 206.84 - 60 * counts.syllables / counts.words - 1.02 * counts.words / counts.sentences

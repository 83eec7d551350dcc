"""Grading: how right an answer to a validation question is, found out without a model."""

import re

from tools.errors import InvalidRequest
from tools.profiles.choices import chosen
from tools.profiles.final_answer import abstains, cleaned, final_answers, marked
from tools.profiles.numbers import Number, numbers_in, read_number, same
from tools.profiles.questions import LETTERS, Question, tolerated
from tools.types import Value

ABSTAINED = "there is no answer"

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_MORE_WORDS = 6
_HEDGES = frozenset("or and not nor but either neither vs versus except maybe".split())
_BULLET = re.compile(r"^\s*(?:[-*•・]|\(?\d{1,2}[.)])\s+", re.MULTILINE)
_STRONG = re.compile(r"[\n;、；]|,(?!\d{3}\b)")
_OPENING = re.compile(r"^\s*(?:and|or)\s+")
_BRACKETS = re.compile(r"\([^()]*\)")
_WEAK = re.compile(r"\s+(?:and|&|および|及び|그리고|및)\s+|\s*(?:および|及び)\s*")


class Grade(Value):
    """How right an answer is, from 0 to 1, and why where it is not wholly right.

    `answer` is the answer in the form in which equal answers are equal texts; `choice` the option chosen,
    counted from 0.
    """

    right: float
    answer: str = ""
    choice: int | None = None
    abstained: bool = False
    why: str = ""


def grade(question: Question, text: str) -> Grade:
    """The grade of an answer. A set earns the F1 of its members. Raises InvalidRequest for a rubric: see judge."""
    if question.kind == "rubric":
        raise InvalidRequest(f"The question '{question.id}' has a rubric, which takes a model to judge by.")
    if abstains(text) and not _is_the_answer(question, text):
        return Grade(right=0.0, abstained=True, why=ABSTAINED)
    match question.kind:
        case "choice":
            return _grade_choice(question, text)
        case "number":
            return _grade_number(question, text)
        case "set":
            return _grade_set(question, text)
        case _:
            return _grade_exact(question, text)


def normalised(text: str) -> str:
    """The text in small letters, without punctuation and articles; signs and decimal points of numbers stay."""
    words = re.findall(r"\w+(?:\.\d+)*|[+−-](?=\d)|%", cleaned(text).casefold().replace(",", " ").replace("_", " "))
    joined = " ".join(words)
    return " ".join(_ARTICLES.sub(" ", joined).split()) or joined


def _is_the_answer(question: Question, text: str) -> bool:
    """Whether what looks like no answer ("none", "unknown") is the right one or an option."""
    names = [*question.options, *(name for member in question.accepted for name in member)]
    said = normalised(text)
    return bool(said) and any(normalised(name) == said for name in names)


def _grade_choice(question: Question, text: str) -> Grade:
    choice, why = chosen(question.options, text)
    if choice is None:
        return Grade(right=0.0, why=why)
    right = choice == question.gold
    wrong = f"chose {LETTERS[choice]}, right is {LETTERS[question.gold or 0]}"
    return Grade(right=float(right), answer=LETTERS[choice], choice=choice, why="" if right else wrong)


def _grade_exact(question: Question, text: str) -> Grade:
    names = [normalised(name) for name in question.accepted[0]]
    answers = final_answers(text)
    for answer in answers:
        if any(_says(answer, name) for name in names):
            return Grade(right=1.0, answer=names[0])
    return Grade(right=0.0, answer=normalised(answers[0])[:200], why=f"right is '{question.accepted[0][0]}'")


def _says(answer: str, name: str) -> bool:
    """Whether the answer is the name, with an abbreviation in brackets or few words around it, and nothing else."""
    outside = _BRACKETS.sub(" ", answer)
    inside = [found[0].strip("()") for found in _BRACKETS.finditer(answer)]
    if name in {normalised(answer), normalised(outside), *map(normalised, inside)}:
        return True
    around = f" {normalised(answer)} ".replace(f" {name} ", " ", 1).split()
    held = f" {name} " in f" {normalised(answer)} "
    listed = re.search(r"[,;/]\s*\w", re.sub(r"\d,\d", "", outside)) is not None
    return held and not listed and len(around) <= _MORE_WORDS and not _HEDGES & set(around)


def _grade_number(question: Question, text: str) -> Grade:
    gold = read_number(str(question.answer))
    assert gold is not None, "checked when the question was made"  # noqa: S101
    given = _final_number(text)
    if given is None:
        return Grade(right=0.0, why="there is no number in it")
    right = same(given, gold, tolerated(question, gold.value))
    shown = gold if right else given  # equal answers are equal texts
    told = f"{shown.value:.6g}{f' {shown.unit}' if shown.unit else ''}"
    return Grade(right=float(right), answer=told, why="" if right else f"right is {question.answer}")


def _final_number(text: str) -> Number | None:
    """The number that is marked as the answer, what the last equation comes to, or the last number."""
    for part in reversed(marked(text)):
        if found := numbers_in(part):
            return found[-1] if "=" in part else found[0]
    found = numbers_in(cleaned(text))
    return found[-1] if found else None


def _grade_set(question: Question, text: str) -> Grade:
    members = [{normalised(name) for name in names} for names in question.accepted]
    parts = max((_members(part, members) for part in final_answers(text)), key=lambda found: _f1(found, members))
    right = _f1(parts, members)
    missing = [names[0] for names, member in zip(question.accepted, members, strict=True) if not parts & member]
    extra = sorted(part for part in parts if not any(part in member for member in members))
    why = "; ".join(
        f"{what}: {', '.join(items[:5])}" for what, items in (("missing", missing), ("too many", extra)) if items
    )
    return Grade(right=right, answer="; ".join(sorted(_canonical(parts, members)))[:400], why=why)


def _members(text: str, members: list[set[str]]) -> set[str]:
    """The members of a set as it is written: in lines, in a list, joined by "and"."""
    known = set().union(*members)
    found: set[str] = set()
    for piece in _STRONG.split(_BULLET.sub("", text)):
        parts = [part for part in _WEAK.split(_OPENING.sub("", piece)) if normalised(part)]
        while parts:
            # a member whose own name holds an "and" is taken whole
            size = next((n for n in range(len(parts), 1, -1) if normalised(" and ".join(parts[:n])) in known), 1)
            member, parts = " and ".join(parts[:size]), parts[size:]
            whole, bare = normalised(member), normalised(_BRACKETS.sub(" ", member))
            found.add(whole if whole in known else bare or whole)
    return found


def _canonical(parts: set[str], members: list[set[str]]) -> set[str]:
    """The parts, each member by the one name that comes first."""
    return {next((min(member) for member in members if part in member), part) for part in parts}


def _f1(parts: set[str], members: list[set[str]]) -> float:
    hit = sum(bool(parts & member) for member in members)
    named = len(_canonical(parts, members))
    return 2 * hit / (named + len(members)) if hit else 0.0

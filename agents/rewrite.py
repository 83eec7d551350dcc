"""Another query for what a query did not find. No model is asked: queries come from one already."""

import re
from collections.abc import Sequence

from agents.grade import GENERIC, keywords
from tools.llm.extractive.glossary import in_english, latin_terms
from tools.llm.extractive.names import coined_names
from tools.llm.extractive.periods import without_period
from tools.llm.extractive.tokens import terms
from tools.llm.tasks import Route

_YEAR = re.compile(r"(?<!\w)(?:19|20)\d\d(?!\w)")
_SHORT_FORMS = {
    "moe": "mixture of experts", "rag": "retrieval-augmented generation", "llm": "large language model",
    "vlm": "vision-language model", "rl": "reinforcement learning",
    "rlhf": "reinforcement learning from human feedback", "dpo": "direct preference optimization",
    "grpo": "group relative policy optimization", "cot": "chain of thought",
    "peft": "parameter-efficient fine-tuning", "lora": "low-rank adaptation", "vit": "vision transformer",
    "kv": "key-value cache", "nlp": "natural language processing", "gnn": "graph neural network",
    "asr": "speech recognition", "tts": "text to speech", "ocr": "optical character recognition",
    "sft": "supervised fine-tuning", "ssm": "state space model", "mllm": "multimodal large language model",
    "ner": "named entity recognition", "qa": "question answering", "mcts": "tree search", "t2i": "text to image",
    "gan": "generative adversarial network", "vae": "variational autoencoder", "nerf": "neural radiance field",
}  # fmt: skip


def rewritten(query: str, wanted: Route, tried: Sequence[str]) -> str:
    """A query that differs from all that were tried in more than its wording; empty when none is left.

    Short forms are spelled out or made; then bare keywords are asked for, at last the names alone. Single words are
    not: a passage that shares one with the question is seldom about it.
    """
    known = {_matter(one) for one in tried}
    said = without_period(wanted.standalone)
    skills = _YEAR.sub(" ", " ".join(wanted.skills))
    alone = len(wanted.queries) <= 1
    candidates = (
        _other_form(query),
        in_english(query),
        keywords(query),
        keywords(" ".join((said, *wanted.queries, skills))) if alone else "",
        keywords(said) if alone else "",
        latin_terms(query),
        *coined_names(query),
    )
    return next((one for one in candidates if _matter(one) - GENERIC and _matter(one) not in known), "")


def _other_form(query: str) -> str:
    low = f" {' '.join(query.lower().replace('-', ' ').split())} "
    for short, long in _SHORT_FORMS.items():
        spelled = long.replace("-", " ")
        if f" {short} " in low or f" {short}s " in low:
            return low.replace(f" {short}s ", f" {short} ").replace(f" {short} ", f" {long} ").strip()
        if f" {spelled} " in low or f" {spelled}s " in low:
            return low.replace(f" {spelled}s ", f" {spelled} ").replace(f" {spelled} ", f" {short} ").strip()
    return ""


def _matter(query: str) -> frozenset[str]:
    return frozenset(terms(query))

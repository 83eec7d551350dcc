"""Statements about textbook functions and measures that turn them round."""

import re
from collections.abc import Iterator

from agents.critic.asked import Asked
from agents.critic.remark import Remark, place
from agents.critic.text import Document

_POSITIVE = r"(?:正|プラス|0より大き|0以上|positive|양수|양)"
_NEGATIVE = r"(?:負|マイナス|0より小さ|0以下|negative|음수|음)"
_ZERO = r"(?:0|ゼロ|zero|영)"
_LOWER = (
    r"FID|FVD|LPIPS|WER|CER|EER|RMSE|MSE|MAE|perplexity|パープレキシティ|퍼플렉서티"
    r"|word error rate|latency|レイテンシ|chamfer distance"
)
_HIGHER = r"PSNR|SSIM|BLEU|ROUGE|mAP|AUROC|AUC|F1|CLIP score|CLIPスコア|accuracy|精度|정확도|nDCG"

_WRONG = (
    (
        re.compile(
            rf"ReLU[^。\n]{{0,40}}?{_POSITIVE}[^。、,\n]{{0,12}}"
            rf"(?:のときは?|の場合は?|なら|inputs?|values?|일 때는?|이면)[^。、,\n]{{0,8}}?{_ZERO}(?=[、,を에으で ]|$)",
            re.IGNORECASE,
        ),
        "ReLU gives 0 for negative input and the input itself for positive input, not the other way round.",
    ),
    (
        re.compile(rf"\bReLU\b[^.\n]{0, 60}\b(?:zeroes|sets|maps|clips)\b[^.\n]{0, 20}\bpositive\b", re.IGNORECASE),
        "ReLU keeps positive input and gives 0 for negative input.",
    ),
    (
        re.compile(r"(?:sigmoid|シグモイド|시그모이드)[^。.\n]{0,30}(?:-1\s?(?:から|to|〜|~|에서)\s?1)", re.IGNORECASE),
        "A sigmoid's values lie between 0 and 1; those of tanh between -1 and 1.",
    ),
    (
        re.compile(
            rf"\b(?:{_LOWER})\b[^。.\n]{{0,30}}"
            r"(?:高いほど(?:良|よ|優)|higher is better|the higher,? the better|높을수록\s?(?:좋|우수))",
            re.IGNORECASE,
        ),
        "Of this measure, lower is better.",
    ),
    (
        re.compile(
            rf"\b(?:{_HIGHER})\b[^。.\n]{{0,30}}"
            r"(?:低いほど(?:良|よ|優)|lower is better|the lower,? the better|낮을수록\s?(?:좋|우수))",
            re.IGNORECASE,
        ),
        "Of this measure, higher is better.",
    ),
    (
        re.compile(r"(?:適合率|precision)[^。.\n]{0,30}(?:正解のうち(?:見つけ|検出)|of all relevant)", re.IGNORECASE),
        "Precision is the share of what was found that is right; recall the share of what is right that was found.",
    ),
)
_RESOLUTION = re.compile(
    r"(?:解像度|resolution|해상도)[^。.\n\d]{0,12}(?P<width>\d{2,4})\s?[x×]\s?(?P<height>\d{2,4})(?![x×\d])",
    re.IGNORECASE,
)


def definitions(document: Document, asked: Asked) -> Iterator[Remark]:
    """Remarks on wrong statements about what everybody can look up, and on a resolution that hardly can be one."""
    del asked
    for sentence in document.sentences:
        for pattern, right in _WRONG:
            if found := pattern.search(sentence.text):
                yield Remark(
                    check="definitions",
                    severity="major",
                    wrong=right,
                    fix="Turn the statement round, or take it out.",
                    where=place(document.text, sentence, sentence.start + found.start(), sentence.start + found.end()),
                )
        for found in _RESOLUTION.finditer(sentence.text):
            width, height = int(found["width"]), int(found["height"])
            if max(width, height) < 128 and width % 2 and height % 2:
                yield Remark(
                    check="definitions",
                    severity="minor",
                    wrong=f"{width}x{height} is hardly a resolution: both sides are odd and small.",
                    fix="Look it up in the source: it may be a number of frames or patches.",
                    where=place(document.text, sentence, sentence.start + found.start(), sentence.start + found.end()),
                )

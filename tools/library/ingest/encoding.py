"""Which encoding a text file is in, and its bytes as UTF-8."""

import codecs
import io
import re
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OLDER = ["cp932", "euc_jp", "cp949", "gb18030", "big5", "cp1252", "cp1251"]
_ISO_2022_JP = re.compile(rb"\x1b\$[@B]")
_DECLARED = re.compile(
    rb"""<(?:meta\b[^>]{0,200}?charset|\?xml\b[^>]{0,80}?encoding)\s*=\s*["']?\s*([\w-]{2,30})""", re.I
)
_LABELS = {"shift_jis": "cp932", "x-sjis": "cp932", "sjis": "cp932", "euc-kr": "cp949", "ks_c_5601-1987": "cp949",
           "gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "us-ascii": "cp1252"}  # fmt: skip
"""Labels that web pages use for a larger encoding than they name. Source: WHATWG Encoding Standard, 4.2."""

_CHUNK = 1 << 16
_SOUND = 8
"""So many sound characters beside a broken one are no accident: older encodings rarely look like UTF-8."""


def encoding_of(head: bytes, *, markup: bool = False) -> str | None:
    """The encoding of a text that starts with these bytes, as Python names it; None for what is no text.

    Byte-order marks decide, then whether it is UTF-8, then what a page of `markup` declares, then
    the shape of UTF-16, then the likeliest of the older encodings.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name if _reads_as_text(head, name) else None
    if _is_utf8(head):
        return "iso2022_jp" if _ISO_2022_JP.search(head) else "utf-8" if _is_text(head) else _utf16(head)
    if markup and (declared := _declared(head)) and _decodes(head, declared):
        return declared
    if b"\0" in head:
        return _utf16(head)
    return _older(head) if _is_text(head) else None


def as_utf8(file: BinaryIO, encoding: str) -> BinaryIO:
    """The bytes of a text file as UTF-8 without a byte-order mark.

    What cannot be decoded becomes U+FFFD, except in UTF-8, which is left as it is.
    """
    if encoding == "utf-8-sig":
        file.read(len(codecs.BOM_UTF8))
    return file if encoding.startswith("utf-8") else io.BufferedReader(_Recoded(file, encoding), _CHUNK)


def _decodes(head: bytes, encoding: str) -> bool:
    """Whether the bytes are in the encoding. The last character may be cut off."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(head, final=False)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _is_utf8(head: bytes) -> bool:
    """Whether the bytes are UTF-8, with a few broken characters at most."""
    if _decodes(head, "utf-8"):
        return True
    text = head.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return _SOUND * broken < sum(character > "\x7f" for character in text) - broken


def _reads_as_text(head: bytes, encoding: str) -> bool:
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head, final=False)
    return _is_text(text.encode("utf-8", "replace")) and text.count("\ufffd") * 20 <= len(text)


def _is_text(head: bytes) -> bool:
    """Whether there are hardly any control characters."""
    controls = len(head) - len(head.translate(None, bytes({*range(32), 127} - {7, 8, 9, 10, 11, 12, 13, 27})))
    return controls * 200 <= len(head)


def _declared(head: bytes) -> str:
    found = _DECLARED.search(head[:4_096])
    label = found[1].decode("ascii").lower() if found else ""
    name = _LABELS.get(label, label)
    try:
        b"".decode(name or "utf-8")  # refuses codecs that are not for text
    except LookupError:
        return ""
    # a label that could be read at all is in an encoding that contains ASCII
    return "" if name.startswith(("utf-16", "utf-32", "utf-7")) else name


def _utf16(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of Latin text is NUL."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = max(len(head) // 2, 1)
    if abs(odd - even) < 0.4 * half or min(odd, even) > 0.02 * half:
        return None
    name = "utf-16-le" if odd > even else "utf-16-be"
    return name if _reads_as_text(head, name) else None


def _older(head: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(head, cp_isolation=_OLDER).best()
    # any bytes are Latin-1, in which old bibliographies are
    return best.encoding if best is not None else "latin-1"


class _Recoded(io.RawIOBase):
    """A text file's bytes as UTF-8; closes the file it reads from."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        ended = False
        while not self._ready and not ended:
            data = self._file.read(_CHUNK)
            ended = not data
            self._ready = self._decoder.decode(data, final=ended).encode("utf-8", "replace")
        size = min(len(view), len(self._ready))
        view[:size], self._ready = self._ready[:size], self._ready[size:]
        return size

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()

"""Reading data out of a document's text."""

from __future__ import annotations

import re
import unicodedata

_GAP = r"[\s\-\u2010-\u2015.]{0,3}"
_RFC = re.compile(
    rf"(?<![A-ZÑ&0-9])([A-ZÑ&]{{3,4}}){_GAP}(\d{{2}})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01]){_GAP}"
    r"([A-Z0-9]{2}[0-9A])(?![A-ZÑ&0-9])"
)


def find_rfcs(text: str) -> tuple[str, ...]:
    """Every RFC-shaped string of a text, normalised (`ABC010203XY1`), in order, each once.

    Shape only: three or four letters, a possible date, three characters of homoclave, with up to
    three blanks, line breaks or hyphens between the parts. A CURP is not taken for one. Whether
    the check digit holds is for the caller: the text of a scan may be wrong, so a mismatch is a
    warning and never a refusal.
    """
    clean = unicodedata.normalize("NFKC", text).upper()
    return tuple(dict.fromkeys("".join(found.groups()) for found in _RFC.finditer(clean)))

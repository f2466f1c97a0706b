"""The small markup that people of an office may write: paragraphs, lists, bold, addresses. Nothing else passes."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_LINK = re.compile(r"https?://[^\s<>\"'*]+[^\s<>\"'*.,;:!?)\]]")
_ITEM = re.compile(r"^\s*[-•*]\s+(?=\S)")


def marcado(texto: str) -> Markup:
    """HTML of a text as it was typed: empty lines part paragraphs, lines that begin with "- " are a list,
    **words** are bold, and an address that begins with http:// or https:// is a link."""
    blocks = re.split(r"\n\s*\n", texto.replace("\r\n", "\n").strip())
    return Markup("\n").join(_bloque(block.split("\n")) for block in blocks if block.strip())


def _bloque(lines: list[str]) -> Markup:
    out: list[Markup] = []
    while lines:
        is_list = bool(_ITEM.match(lines[0]))
        size = next((n for n, line in enumerate(lines) if bool(_ITEM.match(line)) != is_list), len(lines))
        run, lines = lines[:size], lines[size:]
        if is_list:
            items = (Markup("<li>{}</li>").format(_linea(_ITEM.sub("", line))) for line in run)
            out.append(
                Markup('<ul class="govuk-list govuk-list--bullet">{}</ul>').format(Markup("").join(items))
            )
        else:
            words = Markup("<br>").join(_linea(line.strip()) for line in run)
            out.append(Markup('<p class="govuk-body">{}</p>').format(words))
    return Markup("\n").join(out)


def _linea(text: str) -> Markup:
    safe, end = Markup(), 0
    for found in _LINK.finditer(text):
        link = Markup('<a class="govuk-link" href="{0}" rel="noopener nofollow">{0}</a>').format(found[0])
        safe += _negritas(text[end : found.start()]) + link
        end = found.end()
    return safe + _negritas(text[end:])


def _negritas(text: str) -> Markup:
    return Markup(_BOLD.sub(r"<strong>\1</strong>", str(escape(text))))

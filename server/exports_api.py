"""`/v1/surveys/{id}/...`: a finished draft in every format."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import PlainTextResponse, Response

from server.exports import Format, exported, figures_of, ledger_json, ledger_page, references_bib, references_json
from server.surveys_api import KnownJob
from tools.errors import NotFound
from tools.export.html_page import POLICY

router = APIRouter(prefix="/v1/surveys/{survey_id}")

TYPES: dict[Format, str] = {
    "md": "text/markdown",
    "html": "text/html",
    "tex": "application/x-tex",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
_SAFE = {"content-security-policy": POLICY, "x-content-type-options": "nosniff"}

Ledger = Annotated[bool, Query(description="Add the claims with their passages as an appendix.")]


async def _draft(request: Request, job: KnownJob, wanted: Format, *, ledger: bool) -> Response:
    """The draft; those made by other programs wait for one another."""
    draft = job.finished_draft()
    if wanted in ("docx", "pdf"):
        async with request.app.state.exporting:
            made = await asyncio.to_thread(exported, draft, wanted, ledger=ledger)
    else:
        made = await asyncio.to_thread(exported, draft, wanted, ledger=ledger, beside="ledger.html")
    name = {"content-disposition": f'attachment; filename="{job.id}.{wanted}"'} if wanted in ("docx", "pdf") else {}
    return Response(made, media_type=TYPES[wanted], headers=_SAFE | name)


@router.get("/draft.md", response_class=PlainTextResponse)
async def get_markdown(request: Request, job: KnownJob, *, ledger: Ledger = False) -> Response:
    """The draft in Markdown, with links to its figures where they are asked for by the ledger's appendix."""
    return await _draft(request, job, "md", ledger=ledger)


@router.get("/draft.html", response_class=Response)
async def get_html(request: Request, job: KnownJob, *, ledger: Ledger = False) -> Response:
    """The draft as one page that needs nothing else; citations lead to the passages."""
    return await _draft(request, job, "html", ledger=ledger)


@router.get("/draft.tex", response_class=Response)
async def get_latex(request: Request, job: KnownJob, *, ledger: Ledger = False) -> Response:
    """The draft in LaTeX, to be compiled beside references.bib."""
    return await _draft(request, job, "tex", ledger=ledger)


@router.get("/draft.docx", response_class=Response)
async def get_docx(request: Request, job: KnownJob, *, ledger: Ledger = False) -> Response:
    """The draft as a Word document; takes pandoc on the server."""
    return await _draft(request, job, "docx", ledger=ledger)


@router.get("/draft.pdf", response_class=Response)
async def get_pdf(request: Request, job: KnownJob, *, ledger: Ledger = False) -> Response:
    """The draft as PDF; takes a LaTeX engine or Chromium on the server."""
    return await _draft(request, job, "pdf", ledger=ledger)


@router.get("/references.bib", response_class=PlainTextResponse)
async def get_bibtex(job: KnownJob) -> Response:
    """The references in BibTeX."""
    text = await asyncio.to_thread(references_bib, job.finished_draft())
    return Response(text, media_type="application/x-bibtex", headers=_SAFE)


@router.get("/ref.json", response_class=Response)
async def get_ref_json(job: KnownJob) -> Response:
    """The references as SurveyBench reads them."""
    text = await asyncio.to_thread(references_json, job.finished_draft())
    return Response(text, media_type="application/json", headers=_SAFE)


@router.get("/ledger.json", response_class=Response)
async def get_ledger(job: KnownJob) -> Response:
    """Every claim with its passages and the verdict on it."""
    text = await asyncio.to_thread(ledger_json, job.finished_draft())
    return Response(text, media_type="application/json", headers=_SAFE)


@router.get("/ledger.html", response_class=Response)
async def get_ledger_page(job: KnownJob) -> Response:
    """The ledger to be read, filtered by verdict."""
    text = await asyncio.to_thread(ledger_page, job.finished_draft())
    return Response(text, media_type="text/html", headers=_SAFE)


@router.get("/{name}.svg", response_class=Response)
async def get_figure(job: KnownJob, name: str) -> Response:
    """A figure of the draft: taxonomy or timeline."""
    figures = await asyncio.to_thread(figures_of, job.finished_draft())
    if name not in figures:
        known = ", ".join(figures) or "none"
        raise NotFound(f"There is no figure '{name[:50]}'; there are: {known}.", code="figure_not_found", param="name")
    return Response(figures[name], media_type="image/svg+xml", headers=_SAFE)

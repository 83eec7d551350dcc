"""Looking over the vectors of a deployment: with what they are made, and where they are."""

from collections.abc import Sequence
from contextlib import closing

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from server.database import records_of
from server.embedding import DEFAULT, indexed_with
from server.finding import Finding
from server.settings import Settings
from tools.database.engine import build_engine, file_url
from tools.errors import OperatorError
from tools.library.libraries import owners_folder
from tools.library.store import EMBEDDER_NOTE
from tools.library.tables import MetaRow
from tools.library.vector_server import VectorServer, collection_name


def look_at_vectors(settings: Settings) -> Sequence[Finding]:
    """Whether all processes embed alike, and find the vectors where they are set to look."""
    library, agreed = _library(settings)
    found = [_embedder(settings.embedder, agreed)]
    if settings.chroma_url is None:
        if settings.database_url is not None:
            own = "each process embeds for itself: no Chroma server is set"
            fix = "Run one (chroma run --path FOLDER --host HOST) and set COLLOQUY_CHROMA_URL."
            found.append(Finding(check="chroma", state="warning", found=own, fix=fix))
        return found
    try:
        with closing(VectorServer(settings.chroma_url)) as server:
            server.check()
            known = server.collections()
            place = server.place
    except OperatorError as error:
        fix = "Until then new papers are found by their words only."
        return [*found, Finding(check="chroma", state="failed", found=error.message, fix=fix)]
    if agreed and library and collection_name(library, agreed) not in known:
        lost = f"{place} does not have this library's vectors"
        fix = "They are put there again by the next process that starts or writes."
        return [*found, Finding(check="chroma", state="warning", found=lost, fix=fix)]
    return [*found, Finding(check="chroma", state="ok", found=f"{place} answers, with {len(known)} collections")]


def _embedder(wanted: str | None, agreed: str) -> Finding:
    if agreed and wanted and wanted != agreed and not agreed.startswith(f"{wanted}-"):
        found = f"the library is embedded with {agreed}, and COLLOQUY_EMBEDDER says {wanted}"
        fix = "Set COLLOQUY_EMBEDDER alike everywhere, or run: colloquy library reindex --embedder NAME"
        return Finding(check="embedder", state="failed", found=found, fix=fix)
    return Finding(check="embedder", state="ok", found=agreed or f"{wanted or DEFAULT}, for a new library")


def _library(settings: Settings) -> tuple[str, str]:
    """The identity of the common library, and what it is embedded with; "" for what is not known."""
    folder = owners_folder(settings.data_dir, "")
    try:
        shared = records_of(settings, folder.name)
        engine = build_engine(shared if shared is not None else file_url(folder / "records.sqlite"))
    except OperatorError:
        return "", ""
    if shared is None and not (folder / "records.sqlite").exists():
        return "", ""
    wanted = select(MetaRow.key, MetaRow.value).where(MetaRow.key.in_(["library", f"note:{EMBEDDER_NOTE}"]))
    try:
        with engine.connect() as connection:
            said = {row.key: row.value for row in connection.execute(wanted)}
    except SQLAlchemyError:
        return "", ""
    finally:
        engine.dispose()
    return said.get("library", ""), said.get(f"note:{EMBEDDER_NOTE}", "") or indexed_with(folder)

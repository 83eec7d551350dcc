"""The folder that an installation keeps its files in."""

from pathlib import Path

from tools.errors import OperatorError


def prepared(folder: Path) -> Path:
    """The data folder, made if need be. Raises OperatorError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OperatorError(
            f"The data folder {folder} cannot be made ({error.strerror}). Set COLLOQUY_DATA_DIR to one that can."
        ) from error
    return folder

"""Why a PDF cannot be read."""


class Fault(Exception):
    """A code for programs and a phrase for people, which follows the file's name."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why

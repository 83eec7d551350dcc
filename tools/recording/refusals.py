"""Forms of request that a server refused, for replays whose calls come in another order than the recorded ones."""

from tools.errors import UnreadableFile
from tools.recording.call import RecordedCall
from tools.recording.folder import RecordingFolder
from tools.recording.matching import RecordedRequest

_REFUSED = (400, 422)

Form = tuple[object, ...]


class Refusals:
    """Answers a request that was never recorded where the server refuses every request of its form.

    Clients learn from a refusal which parameters a server does not take. Where several calls are under way,
    it depends on their order which of them are still made in the refused form.
    """

    def __init__(self, folder: RecordingFolder) -> None:
        self._folder = folder
        self._refused: dict[Form, RecordedCall] | None = None

    def of(self, request: RecordedRequest) -> RecordedCall | None:
        """A recorded refusal of this form of request, of which none was ever accepted."""
        if self._refused is None:
            self._refused = self._read()
        return self._refused.get(_form(request))

    def _read(self) -> dict[Form, RecordedCall]:
        refused: dict[Form, RecordedCall] = {}
        accepted: set[Form] = set()
        for name in self._folder.names():
            try:
                call = self._folder.read(name)
            except UnreadableFile:
                continue
            if call.response is None:
                continue
            if call.response.status in _REFUSED:
                refused.setdefault(_form(call.request), call)
            else:
                accepted.add(_form(call.request))
        return {form: call for form, call in refused.items() if form not in accepted}


def _form(request: RecordedRequest) -> Form:
    """Who is asked, with which parameters; what is asked does not matter."""
    body = request.body if isinstance(request.body, dict) else {}
    asked_for = body.get("response_format")
    kind = asked_for.get("type") if isinstance(asked_for, dict) else None
    return request.method, request.host, request.path, str(body.get("model")), tuple(sorted(body)), str(kind)

"""Telling others that a survey has ended: signed messages to hosts that the operator allows, sent until they arrive."""

import asyncio
import hashlib
import hmac
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx2
from sqlalchemy import select, update

from server.job_database import JobDatabase
from server.job_tables import WebhookRow
from server.logs import fields
from tools.errors import InvalidRequest, OperatorError

log = logging.getLogger("colloquy.surveys")

SIGNATURE, TIMESTAMP, DELIVERY = "X-Colloquy-Signature", "X-Colloquy-Timestamp", "X-Colloquy-Delivery"

PAUSES_S: Final = (5.0, 30.0, 120.0, 600.0, 3_600.0, 10_800.0, 43_200.0)
"""How long is waited after each attempt that failed; after the last one, the message is given up."""

_LOOK_EVERY_S = 2.0
_TIMEOUT_S = 10.0
_AT_ONCE = 8


@dataclass(frozen=True)
class _Message:
    job: str
    number: int
    url: str
    body: str
    attempts: int


@dataclass(frozen=True)
class WebhookRules:
    """Where messages may go, and what they are signed with. Hosts may have a port."""

    hosts: Sequence[str] = ()
    secret: str = ""

    def check(self, url: str) -> str:
        """The address, if messages may go there. Raises InvalidRequest."""
        why = self.refusal(url)
        if why:
            raise InvalidRequest(f"webhook: {why}", param="webhook")
        return url

    def refusal(self, url: str) -> str:
        """Why no message may go to the address; empty where one may."""
        if not self.hosts or not self.secret:
            return (
                "this service sends none; its operator has to set COLLOQUY_WEBHOOK_HOSTS and COLLOQUY_WEBHOOK_SECRET."
            )
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return "that is no address."
        if parts.scheme not in ("https", "http") or not host or parts.username is not None:
            return "the address has to begin with https:// or http:// and may hold no user name."
        if host not in self.hosts and f"{host}:{port}" not in self.hosts:
            return f"messages may not go to '{host}', only to {', '.join(self.hosts)}."
        return ""

    def signed(self, body: bytes, at: int) -> dict[str, str]:
        """The headers that prove where a message is from, and when it was sent."""
        signature = hmac.new(self.secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        return {TIMESTAMP: str(at), SIGNATURE: f"v1={signature}"}


class Webhooks:
    """Sends what is due. Of several processes that try, one sends; one that dies while it sends is no loss."""

    def __init__(
        self, database: JobDatabase, rules: WebhookRules, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self._database = database
        self._rules = rules
        self._transport = transport

    async def deliver(self) -> None:
        """Sends messages as they become due, for ever."""
        async with httpx2.AsyncClient(
            follow_redirects=False, timeout=_TIMEOUT_S, transport=self._transport, trust_env=False
        ) as client:
            while True:
                try:
                    taken = await asyncio.to_thread(self._take)
                    await asyncio.gather(*(self._send(client, message) for message in taken))
                except OperatorError as error:
                    log.warning("webhooks wait for their database", exc_info=error)
                await asyncio.sleep(_LOOK_EVERY_S)

    async def _send(self, client: httpx2.AsyncClient, message: _Message) -> None:
        body, at = message.body.encode(), int(time.time())
        headers = {"content-type": "application/json", DELIVERY: f"{message.job}:{message.number}"}
        why = self._rules.refusal(message.url)
        try:
            if not why:
                signed = headers | self._rules.signed(body, at)
                response = await client.post(message.url, content=body, headers=signed)
                why = "" if response.is_success else f"the answer was {response.status_code}"
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            why = f"{type(error).__name__}: {error}"
        await asyncio.to_thread(self._note, message, why)

    def _take(self) -> list[_Message]:
        """What is due, which nobody else takes until its next time has come."""
        now = time.time()
        due = select(WebhookRow).where(WebhookRow.state == "waiting", WebhookRow.due <= now).limit(_AT_ONCE)
        with self._database.reading() as connection:
            found = connection.execute(due).all()
        taken = []
        for row in found:
            pause_s = PAUSES_S[min(row.attempts, len(PAUSES_S) - 1)]
            mine = (
                update(WebhookRow)
                .where(WebhookRow.job == row.job, WebhookRow.number == row.number, WebhookRow.attempts == row.attempts)
                .values(attempts=row.attempts + 1, due=now + _TIMEOUT_S + pause_s)
            )
            with self._database.writing() as connection:
                if connection.execute(mine).rowcount:
                    taken.append(_Message(row.job, row.number, row.url, row.body, row.attempts + 1))
        return taken

    def _note(self, message: _Message, why: str) -> None:
        state = "delivered" if not why else "given up" if message.attempts > len(PAUSES_S) else "waiting"
        if state != "waiting":
            level = logging.INFO if not why else logging.WARNING
            log.log(level, "webhook", extra=fields(job_id=message.job, state=state, reason=why or None))
        noted = update(WebhookRow).where(WebhookRow.job == message.job, WebhookRow.number == message.number)
        with self._database.writing() as connection:
            connection.execute(noted.values(state=state, why=why[:500]))

"""The websockets of one connection: opened, counted, replaced before they end, and their trouble said in words."""

import logging
import random
import threading
from datetime import datetime, timedelta

from django.conf import settings
from django.db import close_old_connections

from common import clock
from common.errors import PartnerTrouble
from connections.models import Connection
from connections.operations import in_trouble
from integrations.kit.receiving import Receiver
from integrations.slack.client import SlackClient
from integrations.slack.manifest import MANIFEST
from integrations.slack.sockets import envelopes
from integrations.slack.sockets.websocket import Request, Response, Websocket

log = logging.getLogger(__name__)

#: so many websockets Slack allows an app, over all its processes
MOST = 10
#: the ends after which no other is opened at once
_LINK_DISABLED, _TOO_MANY = "link_disabled", "too_many_websockets"
_TICK = 1.0
_GREETED_WITHIN = timedelta(seconds=10)
#: after lives as short as this the next try waits longer and longer
_SHORT_LIFE = timedelta(seconds=60)
#: how long one that Slack wants to end may finish what it has in hand
_LEAVES_WITHIN = timedelta(seconds=30)
#: a sign of life is written so often
_SAID_EVERY = timedelta(seconds=30)
_DISABLED_PAUSE = timedelta(minutes=5)
_HANDS_PAUSE = timedelta(minutes=1)
_CROWDED_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = 60.0
_STOP_WITHIN = 6.0

_DOORS = {door.path: door for door in MANIFEST.doors}
_DISABLED = (
    "Nothing comes in from Slack: Socket Mode is switched off in the app. Switch it on there under Socket Mode, or "
    "take the App-Level Token away here and let Slack send to this address."
)
_CROWDED = (
    "Nothing comes in from Slack: its app has as many websockets as it may ({most}). Another installation uses "
    "the same App-Level Token; give each an app of its own."
)
_UNGREETED = "Nothing comes in from Slack: its websocket can't be opened from here."
_UNSAFE = "Nothing comes in from Slack: it gave an address for the websocket that is not encrypted."


class Group(threading.Thread):
    """Keeps `wanted` websockets open until `stop`."""

    def __init__(self, connection: Connection, app_token: str, wanted: int, receiver: Receiver) -> None:
        super().__init__(name=f"sockets {connection.pk}", daemon=True)
        self._connection, self._token = connection, app_token
        self._wanted = max(1, min(wanted, MOST))
        self._receiver = receiver
        self._client = SlackClient(app_token, settings.SLACK_API_URL, name=f"connection:{connection.pk}")
        self._sockets: list[Websocket] = []
        self._wake, self._ended = threading.Event(), threading.Event()
        self._not_before: datetime | None = None
        self._failures = 0
        self._trouble = ""
        self._said_at: datetime | None = None
        self._closing: list[threading.Thread] = []

    def stop(self) -> None:
        """End it; `join` waits for that."""
        self._ended.set()
        self._wake.set()

    def is_hearing(self) -> bool:
        """Tell whether Slack has greeted one of the websockets that are to stay."""
        return any(one.is_greeted and one.is_connected() for one in self._staying())

    def run(self) -> None:
        while not self._ended.is_set():
            close_old_connections()
            try:
                self._tend()
            except Exception:
                log.exception("the websockets of “%s” can't be looked after", self._connection.name)
                self._pause(self._growing())
            close_old_connections()
            self._wake.wait(_TICK)
            self._wake.clear()
        for one in list(self._sockets):
            self._close(one)
        for thread in self._closing:
            thread.join(timeout=_STOP_WITHIN)

    # --- one look ---------------------------------------------------------------------------------
    def _tend(self) -> None:
        self._obey()
        self._clear_away()
        while len(self._staying()) < self._wanted and self._may_open() and not self._ended.is_set():
            self._open()
        self._let_go()
        self._report()

    def _staying(self) -> list[Websocket]:
        return [one for one in self._sockets if not one.told_to_go]

    def _told(self) -> set[str]:
        return {one.told_to_go for one in self._sockets}

    def _obey(self) -> None:
        """What Slack's `disconnect` frames ask for. A planned end (warning, refresh_requested) needs no answer
        here: such a websocket does not count any more, so another is opened beside it."""
        if _LINK_DISABLED in self._told():
            self._trouble = _DISABLED
            self._close_all()
            self._pause(_DISABLED_PAUSE)
        elif _TOO_MANY in self._told():
            self._trouble = _CROWDED.format(most=MOST)
            for one in [one for one in self._sockets if one.told_to_go == _TOO_MANY]:
                self._close(one)
            self._pause(_CROWDED_PAUSE)

    def _clear_away(self) -> None:
        """Those that have ended, and those that Slack never greeted."""
        for one in list(self._sockets):
            is_mute = not one.is_greeted and clock.now() - one.born_at > _GREETED_WITHIN
            if is_mute:
                self._trouble = _UNGREETED
                self._pause(self._growing())
            is_over = not one.is_connected()
            if is_over and not one.told_to_go and clock.now() - one.born_at < _SHORT_LIFE:
                self._pause(self._growing())
            if is_mute or is_over:
                self._close(one)

    def _let_go(self) -> None:
        """A websocket that is to end does so once others hear and it has answered what it has in hand."""
        enough = sum(one.is_greeted for one in self._staying()) >= self._wanted
        for one in [one for one in self._sockets if one.told_to_go]:
            is_late = clock.now() - one.told_at > _LEAVES_WITHIN
            is_crowded = len(self._sockets) >= MOST
            if is_late or ((enough or is_crowded) and not one.in_hand):
                self._close(one)

    # --- opening and closing ----------------------------------------------------------------------
    def _may_open(self) -> bool:
        # The frame may come at any moment: none is opened before `_obey` has seen it.
        if len(self._sockets) >= MOST or self._told() & {_LINK_DISABLED, _TOO_MANY}:
            return False
        return self._not_before is None or clock.now() >= self._not_before

    def _open(self) -> None:
        try:
            url = str(self._client.call("apps.connections.open", app_token=self._token).get("url", ""))
        except PartnerTrouble as trouble:
            self._trouble = f"Nothing comes in from Slack: {_words(trouble)}"
            if trouble.permanent or trouble.needs_hands:
                self._pause(_HANDS_PAUSE)
            elif trouble.retry_after is not None:
                self._pause(timedelta(seconds=trouble.retry_after))
            else:
                self._pause(self._growing())
            return
        if not _is_safe(url):
            self._trouble = _UNSAFE
            self._pause(_HANDS_PAUSE)
            return
        one = Websocket(self._token, url, take=self._take, on_change=self._wake.set)
        self._sockets.append(one)
        one.connect()
        if not one.is_connected():
            self._trouble = _UNGREETED
            self._pause(self._growing())

    def _close(self, one: Websocket) -> None:
        """Off the list at once; slack_sdk needs up to three seconds to end its threads."""
        self._sockets.remove(one)
        thread = threading.Thread(target=_end, args=(one,), name="closing a websocket", daemon=True)
        thread.start()
        self._closing = [*(each for each in self._closing if each.is_alive()), thread]

    def _close_all(self) -> None:
        for one in list(self._sockets):
            self._close(one)

    def _pause(self, pause: timedelta) -> None:
        self._not_before = clock.now() + pause

    def _growing(self) -> timedelta:
        self._failures += 1
        return timedelta(seconds=min(_LONGEST_PAUSE, 2.0 ** min(self._failures, 6)) * random.uniform(0.5, 1.0))  # noqa: S311

    # --- what is said of it -----------------------------------------------------------------------
    def _report(self) -> None:
        """A sign of life, or why nothing comes in."""
        rows = Connection.objects.filter(pk=self._connection.pk)
        if self.is_hearing():
            if self._trouble:
                rows.filter(trouble=self._trouble).update(trouble="", trouble_since=None)
                self._trouble, self._said_at = "", None
            if any(clock.now() - one.born_at >= _SHORT_LIFE for one in self._staying()):
                self._failures = 0
            if self._said_at is None or clock.now() - self._said_at > _SAID_EVERY:
                self._said_at = clock.now()
                rows.update(last_ping_at=self._said_at)
        elif self._trouble:
            in_trouble(self._connection, self._trouble)

    # --- what comes in ----------------------------------------------------------------------------
    def _take(self, request: Request) -> Response | None:
        """Store it and say what is to be acknowledged; None: it is not stored, Slack shall send it again."""
        door = _DOORS.get(envelopes.DOORS.get(request.type, ""))
        if door is None:
            log.info("Slack sent an envelope of a kind that is not known here: %.40s", request.type)
            return Response(request.envelope_id)
        raw = envelopes.body_of(request.type, request.payload)
        headers = envelopes.headers_of(request.retry_attempt, request.retry_reason)
        if not self._receiver.take(connection_id=self._connection.pk, door=door, headers=headers, raw=raw):
            return None
        may_carry = request.accepts_response_payload and door.answer is not None
        reply = envelopes.reply_of(door.answer(raw)) if may_carry and door.answer else None
        return Response(request.envelope_id, reply)


def _is_safe(url: str) -> bool:
    """Websockets are encrypted, unless Slack itself is spoken to without (a fake on this machine)."""
    return url.startswith("wss://") or (url.startswith("ws://") and settings.SLACK_API_URL.startswith("http://"))


def _words(trouble: PartnerTrouble) -> str:
    if trouble.code in ("invalid_auth", "not_allowed_token_type", "not_authed", "token_revoked", "account_inactive"):
        return "the App-Level Token is not valid; enter the one from Basic Information in your app."
    if trouble.code == "missing_scope":
        return "the App-Level Token lacks connections:write; make a new one with it under Basic Information."
    return trouble.message


def _end(one: Websocket) -> None:
    """Close it; the other side may have cut it at the same moment, and then slack_sdk's own closing fails."""
    try:
        one.close()
    except Exception:
        log.info("a websocket was gone before it was closed", exc_info=True)

"""A chat that ships with the product: everything a chat does, kept in the database."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from django.utils.text import slugify

from accounts.models import User
from chatops.dialogs import Dialog
from chatops.port import DIALOG_GONE, Card, FileToShare, Invited, Made, Post
from common import clock
from common.errors import PartnerTrouble
from connections.models import Connection
from integrations.fakechat.faults import faults_of
from integrations.fakechat.models import FakeChannel, FakeDialog, FakeHome, FakeMessage

F = TypeVar("F", bound=Callable[..., Any])

_PERSON = "person-"


def _may_fail(method: F) -> F:
    """Let planned trouble happen before the call, or after its effect."""

    @functools.wraps(method)
    def call(self: "FakeChat", *args: Any, **kwargs: Any) -> Any:
        faults = faults_of(self.connection.pk)
        faults.take(method.__name__, applies=False)
        result = method(self, *args, **kwargs)
        faults.take(method.__name__, applies=True)
        return result

    return cast(F, call)


class FakeChat:
    """One fake workspace. People are the product's own users, as `person-<id>`."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def pace(self) -> timedelta:
        return timedelta()

    @_may_fail
    def create_room(self, name: str, *, is_private: bool, marker: str, look_first: bool) -> Made:
        if look_first:
            found = FakeChannel.objects.filter(connection=self.connection, marker=marker).first()
            if found is not None:
                return Made(found.outside_id, found.name)
        base = slugify(name)[:80] or "room"
        taken = set(FakeChannel.objects.filter(connection=self.connection).values_list("name", flat=True))
        free = next(n for n in self._names(base) if n not in taken)
        channel = FakeChannel.objects.create(
            connection=self.connection, name=free, is_private=is_private, marker=marker
        )
        return Made(channel.outside_id, channel.name)

    def _names(self, base: str) -> Any:
        yield base
        number = 2
        while True:
            yield f"{base[: 79 - len(str(number))]}-{number}"
            number += 1

    def realm(self) -> str:
        return self.connection.kind

    @_may_fail
    def set_topic(self, room: str, text: str) -> None:
        channel = self._open(room)
        channel.topic = text[:250]
        channel.save(update_fields=["topic"])

    @_may_fail
    def invite(self, room: str, people: Sequence[str]) -> Invited:
        channel = self._open(room)
        keys = {person.removeprefix(_PERSON) for person in people if person.startswith(_PERSON)}
        known = {
            f"{_PERSON}{pk}"
            for pk in User.objects.filter(pk__in=[key for key in keys if key.isdecimal()], is_active=True).values_list(
                "pk", flat=True
            )
        }
        channel.members = list(dict.fromkeys([*channel.members, *[p for p in people if p in known]]))
        channel.save(update_fields=["members"])
        return Invited([(person, "unknown here") for person in people if person not in known])

    @_may_fail
    def remove(self, room: str, person: str) -> None:
        channel = self._open(room)
        channel.members = [member for member in channel.members if member != person]
        channel.save(update_fields=["members"])

    @_may_fail
    def pin(self, room: str, ref: str) -> None:
        channel = self._open(room)
        self._message(channel, ref)
        channel.pins = list(dict.fromkeys([*channel.pins, ref]))
        channel.save(update_fields=["pins"])

    @_may_fail
    def bookmark(self, room: str, title: str, url: str) -> None:
        channel = self._open(room)
        if not any(entry["url"] == url for entry in channel.bookmarks):
            channel.bookmarks = [*channel.bookmarks, {"title": title, "url": url}]
            channel.save(update_fields=["bookmarks"])

    @_may_fail
    def archive(self, room: str) -> None:
        channel = self._channel(room)
        channel.archived_at = channel.archived_at or clock.now()
        channel.save(update_fields=["archived_at"])

    @_may_fail
    def unarchive(self, room: str) -> None:
        channel = self._channel(room)
        channel.archived_at = None
        channel.save(update_fields=["archived_at"])

    @_may_fail
    def post(self, room: str, post: Post) -> str:
        channel = self._open(room)
        thread = FakeMessage.objects.filter(channel=channel, pk=_key(post.thread_ref)).first()
        message = FakeMessage.objects.create(
            connection=self.connection,
            channel=channel,
            marker=post.marker,
            author=post.author,
            thread=thread,
            **_content(post),
        )
        return f"M{message.pk}"

    @_may_fail
    def find_post(self, room: str, marker: str, since: datetime, thread_ref: str = "") -> str:
        message = FakeMessage.objects.filter(channel=self._channel(room), marker=marker).first()
        return f"M{message.pk}" if message else ""

    @_may_fail
    def edit(self, room: str, ref: str, post: Post) -> None:
        message = self._message(self._open(room), ref)
        FakeMessage.objects.filter(pk=message.pk).update(version=message.version + 1, **_content(post))

    @_may_fail
    def delete(self, room: str, ref: str) -> None:
        FakeMessage.objects.filter(channel=self._channel(room), pk=_key(ref)).delete()

    @_may_fail
    def share_file(self, room: str, thread_ref: str, file: FileToShare, *, look_first: bool) -> None:
        """It takes none: the post has the link."""

    @_may_fail
    def react(self, room: str, ref: str, emoji: str, *, on: bool) -> None:
        message = FakeMessage.objects.filter(channel=self._channel(room), pk=_key(ref)).first()
        if message is not None:
            others = [one for one in message.reactions if one != emoji]
            FakeMessage.objects.filter(pk=message.pk).update(reactions=[*others, emoji] if on else others)

    @_may_fail
    def answer(self, address: str, text: str, *, to_everyone: bool, card: Card | None = None) -> None:
        FakeMessage.objects.create(
            connection=self.connection,
            address=address,
            text=text,
            to_everyone=to_everyone,
            card=asdict(card) if card else None,
        )

    def unanswer(self, address: str) -> None:
        FakeMessage.objects.filter(connection=self.connection, address=address).delete()

    @_may_fail
    def whisper(self, room: str, person: str, post: Post) -> None:
        FakeMessage.objects.create(
            connection=self.connection, channel=self._open(room), address=person, to_everyone=False, **_content(post)
        )

    @_may_fail
    def tell(self, person: str, post: Post, *, since: datetime | None = None) -> str:
        if since is not None:
            there = FakeMessage.objects.filter(connection=self.connection, address=person, marker=post.marker).first()
            if there is not None:
                return f"M{there.pk}"
        row = FakeMessage.objects.create(
            connection=self.connection, address=person, marker=post.marker, to_everyone=False, **_content(post)
        )
        return f"M{row.pk}"

    @_may_fail
    def find_told(self, person: str, marker: str, since: datetime) -> str:
        there = FakeMessage.objects.filter(connection=self.connection, address=person, marker=marker).first()
        return f"M{there.pk}" if there is not None else ""

    @_may_fail
    def retell(self, person: str, ref: str, post: Post) -> None:
        there = FakeMessage.objects.filter(connection=self.connection, address=person, pk=_key(ref)).first()
        if there is not None:
            FakeMessage.objects.filter(pk=there.pk).update(version=there.version + 1, **_content(post))

    @_may_fail
    def show_home(self, person: str, cards: Sequence[Card]) -> None:
        FakeHome.objects.update_or_create(
            connection=self.connection, person=person, defaults={"cards": [asdict(card) for card in cards]}
        )

    @_may_fail
    def open_dialog(self, trigger: str, dialog: Dialog) -> str:
        if not trigger.startswith("trigger-"):
            raise PartnerTrouble("The fake chat can open nothing for nobody.", permanent=True, code=DIALOG_GONE)
        row = FakeDialog.objects.create(connection=self.connection, trigger=trigger, content=asdict(dialog))
        return f"D{row.pk}"

    @_may_fail
    def update_dialog(self, ref: str, dialog: Dialog) -> None:
        if not FakeDialog.objects.filter(pk=_key(ref)).update(content=asdict(dialog)):
            raise PartnerTrouble("The fake chat has no such dialog.", permanent=True, code=DIALOG_GONE)

    @_may_fail
    def people_by_email(self, emails: Sequence[str]) -> dict[str, str]:
        rows = User.objects.filter(email__in=[email.lower() for email in emails], is_active=True)
        known = {user.email: f"{_PERSON}{user.pk}" for user in rows}
        return {email: known[email.lower()] for email in emails if email.lower() in known}

    def _channel(self, room: str) -> FakeChannel:
        channel = FakeChannel.objects.filter(connection=self.connection, pk=_key(room)).first()
        if channel is None:
            raise PartnerTrouble(
                "The fake chat has no such channel.", permanent=True, place_gone=True, code="channel_not_found"
            )
        return channel

    def _open(self, room: str) -> FakeChannel:
        channel = self._channel(room)
        if channel.archived_at is not None:
            raise PartnerTrouble("The fake channel is archived.", permanent=True, place_gone=True, code="is_archived")
        return channel

    def _message(self, channel: FakeChannel, ref: str) -> FakeMessage:
        message = FakeMessage.objects.filter(channel=channel, pk=_key(ref)).first()
        if message is None:
            raise PartnerTrouble("The fake chat has no such message.", permanent=True, code="message_not_found")
        return message


def _key(outside_id: str) -> int:
    """The row behind `F12` or `M7`; 0, which no row has, for anything else."""
    digits = outside_id[1:]
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 18 else 0


def _content(post: Post) -> dict[str, Any]:
    files = "".join(f"\n[{name}]({url})" for name, url in post.files)
    return {"text": f"{post.text}{files}", "card": asdict(post.card) if post.card else None}

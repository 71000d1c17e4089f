"""The one entrance for typed commands, from the web room, connected chats and the bridge: each runs once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.actors import Actor
from accounts.linking import link_url
from chatops.context import Context
from chatops.forms.filling import open_form
from chatops.models import Heard
from chatops.port import Button
from chatops.replies import FormAsk, Reply
from chatops.rooms import incident_of_channel
from chatops.router import answer
from chatops.speakers import Outsider, actor_for
from common.errors import NotFound
from common.operations import operation
from connections.models import Connection, Lane
from connections.operations import want
from incidents.models import Incident
from incidents.queries import find_incident


def hear_command(
    *,
    connection: Connection,
    realm: str,
    author: Outsider,
    room_outside_id: str,
    line: str,
    outside_id: str,
    answer_address: str = "",
    occurred_at: datetime | None = None,
    trust_email: bool = False,
    trigger: str = "",
) -> Reply:
    """Somebody typed a command in a connected chat. Bots and guests never run one.

    `trigger`: the chat's leave to open a form in front of them, where there is one.
    """
    by = actor_for(realm, author, connection.kind, trust_email=trust_email)
    context = Context(
        by=by,
        typed=line,
        incident=incident_here(connection, room_outside_id, by),
        room_kind=connection.kind,
        outside_id=outside_id,
        shows_forms=bool(trigger),
    )

    def opened(ask: FormAsk) -> None:
        open_form(
            connection=connection,
            ask=ask,
            realm=realm,
            person=author,
            user_id=by.user.pk if by.user else None,
            trigger=trigger,
            channel=room_outside_id,
            answer_address=answer_address,
        )

    if author.is_bot or author.is_guest:
        return Reply("Commands are for members of this workspace; bots and guests can't run them.", ok=False)
    return run_command(
        context=context,
        source=f"{connection.kind}:{connection.pk}",
        connection=connection,
        answer_address=answer_address,
        open_it=opened,
    )


def run_command(
    *,
    context: Context,
    source: str,
    connection: Connection | None = None,
    answer_address: str = "",
    open_it: Callable[[FormAsk], None] | None = None,
) -> Reply:
    """Run a typed command once: the same outside id of the same source gives the same answer.

    What the command changes and the remembered answer are one transaction. With an `answer_address` the
    answer is also wanted there as a delivery. `open_it` opens a form that is the answer.
    """
    outside_id = context.outside_id
    if outside_id:
        before = Heard.objects.filter(source=source, outside_id=outside_id).first()
        if before is not None:
            return _remembered(before)
    try:
        return _run(context, source, connection, answer_address, open_it)
    except IntegrityError:
        before = Heard.objects.filter(source=source, outside_id=outside_id).first()
        if before is None:
            raise
        return _remembered(before)


@operation
def _run(
    context: Context,
    source: str,
    connection: Connection | None,
    answer_address: str,
    open_it: Callable[[FormAsk], None] | None,
) -> Reply:
    heard = None
    if context.outside_id:
        # A savepoint: the same command in parallel must not break the transaction that we joined.
        with transaction.atomic():
            heard = Heard.objects.create(
                source=source,
                outside_id=context.outside_id,
                connection=connection,
                user=context.by.user,
                actor_name=context.by.name[:120],
                text=context.typed,
            )
    with transaction.atomic():
        reply = _with_link(context, answer(context))
    if heard is not None:
        heard.answer = reply.as_json()
        heard.incident_number = reply.incident
        heard.save(update_fields=["answer", "incident_number"])
        if reply.form is not None and open_it is not None:
            open_it(reply.form)
        elif answer_address and connection is not None:
            lane, _ = Lane.objects.get_or_create(
                connection=connection,
                key=f"answer:{heard.pk}",
                defaults={"kind": "answer", "address": answer_address},
            )
            want([lane.pk], thing_kind="heard", thing_id=heard.pk, incident_number=reply.incident, priority=2)
    return reply


def _with_link(context: Context, reply: Reply) -> Reply:
    """Tell somebody without an account how to link one, when that is what stopped them."""
    realm, _, outside_id = context.by.key.rpartition(":")
    if not reply.needs_account or context.by.user is not None or context.by.is_bot or not realm:
        return reply
    url = link_url(realm, outside_id)
    return replace(
        reply,
        text=f"{reply.text}\n\nI don't know which account you are. [Open this to link it]({url}) (10 min).",
        buttons=[*reply.buttons, Button("Link my account", url=url)],
    )


def _remembered(heard: Heard) -> Reply:
    answer = heard.answer
    return Reply(
        text=str(answer.get("text", "")),
        to_everyone=answer.get("visibility") == "room",
        incident=answer.get("incident"),
        undo=str(answer.get("undo", "")),
        open_url=str(answer.get("open_url", "")),
        ok=bool(answer.get("ok", True)),
        buttons=[Button(b["label"], b.get("command", ""), b.get("url", "")) for b in answer.get("buttons", [])],
    )


def incident_here(connection: Connection, channel: str, by: Actor) -> Incident | None:
    """The incident whose room this channel is, if the actor may see it."""
    incident = incident_of_channel(connection, channel)
    if incident is None:
        return None
    try:
        return find_incident(incident.pk, by)
    except NotFound:
        return None

"""Opening a form and running what was filled in. Both join the transaction of what was heard."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from accounts.models import Identity
from chatops.dialogs import Kind
from chatops.forms.drawing import asked_of
from chatops.forms.registry import Asked, FormKind, forms
from chatops.models import OpenForm
from chatops.replies import FormAsk, Reply
from chatops.speakers import Outsider
from common import clock
from common.errors import NotFound
from common.operations import operation
from connections.models import Connection, Delivery, Lane
from connections.operations import want

#: answers to people come before lines
_PRIORITY = 2


@operation
def open_form(
    *,
    connection: Connection,
    ask: FormAsk,
    realm: str,
    person: Outsider,
    user_id: int | None,
    trigger: str,
    channel: str = "",
    answer_address: str = "",
) -> OpenForm:
    """Have a form opened in front of a person. `trigger` is the chat's leave to do so, good for seconds."""
    lane = Lane.objects.create(connection=connection, kind="form", key=f"form:{trigger}"[:160], address=trigger)
    form = OpenForm.objects.create(
        connection=connection,
        lane=lane,
        name=ask.name,
        incident_id=ask.incident,
        user_id=user_id,
        realm=realm,
        person=person.id,
        person_name=person.name[:120],
        channel=channel,
        answer_address=answer_address,
        given={name: list(value) for name, value in ask.given.items()},
    )
    _show(form)
    return form


@operation
def fill_in(
    *,
    connection: Connection,
    token: str,
    person: Outsider,
    realm: str,
    values: Mapping[str, Sequence[str]],
    ref: str,
    outside_id: str,
) -> Reply | None:
    """Run what somebody filled in; the form then shows what became of it, or itself again with the reason.

    Returns None when it is nobody's form, somebody else's, or was done already (then it shows that). `ref` is where
    it is shown from now on.
    """
    number = int(token) if token.isascii() and token.isdecimal() and len(token) < 18 else 0
    form = OpenForm.objects.select_for_update(no_key=True).filter(pk=number).first()
    if form is None and number:
        return _forgotten(connection, person, realm, values, ref, outside_id)
    if form is None or form.connection_id != connection.pk or form.person != person.id or form.realm != realm:
        return None
    if form.is_done:
        _move(form, ref)
        return None
    kind = forms().get(form.name)
    if kind is None:
        return None
    lines: Sequence[str] = []
    try:
        asked = asked_of(form)
    except NotFound as refusal:
        reply = Reply(refusal.message, ok=False)
    else:
        lines = kind.write(asked, _with_handles(kind, asked, values, realm))
        reply = _run(form, lines, person, outside_id)
        reply = replace(reply, incident=reply.incident or form.incident_id)
    form.values = {name: list(value) for name, value in values.items()}
    form.answer = {**reply.as_json(), "typed": list(lines)}
    form.sent_at = clock.now()
    form.save(update_fields=["values", "answer", "sent_at"])
    _move(form, ref)
    return reply


def _forgotten(
    connection: Connection,
    person: Outsider,
    realm: str,
    values: Mapping[str, Sequence[str]],
    ref: str,
    outside_id: str,
) -> Reply:
    """It was open for so long that nobody here knows it: say so in its place, with what was filled in."""
    form = OpenForm.objects.create(
        connection=connection,
        lane=Lane.objects.create(connection=connection, kind="form", key=f"form:{outside_id}"[:160]),
        realm=realm,
        person=person.id,
        person_name=person.name[:120],
        values={name: list(value) for name, value in values.items()},
        sent_at=clock.now(),
    )
    reply = Reply(
        "This form was opened so long ago that it is forgotten here. Nothing was done; open it anew.", ok=False
    )
    form.answer = reply.as_json()
    form.save(update_fields=["answer"])
    _move(form, ref)
    return reply


def _move(form: OpenForm, ref: str) -> None:
    """Show it there from now on, as it stands."""
    _show(form)
    if ref:
        Delivery.objects.filter(lane=form.lane, thing_kind="form", thing_id=form.pk).update(outside_ref=ref[:200])


def _run(form: OpenForm, lines: Sequence[str], person: Outsider, outside_id: str) -> Reply:
    """Run the lines one after another, as their person, up to the first that is refused."""
    from chatops.commanding import hear_command

    replies = []
    for position, line in enumerate(lines):
        reply = hear_command(
            connection=form.connection,
            realm=form.realm,
            author=person,
            room_outside_id=form.channel,
            line=line,
            outside_id=f"{outside_id}:{position}",
        )
        replies.append(reply)
        if not reply.ok:
            break
    return _together(replies)


def _show(form: OpenForm) -> None:
    want([form.lane_id], thing_kind="form", thing_id=form.pk, incident_number=form.incident_id, priority=_PRIORITY)


def _with_handles(
    kind: FormKind, asked: Asked, values: Mapping[str, Sequence[str]], realm: str
) -> dict[str, Sequence[str]]:
    """The values with people by their handles here; who has no account goes by the name they have there."""
    people = [field.name for field in kind.draw(asked) if field.kind is Kind.PERSON]
    ids = [id_ for name in people for id_ in values.get(name, [])]
    rows = Identity.objects.filter(realm=realm, outside_id__in=ids).select_related("user")
    handles = {row.outside_id: row.user.handle if row.user else row.name or row.outside_id for row in rows}
    return {
        name: [handles.get(value, value) for value in found] if name in people else found
        for name, found in values.items()
    }


def _together(replies: Sequence[Reply]) -> Reply:
    """One answer for several lines: the last speaks, those before it are said too."""
    if not replies:
        return Reply("Nothing was changed.")
    last = replies[-1]
    text = "\n".join(reply.text for reply in replies)
    number = next((reply.incident for reply in reversed(replies) if reply.incident), None)
    return Reply(text=text, to_everyone=last.to_everyone, incident=number, buttons=last.buttons, ok=last.ok)

"""What a form shows: drawn when it is sent, from what is known then and with access asked again."""

from collections.abc import Sequence
from dataclasses import replace

from accounts.actors import Actor
from accounts.models import Identity
from chatops.buttons import answer_buttons
from chatops.dialogs import Dialog, Input, Kind
from chatops.forms.registry import Asked, forms
from chatops.models import OpenForm
from chatops.replies import plain
from common.errors import NotFound
from incidents.queries import find_incident


def dialog_of(form: OpenForm) -> Dialog:
    """The form as it should stand in front of its person now."""
    kind = forms().get(form.name)
    token = str(form.pk)
    if form.is_forgotten:
        return Dialog(token, "Form", text=forgotten_text(form))
    if kind is None:
        return Dialog(token, "Form", text="This form is not installed any more.")
    if form.is_done:
        return Dialog(token, kind.title, text=_result(form), buttons=answer_buttons(form.answer))
    try:
        asked = asked_of(form)
    except NotFound as refusal:
        return Dialog(token, kind.title, text=refusal.message)
    return Dialog(
        token=token,
        title=kind.title,
        text=_above(form),
        inputs=[_input(form, asked, field) for field in kind.draw(asked)],
        submit=kind.submit,
        buttons=answer_buttons(form.answer) if form.answer else (),
    )


def forgotten_text(form: OpenForm) -> str:
    """That nothing was done, and every text that was filled in, so that it need not be thought of again."""
    said = [word for values in form.values.values() for word in values if word.strip()]
    quoted = "\n".join(f"> {plain(line)}" for word in said for line in word.splitlines())
    text = str(form.answer.get("text", ""))
    return f"{text}\n\nWhat you filled in:\n{quoted}" if quoted else text


def asked_of(form: OpenForm) -> Asked:
    """What the form is drawn from.

    :raises NotFound: the person does not see its incident any more.
    """
    surface = form.connection.kind
    if form.user is not None and form.user.is_active:
        by = Actor.person(form.user, surface)
    else:
        by = Actor.outsider(form.person_name, surface, f"{form.realm}:{form.person}")
    incident = find_incident(form.incident_id, by) if form.incident_id else None
    me = form.user.handle if form.user else "me"
    given = {name: [me if value == "me" else value for value in said] for name, said in form.given.items()}
    return Asked(by=by, incident=incident, given=given)


def _above(form: OpenForm) -> str:
    """The incident it is about, and why it could not be done the last time."""
    parts = []
    if form.incident is not None:
        parts.append(f"{form.incident.sev} #{form.incident.pk} {form.incident.display_title}")
    if form.answer and not form.answer.get("ok"):
        parts.append(f"**That did not work.** {form.answer.get('text', '')}")
    return "\n\n".join(parts)


def _result(form: OpenForm) -> str:
    """What became of it, with the lines that would have done the same."""
    typed = "\n".join(str(line) for line in form.answer.get("typed", []))
    said = str(form.answer.get("text", ""))
    return f"{said}\n\nThe same, typed:\n```\n{typed}\n```" if typed else said


def _input(form: OpenForm, asked: Asked, field: Input) -> Input:
    """What was filled in last stays; people go by the chat's own ids."""
    if field.name in form.values:
        return replace(field, initial=[str(value) for value in form.values[field.name]])
    if field.kind is Kind.PERSON and field.initial:
        return replace(field, initial=_ids(form.realm, field.initial))
    return field


def _ids(realm: str, handles: Sequence[str]) -> Sequence[str]:
    rows = Identity.objects.filter(realm=realm, user__handle__in=list(handles))
    return list(rows.values_list("outside_id", flat=True)[:1])

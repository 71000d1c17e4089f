"""Putting a form in front of its person, and afterwards what became of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from chatops.buttons import answer_buttons
from chatops.forms.drawing import dialog_of, forgotten_text
from chatops.grammar.writing import command_line
from chatops.models import OpenForm
from chatops.port import DIALOG_GONE, Button, Card, ChatPort, Post, chat_for
from common import clock
from common.errors import PartnerTrouble
from connections.lanes import Sent
from connections.models import Delivery, Lane

#: how long a chat may take to show the page that the result replaces
_SETTLES = timedelta(seconds=6)
_SOON = 0.4
#: no chat takes an answer at a reply address for longer (Slack: 30 minutes)
_ADDRESS_LIVES = timedelta(minutes=29)


class FormSender:
    """Opens a form while the chat still lets us, and shows the result in its place.

    Where that is too late (the leave has run out, the person has closed it) the words go where the answer to
    the typed line would have gone, or to the person alone, so that nothing typed is lost.
    """

    def companions(self, delivery: Delivery, *, look_first: bool) -> Sequence[Delivery]:
        return []

    def send(self, delivery: Delivery, companions: Sequence[Delivery], *, look_first: bool) -> Sent:
        form = OpenForm.objects.select_related("connection", "incident", "user").get(pk=delivery.thing_id)
        chat = chat_for(form.connection)
        try:
            return Sent(_shown(chat, form, delivery, look_first=look_first))
        except PartnerTrouble as trouble:
            if trouble.code != DIALOG_GONE:
                if trouble.permanent:
                    _say_otherwise(chat, form, delivery.created_at if look_first else None)
                raise
        if form.sent_at is not None and clock.now() - form.sent_at < _SETTLES:
            raise PartnerTrouble("The chat has not shown it yet.", retry_after=_SOON)
        _say_otherwise(chat, form, delivery.created_at if look_first else None)
        return Sent(delivery.outside_ref)

    def pace(self, lane: Lane) -> timedelta:
        return timedelta()


def _shown(chat: ChatPort, form: OpenForm, delivery: Delivery, *, look_first: bool) -> str:
    if delivery.outside_ref:
        chat.update_dialog(delivery.outside_ref, dialog_of(form))
        return delivery.outside_ref
    if look_first:
        raise PartnerTrouble("Whether the form was opened is not known.", code=DIALOG_GONE)
    ref = chat.open_dialog(delivery.lane.address, dialog_of(form))
    if form.answer_address:
        chat.unanswer(form.answer_address)
    return ref


def _say_otherwise(chat: ChatPort, form: OpenForm, since: datetime | None) -> None:
    """Where the answer to the typed line would have gone, while that lives; else by a direct message.

    :param since: a direct message may have been sent since then, so it is looked for first.
    """
    text, buttons, address = _otherwise(form)
    card = Card(title="", text=text, buttons=buttons)
    if address and (clock.now() - form.asked_at < _ADDRESS_LIVES or address.startswith("thread:")):
        chat.answer(address, text, to_everyone=False, card=card)
    elif form.answer:
        chat.tell(form.person, Post(marker=f"form:{form.pk}", text=text, card=card), since=since)


def _otherwise(form: OpenForm) -> tuple[str, Sequence[Button], str]:
    if form.is_forgotten:
        return forgotten_text(form), (), ""
    if form.answer:
        address = form.answer_address.partition("#")[0]
        return str(form.answer.get("text", "")), answer_buttons(form.answer), address
    again = command_line(f"/{form.name}", "--form", incident=form.incident_id)
    return "The form could not be opened.", [Button("Open the form", command=again)], form.answer_address

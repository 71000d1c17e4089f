"""What the pictures show. Each is made as the product makes it, up to the request to Slack; that is drawn."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction

from chatops import carrying, homes, whispering
from chatops.commanding import hear_command
from chatops.delivering import answer_card
from chatops.drawing import announcement_post, card_post, event_post
from chatops.forms.drawing import dialog_of
from chatops.forms.filling import fill_in
from chatops.forms.registry import forms
from chatops.models import OpenForm, Whisper
from chatops.port import Post
from chatops.speakers import Outsider
from common import clock
from connections.models import Connection, Lane
from incidents.models import TimelineEvent
from incidents.operations import lifecycle, people, talk
from incidents.operations.updates import publish_update
from integrations.slack.app_manifest import app_manifest
from integrations.slack.chat import SlackChat
from integrations.slack.client import SlackClient
from integrations.slack.pictures import frames
from integrations.slack.pictures.organisation import CHANNEL, IDS, NOW, REALM, Organisation, make_organisation
from integrations.slack.views import view_of, working_view

#: people by their ids, as Slack shows them
_PEOPLE = {id_: f"@{name}" for name, id_ in IDS.items()}
_BASE = "https://warroom.example.org"


@dataclass(frozen=True)
class Picture:
    """One picture: `name` is its file's, `part` the part of the page it belongs to, `says` the sentence beside it."""

    part: str
    name: str
    title: str
    says: str
    svg: str


class _Listener(SlackClient):
    """Stands where Slack's API would be called and keeps what would have been sent."""

    def __init__(self) -> None:
        self.scopes = None
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        self.sent.append((method, params))
        return {"ok": True, "ts": "1", "view": {"id": "V1"}, "channel": {"id": "D1"}}

    def respond(self, address: str, body: Mapping[str, Any]) -> None:
        self.sent.append(("respond", dict(body)))


class _Slack:
    """Our Slack chat, and what it would have sent last."""

    def __init__(self, connection: Connection) -> None:
        self._listener = _Listener()
        self.chat = SlackChat(connection, self._listener)

    @property
    def message(self) -> dict[str, Any]:
        method, params = self._listener.sent[-1]
        hidden = method == "chat.postEphemeral" or params.get("response_type") == "ephemeral"
        return {**params, "only_you": hidden, "time": f"{clock.now():%H:%M}"}

    @property
    def view(self) -> dict[str, Any]:
        return dict(self._listener.sent[-1][1]["view"])

    def posted(self, *posts: Post) -> list[dict[str, Any]]:
        """Messages in the channel."""
        found = []
        for post in posts:
            self.chat.post(CHANNEL, post)
            found.append(self.message)
        return found


def pictures() -> list[Picture]:
    """Draw them all. The rows that it takes are made and taken back; the database should hold no others."""
    with clock.standing_still(NOW), transaction.atomic():
        org = make_organisation()
        slack = _Slack(org.connection)
        drawn = [
            *_in_the_channel(org, slack),
            *_for_one_person(org, slack),
            *_answers(org, slack),
            *_homes(org, slack),
            *_menus(),
            *_forms(org, slack),
        ]
        transaction.set_rollback(True)
    return drawn


# --- the channel ----------------------------------------------------------------------------------


def _in_the_channel(org: Organisation, slack: _Slack) -> Iterator[Picture]:
    part = "The channel"

    def posts(name: str, title: str, says: str, *shown: Post) -> Picture:
        return Picture(part, name, title, says, frames.draw_messages(slack.posted(*shown), title))

    yield posts(
        "card",
        "The living card",
        "Pinned in the incident's channel and edited in place: what broke, since when, who leads, what is tried.",
        card_post(org.fresh),
    )
    yield posts(
        "announcement",
        "The announcement",
        "One message per incident in the channel for announcements, edited in place; updates go to its thread.",
        announcement_post(org.fresh),
    )
    yield posts(
        "lines",
        "Lines from the web room and from Warroom",
        "A line from the web room stands under its writer's name; a change of state says who made it.",
        *(event_post(event) for event in _talk(org)),
    )
    with clock.standing_still(NOW + timedelta(minutes=31)):
        late = list(org.incident.events.filter(kind="message").order_by("sequence"))
        yield posts(
            "carried",
            "Lines that had to wait",
            "After an outage of Slack, many waiting lines share a post, each with its writer and its time.",
            carrying.carried_post("carried", late),
        )


def _talk(org: Organisation) -> Sequence[TimelineEvent]:
    number, bo = org.incident.pk, org.by("bo")
    said = [
        talk.say(number=number, text="I do. They see **timeouts from our side**, nothing wrong with theirs.", by=bo),
        talk.add_note(number=number, text="Pool of `payments` raised from 50 to 200", by=bo),
    ]
    lifecycle.change_status(number=number, status="fixing", by=org.by("ada"))
    return [*said, org.incident.events.filter(kind="status.changed").latest("sequence")]


# --- for one person -------------------------------------------------------------------------------

_WHISPERS = {
    Whisper.WELCOME: (
        "cleo",
        "Welcome",
        "Who joins the channel gets the five facts, why they are here, and what was said last; only they see it.",
    ),
    Whisper.DRAFT: (
        "bo",
        "An update's draft",
        "Who reacts to a line with 📣 is offered the form for an update with its words in it.",
    ),
    Whisper.HAND_OVER: (
        "ada",
        "Hand over?",
        "Who leaves the channel while they hold a role is asked who takes over, and is not dragged back.",
    ),
    Whisper.UPDATE: (
        "cleo",
        "An update for who follows",
        "Who follows from outside of the room gets each update as a direct message.",
    ),
}


def _for_one_person(org: Organisation, slack: _Slack) -> Iterator[Picture]:
    number = org.incident.pk
    line = org.incident.events.filter(kind="message").latest("sequence")
    publish_update(number=number, by=org.by("ada"), text="The pool is larger now; errors are falling.")
    told = org.incident.events.filter(kind="update.published").latest("sequence")
    people.watch(number=number, by=org.by("cleo"))
    for kind, _ in Whisper.KINDS:
        who, title, says = _WHISPERS[kind]
        row = Whisper(
            connection=org.connection,
            kind=kind,
            identity=org.identities[who],
            incident=org.fresh,
            event=told if kind == Whisper.UPDATE else line,
        )
        post = whispering.draw(row)
        if post is None:
            raise ValueError(f"nothing would be whispered: {kind}")
        if kind in (Whisper.UPDATE, Whisper.HAND_OVER):
            slack.chat.tell(IDS[who], post)
        else:
            slack.chat.whisper(CHANNEL, IDS[who], post)
        svg = frames.draw_messages([slack.message], title)
        yield Picture("For one person", f"whisper-{kind}", title, says, svg)


# --- answers --------------------------------------------------------------------------------------

_TYPED = (
    ("bo", "", "/incident", "menu", "The menu", "The root alone, typed where no incident is."),
    ("bo", CHANNEL, "/incident", "menu-in-room", "The menu in a room", "The root alone, typed in a room."),
    ("ada", CHANNEL, "/incident sev 2", "answer", "A change", "The room sees what changed, with the way back."),
    ("bo", CHANNEL, "/incident resovle", "slip", "A slip", "An unknown word is never guessed at: it is asked."),
    ("dan", CHANNEL, "/incident resolve", "link", "Who are you?", "Who has not linked an account is told how."),
)


def _answers(org: Organisation, slack: _Slack) -> Iterator[Picture]:
    for who, channel, line, name, title, says in _TYPED:
        reply = hear_command(
            connection=org.connection,
            realm=REALM,
            author=Outsider(IDS[who], who.title()),
            room_outside_id=channel,
            line=line,
            outside_id=f"picture-{name}",
        )
        answer = reply.as_json()
        slack.chat.answer("address", reply.text, to_everyone=reply.to_everyone, card=answer_card(answer))
        svg = frames.draw_messages([slack.message], f"{title}: {line}")
        yield Picture("Answers to typed lines", f"answer-{name}", f"{title} (`{line}`)", says, svg)


# --- home and menus -------------------------------------------------------------------------------


def _homes(org: Organisation, slack: _Slack) -> Iterator[Picture]:
    for who, name, title, says in (
        ("bo", "home", "With an account", "What is open, what is yours to do, and the way to declare."),
        ("dan", "home-unlinked", "Without an account", "Who has not linked an account reads what is open."),
    ):
        slack.chat.show_home(IDS[who], homes.draw_home(org.identities[who]))
        yield Picture("The app's home", name, title, says, frames.draw_home(slack.view, title))


def _menus() -> Iterator[Picture]:
    entries = app_manifest(_BASE, [], by_socket=False).content["features"]["shortcuts"]
    for kind, name, title, says in (
        ("message", "menu-of-a-message", "A message's menu", "Under “More actions” of every message."),
        ("global", "menu-everywhere", "The menu of shortcuts", "Beside the field for typing, in every channel."),
    ):
        shown = [entry for entry in entries if entry["type"] == kind]
        yield Picture("Menus", name, title, says, frames.draw_menu(shown, title))


# --- forms ----------------------------------------------------------------------------------------

_SAYS = {
    "incident create": "Only the title is needed; opened by the bare command, the home, a shortcut or a message.",
    "incident followup add": "Work for afterwards, from the command, the card or a message.",
    "incident note": "Something that happened, with its time; the original message keeps its own.",
    "incident resolve": "What fixed it, since when, and what is left to do.",
    "incident roles": "Who holds which role, as they stand; empty ones may stay empty.",
    "incident sev": "The severity as it is, and why it changes.",
    "incident task add": "Work for now, with its owner and when it is due.",
    "incident update": "Begins with what is known: now, doing, need.",
}


def _forms(org: Organisation, slack: _Slack) -> Iterator[Picture]:
    for name, kind in sorted(forms().items()):
        form = _open(org, name)
        slack.chat.open_dialog("trigger", dialog_of(form))
        says = _SAYS.get(name, "A form of its own.")
        slug = name.replace("incident ", "").replace(" ", "-")
        yield _form(slack.view, f"form-{slug}", kind.title, says)
    yield from _sent(org, slack)


def _sent(org: Organisation, slack: _Slack) -> Iterator[Picture]:
    """What becomes of a form that was sent."""
    form = _open(org, "incident note")
    view = working_view(view_of(dialog_of(form)), "form-1")
    yield _form(view, "form-working", "Sent", "While it is worked, the form says so.")
    _fill(org, form, {"text": ["Restarted the pool"], "at": ["half past"]}, "refused")
    slack.chat.open_dialog("trigger", dialog_of(form))
    yield _form(slack.view, "form-refused", "Refused", "It says why, and keeps what was filled in.")
    form = _open(org, "incident sev")
    _fill(org, form, {"severity": ["1"], "reason": ["Half of all checkouts"]}, "done")
    slack.chat.open_dialog("trigger", dialog_of(form))
    yield _form(slack.view, "form-done", "Done", "What came of it, with the line that would have done the same.")


def _form(view: Mapping[str, Any], name: str, title: str, says: str) -> Picture:
    return Picture("Forms", name, title, says, frames.draw_view(view, title, _PEOPLE))


def _open(org: Organisation, name: str) -> OpenForm:
    key = f"form:{OpenForm.objects.count()}"
    lane = Lane.objects.create(connection=org.connection, kind="form", key=key)
    return OpenForm.objects.create(
        connection=org.connection,
        lane=lane,
        name=name,
        incident=None if name == "incident create" else org.incident,
        user=org.users["ada"],
        realm=REALM,
        person=IDS["ada"],
        person_name="Ada",
        channel=CHANNEL,
    )


def _fill(org: Organisation, form: OpenForm, values: Mapping[str, Sequence[str]], outside_id: str) -> None:
    fill_in(
        connection=org.connection,
        token=str(form.pk),
        person=Outsider(IDS["ada"], "Ada"),
        realm=REALM,
        values=values,
        ref="",
        outside_id=outside_id,
    )
    form.refresh_from_db()

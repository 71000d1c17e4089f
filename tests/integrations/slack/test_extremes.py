"""Everything that is shown in Slack, at its largest and oddest: it stays within Block Kit's limits.

The limits are checked by the fake Slack's own rules, written apart from the product's drawing.
"""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import Identity, User
from chatops import homes, whispering
from chatops.dialogs import Dialog, Input
from chatops.dialogs import Kind as InputKind
from chatops.drawing import announcement_post, card_post, event_post
from chatops.forms.drawing import dialog_of
from chatops.forms.registry import forms
from chatops.models import OpenForm, Whisper
from connections.models import Connection, Lane
from incidents.models import Incident, Member
from incidents.operations import talk, tasks
from incidents.operations.people import assign_role
from incidents.operations.updates import publish_update
from integrations.slack.blocks import card_blocks
from integrations.slack.drawing import line_text
from integrations.slack.views import home_of, values_of, view_of, working_view
from oncall.models import Service
from tests.factories import link_identity, make_incident
from tests.fakes.slack_server import Channel, FakeSlack, Person, blockkit
from tests.fakes.slack_server import views as slack_views

pytestmark = pytest.mark.django_db

REALM = "slack:T0WARROOM1"
#: what people type, and what alerts bring: long, right to left, marks, ends of lines, calls for everybody
TEXTS = {
    "long": "checkout " * 1400,
    "one word": "x" * 12_000,
    "right to left": "انقطاع الدفع " * 600,
    "emoji": "🔥👩‍👩‍👧‍👦" * 1500,
    "marks": "*_~`<!channel> <https://x|y> & > " * 300,
    "lines": "a\n\n" * 3000,
    "escapes": "&<>" * 3500,
}


@pytest.fixture(params=TEXTS.values(), ids=TEXTS.keys())
def text(request: pytest.FixtureRequest) -> str:
    return str(request.param)[:12_000]


@pytest.fixture
def huge(ada: User, bo: User, text: str) -> Incident:
    """An incident in which everything is as long as it can be."""
    Service.objects.bulk_create([Service(name=f"{n:03} {text}"[:80], slug=f"service-{n:03}") for n in range(200)])
    incident = make_incident("title", by=ada, severity=1, services=[f"service-{n:03}" for n in range(200)])
    Incident.objects.filter(pk=incident.pk).update(
        title=text[:200],
        summary=text[:10_000],
        impact=text[:10_000],
        now_text=text[:500],
        doing_text=text[:500],
        need_text=text[:500],
    )
    User.objects.filter(pk=bo.pk).update(name=(text * 2)[:100].strip() or "x")
    Member.objects.create(incident=incident, user=bo, reason=text[:200])
    return Incident.objects.get(pk=incident.pk)


@pytest.fixture
def identity(ada: User) -> Identity:
    link_identity(ada, REALM, "U1")
    return Identity.objects.get(realm=REALM, outside_id="U1")


def _fine(blocks: list[dict[str, Any]]) -> None:
    assert blockkit.faults(blocks) == []


def test_the_card_and_the_announcement(huge: Incident) -> None:
    for post in (card_post(huge), announcement_post(huge)):
        assert post.card is not None
        _fine(card_blocks(post.card))
        assert 0 < len(line_text(post, names_author=False)) <= 4000


def test_lines_and_updates(huge: Incident, ada: User, text: str) -> None:
    by = Actor.person(ada, "web")
    for event in (
        talk.say(number=huge.pk, text=text, by=by),
        talk.add_note(number=huge.pk, text=text, by=by),
        publish_update(number=huge.pk, by=by, text=text) and huge.events.get(kind="update.published"),
    ):
        assert 0 < len(line_text(event_post(event), names_author=True)) <= 4000


@pytest.mark.parametrize("name", sorted(forms()))
def test_each_form_fresh_filled_refused_and_done(
    name: str, huge: Incident, identity: Identity, ada: User, text: str
) -> None:
    connection = Connection.objects.create(kind="slack", name="Slack")
    form = OpenForm(
        connection=connection,
        lane=Lane.objects.create(connection=connection, kind="form", key="form:1"),
        name=name,
        incident=huge,
        user=ada,
        realm=REALM,
        person="U1",
        given={"text": [text], "title": [text], "summary": [text], "user": ["me"]},
    )
    form.save()
    views = [view_of(dialog_of(form))]
    form.values = {field["block_id"]: [text] for field in views[0]["blocks"] if field["type"] == "input"}
    form.answer = {"ok": False, "text": text, "buttons": [{"label": text[:300], "command": "/incident list"}]}
    views.append(view_of(dialog_of(form)))
    form.answer = {**form.answer, "ok": True, "typed": [text, text], "undo": text}
    views.append(view_of(dialog_of(form)))
    views.append(working_view(views[0], "form-1"))

    for view in views:
        assert slack_views.faults(view) == []
        assert len(str(view)) < 250_000
    assert [("submit" in view) for view in views] == [True, True, False, False]


@pytest.mark.parametrize("kind", [kind for kind, _ in Whisper.KINDS])
def test_each_whisper(kind: str, huge: Incident, identity: Identity, ada: User, text: str) -> None:
    by = Actor.person(ada, "web")
    assign_role(number=huge.pk, role="commander", user=ada, by=by)
    publish_update(number=huge.pk, by=by, text=text)
    connection = Connection.objects.create(kind="slack", name="Slack")
    row = Whisper.objects.create(
        connection=connection,
        kind=kind,
        identity=identity,
        incident=huge,
        event=huge.events.get(kind="update.published"),
    )
    post = whispering.draw(row)

    assert post is not None
    assert post.card is not None
    _fine(card_blocks(post.card))
    assert len(line_text(post, names_author=False)) <= 4000


def test_the_home_with_many_incidents_and_tasks(huge: Incident, identity: Identity, ada: User, text: str) -> None:
    by = Actor.person(ada, "web")
    for n in range(14):
        tasks.add_item(number=huge.pk, text=text[:400], by=by, owner=ada)
        make_incident(f"{n} {text}"[:200].strip(), by=ada)

    home = home_of(homes.draw_home(identity))
    assert slack_views.faults(home, "home") == []
    assert len(str(home)) < 250_000


def test_people_are_greeted_whatever_their_names(text: str) -> None:
    dialog = Dialog("1", text[:500], text=text, inputs=[Input("n", text, InputKind.TEXT, text, text)], submit=text)
    assert slack_views.faults(view_of(dialog)) == []


def _nonsense() -> list[Any]:
    return [
        {"a": None},
        {"a": {"value": None}},
        {"a": {"value": {"selected_options": [None, 1, {"value": 7}]}}},
        {"a": {"value": {"selected_option": {"value": ["x"]}}}},
        {"a": {"value": {"value": 5, "selected_user": {"x": 1}}}},
        {"x" * 500: {"value": {"value": "y" * 9000}}},
    ]


@pytest.mark.parametrize("state", _nonsense())
def test_what_comes_back_in_another_shape_is_left_out(state: dict[str, Any]) -> None:
    for name, values in values_of(state).items():
        assert len(name) <= 60
        assert all(isinstance(value, str) and len(value) <= 3000 for value in values)


def test_slack_takes_the_largest_card_as_it_is(
    slack: FakeSlack, connection: Connection, ada_there: Person, huge: Incident, chat: Any
) -> None:
    """Sent through the official client to the fake, which refuses what breaks a limit."""
    channel: Channel = slack.channel("inc-1")
    ref: Callable[..., str] = chat.post
    assert ref(channel.id, card_post(huge))

"""Forms in Slack: opened while the trigger lives, filled in, run as the typed line, and what became of it shown."""

from datetime import timedelta

import pytest

from accounts.actors import Actor
from accounts.models import User
from chatops.housekeeping import forget_forms
from chatops.models import Heard, OpenForm
from common import clock
from connections.models import Connection, Delivery, Lane
from incidents.models import ActionItem, Incident
from incidents.operations import talk
from incidents.operations.lifecycle import merge_incidents
from incidents.operations.people import assign_role, set_private
from integrations.slack.door import answer_interaction
from tests.factories import link_identity, make_incident
from tests.fakes.slack_server import Channel, FakeSlack, Person, refused
from tests.fakes.slack_server.modals import View
from tests.integrations.slack.working import receive_all, work

pytestmark = pytest.mark.django_db


def _do(connection: Connection, slack: FakeSlack) -> None:
    receive_all(connection, slack)
    work(slack)


def _send(connection: Connection, slack: FakeSlack, view: View, person: Person, **values: str | list[str]) -> None:
    """Send a form as Slack does: the door's answer is applied before or while we work."""
    parcel = slack.submit(view, person, **values)
    slack.answered(view, answer_interaction(parcel.body)[2])
    _do(connection, slack)


def _text(view: View) -> str:
    return "\n".join(str(block["text"]["text"]) for block in view.content["blocks"] if block["type"] == "section")


def test_create_without_a_title_opens_the_form_and_sending_it_declares(
    connection: Connection, slack: FakeSlack, ada_linked: Person
) -> None:
    general = slack.channel("general", ada_linked)
    slack.command(general, ada_linked, "/incident create")
    _do(connection, slack)

    view = slack.view(ada_linked)
    assert view is not None
    assert view.content["title"]["text"] == "Declare an incident"
    _send(connection, slack, view, ada_linked, title="Checkout 5xx", sev="1", impact='38 % of "card"\ncheckouts')

    incident = Incident.objects.get()
    assert (incident.title, incident.severity, incident.impact) == ("Checkout 5xx", 1, '38 % of "card"\ncheckouts')
    assert incident.declared_by_name == "Ada"
    assert f"Declared #{incident.pk} SEV1" in _text(view)
    assert "/incident create --sev=1" in _text(view)
    assert "submit" not in view.content


def test_the_placeholder_of_the_typed_line_goes_away_once_the_form_stands(
    connection: Connection, slack: FakeSlack, ada_linked: Person
) -> None:
    general = slack.channel("general", ada_linked)
    slack.command(general, ada_linked, "/incident create")
    _do(connection, slack)

    (answers,) = slack.responses.values()
    assert answers == [{"delete_original": True}]


def test_a_late_form_is_offered_again_in_words(connection: Connection, slack: FakeSlack, ada_linked: Person) -> None:
    general = slack.channel("general", ada_linked)
    slack.command(general, ada_linked, "/incident create")
    slack.shift(4)
    _do(connection, slack)

    (answers,) = slack.responses.values()
    assert answers[-1]["text"] == "The form could not be opened."
    button = answers[-1]["blocks"][-1]["elements"][0]
    assert (button["text"]["text"], button["value"]) == ("Open the form", "/incident create --form")


def test_what_can_not_be_done_comes_back_with_everything_that_was_filled_in(
    connection: Connection, slack: FakeSlack, channel: Channel, incident: Incident, ada_linked: Person
) -> None:
    slack.command(channel, ada_linked, "/incident note")
    _do(connection, slack)
    view = slack.view(ada_linked)
    assert view is not None

    _send(connection, slack, view, ada_linked, text="first customer mail", at="25:99")

    assert "That did not work." in _text(view)
    inputs = {block["block_id"]: block["element"] for block in view.content["blocks"] if block["type"] == "input"}
    assert (inputs["text"]["initial_value"], inputs["at"]["initial_value"]) == ("first customer mail", "25:99")
    _send(connection, slack, view, ada_linked, at="")
    assert [event.text for event in incident.events.filter(kind="note")] == ["first customer mail"]


def test_sent_twice_it_is_done_once(
    connection: Connection, slack: FakeSlack, channel: Channel, incident: Incident, ada_linked: Person
) -> None:
    slack.command(channel, ada_linked, "/incident task add")
    _do(connection, slack)
    view = slack.view(ada_linked)
    assert view is not None
    before = View(view.id, view.person, view.content)

    _send(connection, slack, view, ada_linked, text="call the bank")
    _send(connection, slack, before, ada_linked, text="call the bank")

    assert ActionItem.objects.count() == 1


def test_somebody_else_can_not_send_it(
    connection: Connection, slack: FakeSlack, channel: Channel, incident: Incident, ada_linked: Person, bo: User
) -> None:
    bo_there = slack.person("Bo")
    link_identity(bo, f"slack:{slack.world.team_id}", bo_there.id)
    slack.command(channel, ada_linked, "/incident task add")
    _do(connection, slack)
    view = slack.view(ada_linked)
    assert view is not None

    _send(connection, slack, view, bo_there, text="call the bank")

    assert not ActionItem.objects.exists()
    assert OpenForm.objects.get().answer == {}


def test_roles_are_chosen_from_the_people_of_the_workspace(
    connection: Connection,
    slack: FakeSlack,
    channel: Channel,
    incident: Incident,
    ada_linked: Person,
    bo: User,
    ada: User,
) -> None:
    bo_there = slack.person("Bo")
    link_identity(bo, f"slack:{slack.world.team_id}", bo_there.id)
    assign_role(number=incident.pk, role="scribe", user=ada, by=Actor.person(ada, "web"))
    slack.command(channel, ada_linked, "/incident roles --form")
    _do(connection, slack)
    view = slack.view(ada_linked)
    assert view is not None
    inputs = {block["block_id"]: block["element"] for block in view.content["blocks"] if block["type"] == "input"}
    assert inputs["scribe"]["initial_user"] == ada_linked.id

    _send(connection, slack, view, ada_linked, commander=bo_there.id, scribe="")

    held = incident.role_assignments.filter(ended_at__isnull=True).values_list("role", "user__handle")
    assert dict(held)["commander"] == "bo"
    assert "scribe" not in dict(held)


def test_somebody_without_an_account_is_told_instead_of_shown_a_role(
    connection: Connection, slack: FakeSlack, channel: Channel, incident: Incident, ada_linked: Person
) -> None:
    stranger = slack.person("Dan")
    slack.command(channel, ada_linked, "/incident roles --form")
    _do(connection, slack)
    view = slack.view(ada_linked)
    assert view is not None

    _send(connection, slack, view, ada_linked, comms=stranger.id)

    assert "That did not work." in _text(view)
    assert stranger.id in _text(view) or "Dan" in _text(view)


def test_update_without_text_opens_with_what_is_known_and_sends_only_what_changed(
    connection: Connection, slack: FakeSlack, channel: Channel, incident: Incident, ada_linked: Person
) -> None:
    Incident.objects.filter(pk=incident.pk).update(now_text="a bad deploy", need_text="a database owner")
    slack.command(channel, ada_linked, "/incident update")
    _do(connection, slack)
    view = slack.view(ada_linked)
    assert view is not None

    _send(connection, slack, view, ada_linked, doing="rolling back", need="", next="30m")

    incident.refresh_from_db()
    assert (incident.now_text, incident.doing_text, incident.need_text) == ("a bad deploy", "rolling back", "")
    assert "--now" not in _text(view)


def test_the_form_waits_for_the_page_that_it_replaces(
    connection: Connection, slack: FakeSlack, channel: Channel, incident: Incident, ada_linked: Person
) -> None:
    """Our result may be quicker than Slack's own showing of "Working on it…"."""
    slack.command(channel, ada_linked, "/incident task add")
    _do(connection, slack)
    view = slack.view(ada_linked)
    assert view is not None
    parcel = slack.submit(view, ada_linked, text="call the bank")
    _do(connection, slack)
    assert ActionItem.objects.count() == 1

    slack.answered(view, answer_interaction(parcel.body)[2])
    assert "Working on it" in _text(view)
    work(slack, seconds=5)

    assert "call the bank" in _text(view)


def test_closed_meanwhile_what_failed_is_said_where_it_was_asked(
    connection: Connection, slack: FakeSlack, channel: Channel, incident: Incident, ada_linked: Person
) -> None:
    slack.command(channel, ada_linked, "/incident note")
    _do(connection, slack)
    view = slack.view(ada_linked)
    assert view is not None
    slack.submit(view, ada_linked, text="first customer mail", at="25:99")
    slack.close(view)
    receive_all(connection, slack)
    work(slack, seconds=20)

    (answers,) = slack.responses.values()
    assert "first customer mail" in answers[-1]["text"]


def test_the_global_shortcut_opens_the_declare_form_anywhere(
    connection: Connection, slack: FakeSlack, ada_linked: Person
) -> None:
    slack.shortcut(ada_linked, "declare_incident")
    _do(connection, slack)

    view = slack.view(ada_linked)
    assert view is not None
    assert view.content["title"]["text"] == "Declare an incident"


@pytest.mark.parametrize(("entry", "title"), [("task_add", "Task"), ("followup_add", "Follow-up")])
def test_the_menu_of_a_message_makes_work_of_it(
    connection: Connection,
    slack: FakeSlack,
    channel: Channel,
    incident: Incident,
    ada_linked: Person,
    entry: str,
    title: str,
) -> None:
    slack.say(channel, ada_linked, "we should call the bank")
    ts = list(channel.messages)[-1]
    _do(connection, slack)
    slack.menu(channel, ada_linked, ts, entry)
    _do(connection, slack)
    view = slack.view(ada_linked)
    assert view is not None
    assert view.content["title"]["text"] == title

    _send(connection, slack, view, ada_linked)

    item = ActionItem.objects.get()
    assert item.origin is not None
    assert item.origin.shown_text.startswith("we should call the")
    assert item.text == "we should call the bank"


@pytest.mark.parametrize("is_ours", [False, True])
def test_after_a_merge_the_menu_names_no_line_of_the_other_incident(
    connection: Connection,
    slack: FakeSlack,
    channel: Channel,
    incident: Incident,
    ada_linked: Person,
    ada: User,
    actor_ada: Actor,
    is_ours: bool,
) -> None:
    if is_ours:
        talk.say(number=incident.pk, text="we should call the bank", by=actor_ada)
        work(slack, seconds=5)
    else:
        slack.say(channel, ada_linked, "we should call the bank")
    ts = list(channel.messages)[-1]
    _do(connection, slack)
    other = make_incident("Payments down", by=ada, severity=1)
    for number in range(12):
        talk.say(number=other.pk, text=f"about something else {number}", by=actor_ada)
    merge_incidents(source=incident.pk, into=other.pk, by=actor_ada)

    slack.menu(channel, ada_linked, ts, "task_add")
    _do(connection, slack)
    view = slack.view(ada_linked)
    assert view is not None
    _send(connection, slack, view, ada_linked)

    item = ActionItem.objects.get()
    assert (item.incident, item.text) == (other, "we should call the bank")
    assert item.origin is None


def test_declare_from_a_message_brings_its_words_along(
    connection: Connection, slack: FakeSlack, ada_linked: Person
) -> None:
    general = slack.channel("general", ada_linked)
    slack.say(general, ada_linked, "Checkout answers 500\nsince the deploy")
    ts = list(general.messages)[-1]
    slack.menu(general, ada_linked, ts, "declare_from")
    _do(connection, slack)
    view = slack.view(ada_linked)
    assert view is not None

    _send(connection, slack, view, ada_linked)

    incident = Incident.objects.get()
    assert (incident.title, incident.summary) == ("Checkout answers 500", "Checkout answers 500\nsince the deploy")


def test_what_one_may_not_do_opens_no_form(
    connection: Connection, slack: FakeSlack, channel: Channel, incident: Incident, dan: User
) -> None:
    dan_there = slack.person("Dan")
    channel.members.append(dan_there.id)
    link_identity(dan, f"slack:{slack.world.team_id}", dan_there.id)
    slack.command(channel, dan_there, "/incident sev")
    _do(connection, slack)

    assert slack.view(dan_there) is None
    (answers,) = slack.responses.values()
    assert "/incident sev" in answers[-1]["text"]


def test_slack_refusing_the_view_is_a_visible_failure(
    connection: Connection, slack: FakeSlack, ada_linked: Person
) -> None:
    general = slack.channel("general", ada_linked)
    slack.fail("views.open", refused("invalid_arguments"))
    slack.command(general, ada_linked, "/incident create")
    _do(connection, slack)

    assert Delivery.objects.filter(thing_kind="form", dead_at__isnull=False).count() == 1
    (answers,) = slack.responses.values()
    assert answers[-1]["text"] == "The form could not be opened."


def test_a_form_is_forgotten_after_a_week_and_what_it_wrote_is_not(
    connection: Connection, slack: FakeSlack, channel: Channel, incident: Incident, ada_linked: Person
) -> None:
    slack.command(channel, ada_linked, "/incident task add")
    _do(connection, slack)
    view = slack.view(ada_linked)
    assert view is not None
    _send(connection, slack, view, ada_linked, text="call the bank")
    assert forget_forms() == 0

    clock.shift(timedelta(days=8))

    assert forget_forms() > 0
    assert not OpenForm.objects.exists()
    assert not Lane.objects.filter(kind="form").exists()
    assert Heard.objects.filter(text__contains="call the bank").exists()


def _forgotten(connection: Connection, slack: FakeSlack, channel: Channel, person: Person) -> View:
    """A form that stands open for more than a week."""
    slack.command(channel, person, "/incident task add")
    _do(connection, slack)
    view = slack.view(person)
    assert view is not None
    clock.shift(timedelta(days=8))
    slack.shift(8 * 86400)
    assert forget_forms() > 0
    return view


def test_a_form_that_was_forgotten_says_so_in_its_place(
    connection: Connection, slack: FakeSlack, channel: Channel, incident: Incident, ada_linked: Person
) -> None:
    view = _forgotten(connection, slack, channel, ada_linked)

    _send(connection, slack, view, ada_linked, text="call the *bank*\nat noon")

    assert "Nothing was done; open it anew." in _text(view)
    assert "call the" in _text(view)
    assert "> at noon" in _text(view)
    assert not ActionItem.objects.exists()


def test_a_form_that_was_forgotten_and_closed_is_answered_to_its_person_alone(
    connection: Connection, slack: FakeSlack, channel: Channel, incident: Incident, ada_linked: Person
) -> None:
    view = _forgotten(connection, slack, channel, ada_linked)
    slack.submit(view, ada_linked, text="call the bank")
    slack.close(view)
    _do(connection, slack)
    work(slack, seconds=30)

    [direct] = [channel for channel in slack.world.channels.values() if channel.is_im]
    [said] = [message.text for message in direct.in_order()]
    assert "Nothing was done" in said
    assert "call the bank" in said
    assert not Delivery.objects.filter(dead_at__isnull=False).exists()


def test_a_form_that_is_sent_twice_shows_what_became_of_it(
    connection: Connection, slack: FakeSlack, channel: Channel, incident: Incident, ada_linked: Person
) -> None:
    slack.command(channel, ada_linked, "/incident task add")
    _do(connection, slack)
    view = slack.view(ada_linked)
    assert view is not None
    first = slack.submit(view, ada_linked, text="call the bank")
    second = slack.submit(view, ada_linked, text="call the bank")
    for parcel in (first, second):
        slack.answered(view, answer_interaction(parcel.body)[2])
    _do(connection, slack)
    work(slack, seconds=30)

    assert ActionItem.objects.count() == 1
    assert "call the bank" in _text(view)
    assert "Working on it" not in _text(view)


def test_what_became_private_meanwhile_takes_no_form_of_who_is_not_in_it(
    connection: Connection, slack: FakeSlack, channel: Channel, incident: Incident, ada: User, bo: User
) -> None:
    bo_there = slack.person("Bo")
    channel.members.append(bo_there.id)
    link_identity(bo, f"slack:{slack.world.team_id}", bo_there.id)
    slack.command(channel, bo_there, "/incident task add")
    _do(connection, slack)
    view = slack.view(bo_there)
    assert view is not None
    set_private(number=incident.pk, is_private=True, by=Actor.person(ada, "web"))

    _send(connection, slack, view, bo_there, text="call the bank")

    assert not ActionItem.objects.exists()
    assert f"There is no incident #{incident.pk}." in _text(view)
    assert "Checkout" not in _text(view)

"""Reactions of the web room that stand for something: 📣 asks for an update with the line's words in it."""

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import User
from incidents.models import Incident, Update
from incidents.operations import lifecycle, talk
from tests.factories import make_incident

LINE = "Errors are falling: 38 % to 4 %"


@pytest.fixture
def incident(ada: User) -> Incident:
    return make_incident(by=ada)


@pytest.fixture
def line(incident: Incident, actor_bo: Actor) -> int:
    return talk.say(number=incident.pk, text=LINE, by=actor_bo).sequence


def _react(browser: Client, incident: Incident, line: int, *, emoji: str = "📣", on: bool = True) -> dict[str, object]:
    answer = browser.post(
        f"/incidents/{incident.pk}/lines/{line}/react", {"emoji": emoji, "on": on}, content_type="application/json"
    )
    assert answer.status_code == 200
    return dict(answer.json())


def test_the_form_that_opens_begins_with_the_words_of_the_line(
    client: Client, ada: User, incident: Incident, line: int
) -> None:
    client.force_login(ada)

    opened = str(_react(client, incident, line)["open"])
    page = client.get(opened)

    assert page.context["form"].initial["text"] == LINE
    assert LINE in page.content.decode()
    assert not Update.objects.exists(), "nothing is said before somebody presses Publish"
    client.post(opened, {"text": LINE, "now": "", "doing": "", "need": "", "next_in": "", "public_text": ""})
    assert Update.objects.get().text == LINE


def test_without_script_the_form_is_the_next_page(client: Client, ada: User, incident: Incident, line: int) -> None:
    client.force_login(ada)

    answer = client.post(f"/incidents/{incident.pk}/lines/{line}/react", {"emoji": "📣"})

    assert answer["Location"] == f"/incidents/{incident.pk}/updates?from={line}"


def test_other_reactions_open_nothing_and_neither_does_taking_one_back(
    client: Client, ada: User, incident: Incident, line: int
) -> None:
    client.force_login(ada)

    assert _react(client, incident, line, emoji="👀") == {"ok": True}
    _react(client, incident, line)
    assert _react(client, incident, line, on=False) == {"ok": True}


def test_who_may_not_write_updates_only_reacts(client: Client, dan: User, incident: Incident, line: int) -> None:
    client.force_login(dan)

    answer = client.post(
        f"/incidents/{incident.pk}/lines/{line}/react", {"emoji": "📣"}, content_type="application/json"
    )

    assert "open" not in answer.json()


def test_in_an_incident_that_is_over_it_only_is_a_reaction(
    client: Client, ada: User, actor_ada: Actor, incident: Incident, line: int
) -> None:
    lifecycle.resolve_incident(number=incident.pk, by=actor_ada)
    client.force_login(ada)

    assert _react(client, incident, line) == {"ok": True}


@pytest.mark.parametrize("sequence", ["", "x", "999", "-1", "1" * 40, "²"])
def test_a_line_that_is_not_there_gives_no_words(client: Client, ada: User, incident: Incident, sequence: str) -> None:
    client.force_login(ada)

    page = client.get(f"/incidents/{incident.pk}/updates", {"from": sequence})

    assert page.context["form"].initial["text"] == ""


def test_the_words_of_a_deleted_line_are_gone(
    client: Client, ada: User, actor_bo: Actor, incident: Incident, line: int
) -> None:
    talk.delete_line(number=incident.pk, sequence=line, by=actor_bo)
    client.force_login(ada)

    page = client.get(f"/incidents/{incident.pk}/updates", {"from": line})

    assert LINE not in page.content.decode()


def test_the_words_of_another_incidents_line_are_not_read(
    client: Client, ada: User, actor_bo: Actor, incident: Incident
) -> None:
    other = make_incident("Mail is late", by=ada)
    said = talk.say(number=other.pk, text="only for that room", by=actor_bo)
    client.force_login(ada)

    page = client.get(f"/incidents/{incident.pk}/updates", {"from": said.sequence})

    assert "only for that room" not in page.content.decode()

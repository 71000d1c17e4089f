"""A user group of Slack in a command means its people, by their linked accounts."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from chatops.groups import find_group
from connections.models import Connection
from incidents.models import Incident
from integrations.slack import learning
from integrations.slack.models import Fact
from tests.factories import link_identity
from tests.fakes.slack_server import Channel, FakeSlack, Person
from tests.integrations.slack.working import receive, receive_all, self_answer, work

Typed = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def groups(slack: FakeSlack, connection: Connection, channel: Channel, bo: User, cleo: User) -> dict[str, Any]:
    """@payments: Bo and Cleo have linked their accounts, Dan has not."""
    learning.put(connection, Fact.SELF, "", {**self_answer(slack), "scopes": sorted(slack.world.scopes)})
    people = [slack.person(name) for name in ("Bo", "Cleo", "Dan")]
    for user, person in zip((bo, cleo), people, strict=False):
        link_identity(user, f"slack:{slack.world.team_id}", person.id)
    ids = [person.id for person in people]
    slack.world.groups = {
        "S1": {"id": "S1", "handle": "payments", "users": ids},
        "S2": {"id": "S2", "handle": "nobody-yet", "users": [ids[2]]},
    }
    return slack.world.groups


@pytest.fixture
def typed(
    slack: FakeSlack, connection: Connection, channel: Channel, ada_linked: Person, groups: dict[str, Any]
) -> Typed:
    """Ada types a command; what she (or the room) is answered."""

    def run(line: str) -> list[dict[str, Any]]:
        before = len(slack.journal.calls("response_url"))
        receive(connection, slack.command(channel, ada_linked, line))
        work(slack, seconds=10)
        return [call.params for call in slack.journal.calls("response_url")[before:]]

    return run


def _here(incident: Incident) -> set[str]:
    return set(incident.members.filter(left_at__isnull=True).values_list("user__handle", flat=True))


@pytest.mark.parametrize("mention", ["<!subteam^S1|@payments>", "<!subteam^S1>"])
def test_the_people_of_a_mentioned_group_are_shown_and_then_come_in(
    typed: Typed, incident: Incident, mention: str
) -> None:
    [asked] = typed(f"/incident invite {mention}")

    assert "Bo, Cleo" in asked["text"]
    assert "1 of it have no account here" in asked["text"]
    assert not {"bo", "cleo"} & _here(incident)
    typed(f"/incident invite {mention} --yes")
    assert {"bo", "cleo"} <= _here(incident)
    assert "dan" not in _here(incident)


def test_once_one_is_known_all_are_known_by_one_call(typed: Typed, slack: FakeSlack) -> None:
    typed("/incident invite <!subteam^S1>")

    found = find_group("Nobody-Yet")

    assert found is not None
    assert (list(found.people), found.strangers) == ([], 1)
    assert len(slack.journal.calls("usergroups.list")) == 1


def test_a_group_of_people_without_accounts_brings_in_nobody(typed: Typed, incident: Incident) -> None:
    before = _here(incident)

    [refused] = typed("/incident invite <!subteam^S2> --yes")

    assert "Nobody of @nobody-yet has an account here" in refused["text"]
    assert _here(incident) == before


def test_who_leaves_the_group_is_not_meant_any_more(
    typed: Typed, slack: FakeSlack, connection: Connection, groups: dict[str, Any]
) -> None:
    typed("/incident invite <!subteam^S1>")
    groups["S1"]["users"] = groups["S1"]["users"][:1]
    slack.event({"type": "subteam_updated", "subteam": groups["S1"], "event_ts": slack.world.new_ts()})
    receive_all(connection, slack)
    work(slack)

    [asked] = typed("/incident invite <!subteam^S1>")

    assert "Bo" in asked["text"]
    assert "Cleo" not in asked["text"]


def test_a_group_that_is_switched_off_has_nobody(typed: Typed, groups: dict[str, Any]) -> None:
    groups["S1"]["date_delete"] = 1767225600

    [refused] = typed("/incident invite <!subteam^S1>")

    assert "Nobody of @payments" in refused["text"]


def test_groups_of_a_connection_that_was_removed_are_gone(typed: Typed, connection: Connection) -> None:
    typed("/incident invite <!subteam^S1>")
    Connection.objects.filter(pk=connection.pk).update(removed_at="2026-03-01T00:00Z")

    assert find_group("payments") is None

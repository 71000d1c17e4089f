"""Who is who in Slack: by a link that only they can open, or by address where an administrator trusts it."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry, Identity, Role, User
from connections.models import Connection
from incidents.models import Incident
from tests.fakes.slack_server import Channel, FakeSlack, Person
from tests.integrations.slack.working import receive, receive_all, work


@pytest.fixture
def trusting(connection: Connection) -> Connection:
    connection.settings = {**connection.settings, "trust_emails": "1"}
    connection.save()
    return connection


def _sev1(slack: FakeSlack, connection: Connection, channel: Channel, person: Person, incident: Incident) -> bool:
    """The person types a command that takes rights; tells whether it was done."""
    receive(connection, slack.command(channel, person, "/incident sev 1"))
    work(slack, seconds=5)
    incident.refresh_from_db()
    return incident.severity == 1


def _linked(person: Person) -> User | None:
    found = Identity.objects.filter(outside_id=person.id).first()
    return found.user if found else None


def test_a_member_with_the_address_of_one_account_is_that_account(
    slack: FakeSlack, trusting: Connection, channel: Channel, incident: Incident, bo: User
) -> None:
    person = slack.person("Bo", bo.email.upper())

    assert _sev1(slack, trusting, channel, person, incident)

    identity = Identity.objects.get(outside_id=person.id)
    assert (identity.user, identity.linked_how) == (bo, "email")
    entry = AuditEntry.objects.get(action="identity.linked_by_email")
    assert entry.after == {"user": bo.pk, "realm": f"slack:{slack.world.team_id}"}


def test_it_is_off_until_an_administrator_switches_it_on(
    slack: FakeSlack, connection: Connection, channel: Channel, incident: Incident, bo: User
) -> None:
    person = slack.person("Bo", bo.email)

    assert not _sev1(slack, connection, channel, person, incident)

    assert _linked(person) is None


def test_an_administrator_is_never_known_by_address(
    slack: FakeSlack, trusting: Connection, channel: Channel, incident: Incident, ada: User
) -> None:
    person = slack.person("Ada", ada.email)

    assert not _sev1(slack, trusting, channel, person, incident)

    assert _linked(person) is None


def test_who_becomes_an_administrator_has_to_open_the_link(
    slack: FakeSlack, trusting: Connection, channel: Channel, incident: Incident, bo: User
) -> None:
    person = slack.person("Bo", bo.email)
    slack.say(channel, person, "hello")
    receive_all(trusting, slack)
    work(slack)
    assert _linked(person) == bo
    User.objects.filter(pk=bo.pk).update(role=Role.ADMIN)

    assert not _sev1(slack, trusting, channel, person, incident)


@pytest.mark.parametrize(
    "flags",
    [{"is_guest": True}, {"is_bot": True}, {"is_gone": True}, {"is_confirmed": False}],
    ids=["guest", "bot", "deleted", "address not confirmed"],
)
def test_others_are_not(
    slack: FakeSlack,
    trusting: Connection,
    channel: Channel,
    incident: Incident,
    bo: User,
    flags: dict[str, Any],
) -> None:
    person = slack.person("Bo", bo.email, **flags)

    assert not _sev1(slack, trusting, channel, person, incident)

    assert _linked(person) is None


def test_somebody_of_another_workspace_is_not(
    slack: FakeSlack, trusting: Connection, channel: Channel, incident: Incident, bo: User
) -> None:
    """In a shared channel (Slack Connect) their own workspace says what their address is."""
    person = slack.person("Bo", bo.email)
    person.team = "T0ELSEWHERE"

    slack.say(channel, person, "hello")
    receive_all(trusting, slack)
    work(slack)

    assert _linked(person) is None


def test_an_account_that_is_not_active_is_nobodys(
    slack: FakeSlack, trusting: Connection, channel: Channel, incident: Incident, bo: User
) -> None:
    User.objects.filter(pk=bo.pk).update(is_active=False)
    person = slack.person("Bo", bo.email)

    assert not _sev1(slack, trusting, channel, person, incident)
    assert _linked(person) is None


def test_what_somebody_unlinked_stays_unlinked(
    slack: FakeSlack, trusting: Connection, channel: Channel, incident: Incident, bo: User, client: Client
) -> None:
    person = slack.person("Bo", bo.email)
    slack.say(channel, person, "hello")
    receive_all(trusting, slack)
    work(slack)
    identity = Identity.objects.get(outside_id=person.id)
    client.force_login(bo, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "by its e-mail address" in client.get("/me").content.decode()

    client.post(f"/me/identities/{identity.pk}/unlink")

    assert not _sev1(slack, trusting, channel, person, incident)
    assert _linked(person) is None


def test_an_address_that_only_begins_like_an_accounts_is_another(
    slack: FakeSlack, trusting: Connection, channel: Channel, incident: Incident, bo: User
) -> None:
    person = slack.person("Bo", "bo@example.com.evil.test")

    assert not _sev1(slack, trusting, channel, person, incident)
    assert _linked(person) is None


def test_somebody_unlinked_is_told_how_and_their_line_is_kept(
    slack: FakeSlack, connection: Connection, channel: Channel, incident: Incident
) -> None:
    person = slack.person("Cleo", "cleo@elsewhere.test")
    receive(connection, slack.command(channel, person, "/incident sev 1 it is much worse"))

    work(slack, seconds=5)

    drawn = str(slack.responses)
    assert "/incident sev 1 it is much worse" in drawn
    assert "Link my account" in drawn
    assert "/me/link/" in drawn


def test_the_switch_stands_in_the_form_and_on_the_page(client: Client, ada: User, connection: Connection) -> None:
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")

    client.post(f"/connections/{connection.pk}/edit", {"name": "Slack", "set-trust_emails": "1"})
    connection.refresh_from_db()
    assert connection.settings["trust_emails"] == "1"
    assert "yes" in client.get(f"/connections/{connection.pk}").content.decode()

    client.post(f"/connections/{connection.pk}/edit", {"name": "Slack"})
    connection.refresh_from_db()
    assert "trust_emails" not in connection.settings

"""Learning from Slack who people are: asked outside any transaction, kept as a fact.

What comes in is handled inside a transaction, where nobody may call out. So a line of somebody we have
not met waits (a row) until the fact is learned (a row), and is then looked at again. When Slack does not
say it within a few tries, the line goes on under the name that the request carried.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction

from chatops import hear
from common import clock, doorbell
from common.errors import PartnerTrouble
from common.operations import operation
from connections.models import Connection, Received
from connections.operations import in_trouble, out_of_trouble
from integrations.slack.client import SlackClient, SlackRefused, client_for
from integrations.slack.groups import group_of
from integrations.slack.models import Fact, Waiting
from integrations.slack.values import Own

log = logging.getLogger(__name__)

_PAUSES = (1.0, 3.0)
#: a line that Slack could not deliver comes again after one minute and after five more; whoever waits for it
#: is told when it comes, so looking is only for what was missed
_LINE_PAUSES = (1.0, 5.0, 60.0, 300.0, 600.0)
#: a line waits no longer than this for a name when Slack asks for a pause
_LONGEST_WAIT = 5.0
#: how long a fact is used before it is asked for again, without anybody waiting for that
_FRESH = {
    Fact.SELF: timedelta(hours=1),
    Fact.USER: timedelta(hours=24),
    Fact.CHANNEL: timedelta(hours=24),
    Fact.EMAIL: timedelta(hours=1),
    Fact.LINE: timedelta(hours=1),
    Fact.GROUP: timedelta(hours=24),
}
_UNSURE = timedelta(minutes=5)


def own_of(connection: Connection) -> Own | None:
    """Who we are in the connection's workspace; None when Slack has not said yet."""
    fact = Fact.objects.filter(connection=connection, about=Fact.SELF, is_sure=True).first()
    return own_in(fact.answer) if fact else None


def own_in(answer: Mapping[str, Any]) -> Own:
    """Read an answer of auth.test."""
    return Own(*(str(answer.get(key) or "") for key in ("team_id", "user_id", "bot_id", "url")))


def answers(connection: Connection, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Fact]:
    """The facts among those wanted that are known, or that we gave up on. Stale ones are asked for again."""
    pairs = set(wanted)
    rows = Fact.objects.filter(connection=connection, key__in=[key for _, key in pairs], learned_at__isnull=False)
    found = {(fact.about, fact.key): fact for fact in rows if (fact.about, fact.key) in pairs}
    now = clock.now()
    stale = [f.pk for f in found.values() if f.learned_at and now - f.learned_at > _shelf_life(f) and not f.due_at]
    if stale:
        Fact.objects.filter(pk__in=stale, due_at__isnull=True).update(due_at=now)
        doorbell.ring_after_commit(Fact)
    return found


def _shelf_life(fact: Fact) -> timedelta:
    return _FRESH[fact.about] if fact.is_sure else _UNSURE


@operation
def wait_for(received: Received, about: str, key: str = "") -> bool:
    """Have a fact asked for and the request looked at again after it; False when it is known by now."""
    fact, made = Fact.objects.get_or_create(
        connection=received.connection, about=about, key=key, defaults={"due_at": clock.now()}
    )
    # Locked, so that a learner either sees our waiting row or has told us already.
    locked = Fact.objects.select_for_update(no_key=True).filter(pk=fact.pk).first()
    if locked is None:
        return wait_for(received, about, key)
    fact = locked
    if fact.learned_at is not None:
        return False
    Waiting.objects.update_or_create(received=received, defaults={"fact": fact})
    if made or fact.due_at is None or fact.state == Fact.DEAD:
        Fact.objects.filter(pk=fact.pk).update(due_at=clock.now(), state=Fact.WAITING, attempts=0)
    doorbell.ring_after_commit(Fact)
    return True


@operation
def expect_line(connection: Connection, outside_id: str) -> None:
    """An answer came before the line it answers: have it join the thread once that line is here."""
    fact, _ = Fact.objects.get_or_create(connection=connection, about=Fact.LINE, key=outside_id)
    Fact.objects.filter(pk=fact.pk).update(answer={"answers": True})
    lines_came(connection, [outside_id])


@operation
def lines_came(connection: Connection, outside_ids: Iterable[str]) -> None:
    """These lines are here now: let what waits for them go on.

    Who is looking at this moment may have looked too early: their lease ends, so that what they write is nothing.
    """
    facts = Fact.objects.filter(connection=connection, about=Fact.LINE, key__in=list(outside_ids))
    if facts.update(
        due_at=clock.now(), state=Fact.WAITING, learned_at=None, attempts=0, lease_until=None, lease_owner=""
    ):
        doorbell.ring_after_commit(Fact)


def learn(fact: Fact) -> None:
    """Ask Slack and keep the answer. Called with the lease held and no transaction open."""
    try:
        answer = _look_for_line(fact) if fact.about == Fact.LINE else _ask(client_for(fact.connection), fact)
    except PartnerTrouble as trouble:
        _not_learned(fact, trouble)
        return
    except Exception as error:
        # An answer of a shape that nobody expected must not keep a line waiting for ever.
        log.exception("%s could not be learned", fact)
        _not_learned(fact, PartnerTrouble(f"Slack's answer could not be read: {error!r}"))
        return
    keep(fact, answer, is_sure=True)


def _ask(client: SlackClient, fact: Fact) -> dict[str, Any]:
    if fact.about == Fact.SELF:
        return ask_self(client)
    if fact.about == Fact.USER:
        return person_of(client.call("users.info", user=fact.key).get("user") or {})
    if fact.about == Fact.EMAIL:
        return ask_email(client, fact.key)
    if fact.about == Fact.GROUP:
        return _ask_group(client, fact)
    return {"name": str((client.call("conversations.info", channel=fact.key).get("channel") or {}).get("name", ""))}


def _look_for_line(fact: Fact) -> dict[str, Any]:
    """A reaction came before its line: look whether the line is here by now.

    :raises PartnerTrouble: not yet.
    """
    if not hear.is_here(fact.connection, fact.key):
        raise PartnerTrouble("The line it belongs to has not come yet.", code="not_here")
    return {}


def ask_self(client: SlackClient) -> dict[str, Any]:
    """What auth.test says, and the scopes of the token.

    :raises PartnerTrouble: Slack refuses or does not answer.
    """
    said = client.call("auth.test")
    answer = {key: str(said.get(key) or "") for key in ("team_id", "user_id", "bot_id", "url", "team", "user")}
    return {**answer, "scopes": sorted(client.scopes or ())}


def ask_email(client: SlackClient, email: str) -> dict[str, Any]:
    """The id of the person with this address; empty for nobody, for bots and for who has left.

    :raises PartnerTrouble: Slack refuses for another reason, or does not answer.
    """
    try:
        user = client.call("users.lookupByEmail", email=email).get("user") or {}
    except SlackRefused as refused:
        if refused.code not in ("users_not_found", "user_not_found"):
            raise
        user = {}
    return {"id": "" if user.get("deleted") or user.get("is_bot") else str(user.get("id", ""))}


def _ask_group(client: SlackClient, fact: Fact) -> dict[str, Any]:
    """The handle of a user group and who is in it. One call tells all of them, so all are kept."""
    answer = client.call("usergroups.list", include_disabled=True, include_users=True)
    found = {str(group.get("id")): group_of(group) for group in answer.get("usergroups") or []}
    nobody = group_of({})
    waited_for = Fact.objects.filter(connection=fact.connection, about=Fact.GROUP, due_at__isnull=False)
    for other in waited_for.exclude(pk=fact.pk):
        keep(other, found.get(other.key, nobody), is_sure=True)
    known = set(Fact.objects.filter(connection=fact.connection, about=Fact.GROUP).values_list("key", flat=True))
    for key in found.keys() - known:
        put(fact.connection, Fact.GROUP, key, found[key])
    return found.get(fact.key, nobody)


def forget_groups(connection: Connection) -> None:
    """User groups changed: those we know are asked for again."""
    known = Fact.objects.filter(connection=connection, about=Fact.GROUP, learned_at__isnull=False)
    if known.update(due_at=clock.now()):
        doorbell.ring_after_commit(Fact)


def person_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """What we keep of Slack's record of a user."""
    profile = record.get("profile") if isinstance(record.get("profile"), dict) else {}
    assert isinstance(profile, dict)
    names = (profile.get("display_name"), profile.get("real_name"), record.get("real_name"), record.get("name"))
    return {
        "name": next((name for name in names if isinstance(name, str) and name.strip()), "")[:120],
        "email": str(profile.get("email") or "")[:254],
        "is_bot": record.get("is_bot") is True,
        "is_guest": bool(record.get("is_restricted") or record.get("is_ultra_restricted") or record.get("is_stranger")),
        "is_gone": record.get("deleted") is True,
        "team": str(record.get("team_id") or "")[:40],
        # Slack leaves it out for some kinds of tokens; only a plain no means that the address may be anybody's.
        "is_email_open": record.get("is_email_confirmed") is False,
    }


def _not_learned(fact: Fact, trouble: PartnerTrouble) -> None:
    tries = fact.attempts + 1
    pauses = _LINE_PAUSES if fact.about == Fact.LINE else _PAUSES
    is_final = trouble.permanent or tries > len(pauses) or (trouble.retry_after or 0) > _LONGEST_WAIT
    # What is said already (the app was uninstalled) says more than that its token does not work.
    is_news = trouble.needs_hands and Connection.objects.filter(pk=fact.connection_id, trouble="").exists()
    if is_news or (trouble.permanent and fact.about == Fact.SELF) or trouble.code == "missing_scope":
        in_trouble(fact.connection, trouble.message)
    if is_final and fact.about != Fact.SELF:
        keep(fact, fact.answer, is_sure=False, error=trouble.message)
        return
    # Without knowing who we are nothing may be heard, so this is asked until Slack says it.
    pause = trouble.retry_after
    if pause is None:
        pause = pauses[tries - 1] if tries <= len(pauses) else 30.0
    fact.attempts = tries
    fact.again(error=trouble.message, at=clock.now() + timedelta(seconds=pause), count=False)


@operation
def keep(fact: Fact, answer: dict[str, Any], *, is_sure: bool, error: str = "") -> None:
    """Store what is known now, and let what waited for it go on."""
    if fact.about == Fact.LINE and is_sure:
        # First the incident, then the fact: the order in which a line is heard.
        _join_thread(fact)
    locked = Fact.objects.select_for_update(no_key=True).get(pk=fact.pk)
    if not is_sure and locked.lease_owner != fact.lease_owner:
        # What was given up has come meanwhile: somebody looks again.
        return
    Fact.objects.filter(pk=fact.pk).update(
        answer=answer,
        is_sure=is_sure,
        learned_at=clock.now(),
        due_at=None,
        attempts=0,
        last_error=error[:2000],
        lease_until=None,
        lease_owner="",
    )
    if fact.about == Fact.SELF and is_sure:
        _name_realm(fact.connection, answer)
    waiting = list(Waiting.objects.filter(fact=fact).select_related("received").order_by("received_id"))
    Waiting.objects.filter(pk__in=[row.pk for row in waiting]).delete()
    for row in waiting:
        row.received.revive()
    if fact.about == Fact.LINE and is_sure:
        # The line is here: nothing is waited for any more.
        Fact.objects.filter(pk=fact.pk).delete()


def _join_thread(fact: Fact) -> None:
    """The line is here: answers that came before it join it."""
    hear.hear_parent(connection=fact.connection, room_outside_id=fact.key.split(":")[2], outside_id=fact.key)


def _name_realm(connection: Connection, answer: Mapping[str, Any]) -> None:
    """The rest of the house reads from the settings whose ids these are."""
    with transaction.atomic():
        row = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
        named = {"realm": f"slack:{answer['team_id']}", "team_id": answer["team_id"], "team": answer["team"]}
        if {key: row.settings.get(key) for key in named} != named:
            Connection.objects.filter(pk=connection.pk).update(settings={**row.settings, **named})
        connection.settings = {**row.settings, **named}
    out_of_trouble(connection)


def ask_again(connection: Connection, about: str, key: str = "") -> None:
    """Have a fact asked for anew, whatever is known; nobody waits for it."""
    Fact.objects.filter(connection=connection, about=about, key=key).update(
        due_at=clock.now(), state=Fact.WAITING, attempts=0
    )
    doorbell.ring_after_commit(Fact)


def forget(connection: Connection, about: str, key: str) -> None:
    """It was only of use once; what answers to it still wait for stays, and what is waited for anew."""
    given_up = Fact.objects.filter(connection=connection, about=about, key=key, answer={})
    given_up.filter(learned_at__isnull=False).delete()


def put(connection: Connection, about: str, key: str, answer: dict[str, Any]) -> None:
    """Keep something that Slack told us unasked, or in answer to a call made elsewhere."""
    fact, _ = Fact.objects.get_or_create(connection=connection, about=about, key=key)
    keep(fact, answer, is_sure=True)

"""People and channels of a workspace by their names, from what Slack has told us so far."""

from collections.abc import Iterable, Mapping
from typing import Any

from accounts.linking import link_by_email
from accounts.models import Identity
from chatops.rooms import room_of_channel
from chatops.speakers import Outsider
from connections.models import Connection
from integrations.slack import learning
from integrations.slack.models import Fact
from integrations.slack.values import Author, Own

Need = tuple[str, str]
#: the switch of a connection: people are known by their address
TRUST = "trust_emails"


def realm_of(team: str) -> str:
    """Where ids of people are unique: a person is linked as (realm, id), never by name or address."""
    return f"slack:{team}"


class People:
    """Who is who, for one request."""

    def __init__(self, connection: Connection, own: Own) -> None:
        self._connection = connection
        self._own = own
        self._facts: dict[Need, Fact] = {}
        self._handles: dict[str, str] = {}

    def meet(self, needs: Iterable[Need]) -> None:
        """Read what is known about these."""
        found = learning.answers(self._connection, needs)
        self._facts |= found
        ids = [key for about, key in found if about == Fact.USER]
        linked = Identity.objects.filter(realm=realm_of(self._own.team_id), outside_id__in=ids, user__is_active=True)
        self._handles |= dict(linked.values_list("outside_id", "user__handle"))

    def missing(self, needs: Iterable[Need]) -> list[Need]:
        """Those that Slack has not been asked about, in an order that all share: they will be locked."""
        needs = sorted(set(needs))
        self.meet(needs)
        return [need for need in needs if need not in self._facts]

    def name(self, kind: str, id_: str) -> str:
        """Linked people by their handle here, channels of incidents by theirs, others by Slack's name."""
        if kind == "user" and id_ == self._own.user_id:
            return "warroom"
        if kind == "user" and id_ in self._handles:
            return self._handles[id_]
        if kind == "channel" and (room := room_of_channel(self._connection, id_)):
            return room.name
        fact = self._facts.get((kind, id_))
        return str(fact.answer.get("name", "")) if fact else ""

    def _may_link(self, author: Author, said: Mapping[str, Any]) -> bool:
        """Tell whether Slack's word for the address is enough: a full member of our own workspace, no bot,
        whose address Slack has confirmed, where an administrator has switched that on."""
        is_own = author.team == self._own.team_id == said.get("team")
        is_person = not author.is_bot and not said.get("is_bot")
        is_trusted = self._connection.settings.get(TRUST) in ("1", True) and not said.get("is_email_open", True)
        return is_own and is_person and is_trusted and bool(said.get("email")) and author.id not in self._handles

    def outsider(self, author: Author) -> Outsider:
        """The person as Slack describes them. Whoever it did not describe counts as a guest: no commands."""
        if (Fact.USER, author.id) not in self._facts and not author.is_bot:
            self.meet([(Fact.USER, author.id)])
        fact = self._facts.get((Fact.USER, author.id))
        said = fact.answer if fact else {}
        is_member = fact is not None and fact.is_sure and not said.get("is_guest") and not said.get("is_gone")
        if is_member and self._may_link(author, said):
            link_by_email(
                realm=realm_of(author.team), outside_id=author.id, name=str(said["name"]), email=str(said["email"])
            )
        return Outsider(
            id=author.id,
            name=str(said.get("name") or author.name),
            email=str(said.get("email") or ""),
            is_bot=author.is_bot or bool(said.get("is_bot")),
            is_guest=not is_member or author.team != self._own.team_id,
        )

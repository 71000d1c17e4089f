"""The home of our app in a chat, for one person: what is open, what is theirs to do, and the way to declare."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from accounts.linking import link_url
from accounts.models import Identity
from chatops.commands.kit.answers import address, age
from chatops.drawing import incident_url
from chatops.models import Home, HomesRound
from chatops.port import Button, Card, ChatPort
from chatops.replies import plain
from chatops.speakers import person_of
from common import clock, doorbell
from common.ids import digest
from common.operations import operation
from connections.models import Connection, Lane
from connections.operations import want, want_again
from incidents.models import ActionItem, Incident
from incidents.models.incident import OPEN
from incidents.queries import commander_of, incidents_for

_PRIORITY = 3
_MOST_INCIDENTS, _MOST_TASKS, _AT_ONCE = 10, 10, 200
#: a home that nobody has looked at for longer is drawn when it is opened
_LOOKED_AT = timedelta(days=3)
#: between the two times that a round goes; no transaction is open for so long
_ONCE_MORE = timedelta(seconds=10)


@operation
def want_home(*, connection: Connection, identity: Identity) -> None:
    """Somebody looks at the home: have it drawn anew, whatever we think stands there."""
    lane, _ = Lane.objects.get_or_create(
        connection=connection,
        key=f"home:{identity.outside_id}",
        defaults={"kind": "home", "address": identity.outside_id},
    )
    Home.objects.update_or_create(
        connection=connection,
        identity=identity,
        defaults={"lane": lane, "looked_at": clock.now(), "drawn": ""},
    )
    HomesRound.objects.get_or_create(name="homes")
    want([lane.pk], thing_kind="home", thing_id=identity.pk, priority=_PRIORITY)


def refresh_homes(*, everybody: bool = False) -> None:
    """What stands in homes has changed: those that people look at are drawn anew, soon. Joins the transaction.

    One row says so, however many homes there are, and mostly it says so already.

    :param everybody: also of those who have not looked for long.
    """
    changes: dict[str, Any] = {"is_last": False, "due_at": Coalesce(F("due_at"), clock.now())}
    rows = HomesRound.objects.all()
    if everybody:
        changes["everybody"] = True
    else:
        rows = rows.filter(Q(due_at__isnull=True) | Q(is_last=True))
    if rows.update(**changes):
        doorbell.ring_after_commit(HomesRound)


def refresh_homes_of(users: Iterable[int]) -> None:
    """What these people may see has changed: their homes are drawn anew, however long ago they were looked at."""
    theirs = Home.objects.filter(identity__user_id__in=list(users))
    want_again(theirs.values_list("lane_id", flat=True), thing_kind="home")


def go_round(row: HomesRound) -> None:
    """Have the homes drawn anew, a batch at a time; then once more, for what was not committed yet."""
    homes = Home.objects.filter(connection__is_on=True, connection__removed_at__isnull=True)
    if not row.everybody:
        homes = homes.filter(looked_at__gt=clock.now() - _LOOKED_AT)
    reached = 0
    while batch := list(homes.filter(pk__gt=reached).order_by("pk").values_list("pk", "lane_id")[:_AT_ONCE]):
        want_again([lane_id for _, lane_id in batch], thing_kind="home")
        reached = batch[-1][0]
        if not row.renew():
            return
    if not row.is_last:
        row.again(error="", at=clock.now() + _ONCE_MORE, count=False, is_last=True)
        return
    over = HomesRound.objects.filter(pk=row.pk, lease_owner=row.lease_owner, is_last=True)
    if not over.update(is_last=False, everybody=False, due_at=None, lease_until=None, lease_owner=""):
        # Something changed meanwhile.
        row.again(error="", at=clock.now(), count=False)


def show_home(chat: ChatPort, home: Home) -> None:
    """Draw a home, unless the same stands there."""
    cards = draw_home(home.identity)
    drawn = digest(repr(cards))
    if drawn != home.drawn:
        chat.show_home(home.lane.address, cards)
        # Whoever opens it meanwhile has it drawn anew.
        Home.objects.filter(pk=home.pk, looked_at=home.looked_at).update(drawn=drawn)


def draw_home(identity: Identity) -> Sequence[Card]:
    """The cards of a home, from above. What the person may not see is not in it."""
    user = person_of(identity)
    rows = list(incidents_for(user).filter(status__in=OPEN).order_by("severity", "-number")[: _MOST_INCIDENTS + 1])
    cards = [
        Card(
            title=_headline(len(rows)),
            buttons=[
                Button("Declare an incident", command="/incident create --form", style="primary"),
                Button("Open Warroom", url=address("/")),
            ],
        )
    ]
    if user is None:
        url = link_url(identity.realm, identity.outside_id)
        text = (
            "I don't know which account you are. Link it to run incidents from here (the link is good for 10 minutes)."
        )
        cards.append(Card(title="", text=text, buttons=[Button("Link my account", url=url)]))
    cards += [_incident(incident) for incident in rows[:_MOST_INCIDENTS]]
    if user is not None:
        seen = Incident.objects.visible_to(user)
        mine = ActionItem.objects.filter(owner=user, done_at__isnull=True, incident__in=seen)
        tasks = [
            f"- #{one.incident_id} {plain(one.text)}" for one in mine.order_by("due_at", "-incident_id")[:_MOST_TASKS]
        ]
        cards += [Card(title="Yours to do", text="\n".join(tasks))] if tasks else []
    return cards


def _headline(count: int) -> str:
    if not count:
        return "All quiet. No incident is open."
    if count == 1:
        return "One open incident"
    return f"More than {_MOST_INCIDENTS} open incidents" if count > _MOST_INCIDENTS else f"{count} open incidents"


def _incident(incident: Incident) -> Card:
    lead = commander_of(incident)
    since = age(incident.started_at or incident.declared_at)
    facts = " · ".join([str(incident.status), f"{plain(lead.name)} leads" if lead else "nobody leads", since])
    return Card(
        title="",
        text=f"**{incident.sev} #{incident.pk} {plain(incident.display_title)}**\n{facts}",
        buttons=[
            Button("Join", command=f"/incident join #{incident.pk}"),
            Button("Open web room", url=incident_url(incident)),
        ],
    )

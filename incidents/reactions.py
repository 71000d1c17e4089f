"""What incidents does when news arrives from below."""

from accounts.actors import SYSTEM, Actor
from accounts.models import User
from accounts.news import PersonLeft
from alerts.news import AlertRouted
from common.news import listens
from incidents.models import RoleAssignment
from incidents.models.incident import OPEN
from incidents.operations.alerting import follow_group
from incidents.operations.lifecycle import investigate
from incidents.operations.people import come_as_paged, drop_role
from oncall.news import PageAcknowledged


@listens(PersonLeft)
def hand_back_roles(news: PersonLeft) -> None:
    """A person was deactivated: their roles in open incidents become empty, and the rooms are told."""
    user = User.objects.get(pk=news.user_id)
    held = RoleAssignment.objects.filter(user=user, ended_at__isnull=True, incident__status__in=OPEN).order_by(
        "incident_id"
    )
    for assignment in held:
        drop_role(number=assignment.incident_id, role=assignment.role, by=SYSTEM, user=user)


@listens(AlertRouted)
def follow_alert(news: AlertRouted) -> None:
    """An alert group moved: declare, join or move its incident."""
    follow_group(
        group_id=news.group_id,
        alert_id=news.alert_id,
        before=news.before,
        after=news.after,
        adopted=news.adopted,
    )


@listens(PageAcknowledged)
def begin_work(news: PageAcknowledged) -> None:
    """Somebody has it: they come into the room, and triage ends."""
    if news.subject_kind != "incident":
        return
    user = User.objects.get(pk=news.user_id)
    come_as_paged(number=news.subject_id, user=user)
    investigate(number=news.subject_id, by=Actor.person(user, news.surface))

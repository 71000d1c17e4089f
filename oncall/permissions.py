"""Who may change who is on call, and who is paged."""

from accounts.actors import Actor
from accounts.models import TeamMember, User
from accounts.permissions import Right, may
from common.errors import NotAllowed
from oncall.models import EscalationPolicy, Schedule

#: what a team may own here
Owned = Schedule | EscalationPolicy


def may_change(by: Actor, owned: Owned) -> bool:
    """Tell whether the actor may change it: administrators, and responders of the team that owns it."""
    if may(by, Right.ADMINISTER):
        return True
    return may(by, Right.RESPOND) and _is_of_team(by.user, owned)


def require_change(by: Actor, owned: Owned) -> None:
    """Refuse who may not change a schedule or a policy.

    :raises NotAllowed: naming who may.
    """
    if not may_change(by, owned):
        who = "administrators"
        if owned.team:
            who += f" and responders of {owned.team.name}"
        raise NotAllowed(f"You can't change the {owned._meta.verbose_name} {owned.name}. Allowed: {who}.")


def require_cover(by: Actor, schedule: Schedule, user: User) -> None:
    """Refuse who may not put this person on call. Every responder may take it on themselves.

    :raises NotAllowed: naming who may.
    """
    if by.user is not None and by.user.pk == user.pk and may(by, Right.RESPOND):
        return
    require_change(by, schedule)


def _is_of_team(user: User | None, owned: Owned) -> bool:
    if user is None or owned.team_id is None:
        return False
    return TeamMember.objects.filter(team=owned.team_id, user=user).exists()

"""Who sees it: private, unprivate, invite, remove. What many would notice is shown before it happens."""

from collections.abc import Sequence

from chatops.commands.kit.answers import already, asks, changed, undo
from chatops.commands.kit.args import Args
from chatops.context import Context
from chatops.grammar.errors import shortened
from chatops.grammar.shapes import Arg, Flag, Kind, Takes
from chatops.grammar.writing import command_line, write_handle
from chatops.groups import Group
from chatops.port import Button
from chatops.registry import command
from chatops.replies import Reply, plain
from incidents.models import Incident
from incidents.operations import people
from incidents.permissions import Doing

_MOST_NAMES = 6
_REASON = Arg("reason", Kind.TEXT, required=False)
_PERSON = Arg("user", Kind.USER, ask="Whom?")


@command(
    "incident",
    "private",
    form="/incident private [reason]",
    summary="Let only its members see it; shows who that is first.",
    examples=("/incident private customer data is involved", "/incident private --yes"),
    who=Doing.ACCESS,
    args=(_REASON,),
    flags=(Flag("yes"),),
    takes=Takes.BARE,
)
def private(context: Context, args: Args) -> Reply:
    incident = args.incident
    if incident.is_private:
        return already(f"#{incident.pk} is private already.", incident)
    if not args.switch("yes"):
        text = (
            f"Only these people would see #{incident.pk} from now on: {_members(incident)}. "
            "Lines already in chat channels stay visible there. Nothing has changed yet."
        )
        return _confirm(args, "private", "Make it private", text)
    people.set_private(number=incident.pk, is_private=True, by=context.by, reason=args.text("reason"))
    return changed(context, incident, f"#{incident.pk} is now private.", undo=undo("unprivate", incident, "--yes"))


@command(
    "incident",
    "unprivate",
    aliases=("public",),
    form="/incident unprivate [reason]",
    summary="Let everybody signed in see it again; asks first.",
    examples=("/incident unprivate no customer data after all", "/incident unprivate --yes"),
    who=Doing.ACCESS,
    args=(_REASON,),
    flags=(Flag("yes"),),
    takes=Takes.BARE,
)
def unprivate(context: Context, args: Args) -> Reply:
    incident = args.incident
    if not incident.is_private:
        return already(f"#{incident.pk} is open to everybody already.", incident)
    if not args.switch("yes"):
        text = (
            f"Everybody signed in would see #{incident.pk} and all {incident.last_sequence} events of its "
            "timeline. Nothing has changed yet."
        )
        return _confirm(args, "unprivate", "Open it to everybody", text)
    people.set_private(number=incident.pk, is_private=False, by=context.by, reason=args.text("reason"))
    said = f"Everybody signed in sees #{incident.pk} now."
    return changed(context, incident, said, undo=undo("private", incident, "--yes"))


def _confirm(args: Args, sub: str, label: str, text: str) -> Reply:
    reason = args.text("reason") or None
    line = command_line(f"/incident {sub} --yes", incident=args.incident.pk, text=reason)
    return asks(f"{text}\nTo do it: `{shortened(line, 300)}`", args.incident, buttons=[Button(label, command=line)])


def _members(incident: Incident) -> str:
    rows = incident.members.filter(left_at__isnull=True).select_related("user").order_by("user__name")
    names = [plain(member.user.name) for member in rows]
    return _some(names) or "nobody but you"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


@command(
    "incident",
    "invite",
    form="/incident invite <user|group> [--yes]",
    summary="Bring somebody in; in a private incident this lets them see it. A team or a user group: asks first.",
    examples=("/incident invite @bo", "/incident invite @payments --yes"),
    who=Doing.SPEAK,
    args=(Arg("user", Kind.PEOPLE, ask="Whom?"),),
    flags=(Flag("yes"),),
)
def invite(context: Context, args: Args) -> Reply:
    incident, group = args.incident, args.people("user")
    if group.name:
        return _invite_group(context, args, group)
    user = group.people[0]
    if incident.members.filter(user=user, left_at__isnull=True).exists():
        return already(f"{plain(user.name)} is in #{incident.pk} already.", incident)
    people.invite(number=incident.pk, user=user, by=context.by)
    back = undo("remove", incident, write_handle(user.handle))
    return changed(context, incident, f"{plain(user.name)} is in #{incident.pk} now.", undo=back)


def _invite_group(context: Context, args: Args, group: Group) -> Reply:
    """A group is shown before it comes in: who sees an incident changes, and many are disturbed."""
    incident = args.incident
    here = set(incident.members.filter(left_at__isnull=True).values_list("user_id", flat=True))
    coming = [user for user in group.people if user.pk not in here]
    if not coming:
        return already(f"Everybody of @{plain(group.name)} is in #{incident.pk} already.", incident)
    names = _some([plain(user.name) for user in coming])
    if not args.switch("yes"):
        strangers = f" {group.strangers} of it have no account here and stay out." if group.strangers else ""
        sees = " They would see it from then on." if incident.is_private else ""
        line = command_line("/incident invite", write_handle(group.name), "--yes", incident=incident.pk)
        text = (
            f"@{plain(group.name)} would bring {names} into #{incident.pk}.{sees}{strangers} Nothing has changed yet."
        )
        return asks(
            f"{text}\nTo do it: `{shortened(line, 300)}`", incident, buttons=[Button("Bring them in", command=line)]
        )
    people.invite_all(number=incident.pk, users=coming, by=context.by)
    return changed(context, incident, f"In #{incident.pk} now, of @{plain(group.name)}: {names}.")


@command(
    "incident",
    "remove",
    form="/incident remove <user>",
    summary="Take somebody out; their roles end, and a private incident is hidden from them.",
    examples=("/incident remove @bo", "/incident remove Cleo"),
    who=Doing.ACCESS,
    args=(_PERSON,),
)
def remove(context: Context, args: Args) -> Reply:
    incident, user = args.incident, args.person("user")
    if not incident.members.filter(user=user, left_at__isnull=True).exists():
        return already(f"{plain(user.name)} is not in #{incident.pk}.", incident)
    people.remove_member(number=incident.pk, user=user, by=context.by)
    back = undo("invite", incident, write_handle(user.handle))
    return changed(context, incident, f"{plain(user.name)} is no longer in #{incident.pk}.", undo=back)

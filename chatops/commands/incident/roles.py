"""Who holds which role: lead, take, assign, drop, hand over."""

from accounts.linking import LINK_HINT
from accounts.models import User
from chatops.commands.kit.answers import age, already, changed, clock_of, conflict, only_you, overtaken, undo
from chatops.commands.kit.args import Args
from chatops.context import Context
from chatops.grammar.shapes import Arg, Flag, Kind, Takes
from chatops.grammar.values import ROLES
from chatops.grammar.writing import command_line, write_handle, write_word
from chatops.port import Button
from chatops.registry import command
from chatops.replies import Reply, plain
from common.errors import Invalid, NotAllowed
from incidents.models import COMMANDER, Incident, RoleAssignment
from incidents.models.people import SINGLE_ROLES
from incidents.operations import people
from incidents.permissions import Doing

YES = Flag("yes")
_PERSON = Arg("user", Kind.USER, ask="Whom?")
_ROLE = Arg("role", Kind.ROLE, ask="Which role?", fillers=("as",))


@command(
    "incident",
    "lead",
    aliases=("commander",),
    form="/incident lead [user]",
    summary="Take the lead, or give it to somebody.",
    examples=("/incident lead", "/incident lead @bo"),
    who=Doing.RUN,
    args=(Arg("user", Kind.USER, required=False),),
    flags=(YES,),
    rank=3,
)
def lead(context: Context, args: Args) -> Reply:
    return _give(context, args, COMMANDER, args.user("user") or _me(context))


@command(
    "incident",
    "take",
    form="/incident take <role>",
    summary="Take a role.",
    examples=("/incident take comms", "/incident take the lead"),
    who=Doing.RUN,
    args=(_ROLE,),
    flags=(YES,),
)
def take(context: Context, args: Args) -> Reply:
    return _give(context, args, args.text("role"), _me(context))


@command(
    "incident",
    "assign",
    form="/incident assign <role> <user>",
    summary="Give a role to somebody.",
    examples=("/incident assign comms @cleo", "/incident assign scribe to me"),
    who=Doing.RUN,
    args=(_ROLE, Arg("user", Kind.USER, ask="To whom?", fillers=("as",))),
    flags=(YES,),
)
def assign(context: Context, args: Args) -> Reply:
    return _give(context, args, args.text("role"), args.person("user"))


@command(
    "incident",
    "drop",
    form="/incident drop <role> [user]",
    summary="End a role: yours, or the named person's.",
    examples=("/incident drop comms", "/incident drop responder @bo"),
    who=Doing.RUN,
    args=(_ROLE, Arg("user", Kind.USER, required=False, fillers=("of", "from"))),
)
def drop(context: Context, args: Args) -> Reply:
    incident, role = args.incident, people.role_name(args.text("role"))
    held = holders(incident, role)
    whose = args.user("user") or _whose(context, role, held)
    if whose is None:
        return already(f"Nobody is {role} of #{incident.pk}.", incident)
    if all(found.user_id != whose.pk for found in held):
        return already(f"{plain(whose.name)} is not {role} of #{incident.pk}.", incident)
    people.drop_role(number=incident.pk, role=role, by=context.by, user=whose)
    said = f"{plain(whose.name)} is no longer {role} of #{incident.pk}."
    return changed(context, incident, said, undo=undo("assign", incident, write_word(role), handle(whose)))


def _whose(context: Context, role: str, held: list[RoleAssignment]) -> User | None:
    """A role that several share is dropped for oneself; a single one for whoever holds it."""
    mine = next((found.user for found in held if context.by.user and found.user_id == context.by.user.pk), None)
    if mine is not None or not held:
        return mine
    if len(held) > 1:
        names = ", ".join(f"@{found.user.handle}" for found in held)
        raise Invalid(f"Several people are {role}: {names}.", field="user", hint="Say whose role ends.")
    return held[0].user


@command(
    "incident",
    "handoff",
    aliases=("handover", "hand-over"),
    form="/incident handoff <user> [note]",
    summary="Pass your roles on, with a note.",
    examples=("/incident handoff @bo", "/incident handoff @bo rollback is running, watch the queue"),
    who=Doing.RUN,
    args=(Arg("user", Kind.USER, ask="To whom?"), Arg("note", Kind.TEXT, required=False)),
)
def handoff(context: Context, args: Args) -> Reply:
    incident, to, me = args.incident, args.person("user"), context.by.user
    if me is not None and to.pk == me.pk:
        return already("You hold them yourself; name somebody else.", incident)
    rows = RoleAssignment.objects.filter(incident=incident, user=me, ended_at__isnull=True)
    mine = list(rows.values_list("role", flat=True)) if me else []
    before = holders(incident, COMMANDER)
    if not mine and any(held.user_id == to.pk for held in before):
        return already(f"You hold no role, and {plain(to.name)} leads #{incident.pk} already.", incident)
    people.hand_over(number=incident.pk, to=to, by=context.by, note=args.text("note"))
    said = (
        f"{plain(to.name)} is now {' and '.join(mine or [COMMANDER])} of #{incident.pk}, from {plain(context.by.name)}."
    )
    was = me if mine else (before[0].user if before else None)
    role = mine[0] if mine else COMMANDER
    back = undo("assign", incident, write_word(role), handle(was)) if was else undo("drop", incident, role)
    return changed(context, incident, said, undo=back if len(mine) < 2 else "")


@command(
    "incident",
    "roles",
    aliases=("people",),
    form="/incident roles [inc]",
    summary="Show who holds which role (only you see it).",
    examples=("/incident roles", "/incident roles #142"),
    who=Doing.READ,
    takes=Takes.BARE,
)
def roles(context: Context, args: Args) -> Reply:
    incident = args.incident
    rows = RoleAssignment.objects.filter(incident=incident, ended_at__isnull=True).select_related("user")
    held: dict[str, list[str]] = {role: [] for role in ROLES}
    for row in rows:
        held.setdefault(row.role, []).append(f"{plain(row.user.name)} ({age(row.assigned_at)})")
    lines = [f"- {role}: {', '.join(names) or 'nobody'}" for role, names in held.items()]
    return only_you(
        "\n".join(lines),
        incident,
        buttons=[
            Button(f"Be {role}", command=command_line("/incident take", role, incident=incident.pk))
            for role, names in held.items()
            if not names
        ],
    )


# --- giving a role --------------------------------------------------------------------------------


def holders(incident: Incident, role: str) -> list[RoleAssignment]:
    """Who holds a role now."""
    rows = RoleAssignment.objects.filter(incident=incident, role=role, ended_at__isnull=True)
    return list(rows.select_related("user"))


def handle(user: User) -> str:
    """A person as typed."""
    return write_handle(user.handle)


def _me(context: Context) -> User:
    if context.by.user is None:
        raise NotAllowed(
            "Only people with an account can hold a role.",
            hint=LINK_HINT,
        )
    return context.by.user


def _give(context: Context, args: Args, word: str, user: User) -> Reply:
    """Give a role, unless it is so already or somebody else just gave it to another."""
    incident, role = args.incident, people.role_name(word)
    before = holders(incident, role)
    held = next((found for found in before if found.user_id == user.pk), None)
    if held is not None:
        is_me = context.by.user is not None and context.by.user.pk == user.pk
        who = "You are" if is_me else f"{plain(user.name)} is"
        return already(f"{who} already {role} since {clock_of(context, held.assigned_at)}.", incident)
    was = before[0].user if before and role in SINGLE_ROLES else None
    if was is not None and not args.switch("yes") and (clash := _clash(context, incident, role, was, user)):
        return clash
    people.assign_role(number=incident.pk, role=role, user=user, by=context.by)
    said = f"{plain(user.name)} is now {role} of #{incident.pk}" + (f" (was {plain(was.name)})." if was else ".")
    back = undo("assign", incident, write_word(role), handle(was)) if was else _take_back(incident, role, user)
    return changed(context, incident, said, undo=back)


def _take_back(incident: Incident, role: str, user: User) -> str:
    person = [] if role in SINGLE_ROLES else [handle(user)]
    return undo("drop", incident, write_word(role), *person)


def _clash(context: Context, incident: Incident, role: str, was: User, user: User) -> Reply | None:
    """Two people giving the same role within seconds did not see each other."""
    event = overtaken(context, incident, "role.assigned")
    if event is None or event.data.get("role") != role:
        return None
    line = command_line("/incident assign", write_word(role), handle(user), "--yes", incident=incident.pk)
    keep = command_line("/incident assign", write_word(role), handle(was), incident=incident.pk)
    return conflict(
        event,
        incident,
        theirs=plain(was.name),
        yours=plain(user.name),
        buttons=[Button(f"Set {user.name}", command=line), Button(f"Keep {was.name}", command=keep)],
    )

"""Action items: tasks during the incident, follow-ups after it. The same verbs for both."""

from collections.abc import Callable
from functools import partial

from chatops.commands.kit.answers import already, changed, clock_of, only_you, undo
from chatops.commands.kit.args import Args
from chatops.context import Context
from chatops.grammar.shapes import Arg, Flag, Kind, Takes
from chatops.grammar.writing import write_handle
from chatops.port import Button
from chatops.registry import command
from chatops.replies import Reply, plain
from common.errors import NotFound
from incidents.models import ActionItem, Incident
from incidents.operations import tasks
from incidents.permissions import Doing

_NUMBER = Arg("item", Kind.NUMBER, ask="Which one? Its number.")
_OWNER = Arg("user", Kind.USER, ask="To whom?", choices={"nobody": "nobody", "none": "nobody"})
_MOST_LISTED = 40

Verb = Callable[[str, Context, Args], Reply]


def add(group: str, context: Context, args: Args) -> Reply:
    """Write one down."""
    kind = ActionItem.TASK if group == "task" else ActionItem.FOLLOW_UP
    item = tasks.add_item(
        number=args.incident.pk,
        text=args.text("text"),
        by=context.by,
        kind=kind,
        owner=args.user("user"),
        due_at=args.at("due"),
        origin=args.number_or_none("from"),
    )
    parts = [plain(item.owner.name)] if item.owner else []
    parts += [f"due {clock_of(context, item.due_at)}"] if item.due_at else []
    detail = f" ({', '.join(parts)})" if parts else ""
    said = f"#{args.incident.pk} {item.kind} {item.number}: {plain(item.text)}{detail}"
    done = Button("Done", command=undo(f"{group} done", args.incident, str(item.number)))
    return changed(context, args.incident, said, buttons=[done])


def show(group: str, context: Context, args: Args) -> Reply:
    """List them, open ones first."""
    incident = args.incident
    kind = ActionItem.TASK if group == "task" else ActionItem.FOLLOW_UP
    rows = incident.action_items.filter(kind=kind).select_related("owner")
    items = sorted(rows[:_MOST_LISTED], key=lambda item: (item.is_done, item.number))
    if not items:
        return only_you(f"#{incident.pk} has no {kind} yet: `/incident {group} add <text>`", incident)
    return only_you("\n".join(_list_line(context, item) for item in items), incident)


def _list_line(context: Context, item: ActionItem) -> str:
    mark = "done" if item.is_done else "open"
    parts = [plain(item.owner.name) if item.owner else "nobody"]
    parts += [f"due {clock_of(context, item.due_at)}"] if item.due_at and not item.is_done else []
    return f"- {item.number} [{mark}] {plain(item.text)} · {' · '.join(parts)}"


def done(group: str, context: Context, args: Args) -> Reply:
    """It is done."""
    item = _find(args.incident, args.number("item"))
    if item.is_done:
        return already(f"{item.kind.capitalize()} {item.number} is done already.", args.incident)
    tasks.finish_item(number=args.incident.pk, item=item.number, by=context.by)
    back = undo(f"{group} reopen", args.incident, str(item.number))
    return changed(
        context,
        args.incident,
        f"#{args.incident.pk} {item.kind} {item.number} is done: {plain(item.text)}",
        undo=back,
    )


def reopen(group: str, context: Context, args: Args) -> Reply:
    """It is not done after all."""
    item = _find(args.incident, args.number("item"))
    if not item.is_done:
        return already(f"{item.kind.capitalize()} {item.number} is open already.", args.incident)
    tasks.reopen_item(number=args.incident.pk, item=item.number, by=context.by)
    back = undo(f"{group} done", args.incident, str(item.number))
    said = f"#{args.incident.pk} {item.kind} {item.number} is open again: {plain(item.text)}"
    return changed(context, args.incident, said, undo=back)


def assign(group: str, context: Context, args: Args) -> Reply:
    """Say who does it."""
    item, owner = _find(args.incident, args.number("item")), args.user("user")
    if item.owner_id == (owner.pk if owner else None):
        whose = f"{plain(owner.name)} has" if owner else "Nobody has"
        return already(f"{whose} {item.kind} {item.number} already.", args.incident)
    before = write_handle(item.owner.handle) if item.owner else "nobody"
    tasks.assign_item(number=args.incident.pk, item=item.number, owner=owner, by=context.by)
    whose = f"{plain(owner.name)} has" if owner else "Nobody has"
    said = f"{whose} #{args.incident.pk} {item.kind} {item.number} now: {plain(item.text)}"
    back = undo(f"{group} assign", args.incident, str(item.number), before)
    return changed(context, args.incident, said, undo=back)


def _find(incident: Incident, number: int) -> ActionItem:
    item = incident.action_items.select_related("owner").filter(number=number).first()
    if item is None:
        raise NotFound(f"There is no action item {number} in #{incident.pk}.", field="item")
    return item


def _register(group: str, thing: str, when: str, aliases: tuple[str, ...]) -> None:
    def also(verb: str, *more: str) -> tuple[str, ...]:
        return (*(f"{alias} {verb}" for alias in aliases), *more)

    sample = "call the card gateway" if group == "task" else "alert on a cold cache"
    begin = f"/incident {group}"
    command(
        "incident",
        f"{group} add",
        aliases=also("add"),
        form=f"{begin} add <text> [@user] [--due dur] [--from line]",
        summary=f"Write down a {thing} {when}.",
        examples=(f"{begin} add {sample} @bo", f"{begin} add {sample} --due 2h"),
        who=Doing.RUN,
        args=(
            Arg("text", Kind.TEXT, ask="What is to be done?"),
            Arg("user", Kind.USER, required=False, marked=True),
        ),
        flags=(Flag("due", Kind.DUE, example="2h"), Flag("from", Kind.NUMBER, example="88")),
        rank=9 if group == "task" else 0,
    )(partial(add, group))
    command(
        "incident",
        f"{group} list",
        aliases=also("list", f"{group}s"),
        form=f"{begin} list [inc]",
        summary=f"List every {thing} (only you see it).",
        examples=(f"{begin} list", f"{begin} list #142"),
        who=Doing.READ,
        takes=Takes.BARE,
    )(partial(show, group))
    command(
        "incident",
        f"{group} done",
        aliases=also("done"),
        form=f"{begin} done <n>",
        summary=f"Say that a {thing} is done.",
        examples=(f"{begin} done 3", f"{begin} done #3"),
        who=Doing.RUN,
        args=(_NUMBER,),
    )(partial(done, group))
    command(
        "incident",
        f"{group} assign",
        aliases=also("assign"),
        form=f"{begin} assign <n> <user>",
        summary=f"Give a {thing} to somebody.",
        examples=(f"{begin} assign 3 @bo", f"{begin} assign 3 to me"),
        who=Doing.RUN,
        args=(_NUMBER, _OWNER),
    )(partial(assign, group))
    command(
        "incident",
        f"{group} reopen",
        aliases=also("reopen"),
        form=f"{begin} reopen <n>",
        summary=f"Say that a {thing} is not done after all.",
        examples=(f"{begin} reopen 3", f"{begin} reopen #3"),
        who=Doing.RUN,
        args=(_NUMBER,),
    )(partial(reopen, group))


_register("task", "task", "for now", ())
_register("followup", "follow-up", "for after the incident", ("follow-up",))

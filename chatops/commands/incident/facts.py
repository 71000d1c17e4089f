"""Changing what is known: severity, title, the texts, services, tags, links, relations."""

from chatops.commands.kit.answers import already, asks, changed, conflict, only_you, overtaken, since, undo
from chatops.commands.kit.args import Args
from chatops.context import Context
from chatops.grammar.errors import shortened
from chatops.grammar.shapes import Arg, Flag, Kind, Takes
from chatops.grammar.writing import command_line, write_word
from chatops.port import Button
from chatops.registry import command
from chatops.replies import Reply, plain
from incidents.operations import facts
from incidents.permissions import Doing

YES = Flag("yes")


@command(
    "incident",
    "sev",
    aliases=("severity",),
    form="/incident sev <sev> [reason]",
    summary="Say how bad it is: 1 to 5, or critical, major, minor, low, notice.",
    examples=("/incident sev 1", "/incident sev critical customers hit"),
    who=Doing.RUN,
    args=(Arg("severity", Kind.SEVERITY, ask="How bad is it?"), Arg("reason", Kind.TEXT, required=False)),
    flags=(YES,),
    rank=4,
)
def sev(context: Context, args: Args) -> Reply:
    incident, new, old = args.incident, args.number("severity"), int(args.incident.severity)
    if old == new and incident.severity_confirmed_at:
        known = since(context, incident, "severity.changed", incident.severity_confirmed_at)
        return already(f"Already SEV{new}{known}.", incident)
    clash = None if args.switch("yes") or old == new else overtaken(context, incident, "severity.changed")
    if clash is not None:
        reason = args.text("reason") or None
        line = command_line("/incident sev", str(new), "--yes", incident=incident.pk, text=reason)
        buttons = [
            Button(f"Set SEV{new}", command=line),
            Button(f"Keep SEV{old}", command=undo("sev", incident, str(old))),
        ]
        return conflict(clash, incident, theirs=f"SEV{old}", yours=f"SEV{new}", buttons=buttons)
    facts.set_severity(number=incident.pk, severity=new, by=context.by, reason=args.text("reason"))
    if old == new:
        return changed(context, incident, f"#{incident.pk} stays SEV{new}; that is confirmed now.")
    return changed(
        context,
        incident,
        f"#{incident.pk} is now SEV{new} (was SEV{old}).",
        undo=undo("sev", incident, str(old)),
    )


@command(
    "incident",
    "title",
    aliases=("rename",),
    form="/incident title <text>",
    summary="Give it another title.",
    examples=("/incident title Checkout 5xx in Europe", '/incident title "Mail is slow"'),
    who=Doing.RUN,
    args=(Arg("text", Kind.TEXT, ask="What is the new title?"),),
)
def title(context: Context, args: Args) -> Reply:
    incident, old = args.incident, args.incident.title
    now = facts.rename(number=incident.pk, title=args.text("text"), by=context.by)
    if now.title == old:
        return already(f"That is its title already: {plain(old)}.", incident)
    return changed(
        context,
        incident,
        f"#{incident.pk} is now called “{plain(now.title)}” (was “{plain(old)}”).",
        undo=undo("title", incident, text=old),
    )


_TEXTS = {
    "summary": ("Write the summary.", "/incident summary Payments fail for cards from Europe"),
    "impact": ("Say who is hurt, and how much.", "/incident impact 38 % of checkouts fail"),
    "now": ("Say the current theory.", "/incident now The cache is cold after the deploy"),
    "doing": ("Say what is being done.", "/incident doing Rolling back api"),
    "need": ("Say what is needed, and from whom.", "/incident need Somebody who knows the card gateway"),
}


def _set_text(name: str, context: Context, args: Args) -> Reply:
    incident, column = args.incident, facts.TEXT_FIELDS[name]
    old = getattr(incident, column)
    now = getattr(facts.set_text(number=incident.pk, field=name, text=args.text("text"), by=context.by), column)
    if now == old:
        return already(f"{name.capitalize()} says that already.", incident)
    said = f"#{incident.pk} {name}: {now}" if now else f"#{incident.pk}: “{name}” is cleared."
    return changed(context, incident, said, undo=undo(name, incident, text=old))


def _register_text(name: str, summary: str, example: str) -> None:
    @command(
        "incident",
        name,
        form=f"/incident {name} <text>",
        summary=summary,
        examples=(example, f'/incident {name} ""'),
        who=Doing.RUN,
        args=(Arg("text", Kind.TEXT, ask=f"{name.capitalize()}: what shall it say?"),),
        rank=7 if name == "now" else 0,
    )
    def run(context: Context, args: Args) -> Reply:
        return _set_text(name, context, args)


for _name, (_summary, _example) in _TEXTS.items():
    _register_text(_name, _summary, _example)


@command(
    "incident",
    "service add",
    form="/incident service add <service>",
    summary="Say that a service is touched.",
    examples=("/incident service add payments", '/incident service add "Card gateway"'),
    who=Doing.RUN,
    args=(Arg("service", Kind.SERVICE),),
)
def service_add(context: Context, args: Args) -> Reply:
    incident, slug = args.incident, args.text("service")
    if incident.services.filter(slug=slug).exists():
        return already(f"#{incident.pk} touches {slug} already.", incident)
    facts.add_service(number=incident.pk, service=slug, by=context.by)
    back = undo("service remove", incident, write_word(slug))
    return changed(context, incident, f"#{incident.pk} now touches {slug}.", undo=back)


@command(
    "incident",
    "service remove",
    aliases=("service rm",),
    form="/incident service remove <service>",
    summary="Say that a service is not touched after all.",
    examples=("/incident service remove payments", '/incident service remove "Card gateway"'),
    who=Doing.RUN,
    args=(Arg("service", Kind.SERVICE),),
)
def service_remove(context: Context, args: Args) -> Reply:
    incident, slug = args.incident, args.text("service")
    if not incident.services.filter(slug=slug).exists():
        return already(f"#{incident.pk} does not touch {slug}.", incident)
    facts.remove_service(number=incident.pk, service=slug, by=context.by)
    back = undo("service add", incident, write_word(slug))
    return changed(context, incident, f"#{incident.pk} no longer touches {slug}.", undo=back)


@command(
    "incident",
    "tag add",
    form="/incident tag add <tag>",
    summary="Put a tag on.",
    examples=("/incident tag add network", "/incident tag add region:eu"),
    who=Doing.RUN,
    args=(Arg("tag", Kind.WORD, ask="Which tag?"),),
)
def tag_add(context: Context, args: Args) -> Reply:
    incident, before = args.incident, set(args.incident.tags)
    new = set(facts.add_tag(number=incident.pk, tag=args.text("tag"), by=context.by).tags) - before
    if not new:
        return already(f"#{incident.pk} has that tag already.", incident)
    name = new.pop()
    return changed(
        context,
        incident,
        f"#{incident.pk} is tagged {name}.",
        undo=undo("tag remove", incident, write_word(name)),
    )


@command(
    "incident",
    "tag remove",
    aliases=("tag rm",),
    form="/incident tag remove <tag>",
    summary="Take a tag off.",
    examples=("/incident tag remove network", "/incident tag remove region:eu"),
    who=Doing.RUN,
    args=(Arg("tag", Kind.WORD, ask="Which tag?"),),
)
def tag_remove(context: Context, args: Args) -> Reply:
    incident, before = args.incident, set(args.incident.tags)
    gone = before - set(facts.remove_tag(number=incident.pk, tag=args.text("tag"), by=context.by).tags)
    if not gone:
        return already(f"#{incident.pk} has no such tag.", incident)
    name = gone.pop()
    return changed(
        context,
        incident,
        f"#{incident.pk}: tag {name} removed.",
        undo=undo("tag add", incident, write_word(name)),
    )


@command(
    "incident",
    "link",
    form="/incident link <url> [title]",
    summary="Add a web address.",
    examples=(
        "/incident link https://dashboards.example/d/7",
        "/incident link https://dashboards.example/d/7 Dashboard",
    ),
    who=Doing.RUN,
    args=(Arg("url", Kind.WORD, ask="Which address?"), Arg("title", Kind.TEXT, required=False)),
)
def link(context: Context, args: Args) -> Reply:
    incident = args.incident
    # Some chats hand over addresses as <address|text>.
    url = args.text("url").strip("<>").split("|", 1)[0]
    event = facts.add_link(number=incident.pk, url=url, title=args.text("title"), by=context.by)
    if event is None:
        return already(f"#{incident.pk} has that link already.", incident)
    back = undo("unlink", incident, write_word(event.data["url"]))
    return changed(
        context, incident, f"#{incident.pk}: link added, {plain(shortened(event.data['title'], 80))}.", undo=back
    )


@command(
    "incident",
    "unlink",
    form="/incident unlink <url>",
    summary="Take a web address off.",
    examples=("/incident unlink https://dashboards.example/d/7", "/incident unlink dashboards.example/d/7"),
    who=Doing.RUN,
    args=(Arg("url", Kind.WORD, ask="Which address?"),),
)
def unlink(context: Context, args: Args) -> Reply:
    incident = args.incident
    wanted = args.text("url").strip("<>").split("|", 1)[0].rstrip("/")
    gone = [link for link in incident.links if wanted in (link["url"].rstrip("/"), _bare(link["url"]))]
    if not gone:
        return already(f"#{incident.pk} has no such link.", incident)
    facts.remove_link(number=incident.pk, url=gone[0]["url"], by=context.by)
    back = undo("link", incident, write_word(gone[0]["url"]), text=gone[0]["title"])
    return changed(
        context, incident, f"#{incident.pk}: link removed, {plain(shortened(gone[0]['title'], 80))}.", undo=back
    )


def _bare(url: str) -> str:
    """The address as people say it: without https:// and the slash at the end."""
    return url.split("://", 1)[-1].rstrip("/")


@command(
    "incident",
    "relate",
    form="/incident relate <inc>",
    summary="Say that two incidents have to do with each other.",
    examples=("/incident relate #97", "/incident relate INC-97"),
    who=Doing.RUN,
    args=(Arg("other", Kind.INCIDENT, ask="Related to which incident?"),),
    takes=Takes.MARKED,
)
def relate(context: Context, args: Args) -> Reply:
    incident, other = args.incident, args.other("other")
    if other is None:
        return asks("Related to which incident?", incident)
    if incident.related.filter(pk=other.pk).exists():
        return already(f"#{incident.pk} and #{other.pk} are related already.", incident)
    facts.relate(number=incident.pk, other=other.pk, by=context.by)
    if other.is_private:
        return only_you(f"#{incident.pk} is now related to #{other.pk}, which is private.", incident)
    back = undo("unrelate", incident, f"#{other.pk}")
    return changed(
        context, incident, f"#{incident.pk} is now related to #{other.pk} {plain(other.display_title)}.", undo=back
    )


@command(
    "incident",
    "unrelate",
    form="/incident unrelate <inc>",
    summary="Say that two incidents have nothing to do with each other after all.",
    examples=("/incident unrelate #97", "/incident unrelate INC-97"),
    who=Doing.RUN,
    args=(Arg("other", Kind.INCIDENT, ask="Unrelated to which incident?"),),
    takes=Takes.MARKED,
)
def unrelate(context: Context, args: Args) -> Reply:
    incident, other = args.incident, args.other("other")
    if other is None:
        return asks("Unrelated to which incident?", incident)
    if not incident.related.filter(pk=other.pk).exists():
        return already(f"#{incident.pk} and #{other.pk} are not related.", incident)
    facts.unrelate(number=incident.pk, other=other.pk, by=context.by)
    back = undo("relate", incident, f"#{other.pk}")
    return changed(context, incident, f"#{incident.pk} is no longer related to #{other.pk}.", undo=back)

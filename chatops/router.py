"""Routing a typed line to its command, and saying clearly what stood in the way."""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from django.db import transaction

from accounts.models import User
from chatops.commands.kit import lookup
from chatops.commands.kit.help_texts import help_reply, menu_reply
from chatops.commands.kit.resolve import NoIncident, Typed, Unsure, buttons_of, choices_for, resolve
from chatops.context import Context
from chatops.forms.asking import asked_form
from chatops.grammar.binding import Bound, bind
from chatops.grammar.errors import Choice, Unreadable, shortened, splice
from chatops.grammar.readers import Here
from chatops.grammar.suggest import either, nearest
from chatops.grammar.tokens import Line, Token, read_line
from chatops.grammar.values import is_status, marked_incident
from chatops.port import Button
from chatops.registry import Command, Registry, registry, shown
from chatops.replies import Reply, plain
from common import clock
from common.errors import NotAllowed, Refused

LONGEST = 12_000
#: what no database and no chat can keep
_BROKEN = re.compile("[\x00\ud800-\udfff]")
HOME = "incident"
_SMALL = ("please", "the")
_TO_BOT = re.compile(r"\s*@(warroom|bot)(?![\w.@-])[:,]?\s*", re.IGNORECASE)


def answer(context: Context, commands: Registry | None = None) -> Reply:
    """Run a typed line and answer. A mention of the bot in front of it may stand there or be left out.

    What the actor may not do, what can't be read and what the state does not allow are answers with
    `ok` false that give the typed line back complete. Anything unexpected is raised.
    """
    commands = commands or registry()
    if len(context.typed) > LONGEST:
        return _refused(context, f"That is {len(context.typed):,} characters; at most {LONGEST:,} fit.")
    if _BROKEN.search(context.typed):
        return _refused(context, "The line holds a broken character (shown as \ufffd).", "Remove it and send again.")
    mention = _TO_BOT.match(context.typed)
    line = _full_line(context.typed[mention.end() :] if mention else context.typed, commands)
    try:
        return _route(context, line, commands)
    except Refused as refusal:
        refused = _refused(context, refusal.message, refusal.hint)
        return replace(refused, needs_account=isinstance(refusal, NotAllowed) and context.by.user is None)


def is_for_bot(text: str, commands: Registry | None = None) -> bool:
    """Tell whether a line of talk is a command: `@warroom list`. What is only said about the bot stays talk."""
    mention = _TO_BOT.match(text)
    if mention is None or User.objects.filter(handle__iexact=mention[1], is_active=True).exists():
        return False
    commands = commands or registry()
    line = _full_line(text[mention.end() :], commands)
    root = commands.root_of(line.root or HOME)
    if root is None:
        return False
    tokens = _without_small_words(line.tokens, root, commands)
    words = [token.text for token in tokens if token.is_word][:2] if _begins_with_words(tokens) else []
    return not tokens or commands.find(root, words) is not None or _incident_first(line, tokens, commands) is not None


def _full_line(typed: str, commands: Registry) -> Line:
    """A line that begins with a slash; after a mention the root may be missing."""
    line = read_line(typed)
    if line.root is not None:
        return line
    first = line.tokens[0].folded if line.tokens else ""
    if first and commands.root_of(first) and not commands.find(HOME, [first]):
        return read_line("/" + typed.lstrip())
    return read_line(f"/{shown(HOME)} {typed.lstrip()}")


def _route(context: Context, line: Line, commands: Registry) -> Reply:
    root = commands.root_of(line.root or HOME)
    if root is None:
        return _unknown_root(context, line, commands)
    tokens = _without_small_words(line.tokens, root, commands)
    if root == HOME and (moved := _incident_first(line, tokens, commands)):
        return _route(context, moved, commands)
    words = [token.text for token in tokens if token.is_word][:2] if _begins_with_words(tokens) else []
    found = commands.find(root, words)
    if root == HOME and (elsewhere := _other_root(line, tokens, found, commands)):
        return _route(context, elsewhere, commands)
    if found is not None:
        command, used = found
        return _run(context, line, tokens[used:], command, tokens[used - 1].end)
    bare = commands.get(root, "")
    if not tokens:
        return _bare(context, line, root, bare, commands)
    if words and words[0].casefold() == "help":
        return help_reply(context, commands, root, " ".join(token.text for token in tokens[1:]))
    if bare is not None and bare.shape.args:
        return _run(context, line, tokens, bare, line.root_span[1])
    return _unknown_word(context, line, tokens, root, commands)


def _bare(context: Context, line: Line, root: str, bare: Command | None, commands: Registry) -> Reply:
    """A root alone: what it is registered to do, else its menu."""
    return _run(context, line, (), bare, line.root_span[1]) if bare else menu_reply(context, commands, root)


def _begins_with_words(tokens: Sequence[Token]) -> bool:
    return bool(tokens) and tokens[0].is_word


def _without_small_words(tokens: Sequence[Token], root: str, commands: Registry) -> Sequence[Token]:
    """`/incident please resolve`: a small word before a known one is left out."""
    while len(tokens) > 1 and tokens[0].is_word and tokens[0].folded in _SMALL:
        if commands.find(root, [tokens[0].text]):
            break
        tokens = tokens[1:]
    return tokens


def _incident_first(line: Line, tokens: Sequence[Token], commands: Registry) -> Line | None:
    """`/incident #142 resolve` and `/incident #142`: the reference goes behind the command's words."""
    if not tokens or not tokens[0].is_word or marked_incident(tokens[0].text) is None:
        return None
    mark, rest = tokens[0], tokens[1:]
    words = [token.text for token in rest[:2] if token.is_word]
    found = commands.find(HOME, words)
    head, tail = line.source[: mark.start], line.source[mark.end :]
    if not rest:
        return read_line(f"{head}show {mark.text}") if commands.find(HOME, ["show"]) else None
    if found is None:
        return None
    end = rest[found[1] - 1].end
    return read_line(f"{head}{tail[: end - mark.end].lstrip()} {mark.text}{line.source[end:]}")


def _other_root(
    line: Line, tokens: Sequence[Token], found: tuple[Command, int] | None, commands: Registry
) -> Line | None:
    """`/incident <root> ...` reaches every root. A word that is both stays here, unless what follows only
    makes sense there (`/incident status set payments down`)."""
    if not tokens or not tokens[0].is_word:
        return None
    root = commands.root_of(tokens[0].text)
    if root is None or root == HOME:
        return None
    if found is not None:
        following = tokens[1].text if len(tokens) > 1 else ""
        if not following or is_status(following) or not commands.find(root, [following]):
            return None
    return read_line(f"/{line.source[tokens[0].start :]}")


# --- running --------------------------------------------------------------------------------------


def _run(context: Context, line: Line, tokens: Sequence[Token], command: Command, words_end: int) -> Reply:
    typed = Typed(line.source, words_end, line.root_span[0])
    here = Here(clock.now(), lookup.zone_of(context))
    bound = Bound()
    try:
        asked = asked_form(context, command, line.source, tokens, here, end=words_end)
        if asked is not None:
            return asked
        bound = bind(line.source, tokens, command.shape, here, end=words_end)
        args = resolve(context, command, bound)
        with _whole():
            return command.run(context, args)
    except Unreadable as trouble:
        return _unread(context, typed, command, trouble)
    except NoIncident:
        return _no_incident(context, typed)
    except Unsure as question:
        return _ask_which(typed, bound.incident_span, question)


def _whole() -> AbstractContextManager[object]:
    """Inside somebody's transaction a refusal takes back what the command wrote before it; without one,
    each operation is its own."""
    return transaction.atomic() if transaction.get_connection().in_atomic_block else nullcontext()


def _unread(context: Context, typed: Typed, command: Command, trouble: Unreadable) -> Reply:
    choices = choices_for(context, command, trouble)
    hint = trouble.hint or ("" if choices else f"Form: `{command.shown_form()}`")
    return _refused(context, trouble.message, hint, buttons_of(typed.source, trouble, choices))


def _no_incident(context: Context, typed: Typed) -> Reply:
    found, count = lookup.open_incidents(context)
    if not found:
        return _refused(
            context,
            "This room has no incident, and none is open.",
            f"Declare one: `/{shown(HOME)} create <title>`, or name one: `{typed.words} #142`.",
        )
    listed = ", ".join(f"#{incident.pk} {plain(shortened(incident.display_title))}" for incident in found)
    more = ", …" if count > len(found) else ""
    return _refused(
        context,
        f"This room has no incident. Say which: {typed.words} #{found[0].pk} ({count} open: {listed}{more}).",
        buttons=[
            Button(
                f"#{incident.pk} {shortened(incident.display_title, 24)}",
                command=typed.with_incident(incident.pk),
            )
            for incident in found
        ],
    )


def _ask_which(typed: Typed, span: tuple[int, int] | None, question: Unsure) -> Reply:
    """`/incident note #97 looks the same`, typed in the room of #142."""
    here, other = question.here.pk, question.other.pk
    after_words = (typed.words_end, typed.words_end)
    in_other = splice(splice(typed.source, span or after_words, ""), after_words, f"--incident {other}")
    in_here = splice(typed.source, after_words, f"--incident {here}")
    asked = f"This room is #{here}. Is this for #{other}, or is #{other} part of the text?"
    return Reply(
        text=f"{asked}\n{echo(typed.source)}",
        ok=False,
        buttons=[
            Button(f"It is for #{other}", command=in_other),
            Button(f"It is text, for #{here}", command=in_here),
        ],
    )


# --- what is not known ----------------------------------------------------------------------------


def _unknown_root(context: Context, line: Line, commands: Registry) -> Reply:
    word = line.root or ""
    home = shown(HOME)
    if commands.find(HOME, [word]) or commands.group(HOME, word):
        choices = [Choice("Run it", f"/{home} {word}")]
        hint = f"Did you mean /{home} {word}? · /{home} help"
    else:
        meant = nearest(word, commands.root_words())
        choices = [Choice(f"/{name}", f"/{name}") for name in meant]
        hint = (f"Did you mean {either([choice.label for choice in choices])}? · " if meant else "") + f"/{home} help"
    trouble = Unreadable("", span=line.root_span)
    buttons = buttons_of(line.source, trouble, choices, run_it=len(choices) == 1)
    return _refused(context, f'No "/{shortened(word)}".', hint, buttons)


def _unknown_word(context: Context, line: Line, tokens: Sequence[Token], root: str, commands: Registry) -> Reply:
    first = tokens[0]
    group = commands.group(root, first.text) if first.is_word else []
    if group and len(tokens) == 1:
        return menu_reply(context, commands, root, group=group, typed=line.source)
    if group:
        known = {command.name.split(" ", 1)[1]: command for command in group}
        span = tokens[1].span
        meant = nearest(tokens[1].text, known)
        # Text where a verb should stand: what most people mean is adding it.
        choices = [Choice(f"{first.text} {verb}", verb) for verb in meant]
        if not meant and "add" in known:
            choices = [Choice(f"{first.text} add", f"add {line.source[span[0] : span[1]]}")]
        word = f"{first.text} {tokens[1].text}"
    else:
        span = first.span
        names = {name.split(" ", 1)[0] for name in commands.names(root) if name}
        choices = [Choice(name, name) for name in nearest(first.text, names)]
        word = first.text
    hint = f"Did you mean {either([choice.label for choice in choices])}? · " if choices else ""
    buttons = buttons_of(line.source, Unreadable("", span=span), choices, run_it=len(choices) == 1)
    return _refused(context, f'No "{shortened(word)}".', f"{hint}/{shown(root)} help", buttons)


# --- giving it back -------------------------------------------------------------------------------


def _refused(context: Context, message: str, hint: str = "", buttons: Sequence[Button] = ()) -> Reply:
    said = f"{message} {hint}".rstrip()
    return Reply(text=f"{said}\n{echo(context.typed)}", ok=False, buttons=list(buttons))


def echo(typed: str) -> str:
    """The typed line in a code block, complete."""
    typed, fence = _BROKEN.sub("\ufffd", typed), "```"
    while fence in typed:
        fence += "`"
    return f"{fence}\n{typed}\n{fence}"

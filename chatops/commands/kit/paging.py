"""What `/incident page`, `/oncall page` and a declare share: whom, and what is said of it."""

from collections.abc import Iterable, Sequence

from chatops.commands.kit.answers import changed
from chatops.commands.kit.args import Args
from chatops.context import Context
from chatops.grammar.shapes import Arg, Flag, Kind
from chatops.replies import Reply, plain
from incidents.paging import KIND
from oncall.models import EscalationRun, Page, Urgency
from oncall.operations.paging import page_targets
from oncall.saying_lines import listed

ARGS = (Arg("target", Kind.TARGET, ask="Page whom?"), Arg("text", Kind.TEXT, required=False))
FLAGS = (Flag("low"),)


def page(context: Context, args: Args) -> Reply:
    """Page whoever is meant about the incident, and say who that is."""
    incident = args.incident
    runs = page_targets(
        subject_kind=KIND,
        subject_id=incident.pk,
        targets=args.targets("target"),
        by=context.by,
        text=args.text("text"),
        urgency=Urgency.LOW if args.switch("low") else Urgency.HIGH,
    )
    return changed(context, incident, f"{said_of(runs)} About #{incident.pk}.")


def said_of(runs: Iterable[EscalationRun]) -> str:
    """`Paging Ada (on call on Shop primary).`, and plainly who can't be reached."""
    pages = Page.objects.filter(run__in=list(runs), status=Page.OPEN).select_related("user").order_by("pk")
    reached = [page for page in pages if page.rules_used or page.due_at]
    silent = [page for page in pages if page not in reached]
    said = []
    if reached:
        said.append(f"Paging {_listed(reached)}.")
    if silent:
        said.append(f"{_listed(silent)} can't be reached: no verified contact method.")
    return " ".join(said) or "Nobody can be paged: nobody is on call."


def _listed(pages: Sequence[Page]) -> str:
    return listed(f"{plain(page.user.name)} ({plain(page.reason)})" for page in pages)

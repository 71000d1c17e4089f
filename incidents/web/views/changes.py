"""Changing one incident by forms: facts, roles, status, access. Each page is one form with its words."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.web.actors import web_actor
from common.errors import Invalid
from common.forms import attempt
from common.operations import operation
from incidents.models import ActionItem, Incident, RoleAssignment
from incidents.operations import facts, lifecycle, people, tasks
from incidents.paging import KIND
from incidents.queries import find_incident
from incidents.web.forms import (
    FactsForm,
    InviteForm,
    MergeForm,
    NowForm,
    ReasonForm,
    ResolveForm,
    RoleForm,
    TaskEditForm,
)
from incidents.web.page_choices import PageForm
from incidents.web.views.common import do, look_up, page_context
from oncall.models import Urgency
from oncall.operations.paging import page_targets


def _form_page(
    request: HttpRequest,
    number: int,
    form: Any,
    act: Callable[[dict[str, Any]], Any],
    *,
    title: str,
    button: str,
    lead: str = "",
    danger: bool = False,
    done: str = "",
    preview: list[str] | None = None,
    then: str = "",
) -> HttpResponse:
    incident, by = look_up(request, number)
    if request.method == "POST" and form.is_valid() and attempt(form, lambda: act(form.cleaned_data)):
        if done:
            messages.success(request, done)
        return redirect(f"/incidents/{number}{then}")
    context = page_context(incident, by, "")
    context.update(
        {"form": form, "title": title, "button": button, "lead_text": lead, "danger": danger, "preview": preview or []}
    )
    return render(request, "incidents/form.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_facts(request: HttpRequest, number: int) -> HttpResponse:
    """Title, severity, summary, impact, services, tags: everything in one transaction."""
    incident, by = look_up(request, number)
    form = FactsForm(
        request.POST or None,
        initial={
            "title": incident.title,
            "severity": incident.severity,
            "summary": incident.summary,
            "impact": incident.impact,
            "services": list(incident.services.all()),
            "tags": " ".join(incident.tags),
        },
    )

    @operation
    def act(data: dict[str, Any]) -> None:
        facts.rename(number=number, title=data["title"], by=by)
        if data["severity"] != incident.severity or incident.severity_confirmed_at is None:
            facts.set_severity(number=number, severity=data["severity"], by=by, reason=data["reason"])
        facts.set_text(number=number, field="summary", text=data["summary"], by=by)
        facts.set_text(number=number, field="impact", text=data["impact"], by=by)
        _follow(incident, data, by)

    return _form_page(request, number, form, act, title="Edit the facts", button="Save")


def _follow(incident: Incident, data: dict[str, Any], by: Any) -> None:
    wanted, held = {s.slug for s in data["services"]}, {s.slug for s in incident.services.all()}
    for slug in sorted(wanted - held):
        facts.add_service(number=incident.pk, service=slug, by=by)
    for slug in sorted(held - wanted):
        facts.remove_service(number=incident.pk, service=slug, by=by)
    tags, had = set(data["tags"].replace(",", " ").split()), set(incident.tags)
    for tag in sorted(tags - had):
        facts.add_tag(number=incident.pk, tag=tag, by=by)
    for tag in sorted(had - {tag.lower().lstrip("#") for tag in tags}):
        facts.remove_tag(number=incident.pk, tag=tag, by=by)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_now(request: HttpRequest, number: int) -> HttpResponse:
    """Now, Doing, Need in place."""
    incident, by = look_up(request, number)
    initial = {"now": incident.now_text, "doing": incident.doing_text, "need": incident.need_text}
    form = NowForm(request.POST or None, initial=initial)

    @operation
    def act(data: dict[str, Any]) -> None:
        for field in ("now", "doing", "need"):
            facts.set_text(number=number, field=field, text=data[field], by=by)

    return _form_page(request, number, form, act, title="Now / Doing / Need", button="Save")


@require_http_methods(["GET", "HEAD", "POST"])
def edit_task(request: HttpRequest, number: int, item: int) -> HttpResponse:
    """What an action item says, who does it and until when; only what was changed is written."""
    _, by = look_up(request, number)
    found = get_object_or_404(ActionItem, incident_id=number, number=item)
    # The browser gives minutes: seconds that it does not show are no change.
    due_at = found.due_at.replace(second=0, microsecond=0) if found.due_at else None
    form = TaskEditForm(request.POST or None, initial={"text": found.text, "owner": found.owner_id, "due_at": due_at})

    @operation
    def act(data: dict[str, Any]) -> None:
        if "text" in form.changed_data:
            tasks.reword_item(number=number, item=item, text=data["text"], by=by)
        if "owner" in form.changed_data:
            tasks.assign_item(number=number, item=item, owner=data["owner"], by=by)
        if "due_at" in form.changed_data:
            tasks.set_due(number=number, item=item, due_at=data["due_at"], by=by)

    title = f"Edit {found.kind} {found.number}"
    return _form_page(request, number, form, act, title=title, button="Save", then="/tasks")


@require_http_methods(["GET", "HEAD", "POST"])
def resolve(request: HttpRequest, number: int) -> HttpResponse:
    """It is over."""
    _, by = look_up(request, number)
    return _form_page(
        request,
        number,
        ResolveForm(request.POST or None),
        lambda data: lifecycle.resolve_incident(number=number, by=by, text=data["text"], at=data["at"]),
        title="Resolve",
        button="Resolve",
        lead="The postmortem drafts itself from the timeline.",
        done=f"#{number} is resolved. Its postmortem is drafted; you can edit it now or tomorrow.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    """It was a false alarm."""
    _, by = look_up(request, number)
    return _form_page(
        request,
        number,
        ReasonForm(request.POST or None),
        lambda data: lifecycle.cancel_incident(number=number, by=by, reason=data["reason"]),
        title="Cancel",
        button="Cancel the incident",
        lead="A false alarm. It stays readable and can be reopened.",
        danger=True,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, number: int) -> HttpResponse:
    """Put it away."""
    _, by = look_up(request, number)
    return _form_page(
        request,
        number,
        ReasonForm(request.POST or None),
        lambda data: lifecycle.close_incident(number=number, by=by, waive_reason=data["reason"]),
        title="Close",
        button="Close",
        lead="SEV1 to SEV3 need a commander before closing; without one, say why.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def reopen(request: HttpRequest, number: int) -> HttpResponse:
    """Take it up again."""
    _, by = look_up(request, number)
    return _form_page(
        request,
        number,
        ReasonForm(request.POST or None),
        lambda data: lifecycle.reopen_incident(number=number, by=by, reason=data["reason"]),
        title="Reopen",
        button="Reopen",
        lead="Say why in ten characters or more.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, number: int) -> HttpResponse:
    """Page somebody: who that is and by what they are reached stands there before."""
    _, by = look_up(request, number)
    form = PageForm(request.POST or None)

    def act(data: dict[str, Any]) -> None:
        urgency = Urgency.LOW if data["can_wait"] else Urgency.HIGH
        said = {"targets": [data["target"]], "text": data["text"], "urgency": urgency}
        page_targets(subject_kind=KIND, subject_id=number, by=by, **said)
        messages.success(request, f"{data['target'].name} is being paged.")

    lead = "They are asked by their own rules, again after five minutes, until somebody answers."
    return _form_page(request, number, form, act, title="Page somebody", button="Page", lead=lead)


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, number: int) -> HttpResponse:
    """Fold it into another."""
    _, by = look_up(request, number)
    return _form_page(
        request,
        number,
        MergeForm(request.POST or None),
        lambda data: lifecycle.merge_incidents(source=number, into=data["into"], by=by),
        title="Merge into another incident",
        button="Merge",
        lead="Tasks, alerts and people go along. Undo by reopening this one.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def access(request: HttpRequest, number: int) -> HttpResponse:
    """Change who may see it, with the consequences spelled out first."""
    incident, by = look_up(request, number)
    private = not incident.is_private
    members = incident.members.filter(left_at__isnull=True).select_related("user")
    names = ", ".join(member.user.name for member in members) or "you"
    lead = (
        f"From now on only members see it: {names}. Everybody else finds nothing. In chat a new private channel is "
        "made; what was said so far stays visible in the old one."
        if private
        else "Everybody with an account will see the whole story, including what was said while it was private."
    )
    return _form_page(
        request,
        number,
        ReasonForm(request.POST or None),
        lambda data: people.set_private(number=number, is_private=private, by=by, reason=data["reason"]),
        title="Make private" if private else "Open to everybody",
        button="Make private" if private else "Open to everybody",
        lead=lead,
        danger=True,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def roles(request: HttpRequest, number: int) -> HttpResponse:
    """Who does what; give and take roles, bring people in."""
    incident, by = look_up(request, number)
    sent = request.POST.get("form")
    form = RoleForm(request.POST if sent == "role" else None, initial={"user": by.user}, auto_id="role_%s")
    invite = InviteForm(request.POST if sent == "invite" else None, auto_id="invite_%s")
    if request.method == "POST":
        if form.is_bound and form.is_valid():
            data = form.cleaned_data
            if attempt(form, lambda: people.assign_role(number=number, role=data["role"], user=data["user"], by=by)):
                return redirect(f"/incidents/{number}/people")
        elif invite.is_bound and invite.is_valid():
            user = invite.cleaned_data["user"]
            if attempt(invite, lambda: people.invite(number=number, user=user, by=by)):
                return redirect(f"/incidents/{number}/people")
    context = page_context(incident, by, "people")
    context.update(
        {
            "form": form,
            "invite": invite,
            "held": RoleAssignment.objects.filter(incident=incident, ended_at__isnull=True).select_related("user"),
            "members": incident.members.filter(left_at__isnull=True).select_related("user").order_by("joined_at"),
        }
    )
    bad = (form.is_bound and form.errors) or (invite.is_bound and invite.errors)
    return render(request, "incidents/people.html", context, status=400 if bad else 200)


@require_POST
def act(request: HttpRequest, number: int, verb: str) -> HttpResponse:
    """The small buttons: take the lead, join, leave, watch, mitigated, a status, drop a role, remove somebody.

    An administrator may join an incident that they can't see yet, here as by API and command.
    """
    by = web_actor(request)
    if not (verb == "join" and by.user is not None and by.user.is_admin):
        find_incident(number, by)
    person = request.POST.get("user", "")
    user = get_object_or_404(User, pk=int(person)) if person.isdecimal() else None
    acts: dict[str, Callable[[], Any]] = {
        "lead": lambda: people.assign_role(number=number, role="commander", user=by.user, by=by),  # type: ignore[arg-type]
        "join": lambda: people.join(number=number, by=by),
        "leave": lambda: people.leave(number=number, by=by),
        "watch": lambda: people.watch(number=number, by=by, on=True),
        "unwatch": lambda: people.watch(number=number, by=by, on=False),
        "mitigated": lambda: lifecycle.mitigate(number=number, by=by),
        "status": lambda: lifecycle.change_status(number=number, status=request.POST.get("status", ""), by=by),
        "drop": lambda: people.drop_role(number=number, role=request.POST.get("role", ""), by=by, user=user),
    }
    if verb == "remove" and user is not None:
        acts["remove"] = lambda: people.remove_member(number=number, user=user, by=by)

    def run() -> None:
        if verb not in acts:
            raise Invalid(f"There is no action “{verb}”.", field="verb")
        acts[verb]()

    return do(request, number, run)

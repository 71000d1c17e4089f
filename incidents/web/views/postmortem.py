"""The postmortem of one incident: read, edit, review, publish, export."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.forms import attempt
from common.text import to_html
from incidents.exporting import POSTMORTEM_FORMATS, export_postmortem
from incidents.models import Incident, Postmortem
from incidents.operations import postmortems
from incidents.queries import readable_events
from incidents.rules.postmortem import Moment, story_line
from incidents.web.forms import PostmortemForm
from incidents.web.views.common import do, look_up, page_context

_INSERTABLE = 80


def _postmortem(incident: Incident) -> Postmortem | None:
    return Postmortem.objects.select_related("edited_by", "published_by", "incident").filter(incident=incident).first()


@require_GET
def read(request: HttpRequest, number: int) -> HttpResponse:
    """The text as people read it, with its state and what the timeline offers since."""
    incident, by = look_up(request, number)
    postmortem = _postmortem(incident)
    context = page_context(incident, by, "postmortem")
    context["postmortem"] = postmortem
    context["formats"] = POSTMORTEM_FORMATS
    if postmortem is not None:
        context["html"] = to_html(postmortem.body)
        context["offers"] = postmortems.offers(postmortem)
    return render(request, "incidents/postmortem.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """Markdown with its preview beside it; a save over somebody else's is refused and nothing is lost."""
    incident, by = look_up(request, number)
    postmortem = _postmortem(incident)
    if postmortem is None:
        return redirect(f"/incidents/{number}/postmortem")
    form = PostmortemForm(request.POST or None, initial={"body": postmortem.body, "version": postmortem.version})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        done = attempt(
            form,
            lambda: postmortems.edit_postmortem(number=number, body=data["body"], version=data["version"], by=by),
        )
        if done:
            messages.success(request, "Saved.")
            return redirect(f"/incidents/{number}/postmortem")
        postmortem.refresh_from_db()
    context = page_context(incident, by, "postmortem")
    body = form.data.get("body") if form.is_bound else postmortem.body
    context.update(
        {
            "form": form,
            "postmortem": postmortem,
            "preview": to_html(body or ""),
            "insertable": [
                {
                    "time": event.shown_at,
                    "text": event.shown_text[:160],
                    "markdown": story_line(Moment(event.shown_at, event.actor_name, event.shown_text, event.sequence)),
                }
                for event in readable_events(incident)
                .filter(deleted_at__isnull=True)
                .order_by("-shown_at", "-id")[:_INSERTABLE]
            ],
        }
    )
    return render(request, "incidents/postmortem_edit.html", context, status=400 if form.errors else 200)


@require_POST
def preview(request: HttpRequest, number: int) -> HttpResponse:
    """Draw markdown as it will be read. Changes nothing."""
    look_up(request, number)
    return JsonResponse({"html": to_html(request.POST.get("body", ""))})


@require_POST
def move(request: HttpRequest, number: int) -> HttpResponse:
    """To review, published, or back to draft; start one; take or wave away what the timeline offers."""
    _, by = look_up(request, number)
    state, offer = request.POST.get("state", ""), request.POST.get("offers", "")

    def act() -> None:
        if state == "start":
            postmortems.start_postmortem(number=number, by=by)
        elif offer:
            postmortems.take_offers(number=number, by=by, insert=offer == "insert")
        else:
            postmortems.move_postmortem(number=number, state=state, by=by)

    return do(request, number, act)


@require_GET
def export(request: HttpRequest, number: int) -> HttpResponse:
    """One file: md, html with its images, json or docx."""
    incident, by = look_up(request, number)
    exported = export_postmortem(incident, by, request.GET.get("format", "md"))
    return HttpResponse(
        exported.content,
        content_type=exported.content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{exported.filename}"',
            "Content-Security-Policy": "sandbox",
        },
    )

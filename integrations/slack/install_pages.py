"""Installing by Slack's own page: the way there, and the way back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Right, require
from accounts.web.actors import web_actor
from common.errors import Conflict, Invalid, PartnerTrouble
from connections.models import Connection
from connections.operations import test_connection
from integrations.slack import oauth


@require_POST
def install(request: HttpRequest, pk: int) -> HttpResponse:
    """Give this browser its state and show the link to Slack's page; no form may lead to another host."""
    require(web_actor(request), Right.ADMINISTER, "install into Slack")
    row = get_object_or_404(Connection.objects.present(), pk=pk, kind="slack")
    address = oauth.begin(row, request.session)
    return render(request, "slack/install.html", {"connection": row, "address": address})


@require_http_methods(["GET", "HEAD", "POST"])
def callback(request: HttpRequest) -> HttpResponse:
    """Slack leads back here. Looking changes nothing; the button takes the token."""
    by = web_actor(request)
    require(by, Right.ADMINISTER, "install into Slack")
    asked = request.POST if request.method == "POST" else request.GET
    state, code = asked.get("state", ""), asked.get("code", "")
    try:
        row = oauth.pending(request.session, state)
        if asked.get("error"):
            raise Invalid(oauth.why_refused(asked["error"]), field="code")
        if not code:
            raise Invalid("Slack sent no code. Start again on the connection's page.", field="code")
        if request.method == "POST":
            return _installed(request, oauth.finish(request.session, state=state, code=code, by=by))
    except (Invalid, PartnerTrouble) as trouble:
        return render(request, "slack/callback.html", {"why": trouble.message}, status=400)
    except Conflict as conflict:
        return render(
            request, "slack/callback.html", {"why": f"{conflict.message} {conflict.hint}".strip()}, status=409
        )
    return render(request, "slack/callback.html", {"connection": row, "state": state, "code": code})


def _installed(request: HttpRequest, row: Connection) -> HttpResponse:
    works, _ = test_connection(row)
    team = row.settings.get("team", "Slack")
    if works:
        messages.success(request, f"The app is installed in “{team}”.")
    else:
        messages.warning(request, f"The app is installed in “{team}”, and something is missing.")
    return redirect(f"/connections/{row.pk}")

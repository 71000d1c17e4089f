"""The keys of a call. An ordinary signed view: what it says is what became of it, so it is done before it is said."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.actors import Actor
from common.errors import Refused
from integrations.twilio.client import connection_in_use
from integrations.twilio.door import is_signed, key_address, read_form
from integrations.twilio.twiml import farewell, menu, spoken
from oncall.bundling import together_with
from oncall.models import ContactMethod, Page
from oncall.operations import paging
from oncall.ports import subject_of

_SURFACE = "voice"
_MOST_BODY = 16_384


@csrf_exempt
@require_POST
def key_pressed(request: HttpRequest, page: int, method: int) -> HttpResponse:
    """Take a key: 4 acknowledges, 5 passes on, anything else says it again."""
    form = _genuine(request, page, method)
    if form is None:
        return HttpResponse("Missing or wrong signature.", status=401, content_type="text/plain")
    row = Page.objects.select_related("user", "run").filter(pk=page).first()
    phone = ContactMethod.objects.filter(pk=method, kind="voice", address=form.get("To", "")).first()
    if row is None or phone is None or not phone.is_usable or phone.user_id != row.user_id or not row.user.is_active:
        return _answer(farewell("This number is not used any more. Goodbye."))
    paging.mark_seen(page=row)
    return _answer(_do(row, phone, form.get("Digits", "")))


def _do(page: Page, phone: ContactMethod, key: str) -> str:
    by = Actor.person(page.user, _SURFACE)
    try:
        if key == "4":
            # A call may stand for several pages of a storm: one key takes all of them.
            for other in together_with(page):
                paging.acknowledge(page=other, by=by)
            return farewell(_who_has_it(paging.acknowledge(page=page, by=by)))
        if key == "5":
            paging.pass_on(page=page, by=by)
            return farewell("Passed on. The next is asked. Goodbye.")
    except Refused as refused:
        return farewell(f"{refused.message} Goodbye.")
    said = spoken(subject_of(page.subject_kind).facts(page.subject_id, page.user))
    again = "" if key == "9" else "That key means nothing here. "
    return menu(f"{again}{said}", key_address(page.pk, phone.pk))


def _who_has_it(page: Page) -> str:
    taken = page.run.pages.filter(status=Page.ACKED).select_related("answered_by").first() if page.run else page
    if taken is None or taken.answered_by is None:
        return "Nobody waits for this answer any more. Goodbye."
    if taken.answered_by_id == page.user_id:
        return "You have it. Nobody else is asked. Goodbye."
    return f"{taken.answered_by.name} has it already. Goodbye."


def _genuine(request: HttpRequest, page: int, method: int) -> dict[str, str] | None:
    """The form, if Twilio has signed it for this address and our account."""
    connection = connection_in_use()
    if connection is None or len(request.body) > _MOST_BODY:
        return None
    try:
        form = read_form(request.body)
    except ValueError:
        return None
    signature = request.headers.get("X-Twilio-Signature", "")
    is_ours = form.get("AccountSid") == str(connection.settings.get("account_sid", "")).strip()
    return form if is_ours and is_signed(signature, key_address(page, method), form, connection.secrets) else None


def _answer(document: str) -> HttpResponse:
    return HttpResponse(document, content_type="text/xml")

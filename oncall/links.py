"""The link that answers a page without signing in: made of the page, so that each send carries the same one."""

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max

from common.ids import digest
from connections.models import Attempt
from oncall.models import Page

#: so long after it was last sent a link works for who is not signed in
GOOD_FOR = timedelta(minutes=30)
_BYTES = 16


def token_of(page: Page) -> str:
    """The secret of a page's link: 128 bits that nobody works out without the key of this installation."""
    said = f"warroom.page-answer:{page.pk}:{page.created_at.timestamp():.6f}"
    whole = hmac.new(settings.SECRET_KEY.encode(), said.encode(), "sha256").digest()
    return urlsafe_b64encode(whole[:_BYTES]).rstrip(b"=").decode()


def answer_url(page: Page) -> str:
    """The address that answers this page; from now on it opens it. Only a digest is kept.

    Called by pagers when they send.
    """
    token = token_of(page)
    kept = digest(token)
    if page.token_digest != kept:
        Page.objects.filter(pk=page.pk).update(token_digest=kept)
        page.token_digest = kept
    return f"{settings.BASE_URL}/a/{token}"


def page_of(token: str) -> Page | None:
    """The page that a link answers, if there is one."""
    return Page.objects.select_related("user", "run", "answered_by").filter(token_digest=digest(token)).first()


def good_until(page: Page) -> datetime:
    """How long the link works for who is not signed in: counted from the last try to send it."""
    sends = Attempt.objects.filter(delivery__thing_kind="page", delivery__thing_id=page.pk)
    last: datetime | None = sends.aggregate(last=Max("started_at"))["last"]
    return max(last or page.created_at, page.created_at) + GOOD_FOR

"""`Idempotency-Key` on POST: the same key and body give the same answer, another body is refused."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import connection, transaction
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.problems import problem
from accounts.models import IdempotencyKey, Token, User
from common import clock
from common.errors import Conflict, Invalid, NotFound
from common.ids import digest
from common.operations import operation

_KEPT = timedelta(hours=24)
_UNDER_WAY = timedelta(minutes=2)
_MOST_BODY = 12 * 1024 * 1024

Act = Callable[[], Response]
#: asked with the person and every incident's number that an answer is about
MaySeeAgain = Callable[[User, set[int]], bool]
_NUMBER = re.compile(r"/incidents/(\d{1,18})(?:/|$)")
_may_see_again: list[MaySeeAgain] = []


def say_who_may_see_again(ask: MaySeeAgain) -> None:
    """Register who knows whether a person may still see these incidents."""
    _may_see_again[:] = [ask]


class Idempotent(APIView):
    """Mixin for views whose POST goes through `post_once`.

    `answers_secret`: the remembered answer holds a secret and is kept encrypted.
    `answers_others`: it is meant for somebody else than the caller, who need not see what it is about.
    """

    answers_secret: ClassVar[bool] = False
    answers_others: ClassVar[bool] = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "POST" and "Idempotency-Key" in request.headers:
            length = request.headers.get("Content-Length") or ""
            if length.isdecimal() and int(length) > _MOST_BODY:
                raise RequestDataTooBig
            # Read before anything parses it, so that the digest is over the bytes as they came.
            self.body_digest = digest(f"{request.path}\n".encode() + request._request.body)

    def post_once(self, request: Request, act: Act) -> Response:
        """Run `act()` → Response in one transaction; with a key once, together with the key's row.

        What `act` raises is rolled back together with the key: the next try runs again.
        """
        key = self._key(request)
        return _whole((lambda: self._remembering(request, key, act)) if key else act)

    def post_once_outside(self, request: Request, act: Act) -> Response:
        """The same for what calls the outside: no transaction is open while `act()` runs.

        A repeat while the first is still under way is refused.
        """
        key = self._key(request)
        if not key:
            return act()
        row, is_mine = self._take(request, key)
        if not is_mine and row.request_digest == self.body_digest and not row.status:
            if row.created_at > clock.now() - _UNDER_WAY:
                raise Conflict("The first request with this Idempotency-Key is still under way.", code="under-way")
            is_mine = True
        if not is_mine:
            return self._again(request, row)
        try:
            response = act()
        except Exception:
            row.delete()
            raise
        self._keep(row, response)
        return response

    def _remembering(self, request: Request, key: str, act: Act) -> Response:
        row, is_mine = self._take(request, key)
        if not is_mine:
            return self._again(request, row)
        response = act()
        self._keep(row, response)
        return response

    def _key(self, request: Request) -> str:
        key = request.headers.get("Idempotency-Key", "")
        if len(key) > 200 or not key.isprintable():
            raise Invalid("The Idempotency-Key is at most 200 printable characters.", field="Idempotency-Key")
        return key

    def _take(self, request: Request, key: str) -> tuple[IdempotencyKey, bool]:
        """Return the key's row and whether this request made it. A parallel one waits for the other's end."""
        owner = f"token:{request.auth.pk}" if isinstance(request.auth, Token) else f"user:{request.user.pk}"
        for _ in range(2):
            made = _insert(owner, key, self.body_digest)
            row = IdempotencyKey(pk=made, owner=owner, key=key, request_digest=self.body_digest) if made else None
            if row is not None:
                return row, True
            row = IdempotencyKey.objects.filter(owner=owner, key=key).first()
            if row is not None and row.created_at >= clock.now() - _KEPT:
                return row, False
            if row is not None:
                row.delete()
        raise Conflict("This Idempotency-Key is being used by another request.", code="under-way")

    def _again(self, request: Request, row: IdempotencyKey) -> Response:
        if row.request_digest != self.body_digest:
            return problem(422, "key-reused", "This Idempotency-Key was used for another request.")
        kept = _open(row.body)
        if kept["answer"] is not None and not self.answers_others and not _sees(request, kept):
            # Access may have ended since; the remembered answer is not told to who would not get it now.
            raise NotFound("What this answer was about is not there, or you may not see it any more.")
        again = Response(kept["answer"], status=row.status)
        if kept["location"]:
            again["Location"] = kept["location"]
        again["Idempotency-Replayed"] = "true"
        return again

    def _keep(self, row: IdempotencyKey, response: Response) -> None:
        kept = {"answer": response.data, "location": response.get("Location", "")}
        IdempotencyKey.objects.filter(pk=row.pk).update(
            status=response.status_code, body=_seal(kept) if self.answers_secret else kept
        )


def _sees(request: Request, kept: dict[str, Any]) -> bool:
    """Tell whether the caller may still see the incidents that a remembered answer is about."""
    places = f"{request.path}\n{kept['location']}".split("\n")
    numbers = {int(number) for place in places for number in _NUMBER.findall(place)}
    answer = kept["answer"] if isinstance(kept["answer"], dict) else {}
    named = (answer.get("incident"), answer.get("incident_number"))
    numbers |= {number for number in named if isinstance(number, int) and not isinstance(number, bool)}
    if not numbers or not isinstance(request.user, User):
        return True
    return all(ask(request.user, numbers) for ask in _may_see_again)


def _whole(act: Act) -> Response:
    """Run it in one transaction; inside another one it is a savepoint."""
    if not transaction.get_connection().in_atomic_block:
        return operation(act)()
    with transaction.atomic():
        return act()


def _insert(owner: str, key: str, wanted: str) -> int | None:
    """Write the key's row in one statement; None when it is there already."""
    table = IdempotencyKey._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (owner, key, request_digest, status, created_at) VALUES (%s, %s, %s, 0, %s)"  # noqa: S608
            " ON CONFLICT (owner, key) DO NOTHING RETURNING id",
            [owner, key, wanted, connection.ops.adapt_datetimefield_value(clock.now())],
        )
        found = cursor.fetchone()
    return int(found[0]) if found else None


def _box() -> MultiFernet:
    keys = [base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()) for key in settings.ENCRYPTION_KEYS]
    return MultiFernet([Fernet(key) for key in keys])


def _seal(body: Any) -> dict[str, str]:
    return {"sealed": _box().encrypt(json.dumps(body).encode()).decode()}


def _open(body: Any) -> dict[str, Any]:
    kept: dict[str, Any] = body
    if "sealed" in kept:
        try:
            kept = json.loads(_box().decrypt(kept["sealed"].encode()))
        except InvalidToken:
            raise Conflict("The remembered answer can't be read any more: the encryption key has changed.")
    return kept

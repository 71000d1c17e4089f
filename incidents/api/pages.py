"""Pages of a timeline in reading order: by (shown_at, id), so that rows that arrive move nothing."""

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from accounts.api.pagination import Cursor
from common.errors import Invalid

Place = tuple[datetime, int]


class TimelineCursor(BasePagination):
    """`?cursor=` and `?page_size=` (at most 200). A cursor is the last item seen and the way to go on."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        size = Cursor().get_page_size(request) or Cursor.page_size
        back, place = _read(request.query_params.get("cursor", ""))
        rows = queryset.order_by("-shown_at", "-id") if back else queryset.order_by("shown_at", "id")
        if place is not None:
            at, pk = place
            rows = rows.filter(
                Q(shown_at__lt=at) | Q(shown_at=at, pk__lt=pk)
                if back
                else Q(shown_at__gt=at) | Q(shown_at=at, pk__gt=pk)
            )
        found = list(rows[: size + 1])
        more, found = len(found) > size, found[:size]
        self.has_next = more if not back else place is not None
        self.has_previous = more if back else place is not None
        self.found = found[::-1] if back else found
        return self.found

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "next": self._address(back=False) if self.has_next else None,
                "previous": self._address(back=True) if self.has_previous else None,
                "results": data,
            }
        )

    def _address(self, *, back: bool) -> str | None:
        if not self.found:
            return None
        edge = self.found[0] if back else self.found[-1]
        cursor = _write(back, (edge.shown_at, edge.pk))
        return replace_query_param(self.request.build_absolute_uri(), "cursor", cursor)

    def get_paginated_response_schema(self, schema: Any) -> Any:
        return Cursor().get_paginated_response_schema(schema)

    def get_schema_operation_parameters(self, view: Any) -> Any:
        return Cursor().get_schema_operation_parameters(view)


def _write(back: bool, place: Place) -> str:
    raw = json.dumps([int(back), place[0].isoformat(), place[1]], separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[bool, Place | None]:
    if not cursor:
        return False, None
    try:
        back, at, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        when = datetime.fromisoformat(at)
        if back not in (0, 1) or not isinstance(pk, int) or not 0 <= pk < 2**63 or when.tzinfo is None:
            raise ValueError
        return bool(back), (when.astimezone(UTC), pk)
    except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError):
        raise Invalid("This cursor was not made by a page of this timeline.", field="cursor")

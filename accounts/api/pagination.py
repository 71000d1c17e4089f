"""Cursor pages: stable while rows arrive, and never a COUNT."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination

from common.errors import Invalid


class Cursor(CursorPagination):
    """`?cursor=` and `?page_size=` (at most 200); each view names its ordering, by something unique."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering = "-pk"

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, ValueError, TypeError, OverflowError, ValidationError):
            raise Invalid("This cursor was not made by a page of this list.", field="cursor")

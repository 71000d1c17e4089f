"""What every endpoint is: JSON in and out, scopes by method, one actor, cursor pages, keys on POST."""

import functools
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.actors import Actor
from accounts.api.authentication import actor_of
from accounts.api.fields import Flag, Input
from accounts.api.idempotency import Idempotent
from accounts.api.pagination import Cursor
from accounts.api.permissions import Administrators, ScopeAllows
from accounts.api.schema import Schema
from accounts.models import User
from common.errors import Invalid

ToJson = Callable[[Any], Any]

_OF_PAGES = {"cursor", "page_size", "format"}
_YES, _NO = {"1", "true", "yes"}, {"0", "false", "no", ""}


class OnlyJson(BaseContentNegotiation):
    """Whatever is asked for, the answer is JSON; `?format=` belongs to the exports."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        for parser in parsers:
            main = parser.media_type.split(";")[0]
            if (request.content_type or "").split(";")[0].strip().lower() in (main, ""):
                return parser
        return None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class Endpoint(Idempotent):
    """Base of all views of the API.

    `read_scope` and `write_scope` are what a token needs; `admin_reads` and `admin_writes` say which
    methods are for administrators.
    """

    schema = Schema()
    content_negotiation_class = OnlyJson
    pagination_class = Cursor

    read_scope: ClassVar[str] = "read"
    write_scope: ClassVar[str] = "write"
    admin_reads: ClassVar[bool] = False
    admin_writes: ClassVar[bool] = False

    @functools.cached_property
    def _asked(self) -> set[str]:
        """The filters that this request's view has looked for."""
        return set()

    @property
    def scope(self) -> str:
        """The scope that this request needs (asked by `ScopeAllows`)."""
        return self.read_scope if self.request.method in SAFE_METHODS else self.write_scope

    def get_permissions(self) -> list[Any]:
        for_admins = self.admin_reads if self.request.method in SAFE_METHODS else self.admin_writes
        return [Administrators() if for_admins else ScopeAllows()]

    @property
    def by(self) -> Actor:
        """Who calls."""
        return actor_of(self.request)

    @property
    def user(self) -> User:
        """The person who calls."""
        assert isinstance(self.request.user, User)
        return self.request.user

    def read(self, form: type[Input], *, partial: bool = False) -> dict[str, Any]:
        """Return the checked body.

        :raises ValidationError: naming every field that is wrong.
        """
        given = form(data=self.request.data, partial=partial, context={"request": self.request})
        given.is_valid(raise_exception=True)
        values: dict[str, Any] = given.validated_data
        return values

    def switch(self, name: str) -> bool | None:
        """Return a yes/no of the query string, None when it is not there.

        :raises Invalid: neither yes nor no.
        """
        self._asked.add(name)
        value = self.request.query_params.get(name)
        if value is None:
            return None
        if value.lower() not in _YES | _NO:
            raise Invalid(f"{name} is 1 or 0.", field=name)
        return value.lower() in _YES

    def word(self, name: str, words: Iterable[str]) -> str:
        """Return a word of the query string that is one of these, "" when it is not there.

        :raises Invalid: another word.
        """
        value = self.text(name)
        known = list(words)
        if value and value not in known:
            raise Invalid(f"{name} is one of {', '.join(known)}.", field=name)
        return value

    def text(self, name: str) -> str:
        """Return a text of the query string, "" when it is not there.

        :raises Invalid: it can't be kept in a database.
        """
        self._asked.add(name)
        value = self.request.query_params.get(name, "").strip()
        if "\x00" in value or len(value) > 500 or any("\ud800" <= char <= "\udfff" for char in value):
            raise Invalid(f"{name} holds what can't be searched for.", field=name)
        return value

    def number(self, name: str, *, default: int | None = None) -> int | None:
        """Return a whole number of the query string.

        :raises Invalid: something else.
        """
        value = self.text(name)
        if not value:
            return default
        if not value.isascii() or not value.isdigit() or len(value) > 18:
            raise Invalid(f"{name} is a whole number.", field=name)
        return int(value)

    def page(self, rows: "QuerySet[Any]", to_json: ToJson | type[BaseSerializer], ordering: Any = "-pk") -> Response:
        """Answer one cursor page of these rows. All filters have been asked for by now.

        :raises Invalid: the query string has a filter that this list does not know.
        """
        known = self._asked | _OF_PAGES
        if unknown := sorted(set(self.request.query_params) - known):
            raise Invalid(
                f"This list has no filter “{unknown[0][:40]}”.",
                field=unknown[0][:40],
                hint=f"It has {', '.join(sorted(known))}.",
            )
        pages = self.pagination_class()
        pages.ordering = ordering
        found = pages.paginate_queryset(rows, self.request, view=self) or []
        if isinstance(to_json, type):
            return pages.get_paginated_response(to_json(found, many=True).data)
        return pages.get_paginated_response([to_json(row) for row in found])


class OnForm(Input):
    """On or off."""

    on = Flag(default=True)


class Empty(Input):
    """No fields."""

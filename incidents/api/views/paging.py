"""Paging people about an incident."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import Input, Text, Word
from incidents.api.base import IncidentEndpoint
from incidents.paging import KIND, read_target
from oncall.api.paging_json import pages_json
from oncall.api.paging_shapes import PageOut
from oncall.models import Page, Urgency
from oncall.operations.paging import page_targets


class PageIn(Input):
    """Who is paged: @handle, e-mail address, or the slug of a schedule, a team or a service."""

    target = Text(max_length=254)
    text = Text(default="", max_length=500)
    urgency = Word("Urgency", Urgency.values, default=Urgency.HIGH)


class PagedOut(serializers.Serializer):
    """The pages that went out at once."""

    pages = PageOut(many=True)


class PageSomebody(IncidentEndpoint):
    """Ask people to respond."""

    @extend_schema(
        summary="Page a person, who is on call, a team, or a service by its policy",
        request=PageIn,
        responses={201: PagedOut},
    )
    def post(self, request: Request, number: int) -> Response:
        given = self.read(PageIn)
        return self.post_once(request, lambda: self._page(number, given))

    def _page(self, number: int, given: dict[str, Any]) -> Response:
        self.incident(number)
        runs = page_targets(
            subject_kind=KIND,
            subject_id=number,
            targets=[read_target(given["target"])],
            by=self.by,
            text=given["text"],
            urgency=given["urgency"],
        )
        pages = Page.objects.filter(run__in=runs).select_related("user", "answered_by", "run").order_by("pk")
        return Response({"pages": pages_json(pages, self.by.user)}, status=201)

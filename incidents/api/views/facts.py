"""Links, services, tags, related incidents, who sees it."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import Invalid
from incidents.api import shapes
from incidents.api.base import IncidentEndpoint
from incidents.models import Incident
from incidents.operations import facts, people

_OUT = shapes.IncidentOut


class Access(IncidentEndpoint):
    @extend_schema(summary="Change who sees it", request=shapes.AccessIn, responses=_OUT)
    def post(self, request: Request, number: int) -> Response:
        return self.act(
            request,
            number,
            shapes.AccessIn,
            lambda given: people.set_private(
                number=number, is_private=given["private"], reason=given["reason"], by=self.by
            ),
        )


class LinkList(IncidentEndpoint):
    @extend_schema(summary="Add a link", request=shapes.LinkIn, responses={201: shapes.Links})
    def post(self, request: Request, number: int) -> Response:
        given = self.read(shapes.LinkIn)

        def once() -> Response:
            facts.add_link(number=number, by=self.by, **given)
            return Response({"links": self.incident(number).links}, status=201)

        return self.post_once(request, once)

    @extend_schema(
        summary="Take a link off",
        parameters=[OpenApiParameter("url", str, required=True, description="the address as it stands in `links`")],
        responses={204: None},
    )
    def delete(self, request: Request, number: int) -> Response:
        url = request.query_params.get("url", "")
        if not url:
            raise Invalid("Say which: ?url=…", field="url")
        facts.remove_link(number=number, url=url, by=self.by)
        return Response(status=204)


class ServiceList(IncidentEndpoint):
    @extend_schema(summary="Say that a service is touched", request=shapes.TouchedIn, responses=_OUT)
    def post(self, request: Request, number: int) -> Response:
        return self.act(
            request, number, shapes.TouchedIn, lambda given: facts.add_service(number=number, by=self.by, **given)
        )


class OneService(IncidentEndpoint):
    @extend_schema(summary="Take a service off", responses={204: None})
    def delete(self, request: Request, number: int, service: str) -> Response:
        facts.remove_service(number=number, service=service, by=self.by)
        return Response(status=204)


class TagList(IncidentEndpoint):
    @extend_schema(summary="Put a tag on", request=shapes.TagIn, responses=_OUT)
    def post(self, request: Request, number: int) -> Response:
        return self.act(request, number, shapes.TagIn, lambda given: facts.add_tag(number=number, by=self.by, **given))


class OneTag(IncidentEndpoint):
    @extend_schema(summary="Take a tag off", responses={204: None})
    def delete(self, request: Request, number: int, tag: str) -> Response:
        facts.remove_tag(number=number, tag=tag, by=self.by)
        return Response(status=204)


class Related(IncidentEndpoint):
    """Related incidents, as far as the caller may see them."""

    @extend_schema(summary="Related incidents", responses=shapes.Numbers)
    def get(self, request: Request, number: int) -> Response:
        return Response(self._numbers(number))

    @extend_schema(summary="Relate it to another", request=shapes.RelateIn, responses={201: shapes.Numbers})
    def post(self, request: Request, number: int) -> Response:
        given = self.read(shapes.RelateIn)

        def once() -> Response:
            facts.relate(number=number, other=given["incident"], by=self.by)
            return Response(self._numbers(number), status=201)

        return self.post_once(request, once)

    def _numbers(self, number: int) -> dict[str, Any]:
        incident = self.incident(number)
        seen = Incident.objects.visible_to(self.by.user).filter(pk__in=incident.related.values("pk"))
        return {"related": sorted(seen.values_list("pk", flat=True))}


class OneRelated(IncidentEndpoint):
    @extend_schema(summary="They have nothing to do with each other after all", responses={204: None})
    def delete(self, request: Request, number: int, other: int) -> Response:
        facts.unrelate(number=number, other=other, by=self.by)
        return Response(status=204)

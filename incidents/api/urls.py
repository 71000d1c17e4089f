"""Addresses of incidents and everything under them."""

from django.urls import path

from incidents.api import privacy
from incidents.api.views import facts, incidents, life, paging, papers, people, talk, work

privacy.tell()

_ONE = "incidents/<int:number>"

urlpatterns = [
    path("incidents", incidents.Incidents.as_view()),
    path(_ONE, incidents.OneIncident.as_view()),
    path(f"{_ONE}/messages", talk.Messages.as_view()),
    path(f"{_ONE}/messages/<int:sequence>", talk.OneMessage.as_view()),
    path(f"{_ONE}/messages/<int:sequence>/reactions", talk.Reactions.as_view()),
    path(f"{_ONE}/messages/<int:sequence>/pin", talk.Pin.as_view()),
    path(f"{_ONE}/timeline", talk.Timeline.as_view()),
    path(f"{_ONE}/timeline/<int:sequence>", talk.OneItem.as_view()),
    path(f"{_ONE}/status", life.ChangeStatus.as_view()),
    path(f"{_ONE}/severity", life.ChangeSeverity.as_view()),
    path(f"{_ONE}/mitigate", life.Mitigate.as_view()),
    path(f"{_ONE}/resolve", life.Resolve.as_view()),
    path(f"{_ONE}/close", life.Close.as_view()),
    path(f"{_ONE}/cancel", life.Cancel.as_view()),
    path(f"{_ONE}/reopen", life.Reopen.as_view()),
    path(f"{_ONE}/merge", life.Merge.as_view()),
    path(f"{_ONE}/access", facts.Access.as_view()),
    path(f"{_ONE}/links", facts.LinkList.as_view()),
    path(f"{_ONE}/services", facts.ServiceList.as_view()),
    path(f"{_ONE}/services/<str:service>", facts.OneService.as_view()),
    path(f"{_ONE}/tags", facts.TagList.as_view()),
    path(f"{_ONE}/tags/<path:tag>", facts.OneTag.as_view()),
    path(f"{_ONE}/related", facts.Related.as_view()),
    path(f"{_ONE}/related/<int:other>", facts.OneRelated.as_view()),
    path(f"{_ONE}/roles", people.Roles.as_view()),
    path(f"{_ONE}/roles/<str:role>", people.OneRole.as_view()),
    path(f"{_ONE}/members", people.Members.as_view()),
    path(f"{_ONE}/members/<str:user>", people.OneMember.as_view()),
    path(f"{_ONE}/join", people.Join.as_view()),
    path(f"{_ONE}/leave", people.Leave.as_view()),
    path(f"{_ONE}/watch", people.Watch.as_view()),
    path(f"{_ONE}/page", paging.PageSomebody.as_view()),
    path(f"{_ONE}/action-items", work.ActionItems.as_view()),
    path(f"{_ONE}/action-items/<int:item>", work.OneActionItem.as_view()),
    path(f"{_ONE}/updates", work.Updates.as_view()),
    path(f"{_ONE}/postmortem", papers.OnePostmortem.as_view()),
    path(f"{_ONE}/postmortem/state", papers.PostmortemState.as_view()),
    path(f"{_ONE}/postmortem/offers", papers.PostmortemOffers.as_view()),
    path(f"{_ONE}/postmortem/export", papers.PostmortemExport.as_view()),
    path(f"{_ONE}/export", papers.TimelineExport.as_view()),
    path(f"{_ONE}/attachments", papers.Attachments.as_view()),
    path(f"{_ONE}/attachments/<int:pk>", papers.OneAttachment.as_view()),
]

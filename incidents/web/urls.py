"""Pages of incidents; the room itself is `web.room`."""

from django.urls import path

from incidents.web.views import changes, files, lists, postmortem, tabs

urlpatterns = [
    path("incidents", lists.incidents, name="incidents"),
    path("incidents/new", lists.declare, name="declare"),
    path("postmortems", lists.postmortems, name="postmortems"),
    path("followups", lists.followups, name="followups"),
    path("incidents/<int:number>/timeline", tabs.timeline, name="timeline"),
    path("incidents/<int:number>/tasks", tabs.task_list, name="tasks"),
    path("incidents/<int:number>/tasks/<int:item>", tabs.task_change, name="task-change"),
    path("incidents/<int:number>/tasks/<int:item>/edit", changes.edit_task, name="incident-task-edit"),
    path("incidents/<int:number>/alerts", tabs.alerts, name="incident-alerts"),
    path("incidents/<int:number>/updates", tabs.update_list, name="updates"),
    path("incidents/<int:number>/audit", tabs.audit, name="incident-audit"),
    path("incidents/<int:number>/facts", changes.edit_facts, name="facts"),
    path("incidents/<int:number>/now", changes.edit_now, name="now-texts"),
    path("incidents/<int:number>/people", changes.roles, name="people"),
    path("incidents/<int:number>/page", changes.page, name="incident-page"),
    path("incidents/<int:number>/resolve", changes.resolve, name="resolve"),
    path("incidents/<int:number>/cancel", changes.cancel, name="cancel"),
    path("incidents/<int:number>/close", changes.close, name="close"),
    path("incidents/<int:number>/reopen", changes.reopen, name="reopen"),
    path("incidents/<int:number>/merge", changes.merge, name="merge"),
    path("incidents/<int:number>/access", changes.access, name="access"),
    path("incidents/<int:number>/do/<slug:verb>", changes.act, name="incident-act"),
    path("incidents/<int:number>/postmortem", postmortem.read, name="postmortem"),
    path("incidents/<int:number>/postmortem/edit", postmortem.edit, name="postmortem-edit"),
    path("incidents/<int:number>/postmortem/preview", postmortem.preview, name="postmortem-preview"),
    path("incidents/<int:number>/postmortem/move", postmortem.move, name="postmortem-move"),
    path("incidents/<int:number>/postmortem/export", postmortem.export, name="postmortem-export"),
    path("incidents/<int:number>/files", files.upload, name="file-upload"),
    path("incidents/<int:number>/files/<int:pk>", files.download, name="file"),
]

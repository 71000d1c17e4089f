"""Pages of on call."""

from django.urls import path

from oncall.web import answering, calendars, editing, feeds, inbox, mine, pages, quiet, reaching, requests, views

urlpatterns = [
    path("a/<str:token>", answering.answer, name="page-answer"),
    path("inbox", inbox.inbox, name="inbox"),
    path("inbox/waiting", inbox.waiting, name="inbox-waiting"),
    path("inbox/<int:pk>", inbox.answer, name="inbox-answer"),
    path("pages/<int:pk>", pages.page, name="page"),
    path("me/notifications", reaching.notifications, name="notifications"),
    path("me/contact-methods", reaching.add, name="contact-add"),
    path("me/contact-methods/<int:pk>/remove", reaching.remove, name="contact-remove"),
    path("me/contact-methods/<int:pk>/<slug:do>", reaching.change, name="contact-change"),
    path("me/quiet-hours", quiet.quiet_hours, name="quiet-hours"),
    path("me/notification-rules", reaching.add_rule, name="rule-add"),
    path("me/notification-rules/<int:pk>/remove", reaching.remove_rule, name="rule-remove"),
    path("oncall", views.now, name="oncall"),
    path("oncall/me", mine.mine, name="my-shifts"),
    path("oncall/me/note", mine.leave_note, name="handover-note"),
    path("oncall/me/feeds", mine.make_feed, name="feed-make"),
    path("oncall/me/feeds/<int:pk>/revoke", mine.revoke_feed, name="feed-revoke"),
    path("feeds/<str:secret>.ics", feeds.feed, name="feed"),
    path("schedules/new", editing.make, name="schedule-new"),
    path("schedules/<slug:slug>", views.schedule, name="schedule"),
    path("schedules/<slug:slug>/edit", editing.change, name="schedule-edit"),
    path("schedules/<slug:slug>/ask", requests.ask, name="shift-ask"),
    path("shift-requests/<int:pk>", requests.one, name="shift-request"),
    path("schedules/<slug:slug>/calendar", calendars.calendar, name="schedule-calendar"),
    path("schedules/<slug:slug>/archive", views.archive, name="schedule-archive"),
    path("schedules/<slug:slug>/overrides/<int:pk>/end", views.end_override, name="override-end"),
]

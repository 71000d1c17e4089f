"""Pages that put several packages together."""

from django.urls import path

from web.design.views import design
from web.faces import face
from web.health.views import favicon, health, healthz, metrics, readyz, release_held, retry
from web.now.views import now
from web.palette import views as palette
from web.reference.views import problems
from web.room import acts, fetching
from web.room import views as room

urlpatterns = [
    path("", now, name="now"),
    path("favicon.ico", favicon, name="favicon"),
    path("faces/<slug:face>.png", face, name="face"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("health", health, name="health"),
    path("health/retry", retry, name="health-retry"),
    path("health/release", release_held, name="health-release"),
    path("design", design, name="design"),
    path("commands", palette.commands, name="commands"),
    path("docs/problems", problems, name="problems"),
    path("palette/run", palette.run, name="palette-run"),
    path("palette/suggest", palette.suggest, name="palette-suggest"),
    path("incidents/<int:number>", room.room, name="room"),
    path("incidents/<int:number>/parts", room.parts, name="room-parts"),
    path("incidents/<int:number>/frames", room.frames, name="room-frames"),
    path("incidents/<int:number>/say", acts.say, name="room-say"),
    path("incidents/<int:number>/seen", acts.seen, name="room-seen"),
    path("incidents/<int:number>/rooms/<int:pk>/fetch", fetching.fetch, name="room-fetch"),
    path("incidents/<int:number>/steps/<int:pk>", acts.retry_step, name="room-step-retry"),
    path("incidents/<int:number>/lines/<int:sequence>/history", room.history, name="line-history"),
    path("incidents/<int:number>/lines/<int:sequence>/html", room.line_html, name="line-html"),
    path("incidents/<int:number>/lines/<int:sequence>/<slug:act>", acts.line_act, name="line-act"),
]

"""Whatever is written anywhere stays words: nothing runs, nothing is fetched from elsewhere, nothing breaks out."""

import hashlib
import hmac
import json
import re
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Page, expect

from tests.browser.pages import every_page
from tests.browser.payloads import PAYLOADS, packed
from tests.browser.people import PHONE, WIDE, Crowd
from tests.browser.product import HOOK_SECRET, Product, number_of
from tests.browser.rooms import composer, line, open_room
from tests.browser.watching import Watch

#: what would run, or leave, if somebody touched it
_TRAPS = """() => {
  const found = [];
  for (const element of document.querySelectorAll("*")) {
    const name = element.localName;
    if (["iframe", "object", "embed", "base", "foreignobject", "animate"].includes(name)) found.push(element.outerHTML);
    if (name === "script" && !element.src && element.type !== "application/json") found.push(element.outerHTML);
    const action = name === "form" && new URL(element.getAttribute("action") ?? "", location.href);
    if (action && action.origin !== location.origin) found.push(element.outerHTML);
    for (const { name: key, value } of element.attributes) {
      const url = ["href", "src", "action", "formaction", "xlink:href", "data"].includes(key);
      if (/^on/i.test(key) || key === "ping" || key === "srcdoc") found.push(`${name} ${key}=${value}`);
      if (url && /^\\s*(javascript|vbscript|data:text.html)/i.test(value)) found.push(`${name} ${key}=${value}`);
    }
    if (name !== "a" || !/^https?:$/.test(element.protocol) || element.origin === location.origin) continue;
    // A link that somebody wrote says that it leads elsewhere, and a title is none at all.
    if (!element.relList.contains("noopener")) found.push(`unguarded: ${element.outerHTML}`);
    if (element.closest("h1, h2, h3, .rows__title, .head__title, .chip, .person, .option, .strip, .toast")) {
      if (element.textContent.trim() !== element.getAttribute("href")) found.push(`fake: ${element.outerHTML}`);
    }
  }
  return found.map((text) => text.slice(0, 200));
}"""
#: what reaches out of the window, other than in boxes that scroll by themselves
_TOO_WIDE = """(width) => [...document.querySelectorAll("body *")]
  .filter((element) => {
    if (!element.checkVisibility() || element.getBoundingClientRect().right <= width + 1) return false;
    for (let box = element.parentElement; box; box = box.parentElement) {
      if (box !== document.body && getComputedStyle(box).overflowX !== "visible") return false;
    }
    return true;
  })
  .map((element) => `${location.pathname} ${element.outerHTML.slice(0, 200)}`)"""
#: what no form takes: names of other systems' people, what chats and deliveries answered, who is in which team.
_PLANT = """
import json, sys
from accounts.actors import Actor
from accounts.models import Identity, Role, Team, User
from chatops.models import Room, RoomStep
from connections.models import Connection, Delivery, Lane, Received
from incidents.models import Incident
from incidents.operations import people, talk, tasks
from oncall.models import Service
names, number, other = json.load(sys.stdin)
team = Team.objects.create(name=names[0][:78], slug="evil-team")
services = [
    Service.objects.create(name=name[:78], slug=f"evil-{i}", description=name, team=team)
    for i, name in enumerate(names)
]
Incident.objects.get(pk=number).services.set(services)
ada = Actor.person(User.objects.get(handle="ada"), "web")
for i, name in enumerate(names):
    user = User.objects.create_user(f"evil{i}@example.com", None, name=name[:118], role=Role.RESPONDER)
    people.invite(number=number, user=user, by=ada)
    people.assign_role(number=number, role="responder", user=user, by=ada)
    talk.say(number=number, text=f"@{user.handle} hello", by=Actor.person(user, "web"))
    tasks.add_item(number=number, text=name[:400], by=ada, owner=user)
    Identity.objects.create(realm="slack:T1", outside_id=name[:60], name=name[:118], user=ada.user)
    chat = Connection.objects.create(kind=f"gone-{i}", name=name[:78], trouble=name)
    lane = Lane.objects.create(connection=chat, kind="chat", key="1", state="dead", last_error=name)
    Delivery.objects.create(lane=lane, thing_kind="line", thing_id=1, dead_at="2026-01-01T00:00:00Z", last_error=name)
    Received.objects.create(
        connection=chat, door=name[:40], outside_id="1", state="done", outcome="failed", outcome_text=name
    )
    room = Room.objects.create(
        incident_id=other, connection=chat, lane=lane, outside_id="C1", name=name[:118],
        url="javascript:window.__pwned(1)" if i % 2 else "https://evil.example/" + name,
    )
    RoomStep.objects.create(room=room, name="create", state="dead", last_error=name, detail=name[:280])
"""


class Pen:
    """Ada's session as a client that posts forms, the way a hostile page or person would."""

    def __init__(self, page: Page) -> None:
        self._request = page.request
        self._token = next(c["value"] for c in page.context.cookies() if c["name"] == "csrftoken")

    def post(self, path: str, **fields: str) -> APIResponse:
        """Send a form that must be taken: what is refused is not shown, and proves nothing."""
        answer = self._send(path, fields)
        assert answer.ok, f"{path}: {answer.status}"
        return answer

    def tell(self, path: str, **fields: str) -> None:
        """Send a form and leave its message for the next page."""
        assert self._send(path, fields, max_redirects=0).status == 302

    def fail(self, path: str, **fields: str) -> None:
        """Send what is refused, and must be refused calmly."""
        assert 400 <= self._send(path, fields).status < 500

    def _send(self, path: str, fields: dict[str, str], max_redirects: int = 3) -> APIResponse:
        return self._request.post(path, form=fields, headers={"X-CSRFToken": self._token}, max_redirects=max_redirects)

    def say(self, number: int, **fields: object) -> None:
        answer = self._request.post(
            f"/incidents/{number}/say", data=fields, headers={"X-CSRFToken": self._token, "Accept": "application/json"}
        )
        assert answer.ok, answer.text()

    def upload(self, number: int, name: str, content: bytes) -> int:
        answer = self._request.post(
            f"/incidents/{number}/files",
            multipart={"file": {"name": name, "mimeType": "image/svg+xml", "buffer": content}},
            headers={"X-CSRFToken": self._token, "Accept": "application/json"},
        )
        assert answer.status == 201, answer.text()
        return int(answer.json()["id"])


@pytest.fixture(scope="module")
def reader(crowd: Crowd) -> Page:
    """Bo, who has the room open while it is written."""
    return crowd.page("bo")


@pytest.fixture(scope="module")
def looker(crowd: Crowd) -> Page:
    """Ada, who looks at one page after the other."""
    return crowd.page("ada")


@pytest.fixture(scope="module")
def poisoned(crowd: Crowd, product: Product, reader: Page) -> int:
    """One incident with every payload in every place; others with them as titles."""
    page = crowd.page("ada")
    page.goto("/")
    pen = Pen(page)
    number = number_of(pen.post("/incidents/new", title=packed(200)[0], summary="\n\n".join(PAYLOADS)).url)
    open_room(reader, number)
    titles = [number_of(pen.post("/incidents/new", title=text).url) for text in packed(200)[1:]]
    for payload in PAYLOADS:
        pen.say(number, text=payload)
    # The last one stays on the pages: it must be one that would run.
    for text in reversed(packed(480)):
        pen.post(f"/incidents/{number}/now", now=text, doing=text, need=text)
        pen.post(f"/incidents/{number}/tasks", text=text, kind="task")
        pen.post(f"/incidents/{number}/updates", text=text, now=text, public_text=text)
    for text in packed(2000):
        pen.post(f"/incidents/{number}/timeline", text=text)
    for place, text in enumerate(packed(160)):
        pen.say(number, text=f"/incident link https://links.example/{place} {text}")
        pen.say(number, text=f"/incident tag add {text.split()[0]}")
    _edit(pen, number)
    product.manage("shell", "--no-imports", "-c", _PLANT, text=json.dumps([packed(110), number, titles[4]]))
    _from_outside(product)
    files = [pen.upload(number, f"{text[:80]}.svg", _SVG) for text in packed(80)[:10]]
    pen.say(number, text="files", attachments=files)
    pen.post(f"/incidents/{titles[0]}/merge", into=str(number))
    for other in titles[1:3]:
        pen.say(number, text=f"/incident relate #{other}")
    pen.post(f"/incidents/{titles[3]}/resolve", text=max(packed(1900), key=len))
    pen.post(f"/incidents/{number}/postmortem/move", state="start")
    pen.post(f"/incidents/{number}/postmortem/edit", body="\n\n".join(PAYLOADS), version="1")
    pen.fail("/me", name=PAYLOADS[0], time_zone="<script>", theme="\"'>", text_size="x")
    page.context.close()
    return number


_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="window.__pwned(1)"><script>window.__pwned(1)</script></svg>'


def _edit(pen: Pen, number: int) -> None:
    """Former versions are shown too."""
    pen.post(f"/incidents/{number}/lines/2/edit", text=PAYLOADS[4])
    pen.post(
        f"/incidents/{number}/facts",
        title=packed(200)[0],
        severity="1",
        reason=packed(480)[0],
        impact="\n".join(PAYLOADS),
        tags="evil.example javascript:x",
    )


def _from_outside(product: Product) -> None:
    """An alert by PagerDuty's signed webhook, and a chat whose people have such names."""
    for place, text in enumerate(packed(290)):
        event = {
            "id": f"evil-{place}",
            "event_type": "incident.triggered",
            "occurred_at": "2026-01-01T00:00:00Z",
            "agent": {"summary": text},
            "data": {
                "type": "incident",
                "id": f"Q{place}",
                "title": text,
                "html_url": f'https://pagerduty.example/{place}"onclick="window.__pwned(1)',
                "service": {"summary": text},
                "priority": {"summary": "P1 " + text},
            },
        }
        raw = json.dumps({"event": event}).encode()
        signature = hmac.new(HOOK_SECRET.encode(), raw, hashlib.sha256).hexdigest()
        _send(f"{product.url}/hooks/pagerduty", raw, {"X-PagerDuty-Signature": f"v1={signature}"})
    token = product.manage("create_token", "ada@example.com", "--scope", "chat", "--name", PAYLOADS[0]).split()[-1]
    for place, text in enumerate(packed(110)):
        said = {
            "text": f"/incident create {text[:150]}",
            "user": {"id": f"U{place}", "name": text},
            "room": {"id": f"R{place}", "name": text},
            "message_id": f"m{place}",
        }
        _send(f"{product.url}/api/v1/chat/commands", json.dumps(said).encode(), {"Authorization": f"Bearer {token}"})


def _send(url: str, raw: bytes, headers: dict[str, str]) -> None:
    request = urllib.request.Request(url, data=raw, headers={"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status in (200, 201, 202)


def check(page: Page, width: int) -> None:
    """Nothing lies in wait, and no word is so long that the page goes sideways."""
    found = troubles(page, width)
    assert not found, "\n".join(found)


def troubles(page: Page, width: int) -> list[str]:
    found = [*page.evaluate(_TRAPS), *page.evaluate(_TOO_WIDE, width)]
    if page.evaluate("document.documentElement.scrollWidth") > width:
        found.append("the page scrolls sideways")
    return [f"{page.url}: {text}" for text in found]


def test_lines_that_arrive_live_stay_words(poisoned: int, reader: Page) -> None:
    expect(line(reader, "window.__pwned(1)").first).to_be_visible()

    for payload in PAYLOADS[:20]:
        expect(line(reader, payload).first).to_be_attached()
    check(reader, WIDE["width"])


#: addresses that carry the rubbish themselves
_CROOKED = [
    "/nothing/%3Cscript%3Ewindow.__pwned(1)%3C/script%3E",
    "/me/link/%3Cimg%20src=x%20onerror=window.__pwned(1)%3E",
    "/incidents?text=%22%3E%3Cimg%20src=x%20onerror=window.__pwned(1)%3E&service=%3Cb%3E&team=%22onclick=1",
    "/incidents/new?title=%22%3E%3Csvg%20onload=window.__pwned(1)%3E",
    "/incidents/{number}/timeline?view=everything&text=%3Cscript%3Ewindow.__pwned(1)%3C/script%3E",
    "/incidents/{number}?thread=2",
    "/incidents/{number}?before=%3Cscript%3E",
    "/incidents/{number}/lines/2/history",
    "/incidents/{number}/postmortem/edit",
]


def test_every_page_stays_whole(poisoned: int, crowd: Crowd, watch: Watch) -> None:
    """On desks, and drawn anew as narrow as a phone."""
    page = crowd.page("ada")
    others = [f"/incidents/{number}" for number in range(poisoned + 1, poisoned + 7)]
    found = []
    with watch.expecting("status of 404", "status of 400"):
        for path in [*(visit.path for visit in every_page() if visit.who == "ada"), *_CROOKED, *others]:
            page.set_viewport_size(WIDE)
            page.goto(path.replace("{number}", str(poisoned)).replace("/incidents/4", f"/incidents/{poisoned}"))
            found += troubles(page, WIDE["width"])
            page.set_viewport_size(PHONE)
            found += troubles(page, PHONE["width"])

    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/incidents/{number}", ".room__head h1"),
        ("/incidents/{number}", ".room__now"),
        ("/incidents/{number}", "#room-side"),
        ("/incidents/{number}", ".attachments"),
        ("/incidents/{number}/timeline", ".timeline"),
        ("/incidents/{number}/tasks", ".rows"),
        ("/incidents/{number}/updates", ".prose"),
        ("/incidents/{number}/updates", ".kv"),
        ("/incidents/{number}/people", ".rows"),
        ("/incidents/{number}/postmortem", "article.prose"),
        ("/incidents/{number}/audit", ".table"),
        ("/incidents/{number}/lines/2/history", "#main"),
        ("/incidents", ".table"),
        ("/incidents/new", ".tiles--small"),
        ("/connections", ".rows"),
        ("/health", ".rows"),
        ("/people", ".rows"),
        ("/me", ".rows"),
        ("/", ".cards"),
        ("/", "#strips"),
    ],
)
def test_the_words_are_really_there(poisoned: int, looker: Page, path: str, place: str) -> None:
    """A page that shows nothing of it would prove nothing."""
    looker.goto(path.format(number=poisoned))

    shown = " ".join(looker.locator(place).all_inner_texts())
    assert re.search(r"<(script|img|svg|details|body)\b[^<]*__pwned\(1\)", shown, re.IGNORECASE)


def test_an_alert_stays_words(poisoned: int, looker: Page) -> None:
    looker.goto("/incidents?text=mtext")
    looker.locator("tr[data-row] a").first.click()
    looker.locator(".room__tabs").get_by_role("link", name="Alerts").click()

    expect(looker.get_by_role("main")).to_contain_text("<mtext>")
    check(looker, WIDE["width"])


def test_what_a_message_says_stays_words(poisoned: int, looker: Page) -> None:
    looker.goto("/people")
    path = str(looker.locator("form", has_text="<svg").first.get_attribute("action"))
    Pen(looker).tell(path, do="role", role="viewer")
    looker.goto("/people")

    expect(looker.locator("#toasts")).to_contain_text("<svg")
    check(looker, WIDE["width"])


def test_the_sign_in_stays_words(crowd: Crowd, poisoned: int) -> None:
    page = crowd.page()
    page.goto("/accounts/login/?next=%22%3E%3Cscript%3Ewindow.__pwned(1)%3C/script%3E//evil.example")
    page.locator("form").first.evaluate("form => { form.noValidate = true; }")
    page.get_by_label("E-mail").fill('"><img src=x onerror=window.__pwned(1)>@evil.example')
    page.get_by_label("Password").fill("<script>window.__pwned(1)</script>")
    page.get_by_role("button", name="Sign in").click()

    expect(page.locator(".field__error, [role=alert]").first).to_be_visible()
    check(page, WIDE["width"])


def test_templates_are_not_run(poisoned: int, reader: Page) -> None:
    open_room(reader, poisoned)

    expect(reader.locator("#log")).to_contain_text("{{ 7*7 }}")
    expect(reader.locator("#log")).not_to_contain_text("49 ")


def test_answers_of_commands_stay_words(poisoned: int, reader: Page) -> None:
    open_room(reader, poisoned)
    for payload in PAYLOADS[:12]:
        composer(reader).fill(f"/incident {' '.join(payload.split())}")
        reader.keyboard.press("Enter")
        expect(reader.locator(".answer", has_text=" ".join(payload.split())[:30]).last).to_be_attached()
        composer(reader).fill("")

    check(reader, WIDE["width"])


def test_the_palette_and_the_preview_stay_words(poisoned: int, crowd: Crowd) -> None:
    page = crowd.page("ada")
    page.goto(f"/incidents/{poisoned}/postmortem/edit")
    page.get_by_label("Postmortem in markdown").press("Control+End")
    page.keyboard.type("And **this**.")
    expect(page.locator("[data-preview-target]")).to_contain_text("And this.")
    check(page, WIDE["width"])
    page.keyboard.press("Control+k")
    for text in ("<script", "evil", "img src=x", f"/incident <img src=x onerror={PAYLOADS[4]}>"):
        page.get_by_role("combobox", name="Search or type a command").fill(text)
        page.keyboard.press("Enter") if text.startswith("/") else expect(page.locator("#palette")).to_be_visible()
        check(page, WIDE["width"])
    expect(page.locator("[data-palette-reply]")).to_contain_text("<img src=x")
    page.close(run_before_unload=False)


@pytest.mark.parametrize("format", ["html", "md", "json"])
def test_an_exported_file_stays_words(poisoned: int, crowd: Crowd, tmp_path: Path, format: str) -> None:
    page = crowd.page("ada")
    answer = page.request.get(f"/incidents/{poisoned}/postmortem/export?format={format}")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    if format == "html":
        path = tmp_path / "postmortem.html"
        path.write_bytes(answer.body())

        page.goto(path.as_uri())

        check(page, WIDE["width"])
        assert page.locator("script, img").count() == 0


def test_an_uploaded_picture_of_words_is_only_ever_downloaded(poisoned: int, crowd: Crowd) -> None:
    page = crowd.page("ada")
    said = page.request.get(f"/incidents/{poisoned}/frames?after=0").text()
    files = set(re.findall(rf"/incidents/{poisoned}/files/\d+", said))
    assert files

    address = sorted(files)[0]
    answer = page.request.get(address)
    page.goto("/")
    with page.expect_download() as waiting:
        page.evaluate("address => location.assign(address)", address)

    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert waiting.value.path().read_bytes() == _SVG


def test_the_admin_stays_whole(poisoned: int, crowd: Crowd) -> None:
    page = crowd.page("ada")
    page.goto("/admin/")
    links = page.locator("#content-main a").evaluate_all("links => [...new Set(links.map((link) => link.href))]")
    assert links
    for link in links:
        page.goto(link)
        assert page.evaluate(_TRAPS) == []

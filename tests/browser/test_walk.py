"""One incident from the first word to the published postmortem, in two real browsers.

The steps are one story, told in order: Ada commands, Bo responds. After a step that fails, the rest is
skipped, because it would only fail for the same reason.
"""

import json
import re
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.people import Crowd
from tests.browser.product import Product
from tests.browser.rooms import (
    WORDS_OF_FORMATS,
    Cable,
    act,
    composer,
    declare_by_palette,
    heard_within,
    in_dialog,
    line,
    open_room,
    say,
)
from tests.browser.watching import Watch


@dataclass
class Story:
    """Who is in it and what they know so far."""

    ada: Page
    bo: Page
    number: int = 0
    broken_at: str = ""
    downloads: dict[str, Path] = field(default_factory=dict)

    @property
    def both(self) -> tuple[Page, Page]:
        return self.ada, self.bo


@pytest.fixture(scope="module")
def story(crowd: Crowd) -> Story:
    ada = crowd.context("ada")
    ada.grant_permissions(["clipboard-read", "clipboard-write"])
    return Story(ada=ada.new_page(), bo=crowd.page("bo"))


@pytest.fixture(autouse=True)
def _in_order(request: pytest.FixtureRequest, story: Story) -> Iterator[None]:
    if story.broken_at:
        pytest.skip(f"the story broke at {story.broken_at}")
    failed_before = request.session.testsfailed
    yield
    if request.session.testsfailed > failed_before:
        story.broken_at = request.node.name


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "error-rate.png"
    Image.new("RGB", (320, 180), (210, 60, 40)).save(path)
    return path


def test_ada_declares_by_typing_into_the_palette(story: Story) -> None:
    story.ada.goto("/")

    story.number = declare_by_palette(story.ada, "/incident create Checkout 5xx --sev 1")

    head = story.ada.locator(".room__head")
    expect(head).to_contain_text("SEV1")
    expect(head.get_by_role("heading", level=1)).to_have_text(f"#{story.number} Checkout 5xx")
    expect(head).to_contain_text("nobody leads")
    expect(line(story.ada, "Declared SEV1: Checkout 5xx")).to_have_count(1)


def test_bo_finds_it_among_the_open_ones_and_joins(story: Story) -> None:
    story.bo.goto("/")
    story.bo.get_by_role("link", name=f"#{story.number} Checkout 5xx").first.click()
    expect(story.bo.locator("#live")).to_have_text("live")

    story.bo.get_by_role("button", name="Join", exact=True).click()

    heard_within(story.ada, "Bo joined")


def test_they_converse_and_each_line_comes_once(story: Story) -> None:
    open_room(story.ada, story.number)
    open_room(story.bo, story.number)

    say(story.ada, "5xx on checkout since the 1.42.0 deploy")
    heard_within(story.bo, "5xx on checkout since the 1.42.0 deploy")
    say(story.bo, "confirmed, error rate 38 percent")
    heard_within(story.ada, "confirmed, error rate 38 percent")

    for page in story.both:
        expect(line(page, "5xx on checkout since")).to_have_count(1)
        expect(line(page, "confirmed, error rate")).to_have_count(1)
        expect(page.locator(".line--waiting")).to_have_count(0)


def test_markdown_is_drawn(story: Story) -> None:
    say(story.ada, "**bold** word, `code` and\n\n- one\n- two\n\n```\nPOST /charge 502\n```")

    shown = heard_within(story.bo, "POST /charge 502")
    expect(shown.locator("strong", has_text="bold")).to_be_visible()
    expect(shown.locator("p code")).to_have_text("code")
    expect(shown.locator("li")).to_have_text(["one", "two"])
    expect(shown.locator("pre")).to_contain_text("POST /charge 502")


def test_a_picture_is_uploaded_and_shown(story: Story, picture: Path) -> None:
    story.ada.locator("#composer-file").set_input_files(picture)
    expect(story.ada.locator("[data-files]")).to_contain_text("error-rate.png")
    say(story.ada, "the graph since 03:00")

    image = heard_within(story.bo, "the graph since 03:00").get_by_role("img", name="error-rate.png")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 320


def test_a_picture_is_pasted_and_shown(story: Story) -> None:
    composer(story.bo).focus()
    story.bo.evaluate(
        """async () => {
          const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
          canvas.getContext("2d").fillRect(0, 0, 64, 48);
          const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
          const data = new DataTransfer();
          data.items.add(new File([blob], "pasted.png", { type: "image/png" }));
          document.activeElement.dispatchEvent(
            new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    expect(story.bo.locator("[data-files]")).to_contain_text("pasted.png")
    say(story.bo, "from my clipboard")

    image = heard_within(story.ada, "from my clipboard").get_by_role("img", name="pasted.png")
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 64


def test_a_quote_stands_above_its_answer(story: Story) -> None:
    act(story.bo, "5xx on checkout since", "Quote")
    expect(composer(story.bo)).to_have_value(re.compile("^> "))
    composer(story.bo).press_sequentially("that was 02:58")
    story.bo.keyboard.press("Enter")

    shown = heard_within(story.ada, "that was 02:58")
    expect(shown.locator("blockquote")).to_contain_text("5xx on checkout since the 1.42.0 deploy")


def test_a_reply_says_what_it_answers(story: Story) -> None:
    act(story.ada, "confirmed, error rate", "Reply")
    expect(story.ada.locator("[data-reply]")).to_contain_text("Reply to Bo: confirmed, error rate")
    say(story.ada, "same numbers here")

    reply = heard_within(story.bo, "same numbers here")
    expect(reply).to_contain_text("in a thread")
    expect(line(story.bo, "confirmed, error rate").get_by_text(re.compile("1 reply"))).to_be_visible()


def test_an_edit_leaves_a_trace(story: Story) -> None:
    act(story.bo, "confirmed, error rate", "Edit")
    story.bo.get_by_label("Edit your line").fill("confirmed, error rate 41 percent")
    story.bo.get_by_role("button", name="Save").click()

    shown = heard_within(story.ada, "confirmed, error rate 41 percent")
    shown.get_by_role("button", name=re.compile("^edited")).click()
    former = in_dialog(story.ada, "Former versions")
    expect(former).to_contain_text("confirmed, error rate 38 percent")
    expect(former).to_contain_text("confirmed, error rate 41 percent")
    story.ada.keyboard.press("Escape")
    expect(former).to_be_hidden()


def test_a_deleted_line_leaves_a_tombstone(story: Story) -> None:
    say(story.bo, "oops, wrong window")
    heard_within(story.ada, "oops, wrong window")

    act(story.bo, "oops, wrong window", "Delete")

    for page in story.both:
        expect(page.locator(".line--deleted")).to_have_count(1)
        expect(line(page, "This line was deleted.")).to_be_visible()
        expect(page.get_by_text("oops, wrong window")).to_have_count(0)


def test_a_reaction_is_seen_and_taken_back(story: Story) -> None:
    act(story.ada, "confirmed, error rate", "React")
    story.ada.get_by_role("button", name="eyes", exact=True).click()

    reaction = line(story.bo, "confirmed, error rate").get_by_role("button", name="eyes, 1: Ada")
    expect(reaction).to_be_visible()
    line(story.ada, "confirmed, error rate").get_by_role("button", name="eyes, 1: Ada").click()
    expect(reaction).to_have_count(0)


def test_a_megaphone_opens_an_update_with_the_words_of_the_line(story: Story) -> None:
    act(story.ada, "confirmed, error rate", "React")
    story.ada.get_by_role("button", name="megaphone", exact=True).click()

    dialog = in_dialog(story.ada, "Write an update")
    expect(dialog.get_by_label("Update (optional)", exact=True)).to_have_value(re.compile("confirmed, error rate"))
    dialog.get_by_role("button", name="Close").click()
    line(story.ada, "confirmed, error rate").get_by_role("button", name="megaphone, 1: Ada").click()


def test_a_pin_puts_the_line_into_the_story(story: Story) -> None:
    act(story.ada, "5xx on checkout since", "Pin to timeline")

    expect(line(story.bo, "5xx on checkout since the 1.42.0 deploy").first).to_contain_text("pinned")
    story.bo.goto(f"/incidents/{story.number}/timeline")
    expect(story.bo.locator(".event--pinned")).to_contain_text("5xx on checkout since the 1.42.0 deploy")
    open_room(story.bo, story.number)


def test_a_mention_is_marked_for_whom_it_is_meant(story: Story) -> None:
    say(story.ada, "@bo can you roll payments back?")

    mention = heard_within(story.bo, "can you roll payments back?").locator(".mention")
    expect(mention).to_have_text("@bo")
    expect(mention).to_have_class(re.compile("mention--me"))
    expect(line(story.ada, "can you roll payments back?").locator(".mention--me")).to_have_count(0)


def test_ada_takes_the_lead(story: Story) -> None:
    story.ada.get_by_role("button", name="Take the lead").first.click()

    heard_within(story.bo, "Ada took the lead")
    for page in story.both:
        expect(page.locator(".room__head")).to_contain_text("Ada leads")


def test_bo_gets_a_role(story: Story) -> None:
    open_room(story.ada, story.number)
    story.ada.get_by_role("link", name="Roles").click()
    dialog = in_dialog(story.ada, "Give a role")
    dialog.get_by_label("Role").select_option(label="Comms")
    dialog.get_by_label("Who").select_option(label="Bo")
    dialog.get_by_role("button", name="Assign").click()

    heard_within(story.bo, "Bo is now comms")
    expect(story.bo.locator("#room-side")).to_contain_text("comms")


def test_now_doing_and_need_are_shared(story: Story) -> None:
    story.ada.get_by_role("link", name=re.compile("edit Now")).click()
    dialog = in_dialog(story.ada, "Now / Doing / Need")
    dialog.get_by_label("Now").fill("bad deploy of payments")
    dialog.get_by_label("Doing").fill("Bo: rollback")
    dialog.get_by_label("Need").fill("database owner")
    dialog.get_by_role("button", name="Save").click()

    strip = story.bo.locator("[data-part=now]")
    expect(strip).to_contain_text("bad deploy of payments")
    expect(strip).to_contain_text("Bo: rollback")
    expect(strip).to_contain_text("database owner")


def test_an_update_tells_where_it_stands(story: Story) -> None:
    story.ada.get_by_role("link", name="Update", exact=True).click()
    dialog = in_dialog(story.ada, "Write an update")
    dialog.get_by_label("Update", exact=False).first.fill("Four of ten checkouts fail; the rollback is under way.")
    dialog.get_by_role("button", name="Publish").click()

    heard_within(story.bo, "Four of ten checkouts fail")


def test_a_task_is_given_and_done(story: Story) -> None:
    story.ada.get_by_role("link", name="Task", exact=True).click()
    dialog = in_dialog(story.ada, "Add a task")
    dialog.get_by_label("What is to be done?").fill("Roll payments back to 1.41.3")
    dialog.get_by_label("Owner").select_option(label="Bo")
    dialog.get_by_role("button", name="Add").click()
    heard_within(story.bo, "Task 1: Roll payments back to 1.41.3 (Bo)")

    say(story.bo, "/incident task done 1")

    heard_within(story.ada, "Done: Roll payments back to 1.41.3")


def test_the_severity_changes_by_command_and_the_answer_stands_below(story: Story) -> None:
    say(story.ada, "/incident sev 2 half recovered")

    answer = story.ada.locator(".line--command").last
    expect(answer).to_contain_text("/incident sev 2 half recovered")
    expect(answer.locator(".answer")).to_contain_text(f"#{story.number} is now SEV2")
    heard_within(story.bo, "Severity SEV1 → SEV2")
    expect(story.bo.locator(".room__head")).to_contain_text("SEV2")


def test_a_refused_command_comes_back_complete(story: Story) -> None:
    composer(story.ada).fill("/incident resovle it is over")
    story.ada.keyboard.press("Enter")

    answer = story.ada.locator(".answer--you", has_text="Did you mean resolve?")
    expect(answer).to_be_visible()
    expect(answer).to_contain_text("/incident resovle it is over")
    expect(composer(story.ada)).to_have_value("/incident resovle it is over")
    # It is selected: what is typed next takes its place.
    story.ada.keyboard.type("x")
    expect(composer(story.ada)).to_have_value("x")
    composer(story.ada).fill("")
    expect(story.bo.get_by_text("resovle")).to_have_count(0)


def test_the_reader_who_was_away_sees_what_was_missed(story: Story, product: Product) -> None:
    with story.bo.expect_response(re.compile("/seen$")):
        open_room(story.bo, story.number)
        story.bo.locator("#log").press("End")
    story.bo.goto("/")
    with product.database() as database:
        database.execute(
            "UPDATE incidents_member SET seen_at = datetime('now', '-14 minutes')"
            " WHERE incident_id = ? AND user_id = (SELECT id FROM accounts_user WHERE handle = 'bo')",
            [story.number],
        )
    say(story.ada, "the pool is back to 200 connections")
    heard_within(story.ada, "the pool is back to 200 connections")

    open_room(story.bo, story.number)

    expect(story.bo.get_by_role("separator").filter(has_text="You missed 14 min")).to_be_visible()
    missed = story.bo.locator(".digest")
    missed.get_by_text("In short").click()
    expect(missed).to_contain_text("1 line by Ada")


def test_with_the_cable_out_for_some_seconds_nothing_is_lost_or_doubled(story: Story, watch: Watch) -> None:
    cable = Cable(story.bo)
    for page in story.both:
        open_room(page, story.number)
    with watch.expecting("ERR_INTERNET_DISCONNECTED"):
        cable.pull()
        expect(story.bo.locator("#live")).to_have_text("reconnecting")
        expect(story.bo.get_by_text("You are offline. What you type is kept here.")).to_be_visible()
        composer(story.bo).fill("said while I was offline")
        story.bo.keyboard.press("Enter")
        expect(story.bo.locator(".line--waiting")).to_contain_text("waits until you are online")
        for count in range(5):
            say(story.ada, f"meanwhile, line {count}")
            expect(line(story.ada, f"meanwhile, line {count}")).to_have_count(1)
        expect(line(story.bo, "meanwhile, line")).to_have_count(0)
        expect(story.ada.get_by_text("said while I was offline")).to_have_count(0)
        story.bo.wait_for_event("requestfailed")  # it tries again every few seconds, in vain

        cable.put_back()

        expect(line(story.ada, "said while I was offline")).to_have_count(1)
        expect(story.bo.locator("#live")).to_have_text("live", timeout=12_000)
        for page in story.both:
            expect(line(page, re.compile("meanwhile, line \\d"))).to_have_count(5)
            expect(line(page, "said while I was offline")).to_have_count(1)
        words = line(story.bo, re.compile("meanwhile, line \\d")).all_inner_texts()
        assert [re.findall("line (\\d)", text)[0] for text in words] == list("01234")
        expect(story.bo.locator(".line--waiting")).to_have_count(0)


def test_without_the_socket_the_room_goes_on_by_asking(story: Story, crowd: Crowd) -> None:
    def refuse(socket: WebSocketRoute) -> None:
        socket.close()

    cleo = crowd.page("cleo")
    cleo.route_web_socket(re.compile("/ws/"), refuse)
    cleo.goto(f"/incidents/{story.number}")
    expect(cleo.locator("#live")).to_have_text("reconnecting")

    say(story.ada, "who reads this without a socket?")
    heard_within(cleo, "who reads this without a socket?", seconds=8)
    say(cleo, "I do")

    heard_within(story.ada, "I do")
    heard_within(cleo, "I do", seconds=8)
    cleo.context.close()


def test_the_room_without_script_is_readable_and_takes_a_line(story: Story, crowd: Crowd) -> None:
    plain = crowd.page("cleo", java_script_enabled=False)
    plain.goto(f"/incidents/{story.number}")
    expect(plain.locator("#log")).to_contain_text("5xx on checkout since the 1.42.0 deploy")
    expect(plain.get_by_role("button", name="Attach a file")).to_have_count(0)

    composer(plain).fill("written without script")
    plain.get_by_role("button", name="Send").click()

    expect(line(plain, "written without script")).to_have_count(1)
    heard_within(story.ada, "written without script")
    composer(plain).fill("/incident tag add plain-form")
    plain.get_by_role("button", name="Send").click()
    expect(plain.locator("#toasts")).to_contain_text("plain-form")
    plain.context.close()


def test_mitigated_then_resolved(story: Story) -> None:
    story.ada.get_by_role("button", name="Mitigated").click()
    heard_within(story.bo, "Mitigated")
    expect(story.bo.locator(".room__head")).to_contain_text("monitoring")

    story.ada.get_by_role("link", name="Resolve").click()
    dialog = in_dialog(story.ada, "Resolve")
    dialog.get_by_label("What fixed it?").fill("Rolled payments back to 1.41.3")
    dialog.get_by_role("button", name="Resolve").click()

    for page in story.both:
        heard_within(page, "→ resolved")
        expect(page.locator(".room__head")).to_contain_text("resolved")
    heard_within(story.bo, "Postmortem drafted from the timeline")


def test_the_postmortem_has_drafted_itself(story: Story) -> None:
    story.ada.locator(".room__tabs").get_by_role("link", name="Postmortem").click()

    body = story.ada.locator("article.prose")
    expect(body).to_contain_text("5xx on checkout since the 1.42.0 deploy")
    expect(body).to_contain_text("Rolled payments back to 1.41.3")
    expect(story.ada.get_by_text("Draft", exact=True)).to_be_visible()


def test_it_is_edited_with_preview_and_lines_of_the_timeline(story: Story) -> None:
    story.ada.get_by_role("link", name="Edit").click()
    area = story.ada.get_by_label("Postmortem in markdown")
    text = area.input_value().replace(
        "_Say in two sentences what happened and how it ended._",
        "Payments 1.42.0 opened **too few connections**.",
    )
    area.fill(text)
    preview = story.ada.locator("[data-preview-target]")
    expect(preview.locator("strong", has_text="too few connections")).to_be_visible()

    area.evaluate("area => { area.focus(); area.setSelectionRange(area.value.length, area.value.length); }")
    story.ada.get_by_text("Insert from the timeline").click()
    story.ada.get_by_role("button", name=re.compile("^Insert.*the pool is back to 200")).click()

    expect(preview).to_contain_text("the pool is back to 200 connections")
    story.ada.get_by_role("button", name="Save").click()
    expect(story.ada.locator("article.prose")).to_contain_text("the pool is back to 200 connections")
    expect(story.ada.locator("article.prose strong", has_text="too few connections")).to_be_visible()


def test_it_is_reviewed_and_published(story: Story) -> None:
    story.ada.get_by_role("button", name="Ask for review").click()
    expect(story.ada.get_by_text("In review")).to_be_visible()
    story.bo.goto(f"/incidents/{story.number}/postmortem")
    story.bo.get_by_role("button", name="Publish").click()

    expect(story.bo.get_by_text("Published", exact=True)).to_be_visible()
    story.ada.goto("/postmortems?state=published")
    expect(story.ada.get_by_role("link", name=f"#{story.number} Checkout 5xx")).to_be_visible()


@pytest.mark.parametrize("format", WORDS_OF_FORMATS)
def test_it_is_taken_out_as_a_file(story: Story, format: str, tmp_path: Path) -> None:
    story.ada.goto(f"/incidents/{story.number}/postmortem")
    with story.ada.expect_download() as waiting:
        story.ada.get_by_role("link", name=WORDS_OF_FORMATS[format], exact=True).click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)

    assert path.name == f"incident-{story.number}-checkout-5xx-postmortem.{format}"
    text = _text_of(path)
    assert "too few connections" in text
    assert "5xx on checkout since the 1.42.0 deploy" in text
    assert "<script" not in text


def _text_of(path: Path) -> str:
    if path.suffix == ".docx":
        with zipfile.ZipFile(path) as archive:
            return re.sub("<[^>]+>", "", archive.read("word/document.xml").decode())
    if path.suffix == ".json":
        return str(json.loads(path.read_text(encoding="utf-8"))["body"])
    return path.read_text(encoding="utf-8")


def test_the_whole_story_is_in_the_timeline_in_order(story: Story) -> None:
    started = time.monotonic()
    story.ada.goto(f"/incidents/{story.number}/timeline")

    expect(story.ada.locator(".event").first).to_contain_text("Declared SEV1: Checkout 5xx")
    words = " ".join(story.ada.locator(".event").all_inner_texts())
    order = ["Declared SEV1", "Ada took the lead", "Bo is now comms", "Four of ten", "SEV1 → SEV2", "→ resolved"]
    places = [words.find(part) for part in order]
    assert places == sorted(places)
    assert min(places) >= 0
    assert time.monotonic() - started < 5

// The lines: new ones in their place, changed ones anew, what is unread, how far one has read.

import { post } from "../forms.js";
import { group, prepare } from "../lines.js";
import { refresh } from "../times.js";
import { toast } from "../toasts.js";
import { setUpActs } from "./acts.js";

const AT_END = 80;
const ANNOUNCE_EVERY = 5000;
const SEEN_EVERY = 1500;

const timeOf = (line) => Date.parse(line.querySelector(".line__time time")?.dateTime ?? "");

function build(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html.trim();
  return holder.content.firstElementChild;
}

/** Set up the log; returns add(frames), insert(element), announce(text) and the handlers of the composer. */
export function setUpLog(room, number, { isPast, pages }) {
  const log = room.querySelector("#log");
  const bar = room.querySelector("[data-new]");
  const announcer = document.getElementById("announcer");
  const { me, handle } = room.dataset;
  const thread = Number(log.dataset.thread) || null;
  let unseen = 0;
  let toAnnounce = [];
  let announcing = 0;
  let seenTimer = 0;
  let seen = 0;
  let head = Number(room.dataset.head);

  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < AT_END;
  const toEnd = () => {
    log.scrollTop = log.scrollHeight;
  };

  /** What the server draws alike for everybody is made this reader's own. */
  function own(line) {
    line.classList.toggle("line--own", line.dataset.author === me);
    for (const reaction of line.querySelectorAll(".reaction[data-names]")) {
      reaction.setAttribute("aria-pressed", reaction.dataset.names.split("\n").includes(me));
    }
    for (const mention of line.querySelectorAll(".mention")) {
      mention.classList.toggle("mention--me", mention.textContent.toLowerCase() === `@${handle}`);
    }
    refresh(line);
    prepare(line);
  }

  function place(line) {
    const lines = [...log.querySelectorAll(":scope > .line")];
    const at = timeOf(line);
    let after = lines.length - 1;
    while (after >= 0 && timeOf(lines[after]) > at) after -= 1;
    if (after >= 0) lines[after].after(line);
    else if (lines.length) lines[0].before(line);
    else log.append(line);
  }

  /** Draw a line anew where it stands: an open edit and the focus stay where they are. */
  function exchange(shown, line) {
    const action = shown.contains(document.activeElement) ? document.activeElement.dataset.act ?? "" : null;
    const editing = shown.querySelector(".line__edit");
    const picker = shown.querySelector(".emoji-picker");
    const emoji = picker?.contains(document.activeElement) ? document.activeElement : null;
    shown.replaceWith(line);
    own(line);
    if (picker) line.querySelector(".line__body").append(picker);
    if (emoji) emoji.focus();
    else if (editing && !line.classList.contains("line--deleted")) {
      line.querySelector(".line__text").hidden = true;
      line.querySelector(".line__text").after(editing);
      editing.querySelector("textarea").focus();
    } else if (action !== null) {
      // The line first: it shows its toolbar only when the focus is in it.
      line.focus();
      line.querySelector(`.line__acts [data-act="${action}"]`)?.focus();
    }
  }

  /** Show new events; changes of a line draw it anew. */
  function add(frames) {
    const stick = atEnd();
    let fresh = 0;
    for (const frame of frames) {
      head = Math.max(head, frame.sequence);
      const line = build(frame.html);
      const shown = log.querySelector(`#line-${frame.target ?? frame.sequence}`);
      if (shown) {
        exchange(shown, line);
      } else if (!frame.target && (!thread || frame.thread_of === thread)) {
        log.querySelector("[data-starters]")?.remove();
        place(line);
        own(line);
        fresh += 1;
        if (line.dataset.author !== me) toAnnounce.push(`${frame.actor?.name ?? ""}: ${frame.text}`.slice(0, 160));
      }
      if (frame.thread_of && !frame.target) countReplies(frame.thread_of);
    }
    for (const waiting of log.querySelectorAll(".line--waiting[data-client]")) {
      if (frames.some((frame) => (frame.outside_id ?? "").endsWith(`:${waiting.dataset.client}`))) waiting.remove();
    }
    group(log);
    if (stick) toEnd();
    else if (fresh && bar) {
      unseen += fresh;
      bar.textContent = `${unseen} new`;
      bar.hidden = false;
    }
    speak();
    markSeen();
  }

  async function countReplies(sequence) {
    const answer = await fetch(`/incidents/${number}/lines/${sequence}/html`, { headers: { Accept: "text/html" } }).catch(() => null);
    const shown = log.querySelector(`#line-${sequence}`);
    if (!answer?.ok || !shown) return;
    exchange(shown, build(await answer.text()));
    group(log);
  }

  function speak() {
    if (announcing || !toAnnounce.length) return;
    announcing = setTimeout(() => {
      const some = toAnnounce.splice(0);
      announcer.textContent = some.length > 3 ? `${some.length} new lines` : some.join(". ");
      announcing = 0;
    }, ANNOUNCE_EVERY);
  }

  // At most once in SEEN_EVERY, however busy the room; what is not told yet is told when the page goes away.
  function markSeen() {
    if (document.hidden || isPast || thread || seenTimer || seen >= head || !atEnd()) return;
    seenTimer = setTimeout(tellSeen, SEEN_EVERY);
  }

  function tellSeen() {
    clearTimeout(seenTimer);
    seenTimer = 0;
    seen = head;
    post(`/incidents/${number}/seen`, { sequence: head }, { keepalive: true }).catch(() => {});
  }

  log.addEventListener(
    "scroll",
    () => {
      if (!atEnd()) return;
      unseen = 0;
      if (bar) bar.hidden = true;
      markSeen();
    },
    { passive: true },
  );
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && seenTimer) tellSeen();
    else markSeen();
  });
  bar?.addEventListener("click", () => {
    toEnd();
    room.querySelector(".composer__text")?.focus();
  });

  for (const line of log.querySelectorAll(".line")) own(line);
  const target = /^#line-\d+$/.test(location.hash) ? log.querySelector(location.hash) : document.getElementById("unread");
  if (target) target.scrollIntoView({ block: "center" });
  else toEnd();
  markSeen();

  const listeners = setUpActs(log, number, pages, toast);
  return {
    add,
    listeners,
    announce(text) {
      announcer.textContent = text.slice(0, 300);
    },
    /** Show a line of one's own that is on its way, or an answer for oneself. */
    insert(element) {
      log.querySelector("[data-starters]")?.remove();
      log.append(element);
      toEnd();
    },
  };
}

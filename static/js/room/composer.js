// The composer: lines and commands, replies and quotes; what is typed goes into the queue.

import { tools, words } from "../answers.js";
import { clearDraft } from "../forms.js";
import { toast } from "../toasts.js";
import { setUpCompletion } from "./complete.js";
import { setUpFiles } from "./files.js";
import { newId, setUpQueue } from "./queue.js";

const TYPING_EVERY = 3000;

/** Set up the composer of room `number`. */
export function setUpComposer(room, number, { log, socket }) {
  const form = room.querySelector("#composer[action]");
  if (!form) return;
  const area = form.querySelector("textarea");
  const replyBox = form.querySelector("[data-reply]");
  const inThread = Number(form.querySelector("[name=thread_of]")?.value) || null;
  const completion = setUpCompletion(area, form.querySelector("#complete"), number);
  const files = setUpFiles(room, form, number);
  let replyTo = inThread;
  let lastTyping = 0;

  const queue = setUpQueue(number, room.dataset.name, log, {
    answer: showAnswer,
    sent: () => socket?.ask(),
    refused: (item) => giveBack(item.text),
  });

  function giveBack(text) {
    if (area.value) return;
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    completion.hide();
    // Typing on replaces it; an arrow key keeps it to be mended.
    if (document.activeElement === area) area.select();
  }

  function showAnswer(answer) {
    const line = Object.assign(document.createElement("article"), { className: "line line--command" });
    const body = Object.assign(document.createElement("div"), { className: "line__body" });
    body.append(Object.assign(document.createElement("div"), { className: "line__text", textContent: answer.typed }), words(answer));
    const bar = tools(answer, (command) => queue.send({ id: newId(), text: command }), number);
    if (bar) body.append(bar);
    line.append(Object.assign(document.createElement("span"), { className: "line__time" }), document.createElement("span"), body);
    log.insert(line);
    log.announce(body.querySelector(".answer").textContent);
    if (!answer.ok) giveBack(answer.typed);
    if (answer.incident && answer.incident !== number) toast(`#${answer.incident} is open.`, { kind: "good" });
  }

  function resize() {
    area.rows = Math.min(8, Math.max(1, area.value.split("\n").length));
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = area.value.trim();
    if (!text && !files.any()) return;
    const item = { id: newId(), text };
    if (replyTo) item.thread_of = replyTo;
    area.value = "";
    setReply(null);
    completion.hide();
    resize();
    area.focus();
    if (files.any()) {
      item.attachments = await files.take();
      if (!item.text && !item.attachments.length) return;
    }
    if (!area.value) clearDraft(area.dataset.draft);
    queue.send(item);
  });

  area.addEventListener("keydown", (event) => {
    if (event.isComposing || completion.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "Escape") {
      // Out of the reply first, then out of the field, so that keys work.
      if (replyTo === inThread) room.querySelector("#log").focus();
      else setReply(null);
    }
  });

  area.addEventListener("input", () => {
    resize();
    completion.suggest();
    if (Date.now() - lastTyping > TYPING_EVERY && area.value && !area.value.startsWith("/")) {
      lastTyping = Date.now();
      socket?.typing();
    }
  });

  function setReply(line) {
    replyTo = line?.sequence ?? inThread;
    replyBox.hidden = !line;
    replyBox.querySelector("[data-reply-text]").textContent = line ? `Reply to ${line.name}: ${line.text.slice(0, 80)}` : "";
    if (line) area.focus();
  }
  form.querySelector("[data-reply-cancel]").addEventListener("click", () => {
    setReply(null);
    area.focus();
  });
  log.listeners.reply = setReply;
  log.listeners.quote = (text) => {
    area.value = `${text}${area.value}`;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
  };
  resize();
}

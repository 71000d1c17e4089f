// What can be done with a line: reply, quote, react, pin, edit, delete, copy its link, see its history.

import { post } from "../forms.js";
import { prepare } from "../lines.js";

/** Listen for the actions of lines; returns the handlers that the composer fills in: reply, quote. */
export function setUpActs(log, number, pages, toast) {
  const listeners = { reply: null, quote: null };

  async function send(sequence, name, body, done) {
    try {
      const answer = await post(`/incidents/${number}/lines/${sequence}/${name}`, body);
      if (!answer.ok) {
        const problem = await answer.json().catch(() => ({}));
        toast(`${problem.title ?? `The server refused it (${answer.status}).`} ${problem.hint ?? ""}`.trim(), { kind: "bad" });
        return false;
      }
      // What the reaction stands for may ask for more: its form opens.
      const { open } = await answer.json().catch(() => ({}));
      if (open) pages.open(open);
      if (done) toast(done.text, { kind: "good", undo: done.undo });
      return true;
    } catch {
      toast("You are offline; nothing was changed. Try again when the line is back.", { kind: "bad" });
      return false;
    }
  }

  function edit(line) {
    if (line.querySelector(".line__edit")) return;
    const { sequence } = line.dataset;
    const form = Object.assign(document.createElement("form"), { className: "line__edit" });
    form.dataset.repeat = "";
    const area = document.createElement("textarea");
    area.value = line.dataset.raw ?? "";
    area.rows = Math.min(10, area.value.split("\n").length + 1);
    area.setAttribute("aria-label", "Edit your line");
    const tools = Object.assign(document.createElement("div"), { className: "toolbar" });
    const save = Object.assign(document.createElement("button"), { className: "button button--small button--primary", textContent: "Save" });
    const cancel = Object.assign(document.createElement("button"), { className: "button button--small button--quiet", textContent: "Cancel", type: "button" });
    tools.append(save, cancel);
    form.append(area, tools);
    const text = line.querySelector(".line__text");
    text.hidden = true;
    text.after(form);
    area.focus();
    const close = () => {
      // The line may have been drawn anew meanwhile.
      const now = log.querySelector(`#line-${sequence}`) ?? line;
      form.remove();
      const body = now.querySelector(".line__text");
      if (body) body.hidden = false;
      now.focus();
    };
    cancel.addEventListener("click", close);
    area.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Escape") {
        event.stopPropagation();
        close();
      } else if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (await send(sequence, "edit", { text: area.value })) close();
    });
  }

  function pick(line) {
    log.querySelector(".emoji-picker")?.remove();
    const picker = Object.assign(document.createElement("div"), { className: "emoji-picker" });
    picker.append(document.getElementById("emoji-template").content.cloneNode(true));
    line.querySelector(".line__body").append(picker);
    prepare(picker);
    picker.querySelector("button").focus();
    const close = () => {
      // The focus goes first: without it the line hides its toolbar.
      (picker.closest(".line")?.querySelector('.line__acts [data-act="react"]') ?? log).focus();
      picker.remove();
    };
    picker.addEventListener("click", (event) => {
      const chosen = event.target.closest("[data-emoji]");
      if (!chosen) return;
      close();
      send(line.dataset.sequence, "react", { emoji: chosen.dataset.emoji, on: true });
    });
    picker.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
    });
  }

  function pin(sequence, on) {
    return send(sequence, "pin", { on }, { text: on ? "Pinned to the timeline." : "Unpinned.", undo: () => send(sequence, "pin", { on: !on }) });
  }

  async function copyLink(line) {
    const link = new URL(line.querySelector(".line__time").getAttribute("href"), location.href).href;
    try {
      await navigator.clipboard.writeText(link);
      toast("Link copied.", { kind: "good", seconds: 4 });
    } catch {
      toast(`Your browser does not let pages copy. The link is ${link}`, { kind: "warn" });
    }
  }

  function use(button, line) {
    const sequence = Number(line.dataset.sequence);
    const text = line.dataset.raw ?? line.querySelector(".line__text")?.innerText ?? "";
    const name = line.querySelector(".line__name")?.textContent ?? "";
    const isOn = button.getAttribute("aria-pressed") === "true";
    line.classList.remove("is-acting");
    switch (button.dataset.act) {
      case "reply":
        listeners.reply?.({ sequence: Number(line.dataset.thread) || sequence, name, text });
        break;
      case "quote":
        listeners.quote?.(`> ${name}: ${text.split("\n").join("\n> ")}\n\n`);
        break;
      case "react":
        if (button.dataset.emoji) send(sequence, "react", { emoji: button.dataset.emoji, on: !isOn });
        else pick(line);
        break;
      case "pin":
        pin(sequence, !isOn);
        break;
      case "edit":
        edit(line);
        break;
      case "delete":
        send(sequence, "delete", {}, { text: "Deleted. A mark stays in the timeline." });
        break;
      case "link":
        copyLink(line);
        break;
      case "history":
        pages.open(`/incidents/${number}/lines/${sequence}/history`);
        break;
      default:
    }
  }

  log.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-act]");
    const line = event.target.closest(".line");
    if (button && line) use(button, line);
  });

  return listeners;
}

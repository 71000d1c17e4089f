// The answer to a command, drawn alike in the room and in the palette: words, buttons, undo, a page to open.

import { refresh } from "./times.js";

function button(label, run) {
  const element = Object.assign(document.createElement("button"), { className: "button button--small", type: "button", textContent: label });
  element.addEventListener("click", run);
  return element;
}

function link(label, href) {
  return Object.assign(document.createElement("a"), { className: "button button--small", textContent: label, href });
}

/** An address on this site as a path; anything else as it is. */
function own(url) {
  const parsed = new URL(url, location.href);
  return parsed.origin === location.origin ? parsed.pathname + parsed.search + parsed.hash : url;
}

/** The words of an answer. The server renders and cleans `html` with the code that draws the room's lines. */
export function words(answer) {
  const box = document.createElement("div");
  box.className = `answer${answer.visibility === "user" ? " answer--you" : ""}`;
  if (answer.html) box.innerHTML = answer.html;
  else box.textContent = answer.text ?? "";
  refresh(box);
  return box;
}

/** Its buttons in one toolbar, or null. `run(command)` sends what a button stands for. */
export function tools(answer, run, here = 0) {
  const bar = document.createElement("div");
  bar.className = "toolbar answer__tools";
  const links = new Set();
  const add = (label, url) => {
    const path = own(url);
    if (links.has(path) || path === `/incidents/${here}`) return;
    links.add(path);
    bar.append(link(label, path));
  };
  for (const each of answer.buttons ?? []) {
    if (each.url) add(each.label, each.url);
    else if (each.command) bar.append(button(each.label, () => run(each.command)));
  }
  if (answer.open_url) add("Open", answer.open_url);
  if (answer.incident) add(`Open #${answer.incident}`, `/incidents/${answer.incident}`);
  if (answer.undo) {
    const undo = button("Undo", () => {
      undo.setAttribute("aria-disabled", "true");
      run(answer.undo);
    });
    undo.classList.add("button--quiet");
    bar.append(undo);
  }
  return bar.children.length ? bar : null;
}

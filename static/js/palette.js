// The command palette: type a line, see what it would be, run it, read the answer.

import { tools, words } from "./answers.js";
import { post } from "./forms.js";

const dialog = document.getElementById("palette");

function setUp() {
  const form = dialog.querySelector("[data-palette-form]");
  const input = dialog.querySelector("[data-palette-input]");
  const list = dialog.querySelector("[data-palette-options]");
  const reply = dialog.querySelector("[data-palette-reply]");
  const number = Number.parseInt(document.body.dataset.incident, 10);

  let items = [];
  let chosen = -1;
  let asked = 0;
  let timer = 0;
  let running = false;
  let shownFor = "";

  function choose(place) {
    chosen = place;
    for (const [index, option] of [...list.children].entries()) {
      option.setAttribute("aria-selected", index === place);
      if (index === place) option.scrollIntoView({ block: "nearest" });
    }
    if (place >= 0) input.setAttribute("aria-activedescendant", list.children[place].id);
    else input.removeAttribute("aria-activedescendant");
  }

  function show(found) {
    items = found;
    list.replaceChildren(
      ...found.map((item, index) => {
        const option = document.createElement("div");
        option.className = item.text ? "option option--told" : "option";
        option.id = `palette-option-${index}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        const label = document.createElement("span");
        label.className = "option__label";
        label.textContent = item.label;
        option.append(label);
        if (item.hint) {
          const hint = document.createElement("span");
          hint.className = "option__hint";
          hint.textContent = item.hint;
          option.append(hint);
        }
        return option;
      }),
    );
    input.setAttribute("aria-expanded", found.length > 0);
    choose(-1);
  }

  async function suggest() {
    const mine = ++asked;
    const query = new URLSearchParams({ q: input.value });
    if (number) query.set("incident", number);
    try {
      const response = await fetch(`/palette/suggest?${query}`, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (!response.ok || mine !== asked) return;
      const { items: found = [] } = await response.json();
      if (mine !== asked) return;
      shownFor = query.get("q");
      show(found);
    } catch {
      if (mine === asked) show([]);
    }
  }

  function say(text) {
    reply.replaceChildren(Object.assign(document.createElement("p"), { textContent: text }));
  }

  /** Draw the answer. After a change the focus goes to the way on, so a second Enter does not run it again. */
  function showAnswer(answer, ok) {
    reply.replaceChildren(words(answer));
    const bar = tools(answer, run, number);
    if (bar) reply.append(bar);
    const way = bar?.querySelector("a, button");
    if (ok && answer.ok !== false && way) way.focus();
    else input.select();
  }

  async function run(text) {
    if (running || !text.trim()) return;
    running = true;
    asked += 1;
    clearTimeout(timer);
    show([]);
    const late = setTimeout(() => say("Working on it…"), 300);
    try {
      const response = await post("/palette/run", { text, incident: number || null });
      const answer = await response.json().catch(() => ({}));
      clearTimeout(late);
      if (!response.ok && !answer.text) {
        say(`That did not work (${response.status}). Your line is still here; press Enter to try again.`);
        return;
      }
      if (answer.open_url && answer.ok === false && !answer.buttons?.length) {
        location.assign(new URL(answer.open_url, location.href).pathname);
        return;
      }
      showAnswer(answer, response.ok);
    } catch {
      clearTimeout(late);
      say("No connection. Your line is still here; press Enter to try again.");
    } finally {
      running = false;
    }
  }

  function take(item) {
    if (item.url) {
      location.assign(item.url);
    } else if (item.text && item.text.trim() === input.value.trim()) {
      run(item.text);
    } else if (item.text) {
      input.value = item.text;
      input.focus();
      suggest();
    }
  }

  dialog.addEventListener("dialog:open", () => {
    input.select();
    suggest();
  });
  dialog.addEventListener("close", () => reply.replaceChildren());
  input.addEventListener("input", () => {
    reply.replaceChildren();
    // What was chosen belonged to the former words.
    choose(-1);
    clearTimeout(timer);
    timer = setTimeout(suggest, 90);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!items.length) return;
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const count = items.length;
      choose(chosen < 0 ? (step > 0 ? 0 : count - 1) : (chosen + step + count) % count);
    } else if (event.key === "Tab" && !event.shiftKey && chosen >= 0 && items[chosen].text) {
      event.preventDefault();
      take(items[chosen]);
    }
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest(".option");
    if (option) take(items[[...list.children].indexOf(option)]);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (chosen >= 0) {
      take(items[chosen]);
      return;
    }
    if (input.value.trim().startsWith("/")) {
      run(input.value);
      return;
    }
    // Words lead to the first place found for them, not to what was found for fewer letters: the question that
    // still waits to be asked would make ours the older one.
    clearTimeout(timer);
    const typed = input.value;
    if (shownFor !== typed) await suggest();
    if (input.value !== typed) return;
    if (shownFor === typed && items[0]?.url) take(items[0]);
    else run(typed);
  });
}

if (dialog) setUp();

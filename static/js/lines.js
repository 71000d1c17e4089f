// What lines of a room need everywhere: grouping, moving by arrows, one tab stop per line, a touch for its actions.

const GROUP_WITHIN = 5 * 60 * 1000;

/** Group the lines of one person within five minutes under one name. Call it after adding lines. */
export function group(log) {
  let before = null;
  for (const line of log.querySelectorAll(":scope > *")) {
    if (!line.matches("[data-line]")) {
      before = null;
      continue;
    }
    const isMessage = line.dataset.family === "message";
    const at = Date.parse(line.querySelector(".line__time time")?.dateTime);
    const same = isMessage && before && before.author === line.dataset.author && before.thread === line.dataset.thread && at - before.at < GROUP_WITHIN;
    line.classList.toggle("line--grouped", Boolean(same));
    before = isMessage ? { author: line.dataset.author, thread: line.dataset.thread, at } : null;
  }
}

/** Keep what is under `within` out of the tab order until its line is chosen. */
export function prepare(within = document) {
  for (const bar of within.querySelectorAll("[data-toolbar]")) {
    const inLine = Boolean(bar.closest("[data-line]"));
    for (const [place, button] of [...bar.querySelectorAll("button")].entries()) button.tabIndex = place || inLine ? -1 : 0;
  }
  for (const time of within.querySelectorAll(".line__time, .line__time time")) time.tabIndex = -1;
  for (const block of within.querySelectorAll(".line__text pre, .answer pre")) block.tabIndex = 0;
}

const lines = (log) => [...log.querySelectorAll(":scope > [data-line]")];

/** The line one stands on has one tab stop: its toolbar. */
document.addEventListener("focusin", (event) => {
  const line = event.target.closest?.("[data-line]");
  for (const button of document.querySelectorAll("[data-line] [data-toolbar] button[tabindex='0']")) {
    if (!line?.contains(button)) button.tabIndex = -1;
  }
  const first = line?.querySelector(".line__acts button");
  if (first && !line.querySelector(".line__acts button[tabindex='0']")) first.tabIndex = 0;
});

/** Arrows walk over the lines, from the log itself or from the line one stands on. */
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const { target } = event;
  if (!step || event.ctrlKey || event.metaKey || event.altKey || !target.matches?.("[data-line], [data-group]")) return;
  const log = target.closest("[data-group]");
  const all = lines(log);
  if (!all.length) return;
  const next = target === log ? all.at(-1) : all[all.indexOf(target) + step];
  event.preventDefault();
  next?.focus();
});

function unmark() {
  for (const line of document.querySelectorAll(".line.is-acting")) line.classList.remove("is-acting");
}

// A touch on a line shows its actions; another one, or one elsewhere, hides them.
document.addEventListener("click", (event) => {
  const line = event.target.closest?.("[data-line]");
  if (event.target.closest?.(".line__acts, .line__edit, .emoji-picker")) return;
  const was = line?.classList.contains("is-acting");
  unmark();
  if (!line || was || event.target.closest("a, button, summary, pre") || getSelection()?.toString()) return;
  line.classList.add("is-acting");
});

for (const log of document.querySelectorAll("[data-group]")) group(log);
prepare();

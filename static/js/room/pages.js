// Form pages in a dialog: a link with data-dialog opens the page's form here; without script it is a page.
// The room's small forms are sent the same way, so the room stays where it is.

import { show as showDialog } from "../dialogs.js";
import { adopt, toast } from "../toasts.js";

const FORM = "[data-dialog-form]";
const OFFLINE = "You are offline. What you typed is still here; try again when the line is back.";

/** Set up the dialog; returns open(url) and onDone(call). */
export function setUpPages(room) {
  const dialog = document.getElementById("page-dialog");
  const title = document.getElementById("page-dialog-title");
  const place = dialog.querySelector("[data-page]");
  let done = () => {};
  let kept = "";

  function show(page, url) {
    const form = page.querySelector(FORM);
    if (!form) {
      location.href = url;
      return;
    }
    const heading = form.querySelector("h2") ?? page.querySelector("h1");
    title.textContent = heading?.textContent ?? "";
    form.querySelector("h2")?.remove();
    form.removeAttribute("aria-labelledby");
    form.classList.remove("panel", "panel--pad");
    if (form.matches("form")) {
      form.action = url;
      form.dataset.repeat = "";
    }
    place.replaceChildren(document.adoptNode(form));
    kept = "";
    reveal();
  }

  function reveal() {
    for (const popover of document.querySelectorAll("[popover]:popover-open")) popover.hidePopover();
    if (!dialog.open) showDialog(dialog);
    const first = '[aria-invalid="true"], [autofocus], input:not([type="hidden"]), textarea, select, a, button';
    (place.querySelector(first) ?? title).focus();
  }

  async function open(url) {
    if (kept === url) {
      reveal();
      return;
    }
    try {
      const answer = await fetch(url, { headers: { Accept: "text/html" } });
      if (answer.ok) show(parse(await answer.text()), url);
      else location.href = url;
    } catch {
      toast("You are offline. Try again when the line is back.", { kind: "bad" });
    }
  }

  const parse = (html) => new DOMParser().parseFromString(html, "text/html");

  /** Send a form; returns the page that came back, or null when there is no connection. */
  async function send(form, submitter) {
    const body = new FormData(form);
    if (submitter?.name) body.append(submitter.name, submitter.value);
    const held = [...form.querySelectorAll("button")];
    for (const button of held) button.setAttribute("aria-disabled", "true");
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body, headers: { Accept: "text/html" } });
      return { status: answer.status, page: parse(await answer.text()) };
    } catch {
      toast(OFFLINE, { kind: "bad" });
      return null;
    } finally {
      for (const button of held) button.removeAttribute("aria-disabled");
    }
  }

  function refused(page, status) {
    const words = page.querySelector(".centre__panel p")?.textContent.trim();
    toast(words || `The server refused it (${status}).`, { kind: "bad" });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
    open(link.getAttribute("href"));
  });

  dialog.addEventListener("click", (event) => {
    if (event.target.closest("a[data-closes]")) event.preventDefault();
  });

  // Closed with something typed in it: the next opening finds it again.
  place.addEventListener("input", () => {
    kept = place.querySelector("form")?.getAttribute("action") ?? "";
  });

  place.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const url = form.getAttribute("action");
    const came = await send(form, event.submitter);
    if (!came) return;
    if (came.status === 400 && came.page.querySelector(FORM)) show(came.page, url);
    else if (came.status >= 400) refused(came.page, came.status);
    else {
      kept = "";
      dialog.close();
      adopt(came.page);
      done();
    }
  });

  room.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches('[data-part] form[method="post"]') || form.dataset.whole !== undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const came = await send(form, event.submitter);
    if (!came) return;
    if (came.status >= 400) refused(came.page, came.status);
    else adopt(came.page);
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
    done();
  });

  return {
    open,
    onDone(call) {
      done = call;
    },
  };
}

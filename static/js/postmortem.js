// The postmortem's editor: the preview follows the typing, lines of the timeline are put in where the cursor is.

import { csrfToken } from "./forms.js";

const WAIT = 350;
const form = document.querySelector("[data-postmortem]");

if (form) {
  const area = form.querySelector("textarea");
  const target = form.querySelector("[data-preview-target]");
  let timer = 0;
  let asked = 0;

  async function preview() {
    const mine = ++asked;
    const body = new FormData();
    body.append("body", area.value);
    const answer = await fetch(form.dataset.preview, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() } }).catch(() => null);
    if (!answer?.ok || mine !== asked) return;
    target.innerHTML = (await answer.json()).html;
  }

  area.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(preview, WAIT);
  });

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button) return;
    area.setRangeText(`${button.dataset.insert}\n`, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  });

  let saved = area.value;
  form.addEventListener("submit", () => {
    saved = area.value;
  });
  addEventListener("beforeunload", (event) => {
    if (area.value !== saved) event.preventDefault();
  });
}

// data-copy copies the code beside it, or the text of the element it names, or what data-copy-text says.

import { toast } from "./toasts.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-text]");
  if (!button) return;
  const source = button.dataset.copy ? document.querySelector(button.dataset.copy) : button.closest(".code")?.querySelector("pre");
  const text = button.dataset.copyText ?? source?.value ?? source?.textContent ?? "";
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied", { kind: "good", seconds: 3 });
  } catch {
    const range = document.createRange();
    if (source) {
      range.selectNodeContents(source);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
    }
    toast("Your browser does not let pages copy. The text is selected: press Ctrl+C.", { kind: "warn" });
  }
});

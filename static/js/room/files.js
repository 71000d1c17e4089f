// Files beside the text: by the button, by paste, by drop. Each is sent at once; the line names it later.

import { csrfToken } from "../forms.js";
import { toast } from "../toasts.js";

/** The files of the composer in room `number`. `changed()` is told when they are. */
export function setUpFiles(room, form, number) {
  const area = form.querySelector("textarea");
  const place = form.querySelector("[data-files]");
  const box = form.querySelector(".composer__box");
  let files = [];

  function show() {
    place.hidden = !files.length;
    place.replaceChildren(...files.map(chip));
  }

  function chip(file) {
    const element = Object.assign(document.createElement("span"), { className: "attachment" });
    const name = Object.assign(document.createElement("span"), { className: "clip", textContent: file.name });
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: "remove" });
    remove.setAttribute("aria-label", `Remove ${file.name}`);
    remove.addEventListener("click", () => {
      files = files.filter((other) => other !== file);
      show();
      area.focus();
    });
    element.append(name);
    if (!file.id) element.append(Object.assign(document.createElement("span"), { className: "faint", textContent: "sending" }));
    element.append(remove);
    return element;
  }

  async function send(file, blob) {
    const body = new FormData();
    body.append("file", blob, file.name);
    try {
      const answer = await fetch(`/incidents/${number}/files`, { method: "POST", body, headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" } });
      const kept = await answer.json().catch(() => ({}));
      if (!answer.ok) throw new Error(kept.title ?? `the server said ${answer.status}`);
      file.id = kept.id;
    } catch (error) {
      files = files.filter((other) => other !== file);
      toast(`${file.name} was not kept: ${error instanceof TypeError ? "you are offline" : error.message}`, { kind: "bad" });
    }
    show();
  }

  function add(blobs) {
    for (const blob of blobs) {
      const file = { id: null, name: blob.name || "pasted picture.png", sent: null };
      files.push(file);
      file.sent = send(file, blob);
    }
    show();
    area.focus();
  }

  const chooser = form.querySelector("#composer-file");
  form.querySelector("[data-attach]").addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", (event) => {
    add([...event.target.files]);
    event.target.value = "";
  });
  area.addEventListener("paste", (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    if (!pasted.length) return;
    event.preventDefault();
    add(pasted);
  });
  room.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    box.classList.add("is-dropping");
  });
  for (const end of ["dragleave", "drop"]) room.addEventListener(end, () => box.classList.remove("is-dropping"));
  room.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });

  return {
    any: () => files.length > 0,
    /** Wait until all have arrived, hand out their ids and forget them. */
    async take() {
      await Promise.all(files.map((file) => file.sent));
      const ids = files.filter((file) => file.id).map((file) => file.id);
      files = [];
      show();
      return ids;
    },
  };
}

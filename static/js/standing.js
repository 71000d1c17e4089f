// How a connection stands: read again every two seconds while something is awaited, for ten minutes.

const box = document.querySelector("[data-standing]");
const EVERY = 2000;
const MOST = 300;
let tries = 0;

async function look() {
  if (!box.querySelector("[data-awaited]") || (tries += 1) > MOST) return;
  if (!document.hidden) {
    try {
      const answer = await fetch(box.dataset.standing, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (answer.ok && !answer.redirected) {
        const open = [...box.querySelectorAll("details")].map((each) => each.open);
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        box.replaceChildren(...fresh.body.childNodes);
        box.querySelectorAll("details").forEach((each, index) => { each.open = open[index] ?? false; });
      }
    } catch {
      // Away for a moment: the next look says more.
    }
  }
  setTimeout(look, EVERY);
}

if (box) setTimeout(look, EVERY);

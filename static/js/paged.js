// I am paged while a page of ours is open: a strip that is read out once, a sound, and a notification where that is allowed.
//
// A browser plays sound only in a tab that was clicked or typed into; until then the strip says that there is none.

const EVERY = 8000;
const SOONEST = 1500;
/** A page that began longer ago is shown, and rings no more. */
const RINGS_FOR = 120;
const MUTED = "warroom-paged-muted";
const RUNG = "warroom-paged-rung";

const place = document.querySelector("[data-paged]");
const blank = document.getElementById("paged-template");
let shown = "";
let sound = null;
let asked = 0;
let soon = 0;

const isMuted = () => localStorage.getItem(MUTED) === "1";

/** The first touch lets us make sounds later; nothing is heard by it. */
function unlock() {
  if (!navigator.userActivation?.hasBeenActive) return;
  sound ??= new AudioContext();
  if (sound.state === "suspended") sound.resume().catch(() => {});
}

/** Three times two tones, loud enough for the next room. True when it is heard. */
export function ring() {
  if (!sound || sound.state !== "running") return false;
  for (let turn = 0; turn < 3; turn += 1) {
    for (const [at, pitch] of [[0, 880], [0.18, 1175]]) {
      const begin = sound.currentTime + turn * 0.7 + at;
      const tone = new OscillatorNode(sound, { type: "triangle", frequency: pitch });
      const loud = new GainNode(sound, { gain: 0 });
      loud.gain.setValueAtTime(0, begin);
      loud.gain.linearRampToValueAtTime(0.35, begin + 0.02);
      loud.gain.linearRampToValueAtTime(0, begin + 0.16);
      tone.connect(loud).connect(sound.destination);
      tone.start(begin);
      tone.stop(begin + 0.17);
    }
  }
  return true;
}

/** Those that no tab of this browser has rung for yet. */
function fresh(pages) {
  const rung = new Set(JSON.parse(localStorage.getItem(RUNG) || "[]"));
  const next = pages.filter((page) => !rung.has(page.id) && Date.now() / 1000 - page.began_at < RINGS_FOR);
  for (const page of pages) rung.add(page.id);
  localStorage.setItem(RUNG, JSON.stringify([...rung].slice(-100)));
  return next;
}

function notify(page) {
  if (!("Notification" in window) || Notification.permission !== "granted" || document.hasFocus()) return;
  try {
    // The same tag as what is pushed: the two are one notification.
    const told = new Notification(page.title, { tag: `page-${page.id}`, body: "You are paged.", requireInteraction: true });
    told.addEventListener("click", () => {
      focus();
      location.assign("/inbox");
      told.close();
    });
  } catch {
    // Some phones show notifications only for what is pushed.
  }
}

function label(button) {
  button.textContent = isMuted() ? "Sound on" : "Mute";
  button.setAttribute("aria-label", isMuted() ? "Play a sound when I am paged" : "Play no sound when I am paged");
}

/** The strip that came with the page says the same, and does not know when it is over. */
function hideTheOther() {
  for (const link of document.querySelectorAll('#strips > .strip a[href="/inbox"]')) link.closest(".strip").hidden = true;
}

function draw(pages, quiet) {
  hideTheOther();
  if (!pages.length) {
    place.replaceChildren();
    return;
  }
  const strip = blank.content.firstElementChild.cloneNode(true);
  const [first] = pages;
  const more = pages.length > 1 ? ` and ${pages.length - 1} more` : "";
  const silent = quiet ? " There was no sound: this tab was not clicked yet." : "";
  strip.querySelector(".strip__text").textContent = `You are paged: ${first.title}${more}.${silent}`;
  const mute = strip.querySelector("[data-paged-mute]");
  label(mute);
  mute.addEventListener("click", () => {
    localStorage.setItem(MUTED, isMuted() ? "0" : "1");
    label(mute);
  });
  place.replaceChildren(strip);
}

async function look() {
  asked = Date.now();
  if (!navigator.onLine) return;
  const answer = await fetch("/inbox/waiting", { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const { pages } = await answer.json();
  pages.sort((one, other) => other.id - one.id);
  const now = JSON.stringify(pages.map((page) => page.id));
  const news = fresh(pages);
  const quiet = news.length > 0 && !isMuted() && !ring();
  for (const page of news) notify(page);
  // Drawn once for each change, so that it is read out once.
  if (now !== shown) {
    shown = now;
    draw(pages, quiet);
  }
}

function lookSoon() {
  clearTimeout(soon);
  soon = setTimeout(look, Math.max(0, SOONEST - (Date.now() - asked)));
}

if (place) {
  for (const kind of ["pointerup", "keyup"]) addEventListener(kind, unlock, { passive: true });
  document.addEventListener("warroom:news", lookSoon);
  document.addEventListener("visibilitychange", () => document.hidden || lookSoon());
  setInterval(look, EVERY);
  look();
}

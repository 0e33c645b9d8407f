// Tells every half minute for how many seconds somebody was at work here: the page in front, and a hand or a voice
// on it within the last minute. The server decides what that is worth.
const BEAT_MILLISECONDS = 30_000;
const IDLE_MILLISECONDS = 60_000;
const form = document.getElementById("time");
let touched = performance.now();
let active = 0;

for (const kind of ["pointermove", "pointerdown", "keydown", "scroll", "input"]) {
  addEventListener(kind, () => { touched = performance.now(); }, { passive: true });
}
setInterval(() => {
  if (!document.hidden && performance.now() - touched < IDLE_MILLISECONDS) active += 1;
}, 1000);

async function tell() {
  if (!active) return;
  form.elements.seconds.value = active;
  active = 0;
  await fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin", keepalive: true }).catch(() => {});
}

setInterval(tell, BEAT_MILLISECONDS);
addEventListener("pagehide", tell);

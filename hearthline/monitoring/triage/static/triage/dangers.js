// The bar of dangerous values: runs its clocks, counts in the page's title, and sounds for who asked for it.
// No word of a person or a value leaves the bar.
const SOUND_AGAIN_MILLISECONDS = 20_000;
const SOUNDED = "hearthline-sounded"; // when some tab of this browser last sounded: two tabs do not sound twice
const bar = document.getElementById("dangers");
const frame = bar.closest("[data-now]");
const muted = document.getElementById("danger-muted");
const drift = Date.now() / 1000 - Number(frame.dataset.now); // the clock of this computer may be wrong
const title = document.title;
let audio;

function runClocks() {
  for (const clock of bar.querySelectorAll("[data-since]")) {
    const seconds = Math.max(0, Math.floor(Date.now() / 1000 - drift - Number(clock.dataset.since)));
    clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
}

function tone(start, frequency) {
  const source = new OscillatorNode(audio, { frequency });
  const loudness = new GainNode(audio, { gain: 0 });
  loudness.gain.setTargetAtTime(0.3, start, 0.02);
  loudness.gain.setTargetAtTime(0, start + 0.25, 0.05);
  source.connect(loudness).connect(audio.destination);
  source.start(start);
  source.stop(start + 0.6);
}

function sound() {
  audio ??= new AudioContext();
  muted.hidden = audio.state === "running";
  if (audio.state !== "running") return;
  if (Date.now() - Number(localStorage.getItem(SOUNDED) || 0) < SOUND_AGAIN_MILLISECONDS) return;
  localStorage.setItem(SOUNDED, String(Date.now()));
  tone(audio.currentTime, 880);
  tone(audio.currentTime + 0.35, 660);
  frame.dataset.sounded = String(Number(frame.dataset.sounded || 0) + 1);
}

function look() {
  const count = bar.querySelectorAll("[data-danger]").length;
  document.title = count ? `(${count}) ${title}` : title;
  runClocks();
  if (count && "audible" in frame.dataset) sound();
  else muted.hidden = true;
}

for (const kind of ["pointerdown", "keydown"]) {
  addEventListener(kind, () => { audio?.resume(); }, { passive: true });
}
bar.addEventListener("refreshed", look);
setInterval(look, 1000);
look();

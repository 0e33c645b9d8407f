/* The page of one set of photos. The outbox is loaded when something waits in it or somebody reaches for a photo, so that
   a thin line carries the page itself first. */

const ASK_MS = 3000;
const ASK_MOST = 60;
const PREPARE_MS = 1500;
const STORE = "hearthline-photos";
const data = JSON.parse(document.getElementById("photos").textContent);
const wordsForm = document.querySelector("[data-words]");
let begun = null;

function begin() {
  begun ??= import("./taking.js").then(async ({ Taking, watch }) => {
    const taking = new Taking(data, { owner: data.owner, isShared: data.isSharedBrowser });
    await taking.open();
    await taking.outbox.note({ owner: data.owner, capture: data.capture });
    for (const view of document.querySelectorAll("[data-view]")) {
      view.querySelector("[data-plain]").hidden = true;
      watch(view.querySelector("[data-photo]"), taking, { capture: data.capture, view: view.dataset.view });
    }
    settle(taking);
    return taking;
  });
  return begun;
}

/* What became of what has arrived: asked for until all of it is checked. */
async function settle(taking) {
  for (let asked = 0; asked < ASK_MOST; asked += 1) {
    await new Promise((resolve) => setTimeout(resolve, ASK_MS));
    const open = [...taking.items.values()].filter(({ kind, state }) => kind === "photo" && state === "arrived");
    if (!open.length) continue;
    const answer = await fetch(data.urls.states, { headers: { "Hearthline-Background": "1" } }).catch(() => null);
    if (!answer?.ok) continue;
    const told = new Map((await answer.json()).files.map((file) => [file.key, file]));
    for (const item of open) {
      const file = told.get(item.id);
      if (!file || file.state === "quarantined") continue;
      const look = file.findings.length ? `${data.words.look} ${file.findings.join(", ")}` : "";
      Object.assign(item, { state: file.state, note: file.words || look });
      taking.show(item);
    }
  }
}

for (const form of document.querySelectorAll("[data-photo]")) {
  for (const kind of ["pointerdown", "focusin", "change"]) form.addEventListener(kind, begin, { once: true });
}
// Without network the words wait with the photos; with it, the form is sent as it is.
wordsForm.addEventListener("submit", (event) => {
  if (navigator.onLine) return;
  event.preventDefault();
  begin().then((taking) => taking.addWords(new FormData(wordsForm).get("words"), data.capture, data.urls.words));
});
if (!data.isSharedBrowser && "serviceWorker" in navigator) {
  setTimeout(() => navigator.serviceWorker.register(data.urls.worker, { scope: "/photos/" }).catch(() => null), PREPARE_MS);
}
const stores = (await indexedDB.databases?.().catch(() => [])) ?? [{ name: STORE }];
if (stores.some(({ name }) => name === STORE)) await begin();
document.body.dataset.ready = "yes";
document.body.dataset.pending ??= 0;

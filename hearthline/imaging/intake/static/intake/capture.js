/* The page of one set of photos: each view's form feeds the outbox; states of what has arrived are asked for. */

import { Taking, watch } from "./taking.js";

const ASK_MS = 3000;
const ASK_MOST = 60;
const PREPARE_MS = 1500;
const data = JSON.parse(document.getElementById("photos").textContent);
const taking = new Taking(data, { owner: data.owner, isShared: data.isSharedBrowser });
const wordsForm = document.querySelector("[data-words]");

async function settle() {
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

async function begin() {
  await taking.open();
  await taking.outbox.note({ owner: data.owner, capture: data.capture });
  for (const view of document.querySelectorAll("[data-view]")) {
    view.querySelector("[data-plain]").hidden = true;
    watch(view.querySelector("[data-photo]"), taking, { capture: data.capture, view: view.dataset.view });
  }
  // Without network the words wait with the photos; with it, the form is sent as it is.
  wordsForm.addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    taking.addWords(new FormData(wordsForm).get("words"), data.capture, data.urls.words);
  });
  document.body.dataset.ready = "yes";
  // After the page itself, so that a thin line carries first what is looked at.
  if (!data.isSharedBrowser && "serviceWorker" in navigator) {
    setTimeout(() => navigator.serviceWorker.register(data.urls.worker, { scope: "/photos/" }).catch(() => null), PREPARE_MS);
  }
  settle();
}

begin();

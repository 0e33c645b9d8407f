/* The outbox on the page: photos and words go in sealed, are shown with their state, and leave when the clinic has them. */

import { Forgetful } from "../design/forgetful.js";
import { Outbox, forgetEverything } from "../design/outbox.js";

export const DATABASE = "hearthline-photos";
const ORDER = { words: 0, small: 1, photo: 2 };
const RETRY_MS = 15000;
const PAUSED = "hearthline-photos-paused";
const SMALL_SIDE = 640;
const SMALL_QUALITY = 0.6;
const TAGS = { waiting: "info", sending: "now", paused: "watch", arrived: "info", accepted: "ok", refused: "watch" };
const inOrder = (items) => items.sort((one, two) => ORDER[one.kind] - ORDER[two.kind] || one.at - two.at);
const part = (name, within = document) => within.querySelector(`[data-${name}]`);

/* Keeps on the device what fits there. What does not, or all of it where storage is refused, is held by this page alone. */
class Spilling extends Forgetful {
  constructor(kept) {
    super();
    this.kept = kept;
  }

  /* Whether the device keeps anything at all. */
  async open() {
    try {
      await this.kept.open();
      return true;
    } catch {
      this.kept = null;
      return false;
    }
  }

  /* Whether the device kept it; of what this page holds nothing is written there, since its bytes are not. */
  async put(item, body = null) {
    if (this.kept && !this.items.has(item.id)) {
      try {
        await this.kept.put(item, body);
        return true;
      } catch { /* no room */ }
    }
    await super.put(item, body);
    return false;
  }

  async all() { return [...((await this.kept?.all()) ?? []), ...(await super.all())]; }

  async body(id) { return (await super.body(id)) ?? this.kept?.body(id); }

  async remove(id) {
    await super.remove(id);
    await this.kept?.remove(id);
  }

  async note(facts) { await this.kept?.note(facts); }
}

export class Taking {
  constructor(data, { owner, isShared }) {
    Object.assign(this, { data, owner, isShared, items: new Map(), isBusy: false });
    this.outbox = isShared ? new Forgetful() : new Spilling(new Outbox(owner, DATABASE));
    // On a metered line the person says when; what they once said stands.
    const said = localStorage.getItem(PAUSED);
    this.isPaused = said === null ? Boolean(navigator.connection?.saveData) : said === "yes";
  }

  async open() {
    for (const form of document.querySelectorAll('form[action$="/sign-out/"]')) form.addEventListener("submit", () => forgetEverything(DATABASE));
    const isKept = await this.outbox.open();
    for (const item of await this.outbox.all()) {
      this.items.set(item.id, { ...item, state: item.state === "refused" ? "refused" : "waiting" });
    }
    part("pause").textContent = this.data.words.pause;
    part("go").textContent = this.data.words.go;
    part("pause").addEventListener("click", () => this.pause(true));
    part("go").addEventListener("click", () => this.pause(false));
    addEventListener("online", () => this.flush());
    setInterval(() => this.flush(), RETRY_MS);
    for (const item of this.items.values()) this.show(item);
    this.summarize();
    if (this.isShared) this.tell("shared");
    else if (!isKept) this.tell("full");
    else if (this.isPaused && this.pending().length) this.tell("saver");
    this.flush();
  }

  pending() {
    return inOrder([...this.items.values()].filter(({ state }) => state === "waiting" || state === "sending"));
  }

  pause(isPaused) {
    this.isPaused = isPaused;
    localStorage.setItem(PAUSED, isPaused ? "yes" : "no");
    this.summarize();
    this.flush();
  }

  tell(problem) {
    part("progress").textContent = problem ? this.data.words.problems[problem] : "";
  }

  summarize() {
    const pending = this.pending();
    const bytes = pending.reduce((sum, { size }) => sum + size, 0);
    const words = this.data.words.waiting.replace("%(count)s", pending.length).replace("%(size)s", (bytes / 1e6).toFixed(1));
    part("size").textContent = pending.length ? words : "";
    part("outbox").hidden = !this.items.size && part("capture") === null;
    part("pause").hidden = !pending.length || this.isPaused;
    part("go").hidden = !pending.length || !this.isPaused;
    document.body.dataset.pending = pending.length;
  }

  show(item) {
    let row = document.getElementById(`item-${item.id}`);
    if (item.kind === "small") return;
    if (!row) {
      row = part("row").content.firstElementChild.cloneNode(true);
      row.id = `item-${item.id}`;
      part("items").append(row);
    }
    const { words } = this.data;
    const share = item.state === "sending" && item.share ? ` ${Math.round(item.share * 100)} %` : "";
    part("what", row).textContent = item.kind === "words" ? words.text : `${words.photo}, ${(item.size / 1e6).toFixed(1)} MB`;
    part("tag", row).textContent = (this.isPaused && item.state === "waiting" ? words.states.paused : words.states[item.state]) + share;
    part("tag", row).className = `tag ${TAGS[item.state]}`;
    part("note", row).textContent = item.note ?? "";
  }

  async keep(item, body) {
    this.items.set(item.id, item);
    if ((await this.outbox.put(item, body)) === false && body) this.tell("full");
    this.show(item);
    this.summarize();
  }

  async addPhoto(file, { capture, view, isAnyway, canvas }) {
    if (!this.isShared && (await navigator.storage?.persist?.()) === false) this.tell("not-kept");
    const id = crypto.randomUUID();
    const bytes = await file.arrayBuffer();
    const facts = { capture, view, at: Date.now(), state: "waiting", anyway: isAnyway, name: file.name.slice(0, 80) };
    if (canvas) {
      const small = await smallCopy(canvas);
      await this.keep({ ...facts, id: `${id}-small`, kind: "small", size: small.byteLength, sha256: await digest(small), name: "small.jpg" }, small);
    }
    await this.keep({ ...facts, id, kind: "photo", size: bytes.byteLength, sha256: await digest(bytes) }, bytes);
    this.flush();
  }

  async addWords(text, capture, address) {
    await this.keep({ id: `words-${capture}`, kind: "words", capture, address, text, size: text.length, at: Date.now(), state: "waiting" });
    this.flush();
  }

  async flush() {
    if (this.isBusy || this.isPaused) return;
    this.isBusy = true;
    try {
      for (let [item] = this.pending(); item; [item] = this.pending()) {
        if (!(await this.sendOne(item))) break;
      }
    } finally {
      this.isBusy = false;
      this.summarize();
    }
  }

  /* Whether the next one may be tried. */
  async sendOne(item) {
    const set = (changes) => {
      Object.assign(item, changes);
      this.show(item);
    };
    set({ state: "sending", share: 0 });
    const { send } = await import("./sending.js");
    const problem = await send(item, {
      outbox: this.outbox,
      urls: this.data.urls,
      owner: this.owner,
      progress: (share) => set({ share }),
      halted: () => this.isPaused,
    });
    if (!problem) {
      await this.outbox.remove(item.id);
      set({ state: "arrived" });
      this.tell("");
      this.summarize();
      return true;
    }
    if (problem === "refused") {
      await this.keep({ ...item, state: "refused", note: this.data.words.problems.refused });
      return true;
    }
    set({ state: "waiting" });
    if (problem !== "paused") this.tell(problem);
    return false;
  }
}

async function digest(bytes) {
  const made = await crypto.subtle.digest("SHA-256", bytes);
  return [...new Uint8Array(made)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function smallCopy(canvas) {
  const scale = Math.min(1, SMALL_SIDE / Math.max(canvas.width, canvas.height));
  const small = document.createElement("canvas");
  [small.width, small.height] = [canvas.width, canvas.height].map((side) => Math.max(1, Math.round(side * scale)));
  small.getContext("2d").drawImage(canvas, 0, 0, small.width, small.height);
  const blob = await new Promise((resolve) => small.toBlob(resolve, "image/jpeg", SMALL_QUALITY));
  return blob.arrayBuffer();
}

/* A form with a file: the photo is looked at first; a doubtful one is asked about, and taken again in place. */
export function watch(form, taking, { capture, view }) {
  const input = form.querySelector("input[type=file]");
  const take = (file, canvas, isAnyway) => {
    part("doubt", form)?.remove();
    input.value = "";
    return taking.addPhoto(file, { capture, view, isAnyway, canvas });
  };
  const look = async () => {
    const [file] = input.files;
    part("doubt", form)?.remove();
    if (!file) return;
    const { lookAt } = await import("./quality.js");
    const looked = await lookAt(file);
    if (!looked?.findings.length) return void (await take(file, looked?.canvas, false));
    const { words } = taking.data;
    const doubt = part("question").content.firstElementChild.cloneNode(true);
    part("findings", doubt).textContent = `${words.look} ${looked.findings.map((code) => words.findings[code]).join(", ")}`;
    part("again", doubt).addEventListener("click", () => input.click());
    part("anyway", doubt).addEventListener("click", () => take(file, looked.canvas, true));
    form.append(doubt);
  };
  input.addEventListener("change", look);
  if (input.files.length) look(); // chosen while this was being loaded
  form.addEventListener("submit", (event) => event.preventDefault());
}

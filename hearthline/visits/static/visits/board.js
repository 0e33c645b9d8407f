/* A picture that all see beside the people, and what each draws on it. Loaded when one is shown. */

import { drawCross, drawMark } from "./marks.js";
import { Pen } from "./pen.js";

export async function start(parts) {
  const board = new BoardView(parts);
  await board.load();
  return board;
}

class BoardView {
  constructor({ call, data, place }) {
    Object.assign(this, { call, data, place, marks: new Map(), state: { id: "" } });
    this.stage = place.closest(".stage");
    const on = (target, name, act) => target.addEventListener(name, ({ detail }) => act.call(this, detail));
    on(call.signalling, "board", this.changed);
    on(call.signalling, "mark", this.drawn);
    on(call.signalling, "unmark", this.undrawn);
    on(call, "people", this.people);
    on(call, "admitted", this.refresh);
    on(call.signalling, "refused", this.refresh); /* What was drawn and not taken must not stay there. */
  }

  find(name) {
    return this.place.querySelector(`[data-board-${name}]`);
  }

  async load() {
    const page = await this.page();
    this.place.replaceChildren(...page.body.childNodes);
    this.canvas = this.find("canvas");
    this.pen = new Pen({ canvas: this.canvas, onMark: (mark) => this.draw(mark), onChange: () => this.paint() });
    const press = { cancel: this.hide, undo: this.undo, clear: this.clear, keep: this.keep, end: this.end };
    Object.assign(press, { before: () => this.turn(-1), after: () => this.turn(1) });
    for (const [name, act] of Object.entries(press)) this.find(name)?.addEventListener("click", () => act.call(this));
    for (const tool of this.place.querySelectorAll("[data-board-tool]")) tool.addEventListener("click", () => this.take(tool));
    this.listenToChoice();
    this.find("image").addEventListener("load", () => this.fit());
    new ResizeObserver(() => this.fit()).observe(this.find("area"));
    this.apply(page);
  }

  listenToChoice() {
    this.find("file")?.addEventListener("change", ({ target }) => this.upload(target));
    for (const button of this.place.querySelectorAll("[data-board-open]")) {
      button.addEventListener("click", () => this.show(button.dataset.boardOpen));
    }
  }

  async page() {
    const answer = await fetch(`${this.data.urls.board}?${this.data.query}`, { headers: { "Hearthline-Background": "1" } });
    return new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
  }

  apply(page) {
    const state = page.getElementById("board-state");
    if (!state) return;
    this.state = JSON.parse(state.textContent);
    this.marks = new Map((this.state.marks ?? []).map((mark) => [mark.id, mark]));
    this.display();
  }

  async refresh() {
    this.apply(await this.page());
  }

  /* Chosen under "Share": which picture? Asked again each time, since others share files meanwhile. */
  async open(isAsked) {
    if (!isAsked) return;
    const fresh = (await this.page()).querySelector("[data-board-choose]");
    this.find("choose").replaceChildren(...fresh.childNodes);
    this.find("cancel").addEventListener("click", () => this.hide());
    this.listenToChoice();
    this.find("choose").hidden = false;
    this.place.hidden = false;
    this.find("choose").querySelector("button, input").focus();
  }

  hide() {
    this.find("choose").hidden = true;
    this.place.hidden = !this.state.id;
  }

  async upload(input) {
    const [file] = input.files;
    if (!file) return;
    const body = new FormData();
    body.append("file", file);
    const answer = await this.post(this.data.urls.files, body);
    if (answer.ok) await this.show(answer.id);
    else this.say(answer.detail || this.find("said").dataset.failed);
  }

  async post(url, body) {
    try {
      const answer = await fetch(url, { method: "POST", headers: { "X-CSRFToken": this.data.token }, body });
      return { ok: answer.ok, ...(await answer.json().catch(() => ({}))) };
    } catch {
      return { ok: false };
    }
  }

  /* Asked directly and not in the row of messages: the reason of a refusal is said. */
  async ask(message) {
    const { signalling } = this.call;
    try {
      await signalling.post("signal", { join: signalling.nonce, messages: [message] });
    } catch (error) {
      this.say(error.message);
    }
  }

  show(file) {
    return this.ask({ kind: "board", file });
  }

  end() {
    return this.ask({ kind: "board", close: this.state.id });
  }

  changed({ id }) {
    if (id) return this.refresh();
    this.state = { id: "" };
    return this.display();
  }

  /* Whoever shows it left, or oneself went apart: it is not there; or again. */
  people({ person }) {
    if (person.id === this.call.me.id && person.isAside !== this.wasAside) {
      this.wasAside = person.isAside;
      this.refresh();
    }
    if (person.id === this.state.by) this.display();
  }

  get isThere() {
    const shower = this.call.people.get(this.state.by);
    const isHere = this.state.by === this.call.me.id || Boolean(shower?.number && shower.state === "admitted");
    return Boolean(this.state.id) && isHere && !this.call.me.isAside;
  }

  display() {
    const { isThere } = this;
    const isMine = this.state.by === this.call.me.id;
    this.find("choose").hidden = this.find("choose").hidden || isThere;
    this.find("shown").hidden = !isThere;
    this.find("clear").hidden = !isMine;
    this.find("end").hidden = !(isMine || this.call.me.isHost);
    this.place.hidden = !isThere && this.find("choose").hidden;
    this.place.classList.toggle("shows", isThere);
    this.stage.classList.toggle("beside", isThere);
    this.find("tools")?.toggleAttribute("hidden", this.call.me.role === "observer");
    if (!isThere) this.shown = null;
    if (!isThere) return this.pen.forget();
    this.find("turn").hidden = !(isMine && this.pages > 1);
    return this.fetchPicture();
  }

  /* Fetched and not linked, since the answer also says how many pages there are. */
  async fetchPicture() {
    const { id, page } = this.state;
    const shown = `${id}/${page}`;
    if (this.shown === shown) return this.fit();
    this.shown = shown;
    const answer = await fetch(`${this.data.urls.board}${id}/?${this.data.query}`);
    if (!answer.ok || this.shown !== shown) return this.failed(shown);
    this.pages = Number(answer.headers.get("Hearthline-Pages") ?? 1);
    URL.revokeObjectURL(this.find("image").src);
    this.find("image").src = URL.createObjectURL(await answer.blob());
    this.find("turn").hidden = !(this.state.by === this.call.me.id && this.pages > 1);
    this.find("page").textContent = `${page} / ${this.pages}`;
    return undefined;
  }

  failed(shown) {
    if (this.shown === shown) this.shown = null;
    this.say(this.find("said").dataset.failed);
  }

  turn(step) {
    const page = this.state.page + step;
    if (page >= 1 && page <= this.pages) this.ask({ kind: "board", page });
  }

  /* The canvas lies on the picture, dot for dot. */
  fit() {
    const image = this.find("image");
    const area = this.find("area");
    if (!image.naturalWidth || !area.clientWidth) return;
    const scale = Math.min(area.clientWidth / image.naturalWidth, area.clientHeight / image.naturalHeight);
    const [width, height] = [image.naturalWidth * scale, image.naturalHeight * scale];
    for (const part of [image, this.canvas]) Object.assign(part.style, { inlineSize: `${width}px`, blockSize: `${height}px` });
    [this.canvas.width, this.canvas.height] = [width * devicePixelRatio, height * devicePixelRatio];
    this.paint();
  }

  paint() {
    const context = this.canvas.getContext("2d");
    const { width, height } = this.canvas;
    context.clearRect(0, 0, width, height);
    const own = this.pen.unsaid ? [{ ...this.pen.unsaid, colour: this.state.colour ?? 0 }] : [];
    for (const mark of [...this.marks.values(), ...own]) drawMark(context, mark, width, height);
    if (this.pen.cross) drawCross(context, this.pen.cross, width, height);
  }

  take(chosen) {
    this.pen.tool = chosen.dataset.boardTool;
    this.pen.forget();
    for (const tool of this.place.querySelectorAll("[data-board-tool]")) tool.setAttribute("aria-pressed", String(tool === chosen));
  }

  /* Seen at once by oneself; the server's own mark of the same key takes its place. */
  draw(mark) {
    if (this.call.me.role === "observer") return;
    const key = crypto.randomUUID();
    this.marks.set(key, { ...mark, colour: this.state.colour ?? 0 });
    this.call.signalling.send({ kind: "mark", board: this.state.id, key, ...mark });
  }

  drawn(mark) {
    this.marks.delete(mark.key);
    this.marks.set(mark.id, mark);
    this.paint();
    if (mark.by !== this.call.me.id) this.tell(mark);
  }

  /* For whoever does not see the picture: who drew what, and where. */
  tell({ by, shape, points }) {
    const { drew, [shape]: words } = this.find("said").dataset;
    const [across, down] = points[0].map((part) => String(Math.round(part * 100)));
    const said = { NAME: this.call.people.get(by)?.name ?? "", SHAPE: words, ACROSS: across, DOWN: down };
    this.say(drew.replace(/NAME|SHAPE|ACROSS|DOWN/g, (name) => said[name]), true);
  }

  undrawn({ id }) {
    if (id) this.marks.delete(id);
    else this.marks.clear();
    this.paint();
  }

  undo() {
    this.call.signalling.send({ kind: "unmark", board: this.state.id });
  }

  clear() {
    this.call.signalling.send({ kind: "unmark", board: this.state.id, all: true });
  }

  async keep() {
    const image = this.find("image");
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    for (const mark of this.marks.values()) drawMark(context, mark, canvas.width, canvas.height);
    const body = new FormData();
    body.append("key", (this.keptAs ??= crypto.randomUUID()));
    body.append("picture", await new Promise((resolve) => canvas.toBlob(resolve, "image/png")), "kept.png");
    const answer = await this.post(`${this.data.urls.board}${this.state.id}/keep/`, body);
    if (answer.ok) this.keptAs = null;
    this.say(answer.ok ? this.find("said").dataset.kept : answer.detail || this.find("said").dataset.failed);
  }

  say(words, isQuiet = false) {
    this.find("said").textContent = words;
    this.find("said").classList.toggle("visually-hidden", isQuiet);
  }
}

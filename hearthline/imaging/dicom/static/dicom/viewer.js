// The light viewer: draws 16 bits by a look-up table. What it cannot draw itself, the server draws.
import { decode, decodeValues, defaultWindow, distanceText, lookUpTable, toImage, transformOf } from "./drawing.js";

const facts = JSON.parse(document.getElementById("films").textContent);
const { words } = facts;
const KEPT_FRAMES = 24;
const LARGE_BYTES = 1024 * 1024; // from here on the decoder is worth its 110 KB
const TOOLS = { w: "window", p: "pan", z: "zoom", m: "measure" };
const FRAME_MS = 66;
const panes = [];
let tool = "window";
let active = null;

class Pane {
  constructor(figure, images) {
    this.figure = figure;
    this.canvas = figure.querySelector("canvas");
    this.caption = figure.querySelector("figcaption");
    this.images = images;
    this.index = 0;
    this.frame = 1;
    this.kept = new Map();
    this.timer = 0;
    this.pointers = new Map();
    this.reset();
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    this.listen();
    this.show();
  }

  get image() { return this.images[this.index]; }

  get key() { return `${this.index}/${this.frame}`; }

  reset() {
    Object.assign(this, { zoom: 1, x: 0, y: 0, turn: 0, isInverted: false, window: null, line: null });
  }

  address(part) { return `${facts.root}/${this.image.path}/frames/${this.frame}${part}`; }

  async show() {
    const { key } = this;
    this.state = "preview";
    this.line = null;
    if (!this.kept.has(key)) {
      this.picture = null;
      this.preview(key);
      try {
        await this.load(key);
      } catch {
        if (key === this.key) { this.state = "failed"; this.tell(); }
        return;
      }
    }
    if (key !== this.key) return;
    this.state = "full";
    const kept = this.kept.get(key);
    if (kept.values && !this.window) this.window = defaultWindow(this.image, kept);
    this.picture = kept.values ? null : kept.picture;
    this.draw();
  }

  async preview(key) {
    // Of the first frame a preview is stored; others are drawn when they are asked for.
    const part = this.frame === 1 ? "/thumbnail?viewport=1600,1600" : "/rendered?viewport=800,800&quality=70";
    const answer = await fetch(this.address(part), { headers: { Accept: "image/jpeg" } });
    if (!answer.ok) return;
    const picture = await createImageBitmap(await answer.blob());
    if (key === this.key && this.state === "preview") { this.picture = picture; this.draw(); }
  }

  async load(key) {
    const { image } = this;
    const isLarge = image.isPlain && image.rows * image.columns * image.bits > 8 * LARGE_BYTES;
    const plain = isLarge ? "image/jphc" : "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1";
    const accept = image.isPlain ? plain : "image/png";
    const answer = await fetch(this.address(image.isPlain ? "" : "/rendered"), { headers: { Accept: accept } });
    if (!answer.ok) throw new Error(String(answer.status));
    const kept = image.isPlain
      ? decodeValues(image, await (isLarge ? decode(await answer.arrayBuffer()) : answer.arrayBuffer()))
      : { picture: await createImageBitmap(await answer.blob()) };
    this.kept.set(key, kept);
    if (this.kept.size > KEPT_FRAMES) this.kept.delete(this.kept.keys().next().value);
  }

  draw() {
    const { canvas, image } = this;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(canvas.clientWidth * ratio);
    canvas.height = Math.round(canvas.clientHeight * ratio);
    const paper = canvas.getContext("2d");
    paper.imageSmoothingEnabled = this.zoom < 4;
    const source = this.drawn();
    if (source) {
      paper.setTransform(...transformOf(this, canvas));
      if (this.isInverted && !this.values()) paper.filter = "invert(1)";
      paper.drawImage(source, 0, 0, image.columns, image.rows);
      paper.filter = "none";
      this.drawLine(paper);
    }
    this.tell();
  }

  values() { return this.state === "full" && this.kept.get(this.key)?.values ? this.kept.get(this.key) : null; }

  drawn() {
    const kept = this.values();
    if (!kept) return this.picture;
    const name = `${this.key} ${this.window} ${this.isInverted}`;
    if (this.drawnName !== name) {
      this.sheet ??= document.createElement("canvas");
      const { rows, columns } = this.image;
      Object.assign(this.sheet, { width: columns, height: rows });
      const paper = this.sheet.getContext("2d");
      const pixels = paper.createImageData(columns, rows);
      const table = lookUpTable(this.image, kept, this.window, this.isInverted);
      const out = new Uint32Array(pixels.data.buffer);
      const { values, low } = kept;
      for (let at = 0; at < out.length; at += 1) out[at] = table[values[at] - low];
      paper.putImageData(pixels, 0, 0);
      this.drawnName = name;
    }
    return this.sheet;
  }

  drawLine(paper) {
    if (!this.line) return;
    const [[x1, y1], [x2, y2]] = this.line;
    paper.strokeStyle = "#ffd43b";
    paper.lineWidth = 2 / this.scale();
    paper.beginPath();
    paper.moveTo(x1, y1);
    paper.lineTo(x2, y2);
    paper.stroke();
  }

  scale() { const [a, b] = transformOf(this, this.canvas); return Math.hypot(a, b); }

  tell() {
    const { image } = this;
    const mark = document.createElement("b");
    mark.textContent = words[this.state];
    const parts = [image.text];
    if (image.frames > 1) parts.push(`${words.frame} ${this.frame}/${image.frames}`);
    if (this.window) parts.push(`${words.window} ${Math.round(this.window[0])}/${Math.round(this.window[1])}`);
    if (this.line) parts.push(distanceText(image, this.line, words));
    else if (tool === "measure" && !image.spacingWhere) parts.push(words.unknown);
    this.figure.dataset.state = this.state;
    this.canvas.setAttribute("aria-label", `${parts.join(", ")}. ${words[this.state]}`);
    this.caption.replaceChildren(mark, ` ${parts.join(" · ")}`);
  }

  step(by) {
    const { image } = this;
    if (image.frames > 1 && this.frame + by >= 1 && this.frame + by <= image.frames) this.frame += by;
    else if (this.images.length > 1) {
      this.index = (this.index + by + this.images.length) % this.images.length;
      this.frame = 1;
      this.window = null;
    } else this.frame = by > 0 ? 1 : image.frames;
    this.show();
  }

  shift(dx, dy) {
    if (tool === "window" && this.window) {
      const pace = Math.max(1, this.window[1] / 400);
      this.window = [this.window[0] + dy * pace, Math.max(1, this.window[1] + dx * pace)];
    } else if (tool === "pan") { this.x += dx; this.y += dy; }
    else if (tool === "zoom") this.enlarge(1 - dy / 200);
    this.draw();
  }

  enlarge(by) { this.zoom = Math.min(40, Math.max(0.2, this.zoom * by)); }

  play() {
    if (this.timer) { clearInterval(this.timer); this.timer = 0; }
    else this.timer = setInterval(() => this.step(1), this.image.milliseconds || FRAME_MS);
    return Boolean(this.timer);
  }

  listen() {
    const { canvas, pointers } = this;
    canvas.addEventListener("pointerdown", (event) => {
      active = this;
      canvas.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, [event.clientX, event.clientY]);
      if (tool === "measure") this.line = [toImage(this, canvas, event), toImage(this, canvas, event)];
    });
    canvas.addEventListener("pointermove", (event) => {
      const before = pointers.get(event.pointerId);
      if (!before) return;
      const spread = this.spread();
      pointers.set(event.pointerId, [event.clientX, event.clientY]);
      if (pointers.size > 1) { this.enlarge(this.spread() / (spread || 1)); this.draw(); }
      else if (tool === "measure") { this.line[1] = toImage(this, canvas, event); this.draw(); }
      else this.shift(event.clientX - before[0], event.clientY - before[1]);
    });
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => pointers.delete(event.pointerId));
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.enlarge(event.deltaY < 0 ? 1.1 : 1 / 1.1);
      this.draw();
    }, { passive: false });
    this.figure.addEventListener("focus", () => { active = this; });
    this.figure.addEventListener("keydown", (event) => this.press(event));
  }

  spread() {
    const [one, two] = [...this.pointers.values()];
    return one && two ? Math.hypot(one[0] - two[0], one[1] - two[1]) : 0;
  }

  press(event) {
    const wider = this.window && ((by) => { this.window = [this.window[0], Math.max(1, this.window[1] * by)]; this.draw(); });
    const acts = {
      ArrowUp: () => this.step(-1), ArrowDown: () => this.step(1),
      ArrowLeft: () => wider?.(0.9), ArrowRight: () => wider?.(1.1),
      "+": () => { this.enlarge(1.25); this.draw(); }, "-": () => { this.enlarge(0.8); this.draw(); },
      i: () => act("invert"), r: () => act("rotate"), 0: () => act("reset"), " ": () => act("cine"),
    };
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (TOOLS[name]) choose(TOOLS[name]);
    else if (acts[name]) acts[name]();
    else return;
    event.preventDefault();
  }
}

function choose(name) {
  tool = name;
  for (const button of document.querySelectorAll("[data-tool]")) button.setAttribute("aria-pressed", String(button.dataset.tool === name));
  for (const pane of panes) pane.tell();
}

function act(name) {
  const pane = active ?? panes[0];
  if (name === "invert") pane.isInverted = !pane.isInverted;
  else if (name === "rotate") pane.turn = (pane.turn + 1) % 4;
  else if (name === "reset") { pane.reset(); pane.show(); }
  else if (name === "previous") { pane.step(-1); return; }
  else if (name === "next") { pane.step(1); return; }
  else if (name === "cine") document.querySelector("[data-do=cine]").setAttribute("aria-pressed", String(pane.play()));
  pane.draw();
}

document.querySelector("[data-tools]").addEventListener("click", (event) => {
  const { tool: chosen, do: wanted } = event.target.dataset;
  if (chosen) choose(chosen);
  if (wanted) act(wanted);
});
for (const figure of document.querySelectorAll("[data-pane]")) {
  if (facts[figure.dataset.pane].length) panes.push(new Pane(figure, facts[figure.dataset.pane]));
}

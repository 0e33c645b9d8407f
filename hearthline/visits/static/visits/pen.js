/* From a finger, a mouse or keys to marks: one shape at a time, its points from 0 to 1. */

const STEP = 0.02;
const FINE = 0.005;
const POINTS_MOST = 200;
const NEAR = 0.004;
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const within = (value) => Math.max(0, Math.min(1, value));

export class Pen {
  constructor({ canvas, onMark, onChange }) {
    Object.assign(this, { canvas, onMark, onChange });
    this.tool = "point";
    const on = (name, act) => canvas.addEventListener(name, (event) => act.call(this, event));
    on("pointerdown", this.down);
    on("pointermove", this.move);
    on("pointerup", this.up);
    on("pointercancel", this.forget);
    on("keydown", this.key);
    on("blur", this.forget);
  }

  place({ clientX, clientY }) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return [within((clientX - left) / width), within((clientY - top) / height)];
  }

  down(event) {
    if (event.button) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.cross = null;
    this.points = [this.place(event)];
    this.onChange();
  }

  move(event) {
    if (!this.points || this.cross) return;
    const here = this.place(event);
    const last = this.points.at(-1);
    if (this.tool !== "line") this.points[this.tool === "point" ? 0 : 1] = here;
    else if (Math.hypot(here[0] - last[0], here[1] - last[1]) > NEAR) this.points.push(here);
    this.onChange();
  }

  up() {
    if (!this.points || this.cross) return;
    const { points } = this;
    this.points = null;
    this.send(points);
  }

  send(points) {
    const isTooShort = this.tool !== "point" && points.length < 2;
    if (!isTooShort) this.onMark({ shape: this.tool, points: thin(points) });
    this.onChange();
  }

  /* The cross moves by arrow keys, finely with Shift; Enter places a point, or the two ends of a shape. */
  key(event) {
    const move = MOVES[event.key];
    if (event.key === "Escape") return this.forget();
    if (!move && !["Enter", " "].includes(event.key)) return undefined;
    event.preventDefault();
    this.cross ??= [0.5, 0.5];
    const step = event.shiftKey ? FINE : STEP;
    if (move) this.cross = [within(this.cross[0] + move[0] * step), within(this.cross[1] + move[1] * step)];
    else this.set();
    return this.onChange();
  }

  set() {
    const points = [...(this.points ?? []), this.cross];
    const isWhole = this.tool === "point" || points.length === 2;
    this.points = isWhole ? null : points;
    if (isWhole) this.send(points);
  }

  forget() {
    this.points = this.cross = null;
    this.onChange();
  }

  /* What is being drawn and not yet said. */
  get unsaid() {
    const points = this.cross && this.points ? [...this.points, this.cross] : this.points;
    return points && (this.tool === "point" || points.length > 1) ? { shape: this.tool, points } : null;
  }
}

function thin(points) {
  const every = Math.ceil(points.length / POINTS_MOST);
  const kept = points.filter((_, index) => index % every === 0 || index === points.length - 1);
  return kept.slice(-POINTS_MOST);
}

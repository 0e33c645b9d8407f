/* One's own picture: small, and movable by pointer or arrow keys. */

const STEP_PX = 24;

export class SelfView {
  constructor({ media, figure, words }) {
    Object.assign(this, { media, figure, words });
    this.at = { x: 0, y: 0 };
    figure.tabIndex = 0;
    figure.setAttribute("aria-label", words.you);
    figure.addEventListener("pointerdown", (event) => this.grab(event));
    figure.addEventListener("keydown", (event) => this.nudge(event));
    this.show();
  }

  show() {
    const video = this.figure.querySelector("video");
    const camera = this.media.track("camera");
    video.srcObject = camera ? new MediaStream([camera]) : null;
    video.hidden = !camera;
    const caption = this.figure.querySelector("[data-self-words]");
    caption.textContent = camera ? this.words.you : this.words.cameraOff;
  }

  grab(event) {
    const start = { x: event.clientX - this.at.x, y: event.clientY - this.at.y };
    this.figure.setPointerCapture(event.pointerId);
    const move = (moved) => this.place(moved.clientX - start.x, moved.clientY - start.y);
    this.figure.addEventListener("pointermove", move);
    this.figure.addEventListener("pointerup", () => this.figure.removeEventListener("pointermove", move), { once: true });
  }

  nudge(event) {
    const steps = { ArrowLeft: [-STEP_PX, 0], ArrowRight: [STEP_PX, 0], ArrowUp: [0, -STEP_PX], ArrowDown: [0, STEP_PX] };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    this.place(this.at.x + step[0], this.at.y + step[1]);
  }

  /* Never out of sight: what would leave the stage is held at its edge. */
  place(x, y) {
    const before = this.figure.getBoundingClientRect();
    const stage = this.figure.parentElement.getBoundingClientRect();
    const home = { left: before.left - this.at.x, top: before.top - this.at.y };
    const clamp = (value, least, most) => Math.max(least, Math.min(most, value));
    this.at = {
      x: clamp(x, stage.left - home.left, stage.right - before.width - home.left),
      y: clamp(y, stage.top - home.top, stage.bottom - before.height - home.top),
    };
    this.figure.style.translate = `${this.at.x}px ${this.at.y}px`;
  }
}

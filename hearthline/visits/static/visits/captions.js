/* Captions of what the others say, made on this device or not at all: a recognition that sends sound to its maker is
   never started. They are shown, not kept; unreviewed and made by a machine, and labelled so. */

import { findRecognition } from "./recognition.js";

const LINES_MOST = 3;

export class Captions {
  constructor({ call, data, root }) {
    Object.assign(this, { call, words: data.words, root });
    this.area = root.querySelector("[data-captions]");
    this.button = root.querySelector("[data-captions-button]");
    this.running = new Map();
    this.button.addEventListener("click", () => this.toggle());
    call.addEventListener("track", ({ detail }) => this.listen(detail.peer, detail.track, detail.role));
    call.addEventListener("gone", ({ detail }) => this.stop(detail.peer.number));
    this.voices = new Map();
  }

  listen(peer, track, role) {
    if (role !== "microphone") return;
    this.voices.set(peer.number, { peer, track });
    if (this.isOn) this.start(peer, track);
  }

  async toggle() {
    if (this.isOn) return this.end();
    const found = await findRecognition(window, document.documentElement.lang);
    this.say(found.start ? this.words.captionsMachine : this.words[found.missing]);
    if (!found.start) return;
    this.begin = found.start;
    this.isOn = true;
    this.button.setAttribute("aria-pressed", "true");
    for (const { peer, track } of this.voices.values()) this.start(peer, track);
  }

  end() {
    this.isOn = false;
    this.button.setAttribute("aria-pressed", "false");
    for (const number of [...this.running.keys()]) this.halt(number);
    this.area.hidden = true;
  }

  start(peer, track) {
    this.halt(peer.number);
    const name = this.call.people.get(peer.person)?.name ?? "";
    this.running.set(peer.number, this.begin(track, (said) => this.show(peer.number, name, said), () => this.fail()));
  }

  fail() {
    this.end();
    this.say(this.words.captionsNone);
  }

  halt(number) {
    this.running.get(number)?.();
    this.running.delete(number);
  }

  stop(number) {
    this.halt(number);
    this.voices.delete(number);
  }

  say(words) {
    this.area.hidden = false;
    this.area.querySelector("[data-captions-label]").textContent = words;
    this.area.querySelector("[data-captions-lines]").replaceChildren();
  }

  show(number, name, { text, isFinal }) {
    const lines = this.area.querySelector("[data-captions-lines]");
    let line = lines.querySelector(`[data-of="${number}"]:not([data-final])`);
    if (!line) {
      line = Object.assign(document.createElement("p"), { dir: "auto" });
      line.dataset.of = number;
      line.append(Object.assign(document.createElement("b"), { textContent: name }), document.createElement("span"));
      lines.append(line);
    }
    line.lastChild.textContent = text;
    if (isFinal) line.dataset.final = "";
    while (lines.children.length > LINES_MOST) lines.firstChild.remove();
  }
}

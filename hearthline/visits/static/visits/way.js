/* By which way the visit goes, said truthfully: from end to end between browsers, or through the media server. */

const SAID_MS = 10000;

export class Way {
  constructor({ call, words, root }) {
    Object.assign(this, { words, line: root.querySelector("[data-way]") });
    call.addEventListener("way", ({ detail }) => this.changed(detail));
    this.show(call.way === "janus" ? words.byServer : "");
  }

  changed({ way, why }) {
    clearTimeout(this.timer);
    if (way === "janus") {
      this.show(this.words.byServer);
      return;
    }
    this.show(why === "lost" ? this.words.serverLost : this.words.byBrowsers);
    this.timer = setTimeout(() => this.show(""), SAID_MS);
  }

  show(words) {
    this.line.textContent = words;
    this.line.hidden = !words;
  }
}

/* A lost connection is tried again until it is back: fresh relay credentials and an ICE restart, never only once. */

const POLITE_WAIT_MS = 2000;
const IMPOLITE_WAIT_MS = 12000;
const BETWEEN_ATTEMPTS_MS = 5000;
const WELL = ["connected", "completed"];

export class Recovery {
  constructor({ peer, relay, onChange }) {
    Object.assign(this, { peer, relay, onChange });
    this.attempts = 0;
    peer.addEventListener("ice", ({ detail }) => this.changed(detail.state));
    peer.addEventListener("closed", () => this.close());
    this.atOnce = () => this.timer && this.attempt();
    addEventListener("online", this.atOnce);
  }

  close() {
    this.stop();
    removeEventListener("online", this.atOnce);
  }

  changed(state) {
    if (WELL.includes(state)) {
      const recovered = this.lostAt !== undefined;
      this.stop();
      this.onChange({ state: "connected", recovered, attempts: this.attempts });
      this.attempts = 0;
    } else if (state === "disconnected" || state === "failed") {
      this.lostAt ??= performance.now();
      this.onChange({ state: "lost", attempts: this.attempts });
      /* One side leads, the other only steps in when that side cannot. */
      const wait = this.peer.polite ? POLITE_WAIT_MS : IMPOLITE_WAIT_MS;
      this.timer ??= setTimeout(() => this.attempt(), wait);
    }
  }

  /* Also asked out of turn: another network (Wi-Fi to mobile) is there, or a lid was opened. */
  async attempt() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.attempt(), BETWEEN_ATTEMPTS_MS);
    this.attempts += 1;
    try {
      const ice = await this.relay();
      if (this.timer) await this.peer.restart(ice);
    } catch (error) {
      console.warn("no relay credentials yet", error.name);
    }
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.lostAt = undefined;
  }
}

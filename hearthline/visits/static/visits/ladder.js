/* One connection on the ladder: measured every second, brought to the rung that the line carries. */

import { begin, decide } from "./ladder-rules.js";
import { compare, readReport } from "./report.js";
import { bring, hasPicture, lower } from "./rungs.js";

const TICK_MS = 1000;
const STALL_SECONDS = 5;

export class Ladder {
  constructor({ peer, chosen, onChange, onStall }) {
    Object.assign(this, { peer, chosen, onChange, onStall });
    this.state = begin();
    this.theirs = "full";
    this.before = {};
    this.silent = 0;
    this.timer = setInterval(() => this.tick(), TICK_MS);
    peer.addEventListener("closed", () => clearInterval(this.timer));
  }

  /* What goes out: the poorer of what our side carries and theirs, and never more than the person chose. */
  get rung() {
    const chosen = this.chosen();
    if (chosen === "text") return "text";
    if (hasPicture(this.theirs) && chosen === "video") return this.state.rung;
    return lower(this.state.rung, "audio");
  }

  async tick() {
    const { connection } = this.peer;
    if (connection.connectionState !== "connected" || this.isReading) return;
    this.isReading = true;
    const now = readReport(await connection.getStats());
    this.isReading = false;
    const seen = compare(now, this.before, TICK_MS / 1000);
    this.before = now;
    if (this.peer.isFeed) seen.available = 0; /* nothing goes out here, so it says nothing */
    this.watchForStall(seen);
    /* Without a picture of ours on the line the estimate says nothing, and nothing is learned about larger ones. */
    const isSeen = hasPicture(this.rung) && this.peer.isPictureSent;
    this.state = decide(this.state, isSeen ? seen : { ...seen, available: 0 }, isSeen ? "full" : "minimal");
    await this.settle();
  }

  watchForStall(seen) {
    this.silent = seen.flows ? 0 : this.silent + 1;
    if (this.silent === STALL_SECONDS) this.onStall();
  }

  async settle() {
    const { rung } = this;
    const before = this.peer.rung;
    this.peer.rung = rung;
    /* The picture begins now, whoever held it back: what is told of its first seconds is a trial's. */
    if (before && !hasPicture(before) && hasPicture(rung)) this.state = { ...this.state, sinceUp: 0, clean: 0, bad: 0 };
    this.tell();
    if (before !== rung) this.onChange({ rung, before });
    await bring(this.peer, rung);
  }

  /* The other side sends no picture either while our side carries none: both hear why, and the voice has the line. */
  tell() {
    if (this.told === this.state.rung && this.toldOn === this.peer.channel.readyState) return;
    this.told = this.state.rung;
    this.toldOn = this.peer.channel.readyState;
    this.peer.whisper({ rung: this.state.rung });
  }

  heard(rung) {
    this.theirs = rung;
    if (!hasPicture(rung) && hasPicture(this.state.rung)) this.state = { ...this.state, rung: "minimal", clean: 0, bad: 0 };
    return this.settle();
  }

  /* The person wants the picture now, whatever was measured: tried at once, in its smallest form. */
  tryPicture() {
    if (!hasPicture(this.state.rung)) this.state = { ...this.state, rung: "minimal", clean: 0, bad: 0, sinceUp: 0 };
    return this.settle();
  }
}

/* What the person hears, measured: one sample every five seconds, no addresses in it. */

import { compare, readReport } from "./report.js";

const SAMPLE_MS = 5000;
const ADVANTAGE = 93.2;
const LOSS_ROBUSTNESS = 20;
const DELAY_KNEE_MS = 177.3;
const FIXED_DELAY_MS = 20;

/* For the sentence above the call; the record's score is worked out by the server (quality.py, with its sources). */
export function meanOpinionScore({ concealment, bufferMs, roundTripMs }) {
  const delay = roundTripMs / 2 + bufferMs + FIXED_DELAY_MS;
  const delayImpairment = 0.024 * delay + 0.11 * Math.max(0, delay - DELAY_KNEE_MS);
  const percent = concealment * 100;
  const lossImpairment = (95 * percent) / (percent + LOSS_ROBUSTNESS);
  const rating = Math.max(0, Math.min(100, ADVANTAGE - delayImpairment - lossImpairment));
  return Math.max(1, 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating));
}

export class Quality {
  constructor({ peer, onSample }) {
    Object.assign(this, { peer, onSample });
    this.before = {};
    this.timer = setInterval(() => this.sample(), SAMPLE_MS);
    peer.addEventListener("closed", () => clearInterval(this.timer));
  }

  async sample() {
    if (this.peer.connection.connectionState !== "connected") return;
    const now = readReport(await this.peer.connection.getStats());
    const seen = compare(now, this.before, SAMPLE_MS / 1000);
    const { concealment, roundTripMs, framesPerSecond, freezeSeconds, pair, protocol } = seen;
    const kept = { concealment, roundTripMs, framesPerSecond, freezeSeconds, pair, protocol };
    this.peer.isHeldBack = now.isHeldBack;
    const uplinkKilobits = this.peer.isPictureSent && !this.peer.isFeed ? seen.available / 1000 : 0;
    const measured = { ...kept, uplinkKilobits, jitterBufferMs: seen.bufferMs, rung: this.peer.rung ?? "" };
    this.onSample({ measured, mos: seen.flows ? meanOpinionScore(seen) : 1 });
    this.before = now;
  }
}

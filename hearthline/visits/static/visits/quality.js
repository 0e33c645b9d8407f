/* What the person hears, measured: one sample every five seconds, no addresses in it. */

const SAMPLE_MS = 5000;
const ADVANTAGE = 93.2;
const LOSS_ROBUSTNESS = 20;
const DELAY_KNEE_MS = 177.3;
const FIXED_DELAY_MS = 20;

/* Simplified E-model: concealment stands for loss, since it already credits redundancy. */
export function meanOpinionScore({ concealment, jitterBufferMs, roundTripMs }) {
  const delay = roundTripMs / 2 + jitterBufferMs + FIXED_DELAY_MS;
  const delayImpairment = 0.024 * delay + 0.11 * Math.max(0, delay - DELAY_KNEE_MS);
  const percent = concealment * 100;
  const lossImpairment = (95 * percent) / (percent + LOSS_ROBUSTNESS);
  const rating = Math.max(0, Math.min(100, ADVANTAGE - delayImpairment - lossImpairment));
  return Math.max(1, 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating));
}

const change = (now, before, name) => (now[name] ?? 0) - (before[name] ?? 0);

/* One flat record out of a statistics report. */
export function readReport(report) {
  const flat = { protocol: "", pair: "", roundTripMs: 0 };
  const entries = [...report.values()];
  for (const entry of entries) {
    if (entry.type === "inbound-rtp" && entry.kind === "audio") {
      flat.concealedSamples = (flat.concealedSamples ?? 0) + (entry.concealedSamples ?? 0);
      flat.totalSamples = (flat.totalSamples ?? 0) + (entry.totalSamplesReceived ?? 0);
      flat.bufferDelay = (flat.bufferDelay ?? 0) + (entry.jitterBufferDelay ?? 0);
      flat.bufferEmitted = (flat.bufferEmitted ?? 0) + (entry.jitterBufferEmittedCount ?? 0);
    } else if (entry.type === "inbound-rtp" && entry.kind === "video") {
      flat.framesDecoded = (flat.framesDecoded ?? 0) + (entry.framesDecoded ?? 0);
      flat.freezeSeconds = (flat.freezeSeconds ?? 0) + (entry.totalFreezesDuration ?? 0);
    }
  }
  const transport = entries.find((entry) => entry.type === "transport" && entry.selectedCandidatePairId);
  const pair = transport && report.get(transport.selectedCandidatePairId);
  const local = pair && report.get(pair.localCandidateId);
  const remote = pair && report.get(pair.remoteCandidateId);
  if (pair) {
    flat.roundTripMs = (pair.currentRoundTripTime ?? 0) * 1000;
    flat.pair = [local?.candidateType, remote?.candidateType].includes("relay") ? "relay" : "direct";
    flat.protocol = local?.relayProtocol ?? local?.protocol ?? "";
  }
  return flat;
}

/* The difference between two records, as a sample fit to be kept. */
export function compare(now, before, seconds) {
  const samples = change(now, before, "totalSamples");
  const emitted = change(now, before, "bufferEmitted");
  const measured = {
    concealment: samples > 0 ? change(now, before, "concealedSamples") / samples : 0,
    jitterBufferMs: emitted > 0 ? (change(now, before, "bufferDelay") / emitted) * 1000 : 0,
    roundTripMs: now.roundTripMs,
  };
  return {
    ...measured,
    mos: samples > 0 ? meanOpinionScore(measured) : 1,
    hears: samples > 0,
    framesPerSecond: change(now, before, "framesDecoded") / seconds,
    freezeSeconds: change(now, before, "freezeSeconds"),
    pair: now.pair,
    protocol: now.protocol,
  };
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
    this.onSample(compare(now, this.before, SAMPLE_MS / 1000));
    this.before = now;
  }
}

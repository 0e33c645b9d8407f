/* Statistics of a connection as one flat record, and what two of them say about the time between. No addresses. */

const FRESH_MS = 3000;
const change = (now, before, name) => (now[name] ?? 0) - (before[name] ?? 0);

function add(flat, name, value) {
  flat[name] = (flat[name] ?? 0) + (value ?? 0);
}

function readInbound(flat, entry) {
  if (entry.kind === "audio") {
    add(flat, "concealedSamples", entry.concealedSamples);
    add(flat, "totalSamples", entry.totalSamplesReceived);
    add(flat, "bufferDelay", entry.jitterBufferDelay);
    add(flat, "bufferEmitted", entry.jitterBufferEmittedCount);
    add(flat, "packets", entry.packetsReceived);
  } else {
    add(flat, "framesDecoded", entry.framesDecoded);
    add(flat, "freezeSeconds", entry.totalFreezesDuration);
  }
}

/* What the other side told of what it receives; old news is none. */
function readRemote(flat, entry, now) {
  if (now - entry.timestamp > FRESH_MS) return;
  flat.lost = Math.max(flat.lost, entry.fractionLost ?? 0);
  if (entry.kind === "audio" && entry.roundTripTime) flat.roundTripMs = entry.roundTripTime * 1000;
}

export function readReport(report) {
  const flat = { protocol: "", pair: "", roundTripMs: 0, lost: 0, available: 0, isHeldBack: false };
  const entries = [...report.values()];
  const transport = entries.find((entry) => entry.type === "transport" && entry.selectedCandidatePairId);
  const pair = transport && report.get(transport.selectedCandidatePairId);
  if (pair) {
    const [local, remote] = [report.get(pair.localCandidateId), report.get(pair.remoteCandidateId)];
    flat.roundTripMs = (pair.currentRoundTripTime ?? 0) * 1000;
    flat.available = pair.availableOutgoingBitrate ?? 0;
    flat.pair = [local?.candidateType, remote?.candidateType].includes("relay") ? "relay" : "direct";
    flat.protocol = local?.relayProtocol ?? local?.protocol ?? "";
  }
  for (const entry of entries) {
    if (entry.type === "inbound-rtp") readInbound(flat, entry);
    if (entry.qualityLimitationReason === "bandwidth") flat.isHeldBack = true;
    if (entry.type === "remote-inbound-rtp") readRemote(flat, entry, transport?.timestamp ?? entry.timestamp);
  }
  return flat;
}

/* The difference between two records. `flows`: sound came in the time between. */
export function compare(now, before, seconds) {
  const samples = change(now, before, "totalSamples");
  const emitted = change(now, before, "bufferEmitted");
  return {
    concealment: samples > 0 ? Math.max(0, Math.min(1, change(now, before, "concealedSamples") / samples)) : 0,
    bufferMs: emitted > 0 ? Math.max(0, (change(now, before, "bufferDelay") / emitted) * 1000) : 0,
    roundTripMs: now.roundTripMs,
    lost: now.lost,
    available: now.available,
    flows: change(now, before, "packets") > 0,
    framesPerSecond: Math.max(0, change(now, before, "framesDecoded") / seconds),
    freezeSeconds: Math.max(0, change(now, before, "freezeSeconds")),
    pair: now.pair,
    protocol: now.protocol,
  };
}

/* A test call to oneself through the relay: sound first, then picture. UDP, then TCP, then TLS. */

import { preferRedundantAudio } from "./media.js";

const CONNECT_MS = 8000;
const SOUND_MS = 3000;
const PICTURE_MS = 4000;
const WEAK_KILOBITS = 300;
const WEAK_ROUND_TRIP_MS = 400;
const WEAK_LOSS = 0.05;
const TRANSPORTS = [
  ["udp", (address) => address.startsWith("turn:") && address.includes("transport=udp")],
  ["tcp", (address) => address.startsWith("turn:") && address.includes("transport=tcp")],
  ["tls", (address) => address.startsWith("turns:")],
];
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function credentials(url, token) {
  const answer = await fetch(url, { method: "POST", headers: { "X-CSRFToken": token }, body: "{}" });
  return answer.ok ? answer.json() : { iceServers: [] };
}

export async function testNetwork({ url, token, media, onProgress }) {
  const ice = await credentials(url, token).catch(() => ({ iceServers: [] }));
  const [server] = ice.iceServers;
  if (!server) return { state: "unknown", transport: "direct" };
  for (const [transport, fits] of TRANSPORTS) {
    const urls = server.urls.filter(fits);
    if (!urls.length) continue;
    const loop = new Loop({ ...server, urls }, media);
    try {
      if (await loop.connect()) return { ...(await loop.measure(onProgress)), transport };
    } finally {
      loop.close();
    }
  }
  return { state: "failed", transport: "" };
}

/* Two connections in one page, both only through the relay: the access line is crossed twice. */
class Loop {
  constructor(server, media) {
    const configuration = { iceServers: [server], iceTransportPolicy: "relay" };
    this.media = media;
    this.here = new RTCPeerConnection(configuration);
    this.there = new RTCPeerConnection(configuration);
    this.early = { here: [], there: [] };
    this.here.onicecandidate = ({ candidate }) => this.pass("there", candidate);
    this.there.onicecandidate = ({ candidate }) => this.pass("here", candidate);
  }

  pass(to, candidate) {
    if (!candidate) return;
    if (this[to].remoteDescription) this[to].addIceCandidate(candidate).catch(() => undefined);
    else this.early[to].push(candidate);
  }

  async negotiate() {
    preferRedundantAudio(this.here);
    await this.here.setLocalDescription();
    await this.there.setRemoteDescription(this.here.localDescription);
    await this.there.setLocalDescription();
    await this.here.setRemoteDescription(this.there.localDescription);
    for (const to of ["here", "there"]) for (const candidate of this.early[to].splice(0)) this.pass(to, candidate);
  }

  async connect() {
    const microphone = this.media.track("microphone");
    if (microphone) this.here.addTrack(microphone.clone(), new MediaStream());
    else this.here.addTransceiver("audio", { direction: "sendonly" });
    this.here.createDataChannel("check");
    await this.negotiate();
    for (let waited = 0; waited < CONNECT_MS; waited += 100) {
      if (this.here.connectionState === "connected") return true;
      await pause(100);
    }
    return false;
  }

  async measure(onProgress) {
    await this.wait(SOUND_MS, onProgress, 0, 50);
    const sound = await this.read();
    const camera = this.media.track("camera");
    if (camera) {
      this.here.addTrack(camera.clone(), new MediaStream());
      await this.negotiate();
      await this.wait(PICTURE_MS, onProgress, 50, 100);
    }
    const both = await this.read();
    const roundTripMs = Math.round(both.roundTripMs / 2);
    const loss = 1 - Math.sqrt(1 - Math.min(1, sound.loss));
    const kilobitsPerSecond = both.available ? Math.round(both.available / 1000) : undefined;
    const isWeak = roundTripMs > WEAK_ROUND_TRIP_MS || loss > WEAK_LOSS || (kilobitsPerSecond ?? Infinity) < WEAK_KILOBITS;
    return { state: isWeak ? "weak" : "ok", roundTripMs, kilobitsPerSecond };
  }

  async wait(milliseconds, onProgress, from, to) {
    const steps = 20;
    for (let step = 1; step <= steps; step += 1) {
      await pause(milliseconds / steps);
      onProgress(from + ((to - from) * step) / steps);
    }
  }

  async read() {
    const found = { roundTripMs: 0, loss: 0, available: 0 };
    for (const entry of (await this.here.getStats()).values()) {
      if (entry.type === "candidate-pair" && entry.nominated) {
        found.roundTripMs = (entry.currentRoundTripTime ?? 0) * 1000;
        found.available = entry.availableOutgoingBitrate ?? 0;
      }
      if (entry.type === "remote-inbound-rtp" && entry.kind === "audio") found.loss = entry.fractionLost ?? 0;
    }
    return found;
  }

  close() {
    for (const sender of this.here.getSenders()) sender.track?.stop();
    this.here.close();
    this.there.close();
  }
}

/* Through the media server: one line out (Publisher) and one in for each other person (Feed), which stands where a Peer does. */

import { isRelayError } from "./faults.js";
import { SETTINGS, limitSender } from "./rungs.js";

/* Three sizes at once; which of them somebody gets is decided by their own line. The order is the server's: largest first. */
const LAYERS = [
  { rid: "h", maxBitrate: 900000, maxFramerate: 30 },
  { rid: "m", maxBitrate: 250000, scaleResolutionDownBy: 2, maxFramerate: 15 },
  { rid: "l", maxBitrate: 80000, scaleResolutionDownBy: 4, maxFramerate: 10 },
];

class Line extends EventTarget {
  constructor({ number, ice, renewal, send }) {
    super();
    Object.assign(this, { number, ice, send });
    this.polite = true; /* The server never tries again by itself: it is always this side that does. */
    this.work = Promise.resolve();
    if (renewal) this.enqueue(async () => (this.ice = await renewal));
  }

  open() {
    this.connection?.close();
    const connection = new RTCPeerConnection({
      iceServers: this.ice.iceServers,
      iceTransportPolicy: this.ice.policy,
      bundlePolicy: "max-bundle",
    });
    this.connection = connection;
    connection.onicecandidate = ({ candidate }) => {
      if (candidate) this.send({ to: this.number, kind: "candidates", candidates: [candidate.toJSON()] });
    };
    connection.onicecandidateerror = (event) => isRelayError(event) && this.tell("fault", { kind: "turn" });
    connection.oniceconnectionstatechange = () => {
      const state = connection.iceConnectionState;
      this.tell("ice", { state });
      if (state === "connected") this.tell("open", {});
    };
    return connection;
  }

  enqueue(task) {
    this.work = this.work.then(() => this.isClosed || task()).catch((error) => {
      this.tell("fault", { kind: "signalling", name: error.name });
    });
    return this.work;
  }

  describe({ type, sdp }, negotiation, roles = {}) {
    this.send({ to: this.number, kind: "description", description: { type, sdp }, negotiation, roles });
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  close() {
    this.isClosed = true;
    this.connection?.close();
    this.tell("closed", {});
  }
}

export class Publisher extends Line {
  constructor({ media, ...line }) {
    super(line);
    this.media = media;
    this.isPictureWanted = true;
    this.sent = new Map();
    this.connection = new RTCPeerConnection(); /* stands for the one that waits for credentials */
    this.enqueue(() => this.begin());
  }

  begin() {
    const connection = this.open();
    this.negotiation = 0;
    this.sent = new Map();
    connection.onnegotiationneeded = () => this.enqueue(() => this.offer(connection));
    for (const [role, track] of this.media.tracks()) this.add(role, track);
  }

  get isPictureSent() {
    return this.isPictureWanted && Boolean(this.media.track("camera"));
  }

  add(role, track) {
    const layers = role === "camera" ? { sendEncodings: LAYERS } : {};
    const streams = [this.media.streamOf(role, track)];
    this.sent.set(role, this.connection.addTransceiver(track, { direction: "sendonly", streams, ...layers }));
  }

  async offer(connection) {
    if (connection !== this.connection || connection.signalingState !== "stable") return;
    this.negotiation += 1;
    await connection.setLocalDescription();
    const roles = Object.fromEntries([...this.sent].map(([role, { mid }]) => [mid, role]));
    this.describe(connection.localDescription, this.negotiation, roles);
  }

  receive({ kind, description, negotiation }) {
    if (kind !== "description") return;
    this.enqueue(async () => {
      const isMeant = negotiation === this.negotiation && this.connection.signalingState === "have-local-offer";
      if (isMeant) await this.connection.setRemoteDescription(description);
      await this.take(this.rung ?? "full");
    });
  }

  async replace(role, track) {
    const transceiver = this.sent.get(role);
    if (transceiver) await transceiver.sender.replaceTrack(track);
    else if (track) this.add(role, track);
  }

  share(track) {
    track.contentHint = "detail";
    this.add("screen", track);
  }

  stopSharing() {
    this.sent.get("screen")?.stop();
    this.sent.delete("screen");
  }

  /* The layers follow the line by themselves; here only whether there is a picture and a voice at all. */
  async take(rung) {
    this.rung = rung;
    const { video, audioBits } = SETTINGS[rung];
    this.isPictureWanted = video !== null;
    const voice = audioBits === null ? { active: false } : { active: true, maxBitrate: Math.max(audioBits, SETTINGS.low.audioBits) };
    await limitSender(this.sent.get("microphone")?.sender, voice);
    for (const role of ["camera", "screen"]) await limitSender(this.sent.get(role)?.sender, { active: this.isPictureWanted });
  }

  restart(ice) {
    return this.enqueue(() => {
      this.ice = ice;
      this.begin();
    });
  }
}

export class Feed extends Line {
  constructor(line) {
    super(line);
    this.isFeed = true;
    this.isPictureSent = true;
    this.channel = { readyState: "open" };
    this.connection = new RTCPeerConnection(); /* stands for what is not offered yet */
    this.want();
  }

  want() {
    this.send({ to: this.number, kind: "subscribe" });
  }

  receive(message) {
    if (message.kind === "feed") this.want();
    if (message.kind === "whisper") this.tell("transient", message);
    if (message.kind === "description") this.enqueue(() => this.answer(message));
  }

  async answer({ description, negotiation, roles }) {
    const connection = this.open();
    this.taken = "full";
    connection.ontrack = ({ track, transceiver }) => {
      const role = roles[transceiver.mid] || (track.kind === "audio" ? "microphone" : "camera");
      this.tell("track", { track, role });
    };
    await connection.setRemoteDescription(description);
    await connection.setLocalDescription();
    this.describe(connection.localDescription, negotiation);
  }

  /* So much of the picture as our line carries: the server cannot know it, so it is chosen here. */
  take(rung) {
    if (this.taken === undefined || rung === this.taken) return;
    this.taken = rung;
    this.send({ to: this.number, kind: "layer", rung });
  }

  whisper({ muted, camera, wantsVideo }) {
    if (wantsVideo !== undefined) this.send({ to: this.number, kind: "whisper", muted, camera, wantsVideo });
  }

  restart(ice) {
    this.ice = ice;
    this.want();
  }

  /* What is sent goes out once, by the publisher. */
  replace() {}

  wantPicture() {}
}

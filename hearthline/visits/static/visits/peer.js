/* One connection to one other person: perfect negotiation, trickled candidates, audio and video in separate streams. */

import { isRelayError } from "./faults.js";
import { preferRedundantAudio } from "./media.js";
import { SETTINGS, bring, shapeVoice } from "./rungs.js";

const FIRST_OFFER_WAIT_MS = 4000;
const TRANSIENT_CHANNEL = { negotiated: true, id: 0, ordered: true };

export class Peer extends EventTarget {
  constructor({ number, polite, ice, renewal, media, send }) {
    super();
    Object.assign(this, { number, polite, media, send });
    this.connection = new RTCPeerConnection({
      iceServers: ice.iceServers,
      iceTransportPolicy: ice.policy,
      bundlePolicy: "max-bundle",
    });
    this.candidates = [];
    this.work = Promise.resolve();
    if (renewal) this.enqueue(async () => this.connection.setConfiguration({ ...this.connection.getConfiguration(), iceServers: (await renewal).iceServers }));
    this.negotiation = 0;
    this.roles = {};
    this.isPictureWanted = true;
    this.shape = SETTINGS.full.shape;
    this.listen();
    this.channel = this.connection.createDataChannel("transient", TRANSIENT_CHANNEL);
    this.channel.onmessage = (event) => this.tell("transient", JSON.parse(event.data));
    this.channel.onopen = () => this.tell("open", {});
    /* The newcomer offers first; the other answers with its own tracks, which saves a collision. */
    this.awaitsOffer = !polite;
    if (!polite) this.offerTimer = setTimeout(() => this.stopAwaiting(), FIRST_OFFER_WAIT_MS);
    this.attach();
  }

  listen() {
    const { connection } = this;
    connection.onnegotiationneeded = () => this.enqueue(() => this.offer());
    connection.onicecandidate = ({ candidate }) => {
      if (candidate) this.send({ to: this.number, kind: "candidates", candidates: [candidate.toJSON()] });
    };
    connection.onicecandidateerror = (event) => isRelayError(event) && this.tell("fault", { kind: "turn" });
    connection.ontrack = ({ track, streams }) => {
      const role = this.roles[streams[0]?.id] ?? (track.kind === "audio" ? "microphone" : "camera");
      this.tell("track", { track, role });
    };
    connection.oniceconnectionstatechange = () => this.tell("ice", { state: connection.iceConnectionState });
  }

  attach() {
    for (const [role, track] of this.media.tracks()) if (role !== "screen") this.addTrack(role, track);
    for (const kind of ["audio", "video"]) {
      const present = this.connection.getSenders().some((sender) => sender.track?.kind === kind);
      if (!present && this.polite) this.connection.addTransceiver(kind, { direction: "recvonly" });
    }
    preferRedundantAudio(this.connection);
    const screen = this.media.track("screen");
    if (screen) this.share(screen);
  }

  addTrack(role, track) {
    const sender = this.connection.addTrack(track, this.media.streamOf(role, track));
    if (role === "camera") bring(this, this.rung ?? "full");
    return sender;
  }

  /* The first of each kind is the microphone or the camera; a shared screen always comes after with a line of its own. */
  transceiverOf(kind) {
    return this.connection.getTransceivers().find((each) => each.receiver.track.kind === kind);
  }

  /* Camera off leaves the sender without a track; camera on gives it one: no new negotiation if it was sent before. */
  async replace(role, track) {
    const kind = role === "microphone" ? "audio" : "video";
    const transceiver = this.transceiverOf(kind);
    if (!transceiver) {
      if (track) this.addTrack(role, track);
      return;
    }
    await transceiver.sender.replaceTrack(track);
    if (!track) return;
    transceiver.sender.setStreams(this.media.streamOf(role, track));
    if (transceiver.direction === "recvonly") transceiver.direction = "sendrecv";
    await bring(this, this.rung ?? "full");
  }

  /* Someone on a weak line asks for voice only: their camera picture is not sent at all. */
  get isPictureSent() {
    return Boolean(this.screen ?? (this.isPictureWanted && this.media.track("camera")));
  }

  wantPicture(isWanted) {
    this.isPictureWanted = isWanted;
    return bring(this, this.rung ?? "full");
  }

  /* How our voice is packed stands in their description, so a change of it is negotiated; at most one at a time. */
  reshape(shape) {
    this.shape = shape;
    const { signalingState, connectionState } = this.connection;
    const isQuiet = signalingState === "stable" && connectionState === "connected";
    if (isQuiet && this.shapeInForce && this.shapeInForce !== shape) this.enqueue(() => this.offer());
  }

  share(track) {
    track.contentHint = "detail";
    const streams = [this.media.streamOf("screen", track)];
    this.screen = this.connection.addTransceiver(track, { direction: "sendonly", streams });
  }

  stopSharing() {
    this.screen?.stop();
    this.screen = null;
  }

  enqueue(task) {
    this.work = this.work.then(task).catch((error) => this.tell("fault", { kind: "signalling", name: error.name }));
    return this.work;
  }

  stopAwaiting() {
    clearTimeout(this.offerTimer);
    if (!this.awaitsOffer) return;
    this.awaitsOffer = false;
    this.enqueue(() => this.offer());
  }

  async offer() {
    const { connection } = this;
    if (this.awaitsOffer || connection.signalingState !== "stable") return;
    this.negotiation += 1;
    this.offering = true;
    try {
      await connection.setLocalDescription();
      this.describe(this.negotiation);
    } finally {
      this.offering = false;
    }
  }

  describe(negotiation) {
    const { type, sdp } = this.connection.localDescription;
    this.send({ to: this.number, kind: "description", description: { type, sdp }, negotiation, roles: this.media.roles() });
  }

  receive(message) {
    return this.enqueue(() =>
      message.kind === "description" ? this.receiveDescription(message) : this.receiveCandidates(message.candidates),
    );
  }

  async receiveDescription({ description, negotiation, roles }) {
    const { connection } = this;
    const isOffer = description.type === "offer";
    const collision = isOffer && connection.signalingState !== "stable";
    this.ignoring = collision && !this.polite;
    if (this.ignoring) return;
    if (!isOffer && (connection.signalingState !== "have-local-offer" || negotiation !== this.negotiation)) return;
    clearTimeout(this.offerTimer);
    this.awaitsOffer = false;
    this.roles = { ...this.roles, ...roles };
    const sdp = shapeVoice(description.sdp, this.shape);
    this.shapeInForce = this.shape;
    await connection.setRemoteDescription({ type: description.type, sdp });
    const waiting = this.candidates.splice(0);
    if (isOffer) {
      preferRedundantAudio(connection);
      await connection.setLocalDescription();
      this.describe(negotiation);
    }
    await this.receiveCandidates(waiting);
  }

  /* Candidates that come before the description wait for it; a relay-only call fails without this. */
  async receiveCandidates(candidates) {
    if (!this.connection.remoteDescription) {
      this.candidates.push(...candidates);
      return;
    }
    for (const candidate of candidates) {
      try {
        await this.connection.addIceCandidate(candidate);
      } catch (error) {
        if (!this.ignoring) console.warn("candidate refused", error.name);
      }
    }
  }

  /* A fresh attempt: newest relay credentials, no half-made offer in the way. */
  restart(ice) {
    return this.enqueue(async () => {
      const { connection } = this;
      connection.setConfiguration({ ...connection.getConfiguration(), iceServers: ice.iceServers });
      if (connection.signalingState === "have-local-offer") await connection.setLocalDescription({ type: "rollback" });
      this.stopAwaiting();
      connection.restartIce();
    });
  }

  whisper(message) {
    if (this.channel.readyState === "open") this.channel.send(JSON.stringify(message));
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  close() {
    clearTimeout(this.offerTimer);
    this.connection.close();
    this.tell("closed", {});
  }
}

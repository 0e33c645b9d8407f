/* In which way this person takes part: what they chose, and what the line allows. The server writes each change down. */

import { hasPicture } from "./rungs.js";

const STEADY_MS = 5000; /* A picture that is only tried is no stretch yet. */

export class Modality {
  constructor({ call, signalling, media }) {
    Object.assign(this, { call, signalling, media });
    this.chosen = "video";
    this.current = "video";
    this.cause = "chosen";
  }

  /* Begun by voice: booked so, chosen at the device check, or no camera was found. */
  start({ wantsVideo, cause }) {
    const hasCamera = Boolean(this.media.track("camera"));
    this.chosen = wantsVideo ? "video" : "audio";
    if (wantsVideo && hasCamera) this.report("video", "cleared");
    else this.report("audio", wantsVideo ? "no_camera" : cause);
  }

  /* The camera button: the others are seen as before, oneself is heard only. */
  cameraChanged() {
    if (this.chosen !== "video" || this.isByLink) return;
    this.report(this.media.track("camera") ? "video" : "audio", "chosen");
  }

  async choose(modality) {
    const isWritten = modality === "text";
    if (isWritten !== (this.chosen === "text")) this.call.mute(isWritten);
    this.chosen = modality;
    const wantsVideo = modality === "video";
    await this.call.setCamera(wantsVideo);
    const ladders = [...this.call.ladders.values()];
    await Promise.all(ladders.map((ladder) => (wantsVideo ? ladder.tryPicture() : ladder.settle())));
    if (!wantsVideo) this.report(modality, "chosen");
    else if (!this.media.track("camera")) this.report("audio", "no_camera");
    else if (ladders.length) this.ladderMoved("chosen");
    else this.report("video", "chosen");
  }

  /* Automatic: voice when no connection carries a picture any more, the picture when one does again. */
  ladderMoved(cause = "cleared") {
    const rungs = [...this.call.peers.values()].map((peer) => peer.rung).filter(Boolean);
    if (this.chosen !== "video" || !rungs.length || !this.media.track("camera")) return;
    const isCarried = rungs.some(hasPicture);
    clearTimeout(this.steady);
    if (!isCarried && this.current === "video") this.report("audio", "link");
    if (!isCarried || this.current === "video") return;
    if (cause === "chosen") this.report("video", cause);
    else this.steady = setTimeout(() => this.current === "audio" && this.report("video", cause), STEADY_MS);
  }

  get isByLink() {
    return this.cause === "link";
  }

  report(modality, cause) {
    Object.assign(this, { current: modality, cause });
    this.signalling.send({ kind: "modality", modality, cause });
    this.call.tell("modality", { modality, cause });
  }
}

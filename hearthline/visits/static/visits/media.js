/* Camera, microphone and screen of this person. Each track has a stream of its own: paused video must not hold audio back. */

const VIDEO = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 }, facingMode: "user" };
const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const DEVICES_KEY = "hearthline-devices";

/* What the person chose at the device check; ids only, and only in this tab's session. */
export function chosenDevices() {
  try {
    return JSON.parse(sessionStorage.getItem(DEVICES_KEY)) ?? {};
  } catch {
    return {};
  }
}

export function chooseDevice(kind, deviceId) {
  try {
    sessionStorage.setItem(DEVICES_KEY, JSON.stringify({ ...chosenDevices(), [kind]: deviceId }));
  } catch {
    /* A browser that forbids storage asks again next time. */
  }
}

function constraint(base, kind) {
  const deviceId = chosenDevices()[kind];
  return deviceId ? { ...base, deviceId: { ideal: deviceId } } : base;
}

/* The named reason why a device could not be had; the page has words for each. */
export function faultOf(error) {
  if (!navigator.mediaDevices) return "unsupported";
  const names = {
    NotAllowedError: "denied",
    SecurityError: "denied",
    NotFoundError: "missing",
    OverconstrainedError: "missing",
    NotReadableError: "busy",
    AbortError: "busy",
  };
  return names[error?.name] ?? "unsupported";
}

export class Media {
  constructor() {
    this.current = new Map();
    this.streams = new Map();
    this.faults = {};
  }

  tracks() {
    return [...this.current.entries()];
  }

  track(role) {
    return this.current.get(role) ?? null;
  }

  streamOf(role, track) {
    if (!this.streams.has(role)) this.streams.set(role, new MediaStream([track]));
    return this.streams.get(role);
  }

  roles() {
    return Object.fromEntries([...this.streams].map(([role, stream]) => [stream.id, role]));
  }

  async open({ video = true } = {}) {
    const wanted = video ? ["microphone", "camera"] : ["microphone"];
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: constraint(AUDIO, "microphone"),
        video: video && constraint(VIDEO, "camera"),
      });
      for (const track of stream.getTracks()) this.keep(track.kind === "audio" ? "microphone" : "camera", track);
    } catch {
      await Promise.all(wanted.map((role) => this.openOne(role)));
    }
    return this.faults;
  }

  /* One device missing must not take the other away. */
  async openOne(role) {
    const constraints =
      role === "camera" ? { video: constraint(VIDEO, "camera") } : { audio: constraint(AUDIO, "microphone") };
    try {
      const stream = await navigator.mediaDevices.getUserMedia(constraints);
      this.keep(role, stream.getTracks()[0]);
    } catch (error) {
      this.faults[role] = faultOf(error);
    }
    return this.track(role);
  }

  async openScreen() {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: false });
    const [track] = stream.getVideoTracks();
    this.streams.delete("screen");
    this.keep("screen", track);
    return track;
  }

  keep(role, track) {
    this.current.get(role)?.stop();
    this.current.set(role, track);
    delete this.faults[role];
    const stream = this.streamOf(role, track);
    for (const old of stream.getTracks()) if (old !== track) stream.removeTrack(old);
    if (!stream.getTracks().includes(track)) stream.addTrack(track);
  }

  drop(role) {
    this.current.get(role)?.stop();
    this.current.delete(role);
  }

  close() {
    for (const role of [...this.current.keys()]) this.drop(role);
  }
}

/* Opus with redundancy first: it conceals three to ten times less on a lossy link. Chromium uses it only when it leads. */
export function preferRedundantAudio(connection) {
  const codecs = globalThis.RTCRtpReceiver?.getCapabilities?.("audio")?.codecs;
  if (!codecs?.some((codec) => codec.mimeType === "audio/red")) return;
  const isRed = (codec) => codec.mimeType === "audio/red";
  const ordered = [...codecs.filter(isRed), ...codecs.filter((codec) => !isRed(codec))];
  for (const transceiver of connection.getTransceivers()) {
    if (transceiver.receiver.track.kind === "audio") transceiver.setCodecPreferences?.(ordered);
  }
}

/* Technical failures by their kind: permission, device, signalling, ice, turn, stall. Names of kinds only. */

const AGAIN_AFTER_MS = 30000;
const UNREACHABLE_AFTER_MS = 3000;
const RELAY_ERRORS = [401, 403, 437, 486, 508, 701];

export class Faults {
  constructor({ call, signalling, media }) {
    Object.assign(this, { signalling, media });
    this.told = new Map();
    signalling.addEventListener("unreachable", () => (this.unreachableAt ??= performance.now()));
    signalling.addEventListener("connected", () => this.reached());
    call.addEventListener("connection", ({ detail }) => detail.state === "lost" && this.tell("ice"));
    call.addEventListener("fault", ({ detail }) => this.tell(detail.kind));
  }

  /* What the devices said; asked once the room is joined, since nobody can be told before. */
  tellOfDevices() {
    const details = { camera: "camera", microphone: "microphone" };
    for (const [role, reason] of Object.entries(this.media.faults)) {
      this.tell(reason === "denied" ? "permission" : "device", details[role] ?? "");
    }
  }

  reached() {
    const isLong = performance.now() - (this.unreachableAt ?? Infinity) > UNREACHABLE_AFTER_MS;
    this.unreachableAt = undefined;
    if (isLong) this.tell("signalling");
  }

  tell(fault, detail = "") {
    const now = performance.now();
    if (now - (this.told.get(fault + detail) ?? -Infinity) < AGAIN_AFTER_MS) return;
    this.told.set(fault + detail, now);
    this.signalling.send({ kind: "fault", fault, detail });
  }
}

export function isRelayError(event) {
  return RELAY_ERRORS.includes(event.errorCode) && event.url?.startsWith("turn");
}

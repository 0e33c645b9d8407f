/* Health devices over Web Bluetooth: choose one, connect, listen, ask for what it has stored. Knows nothing of the page. */

import * as decoders from "./decoders.js";
import { REPORT_ALL, decodeAnswer } from "./racp.js";

const RECORD_ACCESS = 0x2a52;
const [DEVICE_INFORMATION, SYSTEM_ID, MODEL] = [0x180a, 0x2a23, 0x2a24];
const [CURRENT_TIME_SERVICE, CURRENT_TIME, DATE_TIME] = [0x1805, 0x2a2b, 0x2a08];
const SESSION_START = 0x2aaa;

export const SERVICES = [
  { kind: "blood-pressure", service: 0x1810, measurements: { 0x2a35: decoders.decodeBloodPressure } },
  { kind: "weight", service: 0x181d, measurements: { 0x2a9d: decoders.decodeWeight } },
  { kind: "glucose", service: 0x1808, measurements: { 0x2a18: decoders.decodeGlucose } },
  { kind: "cgm", service: 0x181f, measurements: { 0x2aa7: decoders.decodeCgm } },
  { kind: "oximeter", service: 0x1822, measurements: { 0x2a5e: decoders.decodeSpotOximeter, 0x2a5f: decoders.decodeContinuousOximeter } },
  { kind: "thermometer", service: 0x1809, measurements: { 0x2a1c: decoders.decodeThermometer } },
];

/* Whether this browser can reach devices at all: "yes", "no" (type it in), "off" (Bluetooth is off or missing). */
export async function ability() {
  if (!navigator.bluetooth) return "no";
  return (await navigator.bluetooth.getAvailability()) ? "yes" : "off";
}

/* Let the person choose; null when they closed the chooser. */
export async function choose() {
  try {
    return await navigator.bluetooth.requestDevice({
      filters: SERVICES.map(({ service }) => ({ services: [service] })),
      optionalServices: [DEVICE_INFORMATION, CURRENT_TIME_SERVICE],
    });
  } catch (error) {
    if (error.name === "NotFoundError") return null;
    throw error;
  }
}

/* What may be missing on a device is simply not there. */
async function optional(promise) {
  try {
    return await promise;
  } catch {
    return null;
  }
}

async function readOptional(server, service, characteristic) {
  const found = await optional(server.getPrimaryService(service));
  const part = found && (await optional(found.getCharacteristic(characteristic)));
  return part && optional(part.readValue());
}

const hex = (view) => [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/* The maker's own number of the device where it tells it, and what this browser calls it: never its radio address. */
async function identifiersOf(device, server) {
  const systemId = await readOptional(server, DEVICE_INFORMATION, SYSTEM_ID);
  const own = systemId && systemId.byteLength === 8 && !/^(00|ff)+$/.test(hex(systemId)) ? [hex(systemId)] : [];
  return [...own, `web-${device.id}`.slice(0, 64)];
}

/* What the device's clock says at this moment, so that a wrong one can be put right. */
async function clockOf(server, service) {
  const view =
    (await readOptional(server, CURRENT_TIME_SERVICE, CURRENT_TIME)) ?? (await readOptional(server, service, DATE_TIME));
  const said = view && view.byteLength >= 7 ? decoders.dateTimeAt(view, 0) : null;
  return said ? { said, at: new Date().toISOString() } : null;
}

/* One connected device. Calls back with each record it sends, and with what happens: "listening", "stored", "gone". */
export class Connection {
  constructor(device, { onRecord, onState }) {
    Object.assign(this, { device, onRecord, onState, clock: null, sessionStart: null });
    device.addEventListener("gattserverdisconnected", () => onState("gone"));
  }

  async open() {
    const server = await this.device.gatt.connect();
    for (const one of SERVICES) {
      const service = await optional(server.getPrimaryService(one.service));
      if (!service) continue;
      const model = await readOptional(server, DEVICE_INFORMATION, MODEL);
      this.described = {
        kind: one.kind,
        name: (this.device.name || one.kind).slice(0, 80),
        model: model ? new TextDecoder().decode(model).replace(/\0+$/, "").slice(0, 80) : "",
        identifiers: await identifiersOf(this.device, server),
      };
      this.clock = await clockOf(server, one.service);
      if (one.kind === "cgm") this.sessionStart = await this.readSessionStart(service);
      await this.listen(service, one.measurements);
      this.onState("listening");
      await this.askForStored(service);
      return true;
    }
    return false;
  }

  async readSessionStart(service) {
    const part = await optional(service.getCharacteristic(SESSION_START));
    const view = part && (await optional(part.readValue()));
    return view ? decoders.decodeSessionStart(view) : null;
  }

  async listen(service, measurements) {
    for (const [uuid, decode] of Object.entries(measurements)) {
      const part = await optional(service.getCharacteristic(Number(uuid)));
      if (!part) continue;
      part.addEventListener("characteristicvaluechanged", (event) => this.take(decode, event.target.value));
      await part.startNotifications();
    }
  }

  take(decode, view) {
    let records;
    try {
      records = [decode(view)].flat();
    } catch {
      this.onState("unreadable");
      return;
    }
    for (const record of records) this.onRecord({ ...record, ...this.timeOf(record), deviceClock: this.clock });
  }

  /* A sensor counts minutes from the start of its session. */
  timeOf(record) {
    if (record.sessionMinutes === undefined || !this.sessionStart?.time) return {};
    const offsetMinutes = record.sessionMinutes;
    const { utc, time } = this.sessionStart;
    return utc === null ? { time, offsetMinutes } : { at: new Date(utc + offsetMinutes * 60000).toISOString() };
  }

  async askForStored(service) {
    const point = await optional(service.getCharacteristic(RECORD_ACCESS));
    if (!point) return;
    point.addEventListener("characteristicvaluechanged", ({ target }) => {
      const answer = decodeAnswer(target.value);
      if (answer) this.onState(answer === "done" || answer === "nothing" ? "stored" : "unreadable");
    });
    await point.startNotifications();
    await point.writeValueWithResponse(REPORT_ALL);
  }

  close() {
    this.device.gatt.disconnect();
  }
}

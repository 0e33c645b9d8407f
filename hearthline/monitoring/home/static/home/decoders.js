/* What the measurement characteristics of the Bluetooth SIG's health services say, as plain records.

   A record: { kind, values: [{ metric, text, unit, special }], time, offsetMinutes, user, sequence, marks, faults }.
   `time` is the device's own clock as it said it ("2026-11-23T10:30:00", no zone) or null; `offsetMinutes` moves it
   (glucose). `user` is null, a slot, or 255 ("I do not know who"). `marks` are words the clinic should know (movement,
   loose, irregular …); with a word in `faults` nothing may be kept as a reading. Texts keep the device's precision. */

import { exact, floatAt, sfloatAt, shifted, without } from "./ieee11073.js";

const UNKNOWN_USER = 255;
const GRAMS_PER_STEP = 5; // Weight Scale Service: 0.005 kg, or 0.01 lb
const WEIGHT_FAILED = 0xffff;
const CONTROL_SOLUTION = 10;
const OFFSET_OVERRUN = 0x7fff;
const OFFSET_UNDERRUN = -0x8000;
const DATE_TIME_BYTES = 7;

const CUFF_MARKS = { 0: "movement", 1: "loose", 2: "irregular", 5: "position" };
const GLUCOSE_FAULTS = { 1: "sensor", 2: "sample", 3: "strip", 4: "strip", 7: "too-warm", 8: "too-cold", 9: "interrupted", 10: "device" };
const CGM_FAULTS = { 0: "stopped", 2: "sensor", 3: "sensor", 5: "device" };
const CGM_MARKS = { 1: "battery", 8: "clock", 11: "calibrate" };
const OXIMETER_MARKS = { 14: "questionable" };
const OXIMETER_FAULTS = { 10: "demonstration", 11: "test", 12: "calibrating", 13: "unavailable", 15: "invalid" };
const SENSOR_MARKS = { 2: "weak", 3: "weak", 4: "weak", 5: "weak", 6: "weak", 9: "weak" };
const SENSOR_FAULTS = { 1: "device", 7: "no-pulse", 10: "off", 12: "off", 13: "sensor", 14: "off" };

/* Reads a value from front to back; one that ends too early throws a RangeError. */
class Reader {
  constructor(view) {
    this.view = view;
    this.at = 0;
  }

  get left() {
    return this.view.byteLength - this.at;
  }

  take(bytes, read) {
    const start = this.at;
    this.at += bytes;
    return read(start);
  }

  u8 = () => this.take(1, (at) => this.view.getUint8(at));
  u16 = () => this.take(2, (at) => this.view.getUint16(at, true));
  i16 = () => this.take(2, (at) => this.view.getInt16(at, true));
  u24 = () => this.u16() | (this.u8() << 16);
  sfloat = () => this.take(2, (at) => sfloatAt(this.view, at));
  float = () => this.take(4, (at) => floatAt(this.view, at));
  dateTime = () => this.take(DATE_TIME_BYTES, (at) => dateTimeAt(this.view, at));
}

const two = (number) => String(number).padStart(2, "0");

/* A date with an unknown part (zero) is no time at all; neither is one that no calendar has. */
export function dateTimeAt(view, at) {
  const year = view.getUint16(at, true);
  const [month, day, hour, minute, second] = [2, 3, 4, 5, 6].map((place) => view.getUint8(at + place));
  const made = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  if (year < 1582 || made.getUTCMonth() !== month - 1 || made.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59) return null;
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`;
}

function words(bits, table) {
  const found = Object.keys(table).filter((bit) => bits & (2 ** bit));
  return [...new Set(found.map((bit) => table[bit]))];
}

function valueOf(metric, number, unit) {
  return { metric, text: number.text, unit, special: number.special };
}

function record(kind, parts) {
  return { kind, values: [], time: null, offsetMinutes: 0, user: null, sequence: null, marks: [], faults: [], ...parts };
}

/* Blood Pressure Measurement 0x2A35 (Blood Pressure Service 1.1). */
export function decodeBloodPressure(view) {
  const reader = new Reader(view);
  const flags = reader.u8();
  const unit = flags & 1 ? "kPa" : "mm[Hg]";
  const values = ["systolic", "diastolic", "mean-arterial-pressure"].map((metric) => valueOf(metric, reader.sfloat(), unit));
  const time = flags & 2 ? reader.dateTime() : null;
  if (flags & 4) values.push(valueOf("pulse", reader.sfloat(), "/min"));
  const user = flags & 8 ? reader.u8() : null;
  const marks = flags & 16 ? words(reader.u16(), CUFF_MARKS) : [];
  const faults = values.slice(0, 2).some((value) => value.special) ? ["no-value"] : [];
  return record("blood-pressure", { values, time, user, marks, faults });
}

/* Weight Measurement 0x2A9D (Weight Scale Service 1.0). */
export function decodeWeight(view) {
  const reader = new Reader(view);
  const flags = reader.u8();
  const steps = reader.u16();
  const isPounds = flags & 1;
  const weight = isPounds ? exact(steps, -2) : exact(steps * GRAMS_PER_STEP, -3);
  const time = flags & 2 ? reader.dateTime() : null;
  const user = flags & 4 ? reader.u8() : null;
  const hasFailed = steps === WEIGHT_FAILED;
  return record("weight", {
    values: [valueOf("weight", hasFailed ? without("nan") : weight, isPounds ? "[lb_av]" : "kg")],
    time,
    user,
    faults: hasFailed ? ["no-value"] : [],
  });
}

/* Glucose Measurement 0x2A18 (Glucose Service 1.0.1): kilograms or moles a litre. */
export function decodeGlucose(view) {
  const reader = new Reader(view);
  const flags = reader.u8();
  const sequence = reader.u16();
  const time = reader.dateTime();
  const offset = flags & 1 ? reader.i16() : 0;
  const values = [];
  const faults = [];
  if (flags & 2) {
    const amount = reader.sfloat();
    const isMolar = flags & 4;
    values.push(valueOf("glucose", shifted(amount, isMolar ? 3 : 5), isMolar ? "mmol/L" : "mg/dL"));
    if ((reader.u8() & 0x0f) === CONTROL_SOLUTION) faults.push("control-solution");
  }
  const status = flags & 8 ? reader.u16() : 0;
  faults.push(...words(status, GLUCOSE_FAULTS));
  const marks = words(status, { 0: "battery", 5: "high", 6: "low", 11: "clock" });
  const isBeyond = marks.includes("high") || marks.includes("low");
  if (!values.length || (values[0].special && !isBeyond)) faults.push("no-value");
  const isOffsetKnown = offset !== OFFSET_OVERRUN && offset !== OFFSET_UNDERRUN;
  return record("glucose", {
    values, sequence, marks, faults,
    time: isOffsetKnown ? time : null,
    offsetMinutes: isOffsetKnown ? offset : 0,
  });
}

function crc16(bytes, isReflected) {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= isReflected ? byte : byte << 8;
    for (let bit = 0; bit < 8; bit += 1) {
      if (isReflected) crc = crc & 1 ? (crc >> 1) ^ 0x8408 : crc >> 1;
      else crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
    }
  }
  return crc;
}

/* End-to-end CRC-CCITT from 0xFFFF. Devices in the field send either order of bits; damage fits neither. */
export function isIntact(view) {
  const end = view.byteLength - 2;
  const said = view.getUint16(end, true);
  const bytes = new Uint8Array(view.buffer, view.byteOffset, end);
  return said === crc16(bytes, true) || said === crc16(bytes, false);
}

function decodeOneCgm(view) {
  const reader = new Reader(view);
  reader.u8();
  const flags = reader.u8();
  const glucose = reader.sfloat();
  const minutes = reader.u16();
  const status = (flags & 0x80 ? reader.u8() : 0) | ((flags & 0x40 ? reader.u8() : 0) << 8);
  const warnings = flags & 0x20 ? reader.u8() : 0;
  if (flags & 1) reader.sfloat();
  if (flags & 2) reader.sfloat();
  const marks = [...words(status, CGM_MARKS), ...words(warnings, { 6: "low", 7: "high" })];
  const isBeyond = marks.includes("high") || marks.includes("low");
  const faults = words(status, CGM_FAULTS);
  if (glucose.special && !isBeyond) faults.push("no-value");
  if (reader.left >= 2 && !isIntact(view)) faults.push("damaged");
  return record("cgm", { values: [valueOf("glucose", glucose, "mg/dL")], sessionMinutes: minutes, sequence: minutes, marks, faults });
}

/* CGM Measurement 0x2AA7 (CGM Service 1.0.1): one or more records, each with its own size; times count from the session's start. */
export function decodeCgm(view) {
  const records = [];
  for (let at = 0; at < view.byteLength; ) {
    const size = view.getUint8(at);
    if (size < 6) throw new RangeError("a CGM record is too short");
    records.push(decodeOneCgm(new DataView(view.buffer, view.byteOffset + at, size)));
    at += size;
  }
  return records;
}

/* CGM Session Start Time 0x2AAA as UTC milliseconds, or null when the sensor does not know its zone. */
export function decodeSessionStart(view) {
  const time = dateTimeAt(view, 0);
  const quarters = view.getInt8(DATE_TIME_BYTES);
  const daylight = view.getUint8(DATE_TIME_BYTES + 1);
  if (!time || quarters === -128) return { time, utc: null };
  const minutes = quarters * 15 + (daylight === UNKNOWN_USER ? 0 : daylight * 15);
  return { time, utc: Date.parse(`${time}Z`) - minutes * 60000 };
}

function pulseAndOxygen(reader) {
  const oxygen = valueOf("oxygen-saturation", reader.sfloat(), "%");
  return [oxygen, valueOf("pulse", reader.sfloat(), "/min")];
}

function oximeterRecord(values, time, status, sensor, isClockUnset) {
  const faults = [...words(status, OXIMETER_FAULTS), ...words(sensor, SENSOR_FAULTS)];
  if (values[0].special) faults.push("no-value");
  const marks = [...new Set([...words(status, OXIMETER_MARKS), ...words(sensor, SENSOR_MARKS)])];
  return record("oximeter", { values, time: isClockUnset ? null : time, marks, faults });
}

/* PLX Spot-Check Measurement 0x2A5E (Pulse Oximeter Service 1.0). */
export function decodeSpotOximeter(view) {
  const reader = new Reader(view);
  const flags = reader.u8();
  const values = pulseAndOxygen(reader);
  const time = flags & 1 ? reader.dateTime() : null;
  const status = flags & 2 ? reader.u16() : 0;
  const sensor = flags & 4 ? reader.u24() : 0;
  return oximeterRecord(values, time, status, sensor, flags & 16);
}

/* PLX Continuous Measurement 0x2A5F: the normal pair; fast and slow averages are passed over. */
export function decodeContinuousOximeter(view) {
  const reader = new Reader(view);
  const flags = reader.u8();
  const values = pulseAndOxygen(reader);
  for (const bit of [1, 2]) if (flags & bit) pulseAndOxygen(reader);
  const status = flags & 4 ? reader.u16() : 0;
  const sensor = flags & 8 ? reader.u24() : 0;
  return oximeterRecord(values, null, status, sensor, false);
}

/* Temperature Measurement 0x2A1C (Health Thermometer Service 1.0). */
export function decodeThermometer(view) {
  const reader = new Reader(view);
  const flags = reader.u8();
  const temperature = reader.float();
  const time = flags & 2 ? reader.dateTime() : null;
  return record("thermometer", {
    values: [valueOf("temperature", temperature, flags & 1 ? "[degF]" : "Cel")],
    time,
    faults: temperature.special ? ["no-value"] : [],
  });
}

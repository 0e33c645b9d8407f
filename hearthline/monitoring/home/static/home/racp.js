/* Record Access Control Point 0x2A52: asks a device for what it has stored, and understands its answer. */

export const REPORT_ALL = Uint8Array.of(0x01, 0x01);
const RESPONSE = 0x06;
const ANSWERS = { 0x01: "done", 0x06: "nothing", 0x02: "refused", 0x08: "refused", 0x09: "refused" };

/* Report records with a sequence number (glucose) or time offset (CGM) of at least this: only what is new. */
export function reportSince(filter, number) {
  return Uint8Array.of(0x01, 0x03, filter, number & 0xff, number >> 8);
}

/* "done", "nothing" (no records found), "refused", "failed"; null when the value is no answer to a report. */
export function decodeAnswer(view) {
  if (view.getUint8(0) !== RESPONSE || view.byteLength < 4) return null;
  return ANSWERS[view.getUint8(3)] ?? "failed";
}

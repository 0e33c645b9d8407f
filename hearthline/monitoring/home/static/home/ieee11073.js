/* IEEE 11073-20601 numbers of medical devices: SFLOAT (16 bits) and FLOAT (32 bits), base ten.

   Precision is information (2.00 is not 2), so a number keeps its digits as text beside its value. The special codes
   (not a number, not at this resolution, infinities, reserved) are never numbers: `value` is null and `special` says which. */

export const SPECIALS = ["nan", "nres", "+inf", "-inf", "reserved"];

const SFLOAT_SPECIALS = { 0x07ff: "nan", 0x0800: "nres", 0x07fe: "+inf", 0x0802: "-inf", 0x0801: "reserved" };
const FLOAT_SPECIALS = { 0x7fffff: "nan", 0x800000: "nres", 0x7ffffe: "+inf", 0x800002: "-inf", 0x800001: "reserved" };

/* Digits and power of ten as plain decimal text: (12340, -2) is "123.40". */
function decimalText(mantissa, exponent) {
  const sign = mantissa < 0 ? "-" : "";
  const digits = String(Math.abs(mantissa));
  if (exponent >= 0) return sign + (digits === "0" ? "0" : digits + "0".repeat(exponent));
  const padded = digits.padStart(1 - exponent, "0");
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

export function exact(mantissa, exponent) {
  const text = decimalText(mantissa, exponent);
  return { mantissa, exponent, text, value: Number(text), special: null };
}

export function without(special) {
  return { mantissa: null, exponent: null, text: "", value: null, special };
}

/* The same number times a power of ten, exactly (kg/L to mg/dL, mol/L to mmol/L). */
export function shifted(number, power) {
  return number.special ? number : exact(number.mantissa, number.exponent + power);
}

export function sfloatOf(bits) {
  const special = SFLOAT_SPECIALS[bits & 0x0fff];
  const exponent = (bits << 16) >> 28;
  // The specials are mantissas with exponent 0; the same mantissa with another exponent is a number.
  if (special && exponent === 0) return without(special);
  return exact((bits << 20) >> 20, exponent);
}

export function floatOf(bits) {
  const special = FLOAT_SPECIALS[bits & 0xffffff];
  const exponent = bits >> 24;
  if (special && exponent === 0) return without(special);
  return exact((bits << 8) >> 8, exponent);
}

export const sfloatAt = (view, offset) => sfloatOf(view.getUint16(offset, true));
export const floatAt = (view, offset) => floatOf(view.getInt32(offset, true));

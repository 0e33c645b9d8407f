// From stored values to grey levels: modality, window, then MONOCHROME1, as PS3.3 C.11 orders them.

const LEVELS = 255;

// The stored values of a frame with their sign, and their range.
export function decodeValues(image, buffer) {
  const count = image.rows * image.columns;
  const kinds = image.bits === 8 ? [Uint8Array, Int8Array] : [Uint16Array, Int16Array];
  const raw = new kinds[image.isSigned ? 1 : 0](buffer, 0, count);
  const spare = image.bits - image.stored;
  const values = spare > 0 ? new kinds[image.isSigned ? 1 : 0](count) : raw;
  if (spare > 0) for (let at = 0; at < count; at += 1) values[at] = image.isSigned ? ((raw[at] << (spare + 32 - image.bits)) >> (spare + 32 - image.bits)) : raw[at] & ((1 << image.stored) - 1);
  let [low, high] = [values[0], values[0]];
  for (const value of values) { if (value < low) low = value; else if (value > high) high = value; }
  return { values, low, high };
}

// The window to begin with: the header's first, or the range of what is no padding.
export function defaultWindow(image, kept) {
  if (image.windows.length) return [...image.windows[0]];
  let [low, high] = [Infinity, -Infinity];
  for (const value of kept.values) {
    if (value === image.padding) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const ends = [low * image.slope + image.intercept, high * image.slope + image.intercept];
  return [(ends[0] + ends[1]) / 2 + 0.5, Math.max(1, Math.abs(ends[1] - ends[0]) + 1)];
}

// One colour word for each stored value.
export function lookUpTable(image, kept, [centre, width], isInverted) {
  const table = new Uint32Array(kept.high - kept.low + 1);
  const isDown = image.isInverted !== isInverted;
  for (let at = 0; at < table.length; at += 1) {
    const stored = at + kept.low;
    const real = stored * image.slope + image.intercept;
    const shade = Math.min(1, Math.max(0, (real - (centre - 0.5)) / Math.max(width - 1, 1e-6) + 0.5));
    let level = Math.round(shade * LEVELS);
    if (isDown) level = LEVELS - level;
    if (stored === image.padding) level = 0;
    table[at] = (255 << 24) | (level << 16) | (level << 8) | level;
  }
  return table;
}

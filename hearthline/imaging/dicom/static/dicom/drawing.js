// What the viewer stands on, in one file, since each costs a request: frames decoded, grey levels, places on the canvas.

// The HTJ2K decoder (OpenJPH), fetched when the first large image asks for it.

const place = new URL("./vendor/", import.meta.url);
let loading = null;

function load() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("openjphjs.js", place).href;
    script.addEventListener("load", () => resolve(globalThis.Module({ locateFile: (name) => new URL(name, place).href })));
    script.addEventListener("error", reject);
    document.head.append(script);
  });
  return loading;
}

// The bytes of a frame's stored values, little endian.
export async function decode(buffer) {
  const library = await load();
  const decoder = new library.HTJ2KDecoder();
  try {
    decoder.getEncodedBuffer(buffer.byteLength).set(new Uint8Array(buffer));
    decoder.decode();
    return decoder.getDecodedBuffer().slice().buffer;
  } finally {
    decoder.delete();
  }
}

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

// Where an image lies on its canvas, and how long a line on it is.

// The canvas transform of a pane: fitted, zoomed, turned by quarters about the middle, moved.
export function transformOf(pane, canvas) {
  const { rows, columns, spacing } = pane.image;
  const aspect = spacing[0] && spacing[1] ? spacing[0] / spacing[1] : 1; // pixels that are no squares
  const [wide, high] = pane.turn % 2 ? [rows * aspect, columns] : [columns, rows * aspect];
  const scale = Math.min(canvas.width / wide, canvas.height / high) * pane.zoom;
  const cos = [1, 0, -1, 0][pane.turn];
  const sin = [0, 1, 0, -1][pane.turn];
  const [a, b, c, d] = [cos * scale, sin * scale, -sin * scale * aspect, cos * scale * aspect];
  const ratio = canvas.width / (canvas.clientWidth || canvas.width);
  const x = canvas.width / 2 + pane.x * ratio - (a * columns + c * rows) / 2;
  const y = canvas.height / 2 + pane.y * ratio - (b * columns + d * rows) / 2;
  return [a, b, c, d, x, y];
}

// The image's own coordinates under a pointer.
export function toImage(pane, canvas, event) {
  const box = canvas.getBoundingClientRect();
  const ratio = canvas.width / box.width;
  const [a, b, c, d, x, y] = transformOf(pane, canvas);
  const [px, py] = [(event.clientX - box.left) * ratio - x, (event.clientY - box.top) * ratio - y];
  const whole = a * d - b * c;
  return [(d * px - c * py) / whole, (a * py - b * px) / whole];
}

// A line's length: in millimetres only where the spacing is known, and saying so when it is that of the detector.
export function distanceText(image, [[x1, y1], [x2, y2]], words) {
  const [row, column] = image.spacing;
  if (!image.spacingWhere) return `${Math.round(Math.hypot(x2 - x1, y2 - y1))} ${words.pixels} (${words.unknown})`;
  const length = Math.hypot((x2 - x1) * column, (y2 - y1) * row);
  return `${length.toFixed(1)} mm${image.spacingWhere === "detector" ? ` (${words.detector})` : ""}`;
}

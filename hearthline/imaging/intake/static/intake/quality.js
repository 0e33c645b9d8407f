/* Looks at a photo on the device: focus, light, size. The same rules as the server's (sandboxed/pictures.py); they advise. */

const SIDE = 1600;
const TILES = 4;
const SHARP_VARIANCE = 6;
const BLACK = 16;
const WHITE = 250;
const BLACK_SHARE = 0.75;
const WHITE_SHARE = 0.6;
const SMALLEST = [800, 600];

/* Findings as codes, and the picture drawn at most 1600 dots a side; null when this browser cannot open it. */
export async function lookAt(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return null;
  }
  const size = [bitmap.width, bitmap.height];
  const scale = Math.min(1, SIDE / Math.max(...size));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(size[0] * scale));
  canvas.height = Math.max(1, Math.round(size[1] * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const grey = greyOf(context.getImageData(0, 0, canvas.width, canvas.height).data);
  return { findings: findings(grey, canvas.width, canvas.height, size), canvas };
}

export function findings(grey, width, height, size) {
  const found = [];
  if (Math.max(...size) < SMALLEST[0] || Math.min(...size) < SMALLEST[1]) found.push("small");
  let black = 0;
  let white = 0;
  for (const level of grey) {
    if (level < BLACK) black += 1;
    else if (level >= WHITE) white += 1;
  }
  if (black > grey.length * BLACK_SHARE) found.push("dark");
  if (white > grey.length * WHITE_SHARE) found.push("bright");
  if (sharpness(grey, width, height) < SHARP_VARIANCE) found.push("blurred");
  return found;
}

function greyOf(dots) {
  const grey = new Uint8Array(dots.length / 4);
  for (let at = 0; at < grey.length; at += 1) {
    grey[at] = (dots[at * 4] * 299 + dots[at * 4 + 1] * 587 + dots[at * 4 + 2] * 114) / 1000;
  }
  return grey;
}

/* The variance of the Laplacian in the sharpest tile. */
function sharpness(grey, width, height) {
  let most = 0;
  const [across, down] = [Math.floor(width / TILES), Math.floor(height / TILES)];
  for (let tile = 0; tile < TILES * TILES; tile += 1) {
    const [left, top] = [(tile % TILES) * across, Math.floor(tile / TILES) * down];
    let [sum, squares, count] = [0, 0, 0];
    for (let y = Math.max(1, top); y < Math.min(height - 1, top + down); y += 1) {
      for (let x = Math.max(1, left); x < Math.min(width - 1, left + across); x += 1) {
        const at = y * width + x;
        const edge = grey[at - 1] + grey[at + 1] + grey[at - width] + grey[at + width] - 4 * grey[at];
        sum += edge;
        squares += edge * edge;
        count += 1;
      }
    }
    if (count) most = Math.max(most, squares / count - (sum / count) ** 2);
  }
  return most;
}

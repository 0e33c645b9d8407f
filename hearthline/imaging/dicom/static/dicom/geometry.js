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

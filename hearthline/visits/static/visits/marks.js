/* How a mark looks. Points are from 0 to 1 of the picture's width and height, so each screen draws its own size. */

export const COLOURS = ["#ffd43b", "#4dd4ff", "#ff8fc7", "#8fe388", "#ffa64d", "#c9a6ff"];
const HALO = "rgb(6 13 14 / .85)";
const HEAD = 0.03;

function path(context, { shape, points }, width, height, thick) {
  const [first, last] = [points[0], points.at(-1)].map(([x, y]) => [x * width, y * height]);
  context.beginPath();
  if (shape === "point") context.arc(...first, thick * 2.5, 0, 2 * Math.PI);
  else if (shape === "circle") context.arc(...first, Math.hypot(last[0] - first[0], last[1] - first[1]), 0, 2 * Math.PI);
  else points.forEach(([x, y], index) => context[index ? "lineTo" : "moveTo"](x * width, y * height));
  if (shape === "arrow") head(context, first, last, Math.max(width, height) * HEAD);
}

function head(context, [fromX, fromY], [x, y], size) {
  const angle = Math.atan2(y - fromY, x - fromX);
  for (const side of [-0.5, 0.5]) {
    context.moveTo(x, y);
    context.lineTo(x - size * Math.cos(angle + side), y - size * Math.sin(angle + side));
  }
}

/* A dark edge under the colour is seen on light and on dark pictures. */
export function drawMark(context, mark, width, height) {
  const thick = Math.max(2, Math.min(width, height) / 150);
  Object.assign(context, { lineCap: "round", lineJoin: "round" });
  for (const [style, lineWidth] of [[HALO, thick * 2], [COLOURS[mark.colour % COLOURS.length], thick]]) {
    Object.assign(context, { strokeStyle: style, fillStyle: style, lineWidth });
    path(context, mark, width, height, thick);
    context.stroke();
  }
  if (mark.shape === "point") context.fill();
}

export function drawCross(context, [x, y], width, height) {
  Object.assign(context, { strokeStyle: "#fff", lineWidth: 2, shadowColor: "#000", shadowBlur: 3 });
  context.beginPath();
  context.moveTo(x * width - 12, y * height);
  context.lineTo(x * width + 12, y * height);
  context.moveTo(x * width, y * height - 12);
  context.lineTo(x * width, y * height + 12);
  context.stroke();
  context.shadowBlur = 0;
}

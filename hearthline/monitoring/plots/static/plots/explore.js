// The plot of every value, which zooms by pointer, buttons and keys. The table behind it follows what the plot shows
// and stands without this script.
const HEIGHT = 380;
const SHARE = 0.25; // of the window, by which one step moves it
const ROWS_MAX = 200; // of the table while the plot is looked into
const LEAST_SECONDS = 900;
const COLOURS = ["--primary", "--ember"];

function columnsOf(data) {
  const times = [];
  const columns = data.columns.map(() => []);
  let time = data.first;
  data.columns[0].forEach((_, index) => {
    const step = index ? data.steps[index - 1] : 0;
    if (step > data.gap) {
      times.push(time + step / 2);
      columns.forEach((column) => column.push(null));
    }
    time += step;
    times.push(time);
    columns.forEach((column, which) => column.push(data.columns[which][index]));
  });
  return [times, ...columns];
}

function limitLines(limits, style) {
  return (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    if (limits.length) {
      const [low, high] = [limits.length > 2 ? limits[1] : limits[0], limits[2] ?? limits[1]];
      ctx.fillStyle = style("--ok-soft");
      const [top, bottom] = [plot.valToPos(high, "y", true), plot.valToPos(low, "y", true)];
      ctx.fillRect(bbox.left, Math.max(top, bbox.top), bbox.width, Math.min(bottom, bbox.top + bbox.height) - Math.max(top, bbox.top));
    }
    ctx.strokeStyle = style("--muted");
    ctx.setLineDash([4, 6]);
    for (const limit of limits) {
      const y = plot.valToPos(limit, "y", true);
      if (y < bbox.top || y > bbox.top + bbox.height) continue;
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
    }
    ctx.restore();
  };
}

function fill(template, values) {
  return template.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
}

function describe(plot, data, all, written) {
  const { min, max } = plot.scales.x;
  const inside = [];
  all[0].forEach((time, index) => {
    if (time >= min && time <= max && all[1][index] !== null) inside.push(index);
  });
  const values = inside.flatMap((index) => all.slice(1).map((column) => column[index]));
  const words = { first: written(min), last: written(max), count: inside.length, unit: data.unit };
  if (values.length) {
    words.low = Math.min(...values).toFixed(data.decimals);
    words.high = Math.max(...values).toFixed(data.decimals);
  }
  document.getElementById("window").textContent = fill(values.length ? data.window : data.empty, words);
  const rows = inside.slice(-ROWS_MAX).reverse().map((index) => {
    const row = document.createElement("tr");
    const when = document.createElement("th");
    when.scope = "row";
    when.textContent = written(all[0][index]);
    row.append(when);
    all.slice(1).forEach((column) => {
      const cell = document.createElement("td");
      const value = document.createElement("bdi");
      value.textContent = column[index].toFixed(data.decimals);
      cell.append(value);
      row.append(cell);
    });
    return row;
  });
  const table = document.getElementById("values");
  table.tBodies[0].replaceChildren(...rows);
  table.caption.textContent = document.getElementById("window").textContent;
}

function moves(plot, first, last) {
  const to = (min, max) => {
    const span = Math.min(Math.max(max - min, LEAST_SECONDS), last - first);
    const start = Math.min(Math.max(min, first), last - span);
    plot.setScale("x", { min: start, max: start + span });
  };
  const window = () => [plot.scales.x.min, plot.scales.x.max, plot.scales.x.max - plot.scales.x.min];
  const by = (left, right) => {
    const [min, max, span] = window();
    to(min + span * left, max + span * right);
  };
  return {
    earlier: () => by(-SHARE, -SHARE),
    later: () => by(SHARE, SHARE),
    closer: () => by(SHARE, -SHARE),
    wider: () => by(-SHARE * 2, SHARE * 2),
    all: () => to(first, last),
  };
}

function draw(place, data) {
  const styles = getComputedStyle(place);
  const style = (name) => styles.getPropertyValue(name).trim();
  const clock = new Intl.DateTimeFormat(data.language, {
    timeZone: data.zone, day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  });
  const written = (seconds) => clock.format(new Date(seconds * 1000));
  const axis = { stroke: style("--muted"), grid: { stroke: style("--line"), width: 1 }, ticks: { stroke: style("--line") }, font: `12px ${style("--sans")}` };
  const all = columnsOf(data);
  const short = (plot, marks) => {
    const isDays = plot.scales.x.max - plot.scales.x.min > 2 * 86400;
    const form = new Intl.DateTimeFormat(data.language, isDays ? { timeZone: data.zone, day: "numeric", month: "short" } : { timeZone: data.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    return marks.map((mark) => form.format(new Date(mark * 1000)));
  };
  const isSparse = data.gap > 86400;
  const options = {
    width: place.clientWidth,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), data.zone),
    cursor: { drag: { x: true, y: false } },
    legend: { live: true },
    axes: [{ ...axis, values: short }, { ...axis, size: 52 }],
    series: [
      { label: "", value: (_, seconds) => (seconds == null ? "" : written(seconds)) },
      ...data.labels.map((label, index) => ({
        label: `${label} (${data.unit})`,
        stroke: style(COLOURS[index]),
        width: 1.75,
        dash: index ? [7, 4] : undefined,
        points: { show: isSparse, size: 6, fill: style(COLOURS[index]) },
        value: (_, value) => (value == null ? "–" : value.toFixed(data.decimals)),
      })),
    ],
    hooks: {
      drawClear: [limitLines(data.limits, style)],
      setScale: [(plot, key) => key === "x" && describe(plot, data, all, written)],
    },
  };
  const plot = new uPlot(options, all, place);
  new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: HEIGHT })).observe(place);
  return { plot, all };
}

const KEYS = { ArrowLeft: "earlier", ArrowRight: "later", ArrowUp: "closer", ArrowDown: "wider", "+": "closer", "-": "wider", Home: "all" };

const section = document.getElementById("explore");
if (section) {
  section.hidden = false;
  const place = document.getElementById("plot");
  const data = JSON.parse(document.getElementById("explore-data").textContent);
  const { plot, all } = draw(place, data);
  const move = moves(plot, all[0][0], all[0].at(-1));
  section.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (button) move[button.dataset.move]();
  });
  place.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS)) return;
    event.preventDefault();
    move[KEYS[event.key]]();
  });
}

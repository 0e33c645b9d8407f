/* The ladder from full picture down to the smallest voice: what one second's measurements mean. Pure: no clock, no browser. */

export const RUNGS = ["full", "low", "minimal", "audio", "floor"];
const NEEDED_BITS = { full: 400000, low: 130000, minimal: 75000, audio: 0, floor: 0 };
const SETTLING_SECONDS = 4;
const BAD_SECONDS = 3;
const TRIAL_SECONDS = 5;
const APART_SECONDS = 3;
const UP_SECONDS = 5;
const WAIT_LEAST = 6;
const WAIT_MOST = 20;
const FAILED_WITHIN = 15;
const CONCEALED_MOST = 0.04;
const LOST_MOST = 0.12;
const BUFFER_MOST_MS = 350;
const COLLAPSE = { lost: 0.2, concealment: 0.15, bufferMs: 1000, bits: 60000, seconds: 2 };
const FAR = 1000;

export const place = (rung) => RUNGS.indexOf(rung);
export const hasPicture = (rung) => place(rung) < place("audio");
export const lower = (one, other) => (place(one) > place(other) ? one : other);

export function begin() {
  const counts = { age: 0, bad: 0, clean: 0, starved: 0, sinceUp: FAR, sinceDown: FAR };
  return { rung: "full", wait: WAIT_LEAST, concealment: 0, calmMs: FAR, ...counts };
}

/* A delay that grows well above its calm says that a queue fills: the line carries less than is sent. */
function isSwollen(state, seen) {
  return seen.roundTripMs > 1.5 * state.calmMs + 200;
}

function isBad(state, seen) {
  const isShort = seen.available > 0 && seen.available < NEEDED_BITS[state.rung];
  const isHurt = state.concealment > CONCEALED_MOST || seen.lost > LOST_MOST || seen.bufferMs > BUFFER_MOST_MS;
  return isShort || isHurt || isSwollen(state, seen);
}

function hasCollapsed(state, seen) {
  const isHurt = state.concealment > COLLAPSE.concealment || seen.lost > COLLAPSE.lost || seen.bufferMs > COLLAPSE.bufferMs;
  return hasPicture(state.rung) && (isHurt || state.starved >= COLLAPSE.seconds);
}

function go(state, rung) {
  const isUp = place(rung) < place(state.rung);
  const hasFailed = !isUp && state.sinceUp <= FAILED_WITHIN;
  const wait = hasFailed ? Math.min(WAIT_MOST, state.wait * 2) : state.wait;
  const since = isUp ? { sinceUp: 0 } : { sinceDown: 0 };
  return { ...state, rung, wait, bad: 0, clean: 0, starved: 0, ...since };
}

/* One rung down, or as many as the estimate asks for; below the voice rung only a full queue leads. */
function down(state, seen) {
  if (state.rung === "floor") return state;
  if (state.rung === "audio") return isSwollen(state, seen) ? go(state, "floor") : state;
  const fits = RUNGS.find((rung) => !seen.available || NEEDED_BITS[rung] <= seen.available);
  return go(state, lower(RUNGS[place(state.rung) + 1], lower(fits, "low")));
}

/* `ceiling`: while the other person is on voice, nothing can be learned about more than the smallest picture. */
export function decide(before, seen, ceiling = "full") {
  const state = { ...before, age: before.age + 1, sinceUp: before.sinceUp + 1, sinceDown: before.sinceDown + 1 };
  if (!seen.flows || state.age <= SETTLING_SECONDS) return state;
  state.concealment = 0.6 * before.concealment + 0.4 * seen.concealment;
  state.calmMs = Math.min(seen.roundTripMs || before.calmMs, before.calmMs * 1.02);
  state.starved = seen.available > 0 && seen.available < COLLAPSE.bits ? before.starved + 1 : 0;
  const bad = isBad(state, seen);
  state.bad = bad ? before.bad + 1 : 0;
  state.clean = bad ? 0 : before.clean + 1;
  if (hasCollapsed(state, seen)) return go(state, "audio");
  const patience = state.rung === "minimal" && state.sinceUp <= TRIAL_SECONDS ? 1 : BAD_SECONDS;
  if (state.bad >= patience && state.sinceDown >= APART_SECONDS) return down(state, seen);
  const needed = state.rung === "audio" ? state.wait : UP_SECONDS;
  if (state.clean < needed || place(state.rung) <= place(ceiling)) return state;
  if (state.rung === "low") state.wait = WAIT_LEAST;
  return go(state, RUNGS[place(state.rung) - 1]);
}

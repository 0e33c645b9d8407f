/* The ladder from full picture down to the smallest voice: what one second's measurements mean. Pure: no clock, no browser. */

import { RUNGS, hasPicture, lower, place } from "./rungs.js";

const NEEDED_BITS = { full: 400000, low: 130000, minimal: 75000, audio: 0, floor: 0 };
const SECONDS = { settle: 4, bad: 3, apart: 3, up: 5, blind: 15, trial: 5, badInTrial: 2, drain: 7, ramp: 10, failedWithin: 15, waitMost: 20 };
const MOST = { concealment: 0.04, lost: 0.12, bufferMs: 350 };
const COLLAPSE = { concealment: 0.15, lost: 0.2, bufferMs: 1000, bits: 60000, seconds: 2 };
const [CALM, FAR] = [{ growsMs: 15, swellsMs: 250 }, 1000];
const counted = { bad: 0, clean: 0, starved: 0 };

const since = { age: 0, sinceUp: FAR, sinceDown: FAR };
export const begin = () => ({ rung: "full", failed: "", wait: SECONDS.up, concealment: 0, calmMs: FAR, ...counted, ...since });

/* A delay that grows well above its calm says that a queue fills; what stays is the new calm. */
const isSwollen = (state, seen) => seen.roundTripMs > state.calmMs + CALM.swellsMs;

/* Just after a step up the estimate still climbs, and losses told are those of before: neither counts yet. */
function fresh(state, seen) {
  const available = state.sinceUp <= SECONDS.ramp ? 0 : seen.available;
  return { ...seen, available, lost: state.sinceUp <= SECONDS.trial ? 0 : seen.lost };
}

const isHurt = (state, seen, most) =>
  state.concealment > most.concealment || seen.lost > most.lost || seen.bufferMs > most.bufferMs;

/* The smallest voice has no redundancy, so losses hurt it: only the queue says whether it is still needed. */
function isBad(state, seen) {
  if (state.rung === "floor") return isSwollen(state, seen);
  const isShort = seen.available > 0 && seen.available < NEEDED_BITS[state.rung];
  return isShort || isHurt(state, seen, MOST) || isSwollen(state, seen);
}

function hasCollapsed(state, seen) {
  return hasPicture(state.rung) && (isHurt(state, seen, COLLAPSE) || state.starved >= COLLAPSE.seconds);
}

function fall(state, rung) {
  const lesson = { failed: state.rung, wait: Math.min(SECONDS.waitMost, state.wait * 2) };
  return { ...state, ...(state.sinceUp <= SECONDS.failedWithin ? lesson : {}), ...counted, rung, sinceDown: 0 };
}

/* One rung down, or as many as the estimate asks for; below the voice rung only a full queue leads. */
function down(state, seen) {
  if (state.rung === "floor") return state;
  if (state.rung === "audio") return isSwollen(state, seen) ? fall(state, "floor") : state;
  const fits = RUNGS.find((rung) => !seen.available || NEEDED_BITS[rung] <= seen.available);
  return fall(state, lower(RUNGS[place(state.rung) + 1], lower(fits, "low")));
}

/* One rung up. A rung that failed, or that the estimate does not promise, is waited for longer. */
function up(state, { available }) {
  const next = RUNGS[place(state.rung) - 1];
  const isPassed = state.failed && place(state.rung) <= place(state.failed);
  const wait = state.failed && !isPassed && place(next) <= place(state.failed) ? state.wait : SECONDS.up;
  const isBlind = available > 0 && available < NEEDED_BITS[next];
  if (state.clean < Math.max(wait, isBlind ? SECONDS.blind : 0)) return state;
  return { ...state, ...(isPassed ? { failed: "", wait: SECONDS.up } : {}), ...counted, rung: next, sinceUp: 0 };
}

function patience(state) {
  if (state.rung === "audio") return SECONDS.drain; /* so long may the queue of a collapse take */
  return state.sinceUp <= SECONDS.trial ? SECONDS.badInTrial : SECONDS.bad;
}

/* `ceiling`: while the other person is on voice, nothing can be learned about more than the smallest picture. */
export function decide(before, measured, ceiling = "full") {
  const state = { ...before, age: before.age + 1, sinceUp: before.sinceUp + 1, sinceDown: before.sinceDown + 1 };
  if (!measured.flows || state.age <= SECONDS.settle) return state;
  const seen = fresh(state, measured);
  state.concealment = 0.6 * before.concealment + 0.4 * seen.concealment;
  state.calmMs = Math.min(seen.roundTripMs || before.calmMs, before.calmMs + CALM.growsMs);
  state.starved = seen.available > 0 && seen.available < COLLAPSE.bits ? before.starved + 1 : 0;
  const bad = isBad(state, seen);
  state.bad = bad ? before.bad + 1 : 0;
  state.clean = bad ? 0 : before.clean + 1;
  if (hasCollapsed(state, seen)) return fall(state, "audio");
  if (state.bad >= patience(state) && state.sinceDown >= SECONDS.apart) return down(state, seen);
  return place(state.rung) > place(ceiling) ? up(state, measured) : state;
}

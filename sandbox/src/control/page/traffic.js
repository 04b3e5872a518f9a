// Requests per second and their latency over the last minutes, one above the other on one time axis.

import { axis, grid, tickLabels } from "./axis.js";
import { byId, el, say, show, svg } from "./dom.js";
import { count, millis, time } from "./words.js";

const RATE = 84;
const GAP = 26;
const LATENCY = 150;
const BOTTOM = RATE + GAP + LATENCY;
const STEPS = [1, 2, 5, 10];
const FINE = [1, 2, 3, 4, 5, 6, 8, 10];

let drawn = null;

// The next round figure up (or down), by default 1, 2, 5, 10, 20 and so on.
const round = (value, up, among = STEPS) => {
  const power = 10 ** Math.floor(Math.log10(value));
  const steps = among.map((step) => step * power);
  return up ? steps.find((step) => step >= value * 0.999) : steps.filter((step) => step <= value * 1.001).at(-1);
};

const rateScale = (load) => {
  const most = round(Math.max(4, load.rate, ...load.seconds.map((second) => second.done)) * 1.05, true, FINE);
  return { most, y: (value) => RATE - (value / most) * (RATE - 12) };
};

const latencyScale = (seconds) => {
  const known = seconds.flatMap((second) => [second.p50_ms, second.p99_ms]).filter((value) => value > 0);
  const low = round(Math.min(1, ...known), false);
  const high = round(Math.max(10, ...known), true);
  const ticks = [];
  for (let tick = low; tick <= high * 1.001; tick = round(tick * 1.5, true)) ticks.push(tick);
  const span = Math.log(high / low);
  const y = (value) => BOTTOM - (Math.log(Math.min(high, Math.max(low, value)) / low) / span) * LATENCY;
  return { y, ticks: ticks.length > 8 ? ticks.filter((tick) => /^[10.]*$/.test(String(Number(tick.toPrecision(1))))) : ticks };
};

const label = (x, y, text) => svg("text", { x, y, "text-anchor": "end", text });
const rule = (axis, y) => svg("line", { class: "grid", x1: axis.left, x2: axis.right, y1: y, y2: y });

const bars = (seconds, axis, scale) =>
  seconds.flatMap((second) => {
    const x = axis.x(time(second.at));
    const width = Math.max(1, axis.x(time(second.at) + 1) - x - 1);
    const top = scale.y(second.done);
    const failed = scale.y(second.failed);
    const bar = (kind, y) => svg("rect", { class: `bar ${kind}`, x, y, width, height: Math.max(0, RATE - y) });
    return second.failed ? [bar("rate", top), bar("failed", failed), column(x, width)] : [bar("rate", top)];
  });

// Failures stand out in the latency chart, too, which says nothing about them: they have no latency.
const column = (x, width) =>
  svg(
    "g",
    { class: "failure" },
    svg("rect", { x, y: RATE + GAP, width, height: LATENCY }),
    svg("path", { d: `M${x + width / 2 - 3} ${RATE + 10}l6 6m0-6l-6 6` }),
  );

const curve = (kind, seconds, axis, scale) => {
  let path = "";
  let pen = "M";
  for (const second of seconds) {
    const value = second[`${kind}_ms`];
    if (value == null) pen = "M";
    else {
      path += `${pen}${axis.x(time(second.at) + 0.5).toFixed(1)} ${scale.y(value).toFixed(1)}`;
      pen = "L";
    }
  }
  return svg("path", { class: `curve ${kind}`, d: path });
};

const deployWindow = ({ last }, axis, now) => {
  if (!last || (last.ended && time(last.ended) < axis.from)) return [];
  const [x, end] = [axis.x(time(last.started)), axis.x(last.ended ? time(last.ended) : now)];
  const edges = [[last.started, x], [last.ended, end]].filter(([at]) => at && time(at) >= axis.from);
  return [
    svg("rect", { class: "window", x, y: 0, width: end - x, height: BOTTOM }),
    ...edges.map(([, x]) => svg("line", { class: "mark", x1: x, x2: x, y1: 0, y2: BOTTOM })),
    ...(end - x > 90 ? [svg("text", { class: "mark-text", x: x + 5, y: RATE + GAP - 8, text: `deploy ${last.version}` })] : []),
  ];
};

const struck = (faults, axis) =>
  faults
    .filter((fault) => fault.since && time(fault.since) >= axis.from && axis.x(time(fault.since)) < axis.right)
    .map((fault) => {
      const x = axis.x(time(fault.since));
      return svg("g", { class: "struck" }, svg("line", { x1: x, x2: x, y1: 0, y2: BOTTOM }), svg("path", { d: `M${x - 4} 0h8l-4 6z` }));
    });

export const traffic = (state, view) => {
  const { load } = state;
  const box = byId("traffic");
  show(box, Boolean(load));
  const failures = Object.entries(load?.failures ?? {});
  const lost = failures.map(([name, number]) => `${name} ${count(number)}`).join(", ");
  const causes = Object.entries(state.balancer.failures).map(([name, number]) => `${name} ${count(number)}`).join(", ");
  say(byId("classes"), !load ? "This sandbox runs without a load." : lost ? `Failed since the start: ${lost}. The load balancer: ${causes || "nothing to say"}.` : "");
  if (!load) return;
  const width = box.clientWidth;
  const time_ = axis(width, view);
  const seconds = load.seconds.filter((second) => time(second.at) + 1 > time_.from);
  const [rates, latencies] = [rateScale(load), latencyScale(seconds)];
  const chart = svg(
    "svg",
    { class: "chart", viewBox: `0 0 ${width} ${BOTTOM + 22}`, height: BOTTOM + 22, role: "img", "aria-label": told(load) },
    ...grid(time_, BOTTOM),
    ...deployWindow(state.deploy, time_, view.now),
    ...[0, rates.most / 2, rates.most].flatMap((tick) => [rule(time_, rates.y(tick)), label(time_.left - 8, rates.y(tick) + 4, tick ? `${count(tick)}/s` : "0")]),
    ...latencies.ticks.flatMap((tick) => [rule(time_, latencies.y(tick)), label(time_.left - 8, latencies.y(tick) + 4, millis(tick))]),
    ...bars(seconds, time_, rates),
    curve("p99", seconds, time_, latencies),
    curve("p50", seconds, time_, latencies),
    ...struck(state.faults ?? [], time_),
    ...tickLabels(time_, BOTTOM + 16),
    svg("line", { class: "cursor", y1: 0, y2: BOTTOM }),
  );
  box.replaceChildren(chart);
  drawn = { chart, axis: time_, seconds };
  point();
};

const told = (load) =>
  `Requests per second and latency over time. Lately ${Math.round(load.requests_per_second)} per second, median ${millis(load.p50_ms)}, p99 ${millis(load.p99_ms)}, ${load.failing} failed.`;

let pointer = null;

const point = () => {
  const tip = byId("tip");
  const at = pointer && drawn && drawn.axis.at(pointer.x - drawn.chart.getBoundingClientRect().left);
  const second = at && drawn.seconds.find((second) => time(second.at) <= at && at < time(second.at) + 1);
  show(tip, Boolean(second));
  if (!second) return;
  const x = drawn.axis.x(at);
  const cursor = drawn.chart.querySelector(".cursor");
  for (const end of ["x1", "x2"]) cursor.setAttribute(end, x);
  cursor.classList.add("on");
  const rows = [["answered", count(second.done - second.failed)], ["failed", count(second.failed)], ["median", millis(second.p50_ms)], ["p99", millis(second.p99_ms)]];
  tip.replaceChildren(
    ...rows.map(([name, value]) => el("p", { class: name === "failed" && second.failed ? "bad" : null }, el("span", { text: name }), el("b", { text: value }))),
  );
  const right = pointer.x + 18 + tip.offsetWidth > innerWidth;
  tip.style.left = `${Math.max(6, right ? pointer.x - 18 - tip.offsetWidth : pointer.x + 18)}px`;
  tip.style.top = `${Math.min(pointer.y + 18, innerHeight - tip.offsetHeight - 6)}px`;
};

export const wireTraffic = (draw) => {
  const box = byId("traffic");
  for (const name of ["pointermove", "pointerleave"]) {
    box.addEventListener(name, (event) => {
      pointer = name === "pointermove" ? { x: event.clientX, y: event.clientY } : null;
      point();
      if (!pointer) drawn?.chart.querySelector(".cursor").classList.remove("on");
    });
  }
  for (const choice of document.querySelectorAll("[name=window]")) choice.addEventListener("change", draw);
};

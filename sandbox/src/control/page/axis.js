// The time axis that charts and lifelines share: the last minutes, ending now.

import { svg } from "./dom.js";

export const LEFT = 52;

export const axis = (width, view) => {
  const [left, right] = [LEFT, Math.max(LEFT + 60, width - 2)];
  const from = view.now - view.seconds;
  const shares = width < 520 ? [1, 0.5, 0] : [1, 0.75, 0.5, 0.25, 0];
  return {
    left,
    right,
    from,
    x: (at) => left + Math.min(1, Math.max(0, (at - from) / view.seconds)) * (right - left),
    at: (x) => from + ((x - left) / (right - left)) * view.seconds,
    ticks: shares.map((share) => ({ ago: share * view.seconds, x: right - share * (right - left) })),
  };
};

export const grid = (axis, bottom) =>
  axis.ticks.map(({ x }) => svg("line", { class: "grid", x1: x, x2: x, y1: 0, y2: bottom }));

export const tickLabels = (axis, y) =>
  axis.ticks.map(({ x, ago }, index) =>
    svg("text", {
      x,
      y,
      "text-anchor": index === axis.ticks.length - 1 ? "end" : index === 0 ? "start" : "middle",
      text: ago ? `${ago} s ago` : "now",
    }),
  );

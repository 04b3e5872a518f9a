// Figures and times in words.

const whole = new Intl.NumberFormat("en");

export const count = (number) => whole.format(number);
export const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
export const time = (stamp) => Date.parse(stamp) / 1000;

export const millis = (value) => {
  if (value == null) return "–";
  if (value >= 10000) return `${(value / 1000).toFixed(1)} s`;
  return `${value >= 100 ? Math.round(value) : Number(value.toPrecision(2))} ms`;
};

export const span = (seconds) => {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
};
export const ago = (stamp, now) => `${span(now - time(stamp))} ago`;

// The state as the style sheet knows it.
export const kind = (state) => {
  if (state === "InService") return "in-service";
  if (/^(Pending|EnteringStandby)/.test(state)) return "pending";
  if (/^(Terminat|Detach)/.test(state)) return "leaving";
  return /^(initial|healthy|unhealthy|draining)$/.test(state) ? state : "other";
};

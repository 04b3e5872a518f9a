// The six figures.

import { byId, el, keyed, say, set } from "./dom.js";
import { count, millis } from "./words.js";

const figures = (state) => {
  const { load } = state;
  const serving = state.targets.filter((target) => target.state === "healthy").length;
  const calls = Object.values(state.calls).reduce((sum, number) => sum + number, 0);
  const over = load ? `over ${load.over_seconds} s` : "no load";
  return [
    ["Requests", load ? `${Math.round(load.requests_per_second)}/s` : "–", load ? `${count(load.rate)}/s asked for` : "no load"],
    ["Failed", load ? count(load.failed) : "–", load ? `of ${count(load.sent)}` : "no load", load && (load.failed ? "bad" : "good")],
    ["Median", millis(load?.p50_ms), over],
    ["p99", millis(load?.p99_ms), over],
    ["Healthy", `${serving}/${state.group?.desired ?? 0}`, `${count(state.members.filter((m) => m.health).length)} in the group`],
    ["API calls", count(calls), `${Object.keys(state.calls).length} operations`],
  ];
};

const make = ([name]) =>
  el("div", { class: "card" }, el("p", { class: "name", text: name }), el("p", { class: "figure" }), el("p", { class: "note" }));

const update = (card, [, figure, note, mood]) => {
  set(card, "class", mood ? `card ${mood}` : "card");
  say(card.children[1], figure);
  say(card.children[2], note);
};

export const cards = (state) => keyed(byId("cards"), figures(state), ([name]) => name, make, update);

// Scaling activities, API calls, and where everything is.

import { byId, el, keyed, say, set } from "./dom.js";
import { ago, count, plural } from "./words.js";

const MOODS = { Successful: "good", Failed: "bad", Cancelled: "bad" };

const activity = () => el("li", {}, el("p", { class: "what" }), el("p", { class: "why" }), el("p", { class: "when" }));

const updateActivity = (row, told, now) => {
  set(row, "class", MOODS[told.status] ?? "busy");
  say(row.children[0], told.description);
  say(row.children[1], told.cause);
  say(row.children[2], `${told.status} · ${ago(told.started, now)}`);
};

export const activities = (state, view) =>
  keyed(byId("activities"), state.activities, (told) => told.id, activity, (row, told) => updateActivity(row, told, view.now));

export const calls = (state) => {
  const told = Object.entries(state.calls).sort(([a], [b]) => a.localeCompare(b));
  const total = told.reduce((sum, [, number]) => sum + number, 0);
  say(byId("calls-total"), `${plural(total, "call")}, ${plural(told.length, "operation")}`);
  const make = ([name]) => el("tr", {}, el("th", { scope: "row", text: name }), el("td"));
  keyed(byId("calls").tBodies[0], told, ([name]) => name, make, (row, [, number]) => say(row.lastElementChild, count(number)));
};

export const footer = (state) => {
  const { endpoint, balancer } = state.sandbox;
  const node = byId("footer");
  const text = `AWS endpoint ${endpoint}, load balancer `;
  if (node.firstChild?.textContent === text) return;
  node.replaceChildren(text, el("a", { href: balancer, text: balancer }), ". In a terminal: ", el("code", { text: 'eval "$(sandbox env)"' }), ".");
};

// The instance refresh in AWS's words, and what the last deploy said.

import { byId, el, keyed, say, show } from "./dom.js";
import { ago, span, time } from "./words.js";

const facts = (state, now) => {
  const { refresh } = state;
  const { last } = state.deploy;
  const told = [];
  if (last) {
    const how = last.ended ? `${last.outcome}${last.exit_code == null ? "" : ` (exit status ${last.exit_code})`}` : "under way";
    told.push(["deploy", `${last.version}: ${how}, ${span((last.ended ? time(last.ended) : now) - time(last.started))}`]);
  }
  if (refresh) {
    const template = refresh.template && `version ${refresh.template.number ?? refresh.template.asked} of ${refresh.template.name}`;
    told.push(["refresh", `${refresh.status}, ${refresh.percentage} %, ${refresh.to_update} to update`]);
    if (refresh.reason) told.push(["reason", refresh.reason]);
    if (refresh.rollback) told.push(["rolled back because", refresh.rollback]);
    if (template) told.push(["launches", template]);
    told.push(["started", ago(refresh.started, now)]);
    if (refresh.ended) told.push(["took", span(time(refresh.ended) - time(refresh.started))]);
  }
  return told.length ? told : [["refresh", "none yet"]];
};

const make = ([name]) => el("div", {}, el("dt", { text: name }), el("dd"));

export const deploys = (state, view) => {
  keyed(byId("refresh"), facts(state, view.now), ([name]) => name, make, (row, [, value]) => say(row.lastElementChild, value));
  const log = byId("log");
  const lines = state.deploy.last?.lines ?? [];
  show(log, lines.length > 0);
  const follows = log.scrollTop + log.clientHeight > log.scrollHeight - 30;
  const text = lines.join("\n");
  if (log.textContent === text) return;
  say(log, text);
  if (follows) log.scrollTop = log.scrollHeight;
};

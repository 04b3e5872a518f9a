// One row per instance: who it is, how it stands, and what it went through.

import { axis, grid } from "./axis.js";
import { byId, el, keyed, set, say, show, svg } from "./dom.js";
import { kind, span, time } from "./words.js";

const BAR = 13;
const HEIGHT = 2 * BAR + 2;
const CHARACTER = 6.2;

const make = (member) =>
  el(
    "li",
    { class: "member" },
    el(
      "p",
      { class: "who" },
      el("b", { class: "version" }),
      el("code", { text: member.id }),
      el("span", { class: "zone", text: member.zone }),
      el("span", { class: "states" }),
    ),
    svg("svg", { class: "lifeline", role: "img", height: HEIGHT }),
  );

// Newer than the others, or one among its like.
const age = (member, newest, several) => (!several || member.version === newest ? "new" : "old");

const states = (member, targets, now) => {
  const told = [{ key: "lifecycle", state: member.lifecycle, text: member.lifecycle, title: `lifecycle state, for ${span(now - time(member.since))}` }];
  for (const target of targets) {
    told.push({ key: target.target_group, state: target.state, text: `target ${target.state}`, title: target.description ?? `in ${target.target_group}` });
  }
  if (member.health === "Unhealthy") {
    told.push({ key: "health", state: "unhealthy", text: "Unhealthy", title: `found by ${member.unfit}` });
  }
  for (const hook of member.hooks) {
    told.push({ key: hook.name, state: "hook", text: `${hook.name} ${span(time(hook.deadline) - now)}`, title: "a lifecycle hook waits, no longer than this" });
  }
  return told;
};

const pill = (told) => el("span", { class: "pill", text: told.text });
const updatePill = (node, told) => {
  set(node, "class", `pill ${told.state === "hook" ? "hook" : kind(told.state)}`);
  set(node, "title", told.title);
  say(node, told.text);
};

// The stretches of one track: each state until the next one.
const stretches = (line, track, now, gone) => {
  const entered = line.filter((entry) => entry.track === track);
  return entered
    .map((entry, index) => ({ state: entry.state, from: time(entry.at), to: entered[index + 1] ? time(entered[index + 1].at) : now }))
    .filter(({ state }) => state !== "unused" && state !== "Terminated" && !(gone && state === "Terminated"));
};

const bar = (stretch, y, time_, whose) => {
  const x = time_.x(stretch.from);
  const width = Math.max(1.5, time_.x(stretch.to) - x - 1);
  if (stretch.to < time_.from) return [];
  const style = kind(stretch.state);
  const shape = { x, y, width, height: BAR, rx: 3 };
  const short = stretch.state.split(":")[0];
  const label = [stretch.state, short].find((text) => text.length * CHARACTER + 8 <= width);
  return [
    svg(
      "g",
      { class: `span ${style} ${whose}` },
      svg("title", { text: `${stretch.state}, ${span(stretch.to - stretch.from)}` }),
      svg("rect", { class: "body", ...shape }),
      ...(style === "leaving" || style === "draining" ? [svg("path", { class: "hatch", d: hatch(x, y, width) })] : []),
      ...(label ? [svg("text", { x: x + 5, y: y + 10, text: label })] : []),
    ),
  ];
};

// Leaving states are hatched, so that they can be told without colour.
const hatch = (x, y, width) => {
  let path = "";
  for (let at = x + 5; at < x + width - BAR + 4; at += 8) path += `M${at} ${y + BAR}l${BAR - 3} ${-BAR}`;
  return path;
};

const lifeline = (node, member, view, whose) => {
  const width = node.clientWidth || node.parentNode.clientWidth;
  const time_ = axis(width, view);
  const tracks = [["lifecycle", 0], ["target", BAR + 2]];
  set(node, "viewBox", `0 0 ${width} ${HEIGHT}`);
  set(node, "aria-label", member.timeline.map((entry) => entry.state).join(", then "));
  node.replaceChildren(
    ...grid(time_, HEIGHT),
    ...tracks.flatMap(([track, y]) => stretches(member.timeline, track, view.now).flatMap((stretch) => bar(stretch, y, time_, whose))),
  );
};

export const members = (state, view) => {
  const present = state.members.filter((member) => member.health);
  const newest = present.at(-1)?.version;
  const several = new Set(state.members.map((member) => member.version)).size > 1;
  const targets = Map.groupBy(state.targets, (target) => target.id);
  show(byId("nobody"), state.members.length === 0);
  keyed(byId("members"), state.members, (member) => member.id, make, (row, member) => {
    const whose = age(member, newest, several);
    set(row, "class", `member ${whose}${member.health ? "" : " departed"}`);
    say(row.querySelector(".version"), member.version ?? "?");
    keyed(row.querySelector(".states"), states(member, targets.get(member.id) ?? [], view.now), (told) => told.key, pill, updatePill);
    lifeline(row.lastElementChild, member, view, whose);
  });
};

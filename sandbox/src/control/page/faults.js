// Faults: which are in force, and putting one in force.

import { byId, el, keyed, say, show } from "./dom.js";
import { plural, span, time } from "./words.js";
import { send } from "./stream.js";

let forms = {};
let chosen = null;

const CHOICES = {
  member: ["oldest", "newest", "random", "new", "1"],
  service: ["autoscaling", "ec2", "elasticloadbalancing", "monitoring", "ssm", "sts", "s3"],
  from: ["deploy", "instances"],
  when: ["before", "after"],
};

const refuse = (error) => {
  say(byId("fault-refused"), error?.message ?? "");
  show(byId("fault-refused"), Boolean(error));
};

const act = async (method, path, document) => {
  try {
    await send(method, path, document);
    refuse(null);
  } catch (error) {
    refuse(error);
  }
};

const make = (fault) => {
  const clear = el("button", { type: "button", class: "plain", text: "Clear", "aria-label": `Clear ${fault.fault}` });
  clear.addEventListener("click", () => act("DELETE", `faults/${fault.id}`));
  return el("li", {}, el("code", { text: fault.fault }), el("span", { class: "note" }), clear);
};

const note = (fault, now) => {
  const hits = fault.hits ? `struck ${plural(fault.hits, "time")}` : "has not struck yet";
  if (fault.done) return `over, ${hits}`;
  if (!fault.since || time(fault.since) > now) return "waits for its time";
  return `in force for ${span(now - time(fault.since))}, ${hits}`;
};

export const faults = (state, view) => {
  const active = state.faults ?? [];
  keyed(byId("active"), active, (fault) => fault.id, make, (row, fault) => {
    row.classList.toggle("done", fault.done);
    say(row.children[1], note(fault, view.now));
  });
  show(byId("no-faults"), active.length === 0);
  show(byId("clear-all"), active.length > 1);
  byId("inject-button").disabled = !view.live || !chosen;
  zones(state);
  if (view.live && !learning) learn();
};

const zones = (state) => {
  CHOICES.zone = [...new Set(state.members.map((member) => member.zone))].sort();
  CHOICES.version = [...new Set(state.members.map((member) => member.version).filter(Boolean))];
};

// Which faults there are is the sandbox's to say.
let learning = false;
const learn = async () => {
  learning = true;
  const answer = await fetch("faults").catch(() => null);
  if (!answer?.ok) return;
  const told = await answer.json();
  forms = told.forms ?? {};
  byId("kinds").replaceChildren(...told.kinds.map(chip));
  show(byId("faults"), true);
};

const chip = (kind) => {
  const choice = el("input", { type: "radio", name: "kind", value: kind.kind });
  choice.addEventListener("change", () => choose(kind));
  return el("label", { title: kind.about }, choice, el("span", { text: kind.kind }));
};

const choose = (kind) => {
  chosen = kind;
  refuse(null);
  say(byId("about"), `${kind.about}.`);
  byId("keys").replaceChildren(...kind.keys.map(field));
  byId("inject-button").disabled = false;
  compose();
};

const field = (key) => {
  const choices = CHOICES[key];
  const list = choices && el("datalist", { id: `choices-${key}` }, ...choices.map((value) => el("option", { value })));
  const input = el("input", { name: key, placeholder: "–", autocomplete: "off", spellcheck: "false", title: forms[key], list: list && list.id });
  input.addEventListener("input", compose);
  return el("label", {}, el("span", { text: key }), input, ...(list ? [list] : []));
};

const compose = () => {
  const keys = [...byId("keys").querySelectorAll("input")].filter((input) => input.value.trim());
  const said = keys.map((input) => `${input.name}=${input.value.trim()}`).join(",");
  say(byId("spec"), said ? `${chosen.kind}:${said}` : chosen.kind);
};

export const wireFaults = () => {
  byId("inject").addEventListener("submit", (event) => {
    event.preventDefault();
    if (chosen) act("POST", "faults", { fault: byId("spec").textContent });
  });
  byId("clear-all").addEventListener("click", () => {
    for (const row of byId("active").children) act("DELETE", `faults/${row.dataset.key}`);
  });
};

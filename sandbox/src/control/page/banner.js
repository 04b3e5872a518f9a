// The first thing to read: how the group stands, in one sentence, and the button that changes it.

import { byId, say, set, show } from "./dom.js";
import { ago, count, plural, span, time } from "./words.js";
import { send } from "./stream.js";

const SEALS = {
  good: "M15 27l8 8 15-17",
  bad: "M18 18l16 16m0-16l-16 16",
  busy: "M16 26h20m-8-8l8 8-8 8",
  quiet: "M26 14v12l8 6",
};

const healthy = (state) => {
  const targets = new Map();
  for (const target of state.targets) {
    targets.set(target.id, (targets.get(target.id) ?? true) && target.state === "healthy");
  }
  return state.members.filter((member) => member.lifecycle === "InService" && (targets.get(member.id) ?? true));
};

export const newest = (state) => state.members.filter((member) => member.health).at(-1)?.version ?? null;

const refreshing = (state) => {
  const { refresh } = state;
  const left = refresh.to_update ? `${plural(refresh.to_update, "instance")} to update` : "nothing left to update";
  const back = refresh.status.startsWith("Rollback") || refresh.status === "Cancelling";
  const on = healthy(state).filter((member) => member.version === newest(state)).length;
  return {
    mood: back ? "bad" : "busy",
    kicker: refresh.status.replace(/([a-z])([A-Z])/g, "$1 $2"),
    headline: `${count(on)} of ${state.group.desired} run ${newest(state) ?? "the new version"}`,
    story: `Instance refresh ${refresh.percentage} %, ${left}${refresh.rollback ? `. ${refresh.rollback}` : ""}`,
    percentage: refresh.percentage,
  };
};

const standing = (state) => {
  const serving = healthy(state);
  const versions = [...new Set(serving.map((member) => member.version ?? "an unknown version"))];
  const headline = `${serving.length} of ${state.group.desired} serve ${versions.join(" and ") || "nothing"}`;
  const { last } = state.deploy;
  if (last && !last.ended) {
    return { mood: "busy", kicker: `Deploying ${last.version}`, headline, story: last.lines.at(-1) ?? "" };
  }
  const took = last && time(last.ended) - time(last.started);
  const story = last
    ? `The deploy of ${last.version} ended ${ago(last.ended, time(state.now))}: ${last.outcome}, after ${span(took)}.`
    : "No deploy is under way.";
  const { settled } = state.group;
  return { mood: settled ? "good" : "quiet", kicker: settled ? "At rest" : "Changing", headline, story };
};

const losing = (told, load) => ({
  ...told,
  mood: "bad",
  kicker: "Requests are failing",
  story: `${plural(load.failing, "request")} failed in the last ${load.over_seconds} seconds. ${told.story}`,
});

const tell = (state, link) => {
  if (link === "gone") {
    return {
      mood: "quiet",
      kicker: "Sandbox is gone",
      headline: "This sandbox has ended",
      story: "What is shown is how it stood last. Start it again with `sandbox up --port` and the same port, and this page goes on by itself.",
    };
  }
  if (!state?.group) return { mood: "quiet", kicker: "Coming up", headline: "The group is being made", story: "" };
  const told = state.refresh?.active ? refreshing(state) : standing(state);
  return state.load?.failing ? losing(told, state.load) : told;
};

export const banner = (state, link) => {
  const told = tell(state, link);
  set(byId("banner"), "data-mood", told.mood);
  set(byId("seal"), "d", SEALS[told.mood]);
  say(byId("kicker"), told.kicker);
  say(byId("headline"), told.headline);
  say(byId("story"), told.story);
  const bar = byId("progress");
  bar.classList.toggle("idle", told.percentage == null);
  set(bar, "aria-valuenow", told.percentage ?? 0);
  bar.firstElementChild.style.width = `${told.percentage ?? 0}%`;
  button(state, link);
  document.title = `${told.kicker} · ${told.headline}`;
};

const button = (state, link) => {
  const deploy = byId("deploy");
  const { next, last } = state?.deploy ?? {};
  const running = last && !last.ended;
  deploy.disabled = link !== "live" || !next;
  show(deploy, Boolean(next || running || link !== "live"));
  say(deploy, running ? `Deploying ${last.version} …` : next ? `Deploy ${next}` : "Deploy");
};

export const wireDeploy = (latest) => {
  byId("deploy").addEventListener("click", async () => {
    const refused = byId("refused");
    byId("deploy").disabled = true;
    try {
      await send("POST", "deploy", { version: latest().deploy.next });
      show(refused, false);
    } catch (error) {
      say(refused, error.message);
      show(refused, true);
    }
  });
};

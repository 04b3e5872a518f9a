// What happens, for those who do not see it: one short sentence at a time, and only what matters.

import { byId, say } from "./dom.js";

let before = null;

const news = (state, link) => {
  if (link === "gone") return "The sandbox is gone.";
  if (!before) return null;
  const { last } = state.deploy;
  const was = before.deploy.last;
  if (last && (!was || was.started !== last.started)) return `The deploy of ${last.version} has begun.`;
  if (last?.ended && !was?.ended) return `The deploy of ${last.version} has ended: ${last.outcome}.`;
  if (state.refresh && state.refresh.status !== before.refresh?.status) return `Instance refresh: ${state.refresh.status}.`;
  if (state.load?.failing && !before.load?.failing) return "Requests are failing.";
  if ((state.faults?.length ?? 0) !== (before.faults?.length ?? 0)) return `${state.faults.length} faults in force.`;
  const known = new Map(before.members.map((member) => [member.id, member.lifecycle]));
  const moved = state.members.find((member) => known.get(member.id) !== member.lifecycle && /^(InService|Terminating|Terminated)$/.test(member.lifecycle));
  return moved ? `${moved.id} is ${moved.lifecycle}.` : null;
};

export const announce = (state, link) => {
  const told = news(state, link);
  if (told) say(byId("say"), told);
  before = state;
};

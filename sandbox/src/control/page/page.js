// The live page: takes snapshots of the sandbox and gives each part of the page its share.

import { activities, calls, footer } from "./lists.js";
import { announce } from "./announce.js";
import { banner, wireDeploy } from "./banner.js";
import { byId, say, set } from "./dom.js";
import { cards } from "./cards.js";
import { deploys } from "./deploys.js";
import { faults, wireFaults } from "./faults.js";
import { follow } from "./stream.js";
import { members } from "./members.js";
import { time } from "./words.js";
import { traffic, wireTraffic } from "./traffic.js";

const LINK = { connecting: "connecting", live: "live", reconnecting: "reconnecting", gone: "sandbox is gone" };

let latest = null;
let link = "connecting";
let drawing = false;

const draw = () => {
  drawing = false;
  const live = link === "live";
  document.body.classList.toggle("gone", link === "gone");
  set(byId("link"), "data-state", link);
  say(byId("link").lastElementChild, LINK[link]);
  banner(latest, link);
  if (!latest) return;
  const now = time(latest.now);
  const view = { now, seconds: Number(document.querySelector("[name=window]:checked").value), live };
  say(byId("group"), `${latest.sandbox.group} · ${latest.sandbox.region} · profile ${latest.sandbox.profile}`);
  for (const part of [cards, traffic, members, faults, deploys, activities, calls, footer]) part(latest, view);
  announce(latest, link);
};

// One picture per frame, and none while nobody looks.
const soon = () => {
  if (!drawing) requestAnimationFrame(draw);
  drawing = true;
};

wireDeploy(() => latest);
wireFaults();
wireTraffic(soon);
addEventListener("resize", soon);
follow(
  (snapshot) => {
    latest = snapshot;
    soon();
  },
  (state) => {
    if (state === link) return;
    link = state;
    soon();
  },
);

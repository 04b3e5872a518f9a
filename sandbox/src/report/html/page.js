"use strict";
(() => {
  const { buckets, phases } = JSON.parse(document.getElementById("data").textContent);
  const tip = document.getElementById("tip");
  const charts = [...document.querySelectorAll("svg.chart")];
  const ms = (v) => (v >= 10000 ? (v / 1000).toFixed(1) + " s" : v.toPrecision(3) + " ms");

  const lines = (t) => {
    const told = [["at", t.toFixed(1) + " s"]];
    const phase = phases.filter((p) => p[1] <= t && t < p[2]).pop();
    if (phase) told.push(["phase", phase[0]]);
    const bucket = buckets.find((b) => b[0] <= t && t < b[1]);
    if (bucket && bucket[2]) {
      told.push(["median", ms(bucket[4])], ["p99", ms(bucket[5])], ["slowest", ms(bucket[6])]);
    }
    if (bucket) told.push(["answered", String(bucket[2])], ["failed", String(bucket[3])]);
    return told;
  };

  const show = (t) => {
    tip.replaceChildren(
      ...lines(t).map(([name, value]) => {
        const row = document.createElement("p");
        const label = document.createElement("span");
        label.textContent = name;
        const figure = document.createElement("b");
        figure.textContent = value;
        if (name === "failed" && value !== "0") row.className = "bad";
        row.append(label, figure);
        return row;
      }),
    );
    tip.hidden = false;
  };

  const place = (event) => {
    const left = event.clientX + 18 + tip.offsetWidth > innerWidth ? event.clientX - 18 - tip.offsetWidth : event.clientX + 18;
    tip.style.left = Math.max(6, left) + "px";
    tip.style.top = Math.min(event.clientY + 18, innerHeight - tip.offsetHeight - 6) + "px";
  };

  const point = (seconds) => {
    for (const chart of charts) {
      const { left, right, seconds: all } = chart.dataset;
      const cursor = chart.querySelector(".cursor");
      const x = +left + (seconds / all) * (right - left);
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
      cursor.classList.add("on");
    }
  };

  const leave = () => {
    tip.hidden = true;
    for (const chart of charts) chart.querySelector(".cursor").classList.remove("on");
  };

  for (const chart of charts) {
    chart.addEventListener("pointermove", (event) => {
      const { left, right, seconds } = chart.dataset;
      const box = chart.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * chart.viewBox.baseVal.width;
      const t = ((x - left) / (right - left)) * seconds;
      if (t < 0 || t > +seconds) return leave();
      point(t);
      show(t);
      place(event);
    });
    chart.addEventListener("pointerleave", leave);
  }
})();

// The charts: browser minutes, sessions live at once, and ends by reason. Each is a table as well, for whoever can't see them.

import { h } from "./element.js";
import { liveOf, minutesOf, reasonsOf } from "./usage.js";
import { countInWords, figure, reasonInWords } from "./words.js";

const HEIGHT = 112;
const dark = matchMedia("(prefers-color-scheme: dark)");

export class Charts {
  #minutes;
  #live;
  #reasons = new ReasonChart();

  /** The charts in `place`, once what draws them is loaded: nobody waits for that to see the sessions. */
  static async in(place) {
    const { default: Plot } = await import("./plot.js");
    return new Charts(place, Plot);
  }

  constructor(place, Plot) {
    this.#minutes = new TimeChart(
      Plot,
      "Browser minutes",
      bars,
      (value) => `${value.toLocaleString("en", { maximumFractionDigits: 1 })} min`,
    );
    this.#live = new TimeChart(Plot, "Live at once", steps, (value) => countInWords(value, "session"));
    place.replaceChildren(...[this.#minutes, this.#live, this.#reasons].map(({ element }) => element));
    for (const chart of [this.#minutes, this.#live]) {
      new ResizeObserver(() => chart.fit()).observe(chart.element);
      // Colours are those of the page, which the canvas has to be told.
      dark.addEventListener("change", () => chart.repaint());
    }
  }

  /** Draws, or draws again, what these periods say. */
  show(periods, range) {
    this.#minutes.show(minutesOf(periods, range), range === "24h");
    this.#live.show(liveOf(periods), range !== "30d");
    this.#reasons.show(reasonsOf(periods));
  }
}

// A bar stands around its moment, and needs room on both sides.
const bars = {
  draw: (Plot, color) => ({
    paths: Plot.paths.bars({ size: [0.72, 28, 1], radius: 0.15 }),
    fill: color,
    stroke: color,
    width: 0,
    points: { show: false },
  }),
  widen: ([first, second = first + 1], from, to) => [from - (second - first) / 2, to + (second - first) / 2],
};
const steps = {
  draw: (Plot, color) => ({
    paths: Plot.paths.stepped({ align: 1 }),
    stroke: color,
    fill: faded(color),
    width: 1.5,
    points: { show: false },
  }),
  widen: (_, from, to) => [from, Math.max(to, from + 1)],
};
const faded = (color) => color.replace(/^rgb\((.*)\)$/, "rgba($1, 0.16)");

class TimeChart {
  #Plot;
  #plot;
  #data;
  #isHourly = false;
  #series;
  #tell;
  #said = h("span", { class: "said" });
  #canvas = h("div", { class: "canvas", "aria-hidden": "true" });
  #none = h("p", { class: "none faint", hidden: true }, "Nothing yet");
  #table = h("div", { class: "unseen" });

  constructor(Plot, title, series, tell) {
    this.#Plot = Plot;
    this.#series = series;
    this.#tell = tell;
    this.title = title;
    this.element = h(
      "figure",
      { class: "chart" },
      h("figcaption", {}, h("span", {}, title), this.#said),
      this.#canvas,
      this.#none,
      this.#table,
    );
  }

  show(data, isHourly) {
    const isOther = !this.#plot || this.#isHourly !== isHourly;
    this.#data = data;
    this.#isHourly = isHourly;
    const isEmpty = data[1].every((value) => value === 0);
    this.#none.hidden = !isEmpty;
    this.#canvas.classList.toggle("empty-canvas", isEmpty);
    if (isOther) this.repaint();
    else this.#plot.setData(data);
    this.#say(null);
    this.#table.replaceChildren(
      tableOf(
        this.title,
        ["From (UTC)", this.title],
        data[0].map((at, index) => [this.#when(at), this.#tell(data[1][index])]),
      ),
    );
  }

  /** Draws with the colours and the size that the page has now. */
  repaint() {
    if (!this.#data) return;
    this.#plot?.destroy();
    this.#plot = new this.#Plot(this.#options(), this.#data, this.#canvas);
  }

  fit() {
    const width = this.#canvas.clientWidth;
    if (this.#plot && width > 0 && width !== this.#plot.width) this.#plot.setSize({ width, height: HEIGHT });
  }

  #options() {
    const { color, line, faint, font } = palette(this.element);
    const axis = { stroke: faint, font, ticks: { show: false }, grid: { stroke: line, width: 1 } };
    return {
      width: Math.max(120, this.#canvas.clientWidth),
      height: HEIGHT,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      tzDate: (seconds) => this.#Plot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: {
        x: { range: (_, from, to) => this.#series.widen(this.#data[0], from, to) },
        y: { range: (_, __, max) => [0, Math.max(1, max * 1.08)] },
      },
      axes: [
        { ...axis, grid: { show: false }, space: 56, size: 24, values: (_, at) => at.map((seconds) => tick(seconds)) },
        {
          ...axis,
          size: 36,
          space: 28,
          values: (_, values) =>
            values.map((value) => (Number.isInteger(value) ? value.toLocaleString("en", { notation: "compact" }) : "")),
        },
      ],
      series: [{}, this.#series.draw(this.#Plot, color)],
      hooks: { setCursor: [({ cursor: { idx } }) => this.#say(idx)] },
    };
  }

  #say(index) {
    const at = this.#data[0][index];
    this.#said.textContent = at === undefined ? "" : `${this.#when(at)} · ${this.#tell(this.#data[1][index])}`;
  }

  #when(seconds) {
    const hour = this.#isHourly ? { hour: "2-digit", minute: "2-digit" } : {};
    return new Date(seconds * 1000).toLocaleString("en-GB", {
      day: "numeric",
      month: "short",
      timeZone: "UTC",
      ...hour,
    });
  }
}

// An hour where the axis is that fine, else a day.
function tick(seconds) {
  const moment = new Date(seconds * 1000);
  if (moment.getUTCHours() !== 0) return `${String(moment.getUTCHours()).padStart(2, "0")}:00`;
  return moment.toLocaleString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
}

function palette(element) {
  const style = getComputedStyle(element);
  const color = (name) => {
    // A canvas knows no light-dark(): the used value of a property does.
    const probe = h("span", { class: name });
    element.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  };
  return {
    color: color("ink-accent"),
    line: color("ink-line"),
    faint: color("ink-faint"),
    font: `11px ${style.fontFamily}`,
  };
}

/** Bars that are a table themselves: few words and few numbers need no canvas. */
class ReasonChart {
  #rows = h("tbody");
  #none = h("p", { class: "none faint", hidden: true }, "Nothing yet");

  constructor() {
    const head = h(
      "thead",
      { class: "unseen" },
      h("tr", {}, h("th", { scope: "col" }, "Reason"), h("th", { scope: "col" }, "Sessions")),
    );
    const table = h("table", { class: "reasons", "aria-label": "Ends by reason" }, head, this.#rows);
    this.element = h(
      "figure",
      { class: "chart" },
      h("figcaption", {}, h("span", {}, "Ends by reason")),
      table,
      this.#none,
    );
  }

  show(reasons) {
    this.#none.hidden = reasons.length > 0;
    const most = Math.max(1, ...reasons.map(([, count]) => count));
    this.#rows.replaceChildren(
      ...reasons.map(([reason, count]) => {
        const fill = h("span", { class: `fill ${reason}` });
        fill.style.inlineSize = `${(100 * count) / most}%`;
        return h(
          "tr",
          {},
          h("th", { scope: "row" }, reasonInWords(reason)),
          h(
            "td",
            {},
            h("span", { class: "track", "aria-hidden": "true" }, fill),
            h("span", { class: "number" }, figure(count)),
          ),
        );
      }),
    );
  }
}

function tableOf(caption, heads, rows) {
  const head = h("tr", {}, ...heads.map((text) => h("th", { scope: "col" }, text)));
  return h(
    "table",
    {},
    h("caption", {}, caption),
    h("thead", {}, head),
    h("tbody", {}, ...rows.map((cells) => h("tr", {}, ...cells.map((text) => h("td", {}, text))))),
  );
}

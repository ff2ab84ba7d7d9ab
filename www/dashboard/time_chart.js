// A chart of values over time, and the same as a table for screen readers.

/** @import uPlot from "uplot" */
/** @import { Columns } from "./usage.js" */

import { h } from "../page/element.js";

const HEIGHT = 112;
const WIDTH_MIN = 120;

/** @typedef {typeof import("uplot")} PlotClass the chart library's class */

/**
 * How a chart draws its values.
 *
 * @typedef {object} Style
 * @property {(Plot: PlotClass, color: string) => uPlot.Series} series
 * @property {(x: number[], from: number, to: number) => [number, number]} range of the x axis, in seconds
 */

/** One bar for each value. The axis is wider than the values, because a bar extends to both sides. @type {Style} */
export const BARS = {
  series: (Plot, color) => ({
    paths: Plot.paths.bars?.({ size: [0.72, 28, 1], radius: 0.15 }),
    fill: color,
    stroke: color,
    width: 0,
    points: { show: false },
  }),
  range: ([first = 0, second = first + 1], from, to) => [from - (second - first) / 2, to + (second - first) / 2],
};

/** A line that keeps each value until the next one. @type {Style} */
export const STEPS = {
  series: (Plot, color) => ({
    paths: Plot.paths.stepped?.({ align: 1 }),
    stroke: color,
    fill: faded(color),
    width: 1.5,
    points: { show: false },
  }),
  range: (_, from, to) => [from, Math.max(to, from + 1)],
};

/** @param {string} color */
function faded(color) {
  return color.replace(/^rgb\((.*)\)$/, "rgba($1, 0.16)");
}

export class TimeChart {
  #Plot;
  #title;
  #style;
  #format;
  /** @type {uPlot | undefined} */
  #plot;
  /** @type {Columns} */
  #data = [[], []];
  #isHourly = false;
  #readout = h("span", { class: "said" });
  #canvas = h("div", { class: "canvas", "aria-hidden": "true" });
  #none = h("p", { class: "none faint", hidden: true }, "No data yet");
  #table = h("div", { class: "unseen" });

  /**
   * @param {PlotClass} Plot
   * @param {string} title
   * @param {Style} style
   * @param {(value: number) => string} format a value as text
   */
  constructor(Plot, title, style, format) {
    this.#Plot = Plot;
    this.#title = title;
    this.#style = style;
    this.#format = format;
    const caption = h("figcaption", {}, h("span", {}, title), this.#readout);
    this.element = h("figure", { class: "chart" }, caption, this.#canvas, this.#none, this.#table);
  }

  /**
   * @param {Columns} data
   * @param {boolean} isHourly whether dates are shown with their hour
   */
  show(data, isHourly) {
    const plot = this.#isHourly === isHourly ? this.#plot : undefined;
    this.#data = data;
    this.#isHourly = isHourly;
    const isEmpty = data[1].every((value) => value === 0);
    this.#none.hidden = !isEmpty;
    this.#canvas.classList.toggle("empty-canvas", isEmpty);
    if (plot) plot.setData(data);
    else this.#draw();
    this.#showValue(null);
    this.#fillTable();
  }

  /** Draws again with the page's current colors and size. */
  repaint() {
    if (this.#plot) this.#draw();
  }

  #draw() {
    this.#plot?.destroy();
    this.#plot = new this.#Plot(this.#options(), this.#data, this.#canvas);
  }

  fit() {
    const width = this.#canvas.clientWidth;
    if (this.#plot && width > 0 && width !== this.#plot.width) this.#plot.setSize({ width, height: HEIGHT });
  }

  /** @returns {uPlot.Options} */
  #options() {
    const { color, line, faint, font } = paletteOf(this.element);
    const axis = { stroke: faint, font, ticks: { show: false }, grid: { stroke: line, width: 1 } };
    return {
      width: Math.max(WIDTH_MIN, this.#canvas.clientWidth),
      height: HEIGHT,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      tzDate: (seconds) => this.#Plot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: {
        x: { range: (_, from, to) => this.#style.range(this.#data[0], from, to) },
        y: { range: (_, __, max) => [0, Math.max(1, max * 1.08)] },
      },
      axes: [
        { ...axis, grid: { show: false }, space: 56, size: 24, values: (_, at) => at.map(formatTick) },
        { ...axis, size: 36, space: 28, values: (_, values) => values.map(formatWhole) },
      ],
      series: [{}, this.#style.series(this.#Plot, color)],
      hooks: { setCursor: [({ cursor: { idx } }) => this.#showValue(idx ?? null)] },
    };
  }

  /** @param {number | null} index of the value under the pointer */
  #showValue(index) {
    const at = index === null ? undefined : this.#data[0][index];
    const value = index === null ? undefined : this.#data[1][index];
    const isThere = at !== undefined && value !== undefined;
    this.#readout.textContent = isThere ? `${this.#formatPeriod(at)} · ${this.#format(value)}` : "";
  }

  #fillTable() {
    const [starts, values] = this.#data;
    const rows = starts.map((at, index) =>
      h("tr", {}, h("td", {}, this.#formatPeriod(at)), h("td", {}, this.#format(values[index] ?? 0))),
    );
    const heads = ["From (UTC)", this.#title].map((text) => h("th", { scope: "col" }, text));
    this.#table.replaceChildren(
      h("table", {}, h("caption", {}, this.#title), h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows)),
    );
  }

  /** @param {number} seconds when the period begins */
  #formatPeriod(seconds) {
    return new Date(seconds * 1000).toLocaleString("en-GB", {
      day: "numeric",
      month: "short",
      timeZone: "UTC",
      ...(this.#isHourly && { hour: "2-digit", minute: "2-digit" }),
    });
  }
}

/**
 * A label of the x axis: the hour, and at midnight the day.
 *
 * @param {number} seconds
 */
function formatTick(seconds) {
  const moment = new Date(seconds * 1000);
  if (moment.getUTCHours() !== 0) return `${String(moment.getUTCHours()).padStart(2, "0")}:00`;
  return moment.toLocaleString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
}

/**
 * A label of the y axis. Only whole numbers have one.
 *
 * @param {number} value
 */
function formatWhole(value) {
  return Number.isInteger(value) ? value.toLocaleString("en", { notation: "compact" }) : "";
}

/**
 * The page's colors and font, for the canvas.
 *
 * @param {HTMLElement} element
 */
function paletteOf(element) {
  const style = getComputedStyle(element);
  const color = (/** @type {string} */ name) => {
    // A canvas does not understand light-dark(). The used value of a property is a plain color.
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

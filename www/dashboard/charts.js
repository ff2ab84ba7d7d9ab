// The charts: browser minutes, concurrent sessions, and ends by reason.

/** @import { UsagePeriod } from "tidewatch" */
/** @import { Range } from "./address.js" */
/** @import { PlotClass } from "./time_chart.js" */

import { formatCount } from "../page/format.js";
import { ReasonChart } from "./reason_chart.js";
import { BARS, STEPS, TimeChart } from "./time_chart.js";
import { liveOf, minutesOf, reasonsOf } from "./usage.js";

const darkMode = matchMedia("(prefers-color-scheme: dark)");

const formatMinutes = (/** @type {number} */ value) =>
  `${value.toLocaleString("en", { maximumFractionDigits: 1 })} min`;

export class Charts {
  #minutes;
  #live;
  #reasons = new ReasonChart();

  /**
   * Loads the chart library, then creates the charts in `container`. The page shows its sessions before.
   *
   * @param {HTMLElement} container
   */
  static async load(container) {
    const { default: Plot } = await import("./plot.js");
    return new Charts(container, Plot);
  }

  /**
   * @param {HTMLElement} container
   * @param {PlotClass} Plot
   */
  constructor(container, Plot) {
    this.#minutes = new TimeChart(Plot, "Browser minutes", BARS, formatMinutes);
    this.#live = new TimeChart(Plot, "Peak concurrent sessions", STEPS, (value) => formatCount(value, "session"));
    container.replaceChildren(this.#minutes.element, this.#live.element, this.#reasons.element);
    for (const chart of [this.#minutes, this.#live]) {
      new ResizeObserver(() => chart.fit()).observe(chart.element);
      // A canvas does not follow the page's colors by itself.
      darkMode.addEventListener("change", () => chart.repaint());
    }
  }

  /**
   * @param {UsagePeriod[]} periods
   * @param {Range} range
   */
  show(periods, range) {
    this.#minutes.show(minutesOf(periods, range), range === "24h");
    this.#live.show(liveOf(periods), range !== "30d");
    this.#reasons.show(reasonsOf(periods));
  }
}

// What a test has planned: which calls meet another reaction than the usual one.

/**
 * @import { Browser } from "./browser.mjs"
 * @import { Reaction } from "./faults.mjs"
 * @import { CallKind } from "./paths.mjs"
 *
 * @typedef {CallKind | "any"} PlannedCall
 * @typedef {{call: PlannedCall, reaction: Reaction, browser?: Browser, once: boolean}} Plan
 */

/** A kind of call that stands for all. */
const ANY = "any";

export class Plans {
  /** @type {Plan[]} */
  #plans = [];

  /**
   * The next calls of this kind meet these reactions, one each.
   *
   * @param {PlannedCall} call
   * @param {Reaction[]} reactions
   */
  next(call, reactions) {
    for (const reaction of reactions) this.#plans.push({ call, reaction, once: true });
  }

  /**
   * All calls of this kind meet this reaction; if a browser is named, those about it.
   *
   * @param {PlannedCall} call
   * @param {Reaction} reaction
   * @param {Browser} [browser]
   */
  always(call, reaction, browser) {
    this.#plans.push({ call, reaction, browser, once: false });
  }

  /** Nothing is planned any more. */
  clear() {
    this.#plans = [];
  }

  /**
   * The reaction that a call meets, if one is planned.
   *
   * @param {CallKind} call
   * @param {string} [browser] its id
   */
  take(call, browser) {
    const fits = (/** @type {Plan} */ plan) =>
      (plan.call === call || plan.call === ANY) && (!plan.browser || plan.browser.id === browser);
    const plan = this.#plans.find((plan) => fits(plan) && plan.once) ?? this.#plans.find(fits);
    if (plan?.once) this.#plans.splice(this.#plans.indexOf(plan), 1);
    return plan?.reaction;
  }
}

// What a test has planned: which calls meet another reaction than the usual one.

/** A kind of call that stands for all. */
const ANY = "any";

export class Plans {
  #plans = [];

  /** The next calls of this kind meet these reactions, one each. */
  next(call, reactions) {
    for (const reaction of reactions) this.#plans.push({ call, reaction, once: true });
  }

  /** All calls of this kind meet this reaction; if a browser is named, those about it. */
  always(call, reaction, browser) {
    this.#plans.push({ call, reaction, browser, once: false });
  }

  /** Nothing is planned any more. */
  clear() {
    this.#plans = [];
  }

  /** The reaction that a call meets, if one is planned. */
  take(call, browser) {
    const fits = (plan) => (plan.call === call || plan.call === ANY) && (!plan.browser || plan.browser.id === browser);
    const plan = this.#plans.find((plan) => fits(plan) && plan.once) ?? this.#plans.find(fits);
    if (plan?.once) this.#plans.splice(this.#plans.indexOf(plan), 1);
    return plan?.reaction;
  }
}

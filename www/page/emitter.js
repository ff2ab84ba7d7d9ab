// An event target whose events carry values of known types.

/**
 * @template {Record<string, unknown>} Details what each event carries, by the event's name
 */
export class Emitter extends EventTarget {
  /**
   * Calls `listener` with what each event of this type carries.
   *
   * @template {keyof Details & string} Type
   * @param {Type} type
   * @param {(detail: Details[Type]) => void} listener
   * @param {AddEventListenerOptions} [options]
   */
  on(type, listener, options) {
    const unwrap = (/** @type {Event} */ event) => listener(/** @type {CustomEvent<Details[Type]>} */ (event).detail);
    this.addEventListener(type, unwrap, options);
  }

  /**
   * Sends an event to all listeners.
   *
   * @template {keyof Details & string} Type
   * @param {Type} type
   * @param {Details[Type]} detail
   */
  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

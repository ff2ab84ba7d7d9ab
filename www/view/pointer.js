// Sends mouse, wheel and touch input on the picture to the page.

/** @import { Input, Protocol } from "./cdp.js" */
/** @import { WithModifiers } from "./keys.js" */

import { onceAFrame } from "../page/once_a_frame.js";
import { modifiersOf } from "./keys.js";

/** @type {readonly Protocol.Input.MouseButton[]} */
const BUTTONS = ["left", "middle", "right", "back", "forward"];
const LINE_PIXELS = 40;
// A touch that moves less is a tap. A touch that lasts longer is a click of the right button.
const TAP_PIXELS = 10;
const LONG_MS = 500;

/** @typedef {{clientX: number, clientY: number}} Point in the window */
/** @typedef {(point: Point) => {x: number, y: number, scale: number} | undefined} PositionOf in the page */
/** @typedef {Point & {start: Point, at: number, isScroll: boolean, modifiers: WithModifiers}} TouchState */
/** @typedef {Protocol.Input.DispatchMouseEventRequest} MouseRequest */
/** @typedef {Pick<MouseRequest, "type"> & Partial<MouseRequest>} MouseInput the position and modifiers are added */

export class Pointer {
  #canvas;
  #positionOf;
  #input;
  #hasControl = false;
  /** The buttons that are down, one bit each. */
  #pressed = 0;
  /** @type {MouseEvent | undefined} the last move, for the next frame */
  #move;
  /** @type {{point: Point, modifiers: WithModifiers, deltaX: number, deltaY: number} | undefined} for the next frame */
  #wheel;
  /** @type {TouchState | undefined} */
  #touch;
  // A mouse moves more often than a page is drawn.
  #flushSoon = onceAFrame(() => this.#flush());

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {PositionOf} positionOf
   * @param {Input} input
   */
  constructor(canvas, positionOf, input) {
    this.#canvas = canvas;
    this.#positionOf = positionOf;
    this.#input = input;
    canvas.addEventListener("mousedown", (event) => this.#down(event));
    // A drag continues outside the picture.
    addEventListener("mousemove", (event) => this.#moved(event));
    addEventListener("mouseup", (event) => this.#up(event));
    canvas.addEventListener("contextmenu", (event) => this.#hasControl && event.preventDefault());
    canvas.addEventListener("wheel", (event) => this.#wheeled(event), { passive: false });
    canvas.addEventListener("touchstart", (event) => this.#touchStarted(event), { passive: false });
    canvas.addEventListener("touchmove", (event) => this.#touchMoved(event), { passive: false });
    canvas.addEventListener("touchend", (event) => this.#touchEnded(event), { passive: false });
    canvas.addEventListener("touchcancel", () => {
      this.#touch = undefined;
    });
  }

  /** @param {boolean} hasControl */
  setControl(hasControl) {
    this.#hasControl = hasControl;
    this.#pressed = 0;
    this.#touch = undefined;
  }

  /**
   * @param {Point} point
   * @param {WithModifiers} modifiers
   * @param {MouseInput} mouse
   */
  #send(point, modifiers, mouse) {
    const position = this.#positionOf(point);
    if (!position) return;
    const { x, y } = position;
    this.#input("Input.dispatchMouseEvent", { x, y, modifiers: modifiersOf(modifiers), ...mouse });
  }

  /** @param {MouseEvent} event */
  #down(event) {
    if (!this.#hasControl) return;
    // By default the picture would take the keyboard's focus, or be dragged.
    event.preventDefault();
    this.#flush();
    this.#pressed |= 1 << event.button;
    this.#send(event, event, { type: "mousePressed", ...clickOf(event) });
  }

  /** @param {MouseEvent} event */
  #up(event) {
    if (!this.#hasControl || !(this.#pressed & (1 << event.button))) return;
    event.preventDefault();
    this.#flush();
    this.#pressed &= ~(1 << event.button);
    this.#send(event, event, { type: "mouseReleased", ...clickOf(event) });
  }

  /** @param {MouseEvent} event */
  #moved(event) {
    if (!this.#hasControl || (this.#pressed === 0 && event.target !== this.#canvas)) return;
    this.#move = event;
    this.#flushSoon();
  }

  /** @param {WheelEvent} event */
  #wheeled(event) {
    if (!this.#hasControl) return;
    event.preventDefault();
    const unit = [1, LINE_PIXELS, this.#canvas.clientHeight][event.deltaMode] ?? 1;
    this.#scroll(event, event, event.deltaX * unit, event.deltaY * unit);
  }

  /**
   * @param {Point} point
   * @param {WithModifiers} modifiers
   * @param {number} deltaX
   * @param {number} deltaY
   */
  #scroll(point, modifiers, deltaX, deltaY) {
    const before = this.#wheel ?? { deltaX: 0, deltaY: 0 };
    this.#wheel = { point, modifiers, deltaX: before.deltaX + deltaX, deltaY: before.deltaY + deltaY };
    this.#flushSoon();
  }

  #flush() {
    const move = this.#move;
    const wheel = this.#wheel;
    this.#move = undefined;
    this.#wheel = undefined;
    if (!this.#hasControl) return;
    if (move) this.#send(move, move, { type: "mouseMoved", button: heldOf(move), buttons: move.buttons & 31 });
    if (wheel) {
      const { point, modifiers, deltaX, deltaY } = wheel;
      this.#send(point, modifiers, { type: "mouseWheel", deltaX, deltaY });
    }
  }

  /** @param {TouchEvent} event */
  #touchStarted(event) {
    const [finger] = event.touches;
    if (!this.#hasControl || !finger) return;
    event.preventDefault();
    const { clientX, clientY } = finger;
    this.#touch = {
      clientX,
      clientY,
      start: { clientX, clientY },
      at: event.timeStamp,
      isScroll: event.touches.length > 1,
      modifiers: event,
    };
  }

  /** @param {TouchEvent} event */
  #touchMoved(event) {
    const touch = this.#touch;
    const [finger] = event.touches;
    if (!this.#hasControl || !touch || !finger) return;
    event.preventDefault();
    const { clientX, clientY } = finger;
    const distance = Math.hypot(clientX - touch.start.clientX, clientY - touch.start.clientY);
    touch.isScroll ||= distance > TAP_PIXELS;
    if (!touch.isScroll) return;
    const scale = this.#positionOf(touch)?.scale ?? 1;
    const [deltaX, deltaY] = [(touch.clientX - clientX) * scale, (touch.clientY - clientY) * scale];
    this.#scroll(touch.start, touch.modifiers, deltaX, deltaY);
    Object.assign(touch, { clientX, clientY });
  }

  /** @param {TouchEvent} event */
  #touchEnded(event) {
    const touch = this.#touch;
    if (!this.#hasControl || !touch || event.touches.length > 0) return;
    event.preventDefault();
    this.#touch = undefined;
    if (touch.isScroll) return;
    const isLong = event.timeStamp - touch.at > LONG_MS;
    /** @type {Partial<MouseInput>} */
    const click = { button: isLong ? "right" : "left", clickCount: 1 };
    this.#send(touch.start, event, { type: "mouseMoved" });
    this.#send(touch.start, event, { type: "mousePressed", ...click, buttons: isLong ? 2 : 1 });
    this.#send(touch.start, event, { type: "mouseReleased", ...click, buttons: 0 });
  }
}

/** @param {MouseEvent} event */
const clickOf = (event) => ({
  button: BUTTONS[event.button] ?? "none",
  buttons: event.buttons & 31,
  clickCount: Math.min(3, Math.max(1, event.detail)),
});

/**
 * The button that is down during a move.
 *
 * @param {MouseEvent} event
 * @returns {Protocol.Input.MouseButton}
 */
const heldOf = ({ buttons }) => (buttons & 1 ? "left" : buttons & 2 ? "right" : buttons & 4 ? "middle" : "none");

// Mouse, wheel and fingers on the picture, as the page's own.

import { modifiersOf } from "./keys.js";

const BUTTONS = ["left", "middle", "right", "back", "forward"];
const LINE_PIXELS = 40;
// A finger that has moved less has tapped; one that has stayed longer wants the other button.
const TAP_PIXELS = 10;
const LONG_MS = 500;

export class Pointer {
  #canvas;
  #place;
  #input;
  #isOn = false;
  #pressed = 0;
  #move;
  #wheel;
  #touch;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(at: {clientX: number, clientY: number}) => {x: number, y: number, scale: number} | undefined} place
   * @param {(method: string, params: object) => void} input
   */
  constructor(canvas, place, input) {
    this.#canvas = canvas;
    this.#place = place;
    this.#input = input;
    canvas.addEventListener("mousedown", (event) => this.#down(event));
    // A drag goes on beyond the picture's edge.
    addEventListener("mousemove", (event) => this.#moved(event));
    addEventListener("mouseup", (event) => this.#up(event));
    canvas.addEventListener("contextmenu", (event) => this.#isOn && event.preventDefault());
    canvas.addEventListener("wheel", (event) => this.#wheeled(event), { passive: false });
    canvas.addEventListener("touchstart", (event) => this.#touched(event), { passive: false });
    canvas.addEventListener("touchmove", (event) => this.#dragged(event), { passive: false });
    canvas.addEventListener("touchend", (event) => this.#lifted(event), { passive: false });
    canvas.addEventListener("touchcancel", () => (this.#touch = undefined));
  }

  turn(isOn) {
    this.#isOn = isOn;
    this.#pressed = 0;
    this.#touch = undefined;
  }

  #send(type, at, more = {}, event = at) {
    const place = this.#place(at);
    if (!place) return;
    const { x, y } = place;
    this.#input("Input.dispatchMouseEvent", { type, x, y, modifiers: modifiersOf(event), ...more });
  }

  #down(event) {
    if (!this.#isOn) return;
    // Else the picture would take the keyboard's focus, or be dragged away.
    event.preventDefault();
    this.#flush();
    this.#pressed |= 1 << event.button;
    this.#send("mousePressed", event, clickOf(event));
  }

  #up(event) {
    if (!this.#isOn || !(this.#pressed & (1 << event.button))) return;
    event.preventDefault();
    this.#flush();
    this.#pressed &= ~(1 << event.button);
    this.#send("mouseReleased", event, clickOf(event));
  }

  #moved(event) {
    if (!this.#isOn || (this.#pressed === 0 && event.target !== this.#canvas)) return;
    const isFirst = !this.#move && !this.#wheel;
    this.#move = event;
    if (isFirst) this.#flushSoon();
  }

  #wheeled(event) {
    if (!this.#isOn) return;
    event.preventDefault();
    const unit = [1, LINE_PIXELS, this.#canvas.clientHeight][event.deltaMode];
    this.#scroll(event, event.deltaX * unit, event.deltaY * unit);
  }

  #scroll(event, deltaX, deltaY) {
    const isFirst = !this.#move && !this.#wheel;
    const before = this.#wheel ?? { deltaX: 0, deltaY: 0 };
    this.#wheel = { event, deltaX: before.deltaX + deltaX, deltaY: before.deltaY + deltaY };
    if (isFirst) this.#flushSoon();
  }

  // A mouse tells more often than a page is drawn.
  #flushSoon() {
    requestAnimationFrame(() => this.#flush());
  }

  #flush() {
    const [move, wheel] = [this.#move, this.#wheel];
    this.#move = this.#wheel = undefined;
    if (!this.#isOn) return;
    if (move) this.#send("mouseMoved", move, { button: heldOf(move), buttons: move.buttons & 31 });
    if (wheel) {
      const { event, deltaX, deltaY } = wheel;
      this.#send("mouseWheel", event, { deltaX, deltaY });
    }
  }

  #touched(event) {
    if (!this.#isOn) return;
    event.preventDefault();
    const [{ clientX, clientY }] = event.touches;
    this.#touch = {
      clientX,
      clientY,
      start: { clientX, clientY },
      at: event.timeStamp,
      isScroll: event.touches.length > 1,
    };
  }

  #dragged(event) {
    const touch = this.#touch;
    if (!this.#isOn || !touch) return;
    event.preventDefault();
    const [{ clientX, clientY }] = event.touches;
    const far = Math.hypot(clientX - touch.start.clientX, clientY - touch.start.clientY);
    touch.isScroll ||= far > TAP_PIXELS;
    if (!touch.isScroll) return;
    const scale = this.#place(touch)?.scale ?? 1;
    this.#scroll({ ...touch.start }, (touch.clientX - clientX) * scale, (touch.clientY - clientY) * scale);
    Object.assign(touch, { clientX, clientY });
  }

  #lifted(event) {
    const touch = this.#touch;
    if (!this.#isOn || !touch || event.touches.length > 0) return;
    event.preventDefault();
    this.#touch = undefined;
    if (touch.isScroll) return;
    const button = event.timeStamp - touch.at > LONG_MS ? "right" : "left";
    this.#send("mouseMoved", touch.start, {}, event);
    this.#send("mousePressed", touch.start, { button, clickCount: 1, buttons: button === "left" ? 1 : 2 }, event);
    this.#send("mouseReleased", touch.start, { button, clickCount: 1, buttons: 0 }, event);
  }
}

const clickOf = (event) => ({
  button: BUTTONS[event.button] ?? "none",
  buttons: event.buttons & 31,
  clickCount: Math.min(3, Math.max(1, event.detail)),
});

/** The button that is held down in a move. */
const heldOf = ({ buttons }) => (buttons & 1 ? "left" : buttons & 2 ? "right" : buttons & 4 ? "middle" : "none");

// The picture: frames of a screencast, drawn as they come. A frame is acknowledged when it has been drawn, so that the browser
// makes no more of them than are seen, and none for a page that is hidden.

import { Pace } from "./pace.js";

const RESIZED_AFTER_MS = 200;
const PIXELS_MAX = 2560;
// A browser that waits for acknowledgements drops what the page shows meanwhile, the last of it too. After so much stillness a
// screencast that is begun anew gives what is there; what comes so soon after is not taken for a change.
const STILL_AFTER_MS = 600;
const FIRST_FRAMES_MS = 300;

export class Screen {
  #canvas;
  #stage;
  #post;
  #context;
  #pace = new Pace();
  #session;
  #isCasting = false;
  /** Size of the page in its own pixels, as the last frame tells. */
  #page;
  #cast;
  #frame;
  #isDrawing = false;
  #told;
  #begunAt = 0;
  #acknowledgedAt = 0;
  #stillness;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLElement} stage what it must fit into
   * @param {(method: string, params: object, session: string) => void} post
   * @param {{drawn: () => void, visible: (isVisible: boolean) => void}} told
   */
  constructor(canvas, stage, post, told) {
    this.#canvas = canvas;
    this.#stage = stage;
    this.#post = post;
    this.#told = told;
    this.#context = canvas.getContext("2d", { alpha: false });
    document.addEventListener("visibilitychange", () => this.#restart());
    let timer;
    new ResizeObserver(() => {
      this.#fit();
      clearTimeout(timer);
      timer = setTimeout(() => this.#wants() !== this.#cast && this.#restart(), RESIZED_AFTER_MS);
    }).observe(stage);
  }

  /** Shows another tab's session, or none. */
  show(session) {
    this.#stop();
    this.#session = session;
    this.#frame = undefined;
    this.#restart();
  }

  /** The connection is lost, and with it what was asked for. */
  forget() {
    this.#session = undefined;
    this.#isCasting = false;
    this.#frame = undefined;
  }

  /** Takes an event of the shown session; answers whether it was for the screen. */
  take({ method, params, sessionId }) {
    if (method === "Page.screencastVisibilityChanged") {
      if (sessionId === this.#session) this.#told.visible(params.visible);
      return true;
    }
    if (method !== "Page.screencastFrame") return false;
    // One that was on its way when it was no longer wanted.
    if (sessionId !== this.#session || !this.#isCasting) return true;
    // What nobody has come to draw is as good as drawn.
    if (this.#frame) this.#acknowledge(this.#frame);
    this.#frame = { ...params, session: sessionId };
    this.#draw();
    return true;
  }

  /** Where on the page a point of the window is; undefined before there is a picture. */
  place({ clientX, clientY }) {
    if (!this.#page) return undefined;
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    const { deviceWidth, deviceHeight, offsetTop } = this.#page;
    const x = ((clientX - left) * deviceWidth) / width;
    const y = ((clientY - top) * deviceHeight) / height - offsetTop;
    const within = (value, max) => Math.max(0, Math.min(max - 1, value));
    return { x: within(x, deviceWidth), y: within(y, deviceHeight), scale: deviceWidth / width };
  }

  #restart() {
    if (!this.#session) return;
    if (document.hidden) return this.#stop();
    this.#stop();
    this.#cast = this.#wants();
    this.#isCasting = true;
    this.#begunAt = performance.now();
    this.#post("Page.startScreencast", JSON.parse(this.#cast), this.#session);
  }

  #stop() {
    clearTimeout(this.#stillness);
    if (this.#isCasting) this.#post("Page.stopScreencast", {}, this.#session);
    this.#isCasting = false;
  }

  #wants() {
    const { quality, scale } = this.#pace.level;
    const pixels = (length) => Math.max(1, Math.min(PIXELS_MAX, Math.round(length * devicePixelRatio * scale)));
    const { clientWidth, clientHeight } = this.#stage;
    return JSON.stringify({
      format: "jpeg",
      quality,
      maxWidth: pixels(clientWidth),
      maxHeight: pixels(clientHeight),
    });
  }

  async #draw() {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    while (this.#frame) {
      const frame = this.#frame;
      this.#frame = undefined;
      try {
        const bitmap = await createImageBitmap(new Blob([bytesOf(frame.data)], { type: "image/jpeg" }));
        await nextFrame();
        if (frame.session === this.#session) this.#paint(bitmap, frame);
        bitmap.close();
      } catch {
        // A frame that can't be read is followed by others.
      }
      this.#acknowledge(frame);
    }
    this.#isDrawing = false;
  }

  #paint(bitmap, { metadata }) {
    const canvas = this.#canvas;
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
    }
    this.#page = metadata;
    this.#fit();
    this.#context.drawImage(bitmap, 0, 0);
    this.#told.drawn();
    this.#awaitStillness();
    if (this.#pace.note(metadata.timestamp * 1000, performance.timeOrigin + performance.now())) this.#restart();
  }

  #acknowledge({ session, sessionId }) {
    const now = performance.now();
    this.#acknowledgedAt = Math.max(now, this.#acknowledgedAt + this.#pace.level.gapMs);
    setTimeout(() => {
      if (session === this.#session && this.#isCasting) this.#post("Page.screencastFrameAck", { sessionId }, session);
    }, this.#acknowledgedAt - now);
  }

  #awaitStillness() {
    if (performance.now() - this.#begunAt < FIRST_FRAMES_MS) return;
    clearTimeout(this.#stillness);
    this.#stillness = setTimeout(() => this.#restart(), STILL_AFTER_MS);
  }

  #fit() {
    if (!this.#page) return;
    const { deviceWidth, deviceHeight } = this.#page;
    const { clientWidth, clientHeight } = this.#stage;
    const scale = Math.min(clientWidth / deviceWidth, clientHeight / deviceHeight);
    this.#canvas.style.width = `${Math.floor(deviceWidth * scale)}px`;
    this.#canvas.style.height = `${Math.floor(deviceHeight * scale)}px`;
  }
}

const bytesOf = (base64) =>
  Uint8Array.fromBase64?.(base64) ?? Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

// In a page that is hidden no frame comes; nobody sees the picture then, and it is not to be waited for.
const nextFrame = () =>
  document.hidden ? Promise.resolve() : new Promise((resolve) => requestAnimationFrame(() => resolve()));

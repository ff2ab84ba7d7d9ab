// The picture: draws the frames of a screencast. A frame is acknowledged after it was drawn, so the browser makes only
// as many frames as are seen, and none for a hidden page.

/** @import { CdpEvent, Post, Protocol } from "./cdp.js" */
/** @import { Point } from "./pointer.js" */

import { FrameRate } from "./frame_rate.js";

const RESIZED_AFTER_MS = 200;
const PIXELS_MAX = 2560;
// A browser that waits for acknowledgements drops frames, also the last one before the page stops changing. After this
// time without frames the screencast is started again, which sends the current picture.
const STILL_AFTER_MS = 600;
// Frames this soon after the start are not changes of the page.
const FIRST_FRAMES_MS = 300;

/**
 * @typedef {object} Handlers
 * @property {() => void} drawn a frame was drawn
 * @property {(isVisible: boolean) => void} visible the tab came to the foreground or went to the background
 */

/** @typedef {Protocol.Page.ScreencastFrameEvent & {session: string}} Frame with the CDP session that it belongs to */

export class Screen {
  #canvas;
  #stage;
  #post;
  #context;
  #frameRate = new FrameRate();
  /** @type {string | undefined} */
  #session;
  #isCasting = false;
  /** @type {Protocol.Page.ScreencastFrameMetadata | undefined} the page's size, from the last frame */
  #page;
  /** @type {Protocol.Page.StartScreencastRequest | undefined} the current screencast */
  #cast;
  /** @type {Frame | undefined} the next frame to draw */
  #frame;
  #isDrawing = false;
  #handlers;
  #startedAt = 0;
  #acknowledgedAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #stillTimer;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLElement} stage the picture fits into it
   * @param {Post} post
   * @param {Handlers} handlers
   */
  constructor(canvas, stage, post, handlers) {
    this.#canvas = canvas;
    this.#stage = stage;
    this.#post = post;
    this.#handlers = handlers;
    this.#context = canvas.getContext("2d", { alpha: false });
    document.addEventListener("visibilitychange", () => this.#restart());
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    new ResizeObserver(() => {
      this.#fit();
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (JSON.stringify(this.#wanted()) !== JSON.stringify(this.#cast)) this.#restart();
      }, RESIZED_AFTER_MS);
    }).observe(stage);
  }

  /**
   * Shows another tab.
   *
   * @param {string | undefined} session its CDP session; undefined for none
   */
  show(session) {
    this.#stop();
    this.#session = session;
    this.#frame = undefined;
    this.#restart();
  }

  /** The connection is lost, and the screencast with it. The picture stays. */
  forget() {
    this.#session = undefined;
    this.#isCasting = false;
    this.#frame = undefined;
  }

  /**
   * Takes an event of the shown tab.
   *
   * @param {CdpEvent} event
   * @returns {boolean} whether it was about the screencast
   */
  take({ method, params, sessionId }) {
    if (method === "Page.screencastVisibilityChanged") {
      if (sessionId === this.#session) this.#handlers.visible(params.visible);
      return true;
    }
    if (method !== "Page.screencastFrame") return false;
    // A late frame of a screencast that was stopped.
    if (sessionId === undefined || sessionId !== this.#session || !this.#isCasting) return true;
    // The frame before was not drawn in time. It is skipped.
    if (this.#frame) this.#acknowledge(this.#frame);
    this.#frame = { ...params, session: sessionId };
    this.#draw();
    return true;
  }

  /**
   * The position in the page of a point in the window; undefined before the first frame.
   *
   * @param {Point} point
   */
  positionOf({ clientX, clientY }) {
    if (!this.#page) return undefined;
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    const { deviceWidth, deviceHeight, offsetTop } = this.#page;
    const x = ((clientX - left) * deviceWidth) / width;
    const y = ((clientY - top) * deviceHeight) / height - offsetTop;
    return { x: clamp(x, deviceWidth), y: clamp(y, deviceHeight), scale: deviceWidth / width };
  }

  #restart() {
    if (!this.#session) return;
    this.#stop();
    if (document.hidden) return;
    this.#cast = this.#wanted();
    this.#isCasting = true;
    this.#startedAt = performance.now();
    this.#post("Page.startScreencast", this.#cast, this.#session);
  }

  #stop() {
    clearTimeout(this.#stillTimer);
    if (this.#isCasting && this.#session) this.#post("Page.stopScreencast", {}, this.#session);
    this.#isCasting = false;
  }

  /** @returns {Protocol.Page.StartScreencastRequest} */
  #wanted() {
    const { quality, scale } = this.#frameRate.level;
    const { clientWidth, clientHeight } = this.#stage;
    return {
      format: "jpeg",
      quality,
      maxWidth: pixelsOf(clientWidth * scale),
      maxHeight: pixelsOf(clientHeight * scale),
    };
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
        // A damaged frame is skipped. The next one replaces it.
      }
      this.#acknowledge(frame);
    }
    this.#isDrawing = false;
  }

  /**
   * @param {ImageBitmap} bitmap
   * @param {Frame} frame
   */
  #paint(bitmap, { metadata }) {
    const canvas = this.#canvas;
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
    }
    this.#page = metadata;
    this.#fit();
    this.#context?.drawImage(bitmap, 0, 0);
    this.#handlers.drawn();
    this.#awaitStillness();
    const made = (metadata.timestamp ?? 0) * 1000;
    if (this.#frameRate.note(made, performance.timeOrigin + performance.now())) this.#restart();
  }

  /** @param {Frame} frame */
  #acknowledge({ session, sessionId }) {
    const now = performance.now();
    this.#acknowledgedAt = Math.max(now, this.#acknowledgedAt + this.#frameRate.level.gapMs);
    setTimeout(() => {
      if (session === this.#session && this.#isCasting) this.#post("Page.screencastFrameAck", { sessionId }, session);
    }, this.#acknowledgedAt - now);
  }

  #awaitStillness() {
    if (performance.now() - this.#startedAt < FIRST_FRAMES_MS) return;
    clearTimeout(this.#stillTimer);
    this.#stillTimer = setTimeout(() => this.#restart(), STILL_AFTER_MS);
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

/**
 * @param {number} value
 * @param {number} length
 */
const clamp = (value, length) => Math.max(0, Math.min(length - 1, value));

/** @param {number} cssPixels */
const pixelsOf = (cssPixels) => Math.max(1, Math.min(PIXELS_MAX, Math.round(cssPixels * devicePixelRatio)));

/** @param {string} base64 */
const bytesOf = (base64) =>
  Uint8Array.fromBase64?.(base64) ?? Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

// A hidden page gets no animation frames, and nobody sees its picture.
const nextFrame = () =>
  document.hidden ? Promise.resolve() : new Promise((resolve) => requestAnimationFrame(resolve));

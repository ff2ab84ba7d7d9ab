// The viewer's socket: CDP commands and events, and what becomes of it. A socket that is lost is opened again.

const WAIT_FIRST_MS = 250;
const WAIT_MAX_MS = 8_000;
// With these the service says that the link leads nowhere, now and later.
const REFUSED = [401, 403, 404];
const GONE = 410;

/** What a command came to, where it came to nothing good. */
export class CommandFailed extends Error {
  name = "CommandFailed";
}

export class Connection {
  #path;
  #told;
  #socket;
  #lastId = 0;
  #waiting = new Map();
  #failures = 0;
  #timer;
  #isOver = false;

  /**
   * @param {string} path of the socket, from `/v1` on
   * @param {{opened: () => void, event: (message: object) => void, lost: (retryInMs: number) => void,
   *   ended: (why: string) => void, refused: (why: string) => void}} told
   */
  constructor(path, told) {
    this.#path = path;
    this.#told = told;
    addEventListener("online", () => this.retry());
    this.#open();
  }

  /** A command, and its result. */
  send(method, params = {}, sessionId = undefined) {
    return new Promise((resolve, reject) => {
      const id = this.#write(method, params, sessionId);
      if (id === undefined) reject(new CommandFailed("the connection is lost"));
      else this.#waiting.set(id, { resolve, reject });
    });
  }

  /** A command whose result nobody waits for. */
  post(method, params = {}, sessionId = undefined) {
    this.#write(method, params, sessionId);
  }

  /** Tries again now, if it is waiting to. */
  retry() {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#open();
  }

  #write(method, params, sessionId) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return undefined;
    const id = (this.#lastId += 1);
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    return id;
  }

  #open() {
    this.#timer = undefined;
    const socket = new WebSocket(new URL(this.#path, location.href.replace(/^http/, "ws")));
    this.#socket = socket;
    socket.addEventListener("open", () => this.#told.opened());
    socket.addEventListener("message", ({ data }) => this.#receive(JSON.parse(data)));
    socket.addEventListener("close", () => this.#closed());
  }

  #receive(message) {
    this.#failures = 0;
    if (message.id === undefined) {
      // The service asks how far this page has read, so that nothing piles up on its way here.
      if (message.method === "Viewer.mark") this.post("Viewer.read", message.params);
      else this.#told.event(message);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error) waiting?.reject(new CommandFailed(message.error.message));
    else waiting?.resolve(message.result);
  }

  async #closed() {
    this.#socket = undefined;
    for (const { reject } of this.#waiting.values()) reject(new CommandFailed("the connection is lost"));
    this.#waiting.clear();
    if (this.#isOver) return;
    // A browser does not tell why a socket was refused or closed; the same address, asked without one, does.
    const { status, message } = await ask(this.#path);
    if (status === GONE) return this.#end(() => this.#told.ended(message));
    if (REFUSED.includes(status)) return this.#end(() => this.#told.refused(message));
    const wait = Math.min(WAIT_MAX_MS, WAIT_FIRST_MS * 2 ** this.#failures) * (0.5 + Math.random() / 2);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#open(), wait);
    this.#told.lost(wait);
  }

  #end(tell) {
    this.#isOver = true;
    tell();
  }
}

async function ask(path) {
  try {
    const answer = await fetch(path);
    const { message } = await answer.json();
    return { status: answer.status, message: String(message) };
  } catch {
    return { status: 0, message: "" };
  }
}

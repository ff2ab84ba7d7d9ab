// The page's console. The browser is asked for it only while somebody looks: it costs the page something.

const LINES_MAX = 500;
const TEXT_CHARS_MAX = 2_000;
const ARGUMENTS_MAX = 50;
const LEVELS = ["verbose", "info", "warning", "error"];
const LEVEL_OF = { debug: 0, verbose: 0, trace: 0, warning: 2, error: 3, assert: 3 };
const SILENT = ["clear", "endGroup", "profile", "profileEnd"];

export class Console {
  #panel;
  #lines;
  #level;
  #count;
  #post;
  #session;
  #due = [];

  /** @param {(method: string, params: object, session: string) => void} post */
  constructor({ panel, lines, level, count, clear }, post) {
    this.#panel = panel;
    this.#lines = lines;
    this.#level = level;
    this.#count = count;
    this.#post = post;
    panel.addEventListener("toggle", () => this.#turn());
    level.addEventListener("change", () => this.#sift());
    clear.addEventListener("click", () => this.#clear());
  }

  /** Shows another tab's session, or none. */
  show(session) {
    if (this.#session && this.#panel.open) this.#ask("disable");
    this.#session = session;
    this.#clear();
    if (session && this.#panel.open) this.#ask("enable");
  }

  /** The connection is lost; what stands here stays. */
  forget() {
    this.#session = undefined;
  }

  /** Takes an event of the shown session. */
  take({ method, params, sessionId }) {
    if (sessionId !== this.#session) return;
    const line = lineOf(method, params);
    if (!line) return;
    if (this.#due.length === 0) requestAnimationFrame(() => this.#write());
    this.#due.push(line);
    if (this.#due.length > LINES_MAX) this.#due.splice(0, LINES_MAX / 2);
  }

  #turn() {
    if (!this.#session) return;
    // What has been said before is said again when it is asked for anew.
    if (this.#panel.open) this.#clear();
    this.#ask(this.#panel.open ? "enable" : "disable");
  }

  #ask(verb) {
    for (const domain of ["Runtime", "Log"]) this.#post(`${domain}.${verb}`, {}, this.#session);
  }

  #write() {
    const { scrollTop, scrollHeight, clientHeight } = this.#lines;
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - 4;
    this.#lines.append(...this.#due.splice(0).map((line) => this.#item(line)));
    while (this.#lines.children.length > LINES_MAX) this.#lines.firstElementChild.remove();
    this.#tell();
    if (isAtEnd) this.#lines.scrollTop = this.#lines.scrollHeight;
  }

  #item({ level, text }) {
    const item = document.createElement("li");
    item.className = LEVELS[level];
    item.dataset.level = String(level);
    item.textContent = level > 1 ? `${LEVELS[level]}: ${text}` : text;
    item.hidden = level < Number(this.#level.value);
    return item;
  }

  #sift() {
    for (const item of this.#lines.children) item.hidden = Number(item.dataset.level) < Number(this.#level.value);
  }

  #clear() {
    this.#due.length = 0;
    this.#lines.replaceChildren();
    this.#tell();
  }

  #tell() {
    const lines = this.#lines.children.length;
    this.#count.textContent = lines === 0 ? "" : `(${lines === LINES_MAX ? `last ${lines}` : lines})`;
  }
}

/** What an event says on the console: its level, 0 to 3, and its text; undefined if nothing. */
export function lineOf(method, params) {
  switch (method) {
    case "Runtime.consoleAPICalled":
      if (SILENT.includes(params.type)) return undefined;
      return line(LEVEL_OF[params.type] ?? 1, spoken(params.args ?? []));
    case "Runtime.exceptionThrown": {
      const { text, exception } = params.exceptionDetails;
      return line(3, [text, exception && shown(exception)].filter(Boolean).join(" "));
    }
    case "Log.entryAdded": {
      const { level, text, url } = params.entry;
      return line(LEVEL_OF[level] ?? 1, url ? `${text} (${url})` : text);
    }
  }
  return undefined;
}

const line = (level, text) => ({ level, text: String(text).slice(0, TEXT_CHARS_MAX) });

// The first text may say where the others go.
function spoken(values) {
  const [first, ...rest] = values.slice(0, ARGUMENTS_MAX);
  if (first?.type !== "string") return values.slice(0, ARGUMENTS_MAX).map(shown).join(" ");
  const text = String(first.value).replace(/%[sdifoOc%]/g, (place) => {
    if (place === "%%") return "%";
    if (rest.length === 0) return place;
    const value = rest.shift();
    return place === "%c" ? "" : shown(value);
  });
  return [text, ...rest.map(shown)].join(" ");
}

function shown({ type, subtype, value, unserializableValue, description, preview }) {
  if (type === "string") return String(value);
  if (preview && !["error", "node"].includes(subtype)) return previewed(preview);
  return String(unserializableValue ?? description ?? value ?? type);
}

function previewed({ subtype, description, properties, overflow }) {
  const isArray = subtype === "array";
  const parts = properties.map(({ name, value, type }) => {
    const text = type === "string" ? JSON.stringify(value) : String(value ?? type);
    return isArray ? text : `${name}: ${text}`;
  });
  const all = [...parts, ...(overflow ? ["…"] : [])].join(", ");
  if (isArray) return `[${all}]`;
  return description === "Object" ? `{${all}}` : `${description} {${all}}`;
}

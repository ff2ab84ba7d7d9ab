// The examples of the README and of docs/clients.md work as they are written.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import { buildClient } from "../../scripts/build/package.mjs";
import { openService } from "./service.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ADDRESS = "http://127.0.0.1:8787";
/** A block in ```js or ```sh, directly behind its mark. */
const MARKED = /^<!-- test: (\S+) -->\n```(js|sh)\n([\s\S]*?)^```$/gm;
const MARK = /^<!-- test:/gm;
const ENDS_WITHIN_MS = 60_000;

const PAGES = ["README.md", "docs/clients.md"];
const EXAMPLES = ["client", "curl", "playwright", "puppeteer", "steel"];

const texts = PAGES.map((page) => ({ page, text: readFileSync(join(ROOT, page), "utf8") }));
const examples = texts.flatMap(({ page, text }) =>
  [...text.matchAll(MARKED)].map(([, name, language, code]) => ({ page, name, language, code })),
);

const client = await buildClient();
const service = await openService();
after(() => service.dispose());

test("every mark is directly before a js or sh block, and every example has a mark", () => {
  const marks = texts.flatMap(({ text }) => [...text.matchAll(MARK)]);
  assert.equal(examples.length, marks.length);
  assert.deepEqual(examples.map(({ name }) => name).sort(), EXAMPLES);
});

for (const example of examples) {
  test(`${example.page}, ${example.name}: the example works`, async (t) => {
    const project = service.project();
    const { code, stdout, stderr } = await run(t, example, project);
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    const { sessions, totalCount } = await project.list();
    assert.ok(totalCount > 0, "it has made a session");
    const releases = /release/.test(example.code);
    if (releases)
      assert.deepEqual(
        sessions.filter(({ status }) => status !== "released"),
        [],
        "and released it",
      );
    else
      assert.deepEqual(
        sessions.filter(({ status }) => status !== "live"),
        [],
      );
  });
}

/**
 * Runs an example as a reader would, in a folder where the published clients are installed, and our own.
 *
 * @param {test.TestContext} t
 * @param {{language: string, code: string}} options
 * @param {{key: string}} options
 */
function run(t, { language, code }, { key }) {
  const around = mkdtempSync(join(tmpdir(), "tidewatch-readme-"));
  t.after(() => rmSync(around, { recursive: true, force: true }));
  const folder = join(around, "project");
  mkdirSync(join(around, "node_modules"));
  mkdirSync(folder);
  symlinkSync(client, join(around, "node_modules", "tidewatch"));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const file = join(folder, language === "js" ? "example.mjs" : "example.sh");
  writeFileSync(file, code.replaceAll(ADDRESS, service.url));
  const [program, ...args] = language === "js" ? [process.execPath, file] : ["sh", "-eu", file];
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH: path, TIDEWATCH_URL: service.url, TIDEWATCH_API_KEY: key };
  return new Promise((resolve) => {
    execFile(program, args, { cwd: folder, env, timeout: ENDS_WITHIN_MS }, (error, stdout, stderr) => {
      resolve({ code: error ? (error.code ?? error.signal) : 0, stdout, stderr });
    });
  });
}

// What a developer sees when the service is up: all that they need to use it, ready to paste.

/**
 * The text to print. It uses the Node that npm installed, as puppeteer-core does not work with every older one.
 *
 * @param {{url: string, key: string, file: string, chrome: string}} facts
 * `file`: the file that holds the key
 */
export function welcome({ url, key, file, chrome }) {
  return `
Tidewatch is up at ${url}

  Browser   ${chrome}
  Key       TIDEWATCH_API_KEY=${key}
            (kept in ${file})

A session:

curl -X POST ${url}/v1/sessions -H "authorization: Bearer ${key}"

A page, driven by puppeteer-core; paste it in this folder:

node_modules/.bin/node --input-type=module <<'END'
import puppeteer from "puppeteer-core";
const api = "${url}/v1/sessions";
const headers = { authorization: "Bearer ${key}" };
const session = await (await fetch(api, { method: "POST", headers })).json();
const browser = await puppeteer.connect({ browserWSEndpoint: session.websocketUrl });
const page = await browser.newPage();
await page.goto("data:text/html,<title>Tidewatch</title>");
console.log(await page.title());
await fetch(\`\${api}/\${session.id}/release\`, { method: "POST", headers });
END

Ctrl-C ends the service and every browser that it started.
`;
}

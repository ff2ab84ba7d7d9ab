// The web site that the sessions in the pictures visit: a small shop.

import { once } from "node:events";
import { createServer } from "node:http";

const STYLE = `
  * { box-sizing: border-box } body { margin: 0; font: 16px/1.5 Inter, "Liberation Sans", sans-serif; color: #1d2b30; background: #f6f4ef }
  header { display: flex; gap: 28px; align-items: center; padding: 18px 40px; background: #fff; border-bottom: 1px solid #e6e1d6 }
  header b { font-size: 22px; letter-spacing: -.02em } header a { color: #56656b; text-decoration: none } header a:last-child { margin-left: auto }
  main { max-width: 1080px; margin: 0 auto; padding: 32px 40px } h1 { margin: 0 0 18px; font-size: 34px; letter-spacing: -.02em }
  .grid { display: grid; grid-template-columns: repeat(4, 1fr); gap: 20px } .card { overflow: hidden; border-radius: 12px; background: #fff; border: 1px solid #e6e1d6 }
  .card i { display: block; height: 150px } .card p { margin: 0; padding: 12px 14px } .card b { display: block }
  form { display: grid; gap: 14px; max-width: 460px; padding: 28px; border-radius: 14px; background: #fff; border: 1px solid #e6e1d6 }
  label { font-weight: 600 } input { display: block; width: 100%; margin-top: 4px; padding: 10px 12px; font: inherit; border: 1px solid #cfc8b8; border-radius: 8px }
  button { padding: 12px; font: inherit; font-weight: 600; color: #fff; background: #b4552d; border: 0; border-radius: 8px }
  table { width: 100%; border-collapse: collapse; background: #fff; border-radius: 12px; overflow: hidden } td, th { padding: 12px 18px; text-align: left; border-bottom: 1px solid #eee8dc } td:last-child { color: #23794a }
  article { max-width: 680px; font-size: 18px } article p { color: #42525a }`;

const HUES = [18, 42, 96, 158, 190, 212, 268, 330];
const GOODS = [
  "Sea kettle",
  "Tide clock",
  "Rope basket",
  "Harbour lamp",
  "Salt jar",
  "Oak tray",
  "Wool throw",
  "Brass bell",
];

const goods = GOODS.map(
  (name, at) =>
    `<div class="card"><i style="background: linear-gradient(135deg, hsl(${HUES[at]} 60% 72%), hsl(${HUES[at] + 40} 55% 50%))"></i><p><b>${name}</b>€ ${24 + at * 7}.00</p></div>`,
);
const prices = GOODS.map(
  (name, at) =>
    `<tr><td>${name}<td>€ ${24 + at * 7}.00<td>€ ${22 + at * 7}.50<td>−${(6.2 / (at + 1)).toFixed(1)} %</tr>`,
);

/** @type {Readonly<Record<string, [title: string, body: string]>>} */
const PAGES = {
  "/": ["Harbour Goods", `<h1>New this week</h1><div class="grid">${goods.join("")}</div>`],
  "/checkout": [
    "Checkout · Harbour Goods",
    `<h1>Checkout</h1><form><label>Name<input id="name"></label><label>Street<input id="street"></label><label>City<input id="city"></label><label>Card number<input id="card" type="password"></label><button type="button" onclick="done()">Pay € 79.00</button></form><script>console.warn("no stock for 2 of 3 items"); function done() { document.querySelector("h1").textContent = "Thank you, we are packing"; console.log("order 4711 placed"); fetch("/api/order", { method: "POST" }) }</script>`,
  ],
  "/prices": [
    "Prices · Harbour Goods",
    `<h1>Prices today</h1><table><tr><th>Thing<th>Here<th>Elsewhere<th>Change</tr>${prices.join("")}</table>`,
  ],
  "/story": [
    "How a tide clock works · Harbour Goods",
    `<article><h1>How a tide clock works</h1>${"<p>A tide clock follows the moon rather than the sun: its hand goes round once in twelve hours and twenty-five minutes, the time from one high water to the next.</p>".repeat(4)}</article>`,
  ],
};

/** Serves the shop on a free port. */
export async function openShop() {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://shop");
    const [title, body] = PAGES[pathname] ?? [];
    if (!title) return response.writeHead(pathname.startsWith("/api") ? 201 : 404).end();
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(
      `<!doctype html><title>${title}</title><style>${STYLE}</style><header><b>Harbour Goods</b><a href="/">Shop</a><a href="/prices">Prices</a><a href="/story">Stories</a><a href="/checkout">Basket (2)</a></header><main>${body}</main>`,
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the shop does not listen on a port");
  return { url: `http://127.0.0.1:${address.port}`, close };
}

// Debian's Chromium for the tests: takes commands as JSON lines on standard input, and answers each with one line.
// Usage: node browser.mjs. The folder has playwright-core and axe-core under node_modules.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const axe = readFileSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
let context, page;
let problems = [];  // what the page complained about, and requests to other places

const commands = {
  // A new window: { width, height, dark, script, user, password }.
  async open({ width = 1280, height = 860, dark = false, script = true, user, password }) {
    await context?.close();
    context = await browser.newContext({
      viewport: { width, height }, colorScheme: dark ? "dark" : "light", javaScriptEnabled: script, deviceScaleFactor: 1,
      bypassCSP: false, ...(user ? { httpCredentials: { username: user, password } } : {}),
    });
    page = await context.newPage();
    problems = [];
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().includes("ERR_CONNECTION")) problems.push(message.text());
    });
    page.on("pageerror", (error) => problems.push(String(error)));
  },
  async go({ url }) {
    const answer = await page.goto(url, { waitUntil: "load" });
    return answer.status();
  },
  evaluate: ({ text, argument }) => page.evaluate(`(${text})(${JSON.stringify(argument ?? null)})`),
  // Until the function returns something true.
  async until({ text, argument, timeout }) {
    const end = Date.now() + timeout;
    for (;;) {
      const value = await page.evaluate(`(${text})(${JSON.stringify(argument ?? null)})`);
      if (value) return value;
      if (Date.now() > end) throw new Error("not within the time; the page says: " + await page.evaluate("document.body.innerText"));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  },
  press: ({ keys }) => page.keyboard.press(keys),
  type: ({ text }) => page.keyboard.type(text),
  click: ({ selector }) => page.click(selector, { timeout: 5000 }),
  select: ({ selector, value }) => page.selectOption(selector, value, { timeout: 5000 }),
  wheel: ({ by }) => page.mouse.wheel(0, by),
  picture: async ({ path, full = false }) => {
    await page.screenshot({ path, fullPage: full });
  },
  where: () => page.url(),
  problems: () => problems,
  // axe's violations as "rule: element". The script is evaluated in the page, which its policy does not forbid.
  async axe() {
    await page.evaluate(axe);
    const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html} ${node.failureSummary}`));
  },
};

console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...options } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ value: (await commands[command](options)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
await browser.close();

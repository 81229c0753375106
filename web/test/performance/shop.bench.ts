// Measures the first look at the main pages, on a phone and on a desk, and writes it into docs/performance.md: `make bench-web`.

import { expect, test, type Browser, type BrowserContextOptions, type Page } from "@playwright/test";

import { MOST_JAVASCRIPT } from "../build/budget.ts";
import { startStack } from "../browser/stack.ts";
import { startProxy } from "./compressingProxy.ts";
import { writeReport, type Row } from "./report.ts";

const RUNS = 5;

/** Pages with what is to be seen on them when they are complete. */
const PAGES = [
  ["catalog", "/", "Fine-Tuning Without Tears"],
  ["course", "/courses/vector-search", "Get this course"],
  ["lesson", "/courses/vector-search/index/chunking", "Step 1 of 3"],
] as const;

interface Device {
  name: string;
  options: BrowserContextOptions;
  /** How many times slower the processor is made. */
  slowdown: number;
  /** https://chromedevtools.github.io/devtools-protocol/tot/Network/#method-emulateNetworkConditions, in bytes and milliseconds */
  network: { latency: number; downloadThroughput: number; uploadThroughput: number };
}

/** Those of Lighthouse: https://github.com/GoogleChrome/lighthouse/blob/main/core/config/constants.js */
const DEVICES: Device[] = [
  {
    name: "phone",
    options: { viewport: { width: 412, height: 823 }, deviceScaleFactor: 1.75, isMobile: true, hasTouch: true },
    slowdown: 4,
    network: { latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 },
  },
  {
    name: "desk",
    options: { viewport: { width: 1350, height: 940 } },
    slowdown: 1,
    network: { latency: 40, downloadThroughput: 10_000_000 / 8, uploadThroughput: 10_000_000 / 8 },
  },
];

type Measured = Omit<Row, "page" | "device">;

test("the main pages, on a phone and on a desk", async ({ browser }) => {
  const stack = await startStack();
  const proxy = await startProxy();
  const rows = await measureAll(browser, {
    baseURL: stack.shop,
    proxy: { server: proxy.url },
    locale: "en-US",
  }).finally(async () => {
    proxy.stop();
    await stack.stop();
  });
  writeReport(rows, introduction(browser.version()));
  for (const { page, device, javascript } of rows) {
    expect(javascript, `JavaScript of the page ${page} on a ${device}`).toBeLessThanOrEqual(MOST_JAVASCRIPT);
  }
});

async function measureAll(browser: Browser, stack: BrowserContextOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const device of DEVICES) {
    for (const [page, path, content] of PAGES) {
      const look = () => open(browser, { ...device, options: { ...device.options, ...stack } }, path, content);
      // Not measured: the stack and the proxy may see the page for the first time.
      await look();
      const runs: Measured[] = [];
      while (runs.length < RUNS) runs.push(await look());
      rows.push({ page, device: device.name, ...medians(runs) });
    }
  }
  return rows;
}

/** Opens a page with an empty cache. */
async function open(browser: Browser, device: Device, path: string, content: string): Promise<Measured> {
  const context = await browser.newContext(device.options);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", { offline: false, ...device.network });
  await session.send("Emulation.setCPUThrottlingRate", { rate: device.slowdown });
  await page.goto(path);
  await expect(page.getByText(content).first()).toBeVisible();
  await page.waitForLoadState("networkidle");
  const measured = await measure(page);
  await context.close();
  return measured;
}

/** What the browser itself has noted. */
async function measure(page: Page): Promise<Measured> {
  return page.evaluate(async () => {
    // An observer hears of what was before it, and of the end of it when the paint that follows is here.
    const entries = (type: string) =>
      new Promise<PerformanceEntry[]>((resolve) => {
        const found: PerformanceEntry[] = [];
        const observer = new PerformanceObserver((list) => found.push(...list.getEntries()));
        observer.observe({ type, buffered: true });
        requestAnimationFrame(() =>
          setTimeout(() => {
            found.push(...observer.takeRecords());
            resolve(found);
          }),
        );
      });
    const scripts = performance
      .getEntriesByType("resource")
      .filter(({ name }) => new URL(name).pathname.endsWith(".js"));
    const shifts = (await entries("layout-shift")) as (PerformanceEntry & { value: number })[];
    return {
      javascript: scripts.reduce((sum, script) => sum + (script as PerformanceResourceTiming).encodedBodySize, 0),
      firstContentfulPaint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN,
      largestContentfulPaint: (await entries("largest-contentful-paint")).at(-1)?.startTime ?? NaN,
      layoutShift: shifts.reduce((sum, { value }) => sum + value, 0),
    };
  });
}

function medians(runs: Measured[]): Measured {
  const median = (value: (run: Measured) => number) =>
    runs.map(value).sort((one, other) => one - other)[RUNS >> 1] ?? NaN;
  return {
    javascript: median((run) => run.javascript),
    firstContentfulPaint: median((run) => run.firstContentfulPaint),
    largestContentfulPaint: median((run) => run.largestContentfulPaint),
    layoutShift: median((run) => run.layoutShift),
  };
}

function introduction(version: string): string {
  return `Written by \`make bench-web\`; do not edit. Chromium ${version} opened each page of a local stack ${RUNS} times, with an empty cache and
signed in as nobody; the numbers are medians of what its performance API has noted. A proxy compressed the files with gzip;
CloudFront has Brotli, too, which is smaller. The phone has a processor that is slowed down four times, 1.6 Mbit/s and
150 ms to the server; the desk has 10 Mbit/s and 40 ms: [Lighthouse](https://github.com/GoogleChrome/lighthouse)'s numbers. JavaScript
is what the first look at a page loads, with one language.`;
}

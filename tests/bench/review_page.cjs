// Opens and filters a review page of many takes, made of a real dailies folder.
//
//   NODE_PATH=build/peers/node_modules node tests/bench/review_page.cjs DAILIES [TAKES]
//
// Prints milliseconds, the median of five runs each: from the start of the navigation until the page's scripts have put all cards
// in, and until the next frame is painted; and for a filter that leaves a tenth of the takes, until it is painted.
"use strict";
const fs = require("fs");
const os = require("os");
const path = require("path");
const { pathToFileURL } = require("url");
const { chromium } = require("playwright-core");

const [dailies, wanted = "500"] = process.argv.slice(2);
const RUNS = 5;

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

// The folder again, with takes repeated under other names and media that are links.
function many(folder) {
  fs.cpSync(dailies, folder, { recursive: true, dereference: true });
  const file = path.join(folder, "review/data.js");
  const text = fs.readFileSync(file, "utf8");
  const at = text.indexOf("nightreel.data = ");
  const data = JSON.parse(text.slice(at + "nightreel.data = ".length).replace(/;\s*$/, ""));
  const takes = Array.from({ length: Number(wanted) }, (_, i) => {
    const one = { ...data.takes[i % data.takes.length] };
    const shot = `sq${String(i % 50).padStart(3, "0")}_sh${String(i).padStart(4, "0")}`;
    const sheet = `sheet_${i}.png`;
    if (one.sheet) fs.linkSync(path.join(folder, one.sheet), path.join(folder, sheet));
    return { ...one, shot, detail: `${shot}_v001_t01`, digest: one.digest.slice(0, 56) + String(i).padStart(8, "0"), sheet };
  });
  fs.writeFileSync(file, text.slice(0, at) + "nightreel.data = " + JSON.stringify({ ...data, takes }) + ";\n");
}

async function main() {
  if (!dailies || !fs.existsSync(path.join(dailies, "index.html"))) {
    console.error("usage: review_page.cjs DAILIES [TAKES]");
    return 2;
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "review_page-"));
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
  try {
    many(folder);
    const opened = [];
    const painted = [];
    const filtered = [];
    for (let run = 0; run < RUNS; ++run) {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      await page.goto(pathToFileURL(path.join(folder, "index.html")).href, { waitUntil: "commit" });
      const times = await page.evaluate(
        () =>
          new Promise((done) => {
            const look = () => {
              if (!window.nightreel || !nightreel.opened) return requestAnimationFrame(look);
              requestAnimationFrame(() => setTimeout(() => done([nightreel.opened, performance.now()]), 0));
            };
            look();
          }),
      );
      opened.push(times[0]);
      painted.push(times[1]);
      filtered.push(
        await page.evaluate(
          () =>
            new Promise((done) => {
              const field = document.getElementById("filter");
              const begin = performance.now();
              field.value = "sq007, seam > 0";
              field.dispatchEvent(new Event("input"));
              requestAnimationFrame(() => setTimeout(() => done(performance.now() - begin), 0));
            }),
        ),
      );
      await page.close();
    }
    console.log(
      JSON.stringify({
        takes: Number(wanted),
        cards_ms: Math.round(median(opened)),
        painted_ms: Math.round(median(painted)),
        filter_ms: Math.round(median(filtered)),
      }),
    );
  } finally {
    await browser.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
  return 0;
}

main().then((code) => {
  process.exitCode = code;
});

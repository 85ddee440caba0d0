// Uses a review page as a reviewer does, in Chromium: every key of the page's own table, real clicks, and a look at what came of it.
//
//   review_check.cjs ADDRESS SHOT DOWNLOADS [FRAMES.json]
//
// FRAMES.json (over HTTP, where a canvas may be read): the movie's frames as small grey pictures by another decoder, each a list of
// numbers, the take's first frame first. The page's frame number must be that of the picture on the screen.
// exit 0: all held; 1: a check failed, which is printed; 2: usage.
"use strict";
const fs = require("fs");
const path = require("path");
const { chromium } = require("playwright-core");

const [address, shot, downloads, framesFile] = process.argv.slice(2);
const failures = [];
const done = new Set();

function holds(condition, what) {
  if (!condition) failures.push(what);
}

async function main() {
  if (!address || !shot || !downloads) {
    console.error("usage: review_check.cjs ADDRESS SHOT DOWNLOADS [FRAMES.json]");
    return 2;
  }
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--autoplay-policy=no-user-gesture-required",
    ],
  });
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true });
    const page = await context.newPage();
    page.setDefaultTimeout(15000);
    page.on("pageerror", (error) => failures.push(`error in the page: ${error.message}`));
    page.on("dialog", (dialog) => failures.push(`the page asks: ${dialog.message()}`));
    await page.goto(address);
    await useGrid(page);
    await useSingle(page);
    if (framesFile) await compareFrames(page, JSON.parse(fs.readFileSync(framesFile)));
    const untried = await page.evaluate(
      (tried) =>
        nightreel.keyTable
          .map((row) => row.keys)
          .flat()
          .filter((key) => !tried.includes(key)),
      [...done],
    );
    holds(untried.length === 0, `keys without a check: ${untried.map((key) => JSON.stringify(key)).join(" ")}`);
  } finally {
    await browser.close();
  }
  for (const failure of failures) console.log(failure);
  console.log(failures.length ? `${failures.length} failed` : `all held, ${done.size} keys`);
  return failures.length ? 1 : 0;
}

async function useGrid(page) {
  const cards = () => page.locator("#grid > li").count();
  const all = await page.evaluate(() => nightreel.data.takes.length);
  holds((await cards()) === all && all > 1, `cards of all ${all} takes`);
  await press(page, "/");
  holds((await page.evaluate(() => document.activeElement.id)) === "filter", "/ goes to the filter");
  await page.fill("#filter", `${shot}, take = 1`);
  holds((await cards()) === 1, "a filter of a word and a comparison");
  await page.fill("#filter", "nonsense > 3");
  holds((await page.textContent("#count")).includes("unknown value 'nonsense'"), "an unknown value is named");
  await page.fill("#filter", "");
  await page.keyboard.press("Escape");
  await page.selectOption("#sort", "shot");
  const names = await page.locator("#grid .name").allTextContents();
  holds(JSON.stringify(names) === JSON.stringify([...names].sort()), `sorted by shot: ${names}`);
  await page.click("#sort-order");
  holds((await page.locator("#grid .name").first().textContent()) === names[names.length - 1], "reversed");
  await page.click("#sort-order");
  holds(!(await page.evaluate(() => document.querySelector("#grid b, .prompt b"))), "a prompt with tags is words");
  await press(page, "?");
  holds(await page.evaluate(() => document.getElementById("keys").open), "? shows the keys");
  const rows = await page.evaluate(() => nightreel.keyTable.length);
  holds((await page.locator("#keys tr").count()) === rows, "all keys are in the table that is shown");
  await page.click("#keys button");
  // A button that has the focus would be pressed.
  await page.evaluate(() => document.activeElement.blur());
  await press(page, "Enter");
  holds(await page.isVisible("#single-view"), "Enter opens a take");
  await press(page, "Escape");
  holds(await page.isVisible("#grid-view"), "Esc goes back to all takes");
}

// A key, noted as tried.
async function press(page, key) {
  done.add(key === "Space" ? " " : key);
  await page.keyboard.press(key);
}

const number = (page) => page.evaluate(() => Number(document.querySelector("output.frame").dataset.frame));

async function frameIs(page, wanted, what) {
  const right = await page
    .waitForFunction((frame) => Number(document.querySelector("output.frame").dataset.frame) === frame, wanted, {
      timeout: 6000,
    })
    .catch(() => null);
  holds(right, `${what}: frame ${await number(page)}, expected ${wanted}`);
}

async function modeIs(page, mode, what) {
  holds(
    (await page.getAttribute(".stage", "class")) === `stage ${mode}`,
    `${what}: ${await page.getAttribute(".stage", "class")}`,
  );
}

async function useSingle(page) {
  await page.click(`#grid li:has-text("${shot}") button`);
  const take = await page.evaluate(() => {
    const one = nightreel.data.takes.find((t) => location.hash.slice(1) === t.detail);
    return { first: one.first, frames: one.frames, digest: one.digest, prompt: one.prompt };
  });
  const last = take.first + take.frames - 1;
  await page.waitForFunction(() => document.querySelector("video").readyState >= 2);
  holds(
    (await page.textContent(".prompt")) === take.prompt,
    `the prompt as it is: ${await page.textContent(".prompt")}`,
  );
  await press(page, "ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await frameIs(page, take.first + 3, "three frames on");
  await press(page, "ArrowLeft");
  await frameIs(page, take.first + 2, "one frame back");
  await press(page, "ArrowDown");
  await frameIs(page, take.first + 12, "ten frames on");
  await press(page, "ArrowUp");
  await frameIs(page, take.first + 2, "ten frames back");
  await press(page, "End");
  await frameIs(page, last, "the last frame");
  await press(page, "Home");
  await frameIs(page, take.first, "the first frame");
  await playing(page, take);
  await loops(page, take);
  await compares(page);
  await views(page);
  await notes(page, take);
  await moves(page);
  await plots(page, take);
}

async function playing(page, take) {
  await press(page, "Space");
  await page.waitForFunction(
    (first) => Number(document.querySelector("output.frame").dataset.frame) > first + 1,
    take.first,
  );
  await press(page, "k");
  const at = await number(page);
  await page.waitForTimeout(300);
  holds((await number(page)) - at <= 1, "K stops");
  await press(page, "l");
  await page.keyboard.press("l");
  holds(
    (await page.evaluate(() => document.querySelector("video").playbackRate)) === 2,
    "L twice plays at double speed",
  );
  await page.keyboard.press("k");
  await page.keyboard.press("End");
  await page.waitForTimeout(200);
  await press(page, "j");
  await page.waitForFunction(
    (frame) => Number(document.querySelector("output.frame").dataset.frame) < frame - 1,
    take.first + take.frames - 1,
  );
  await page.keyboard.press("k");
}

async function loops(page, take) {
  await page.keyboard.press("Home");
  await frameIs(page, take.first, "before the loop");
  await page.keyboard.press("ArrowRight");
  await frameIs(page, take.first + 1, "begin of the loop");
  await press(page, "i");
  for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
  await frameIs(page, take.first + 4, "end of the loop");
  await press(page, "o");
  holds(
    (await page.textContent("#single-view")).includes(`loop ${take.first + 1}-${take.first + 4}`),
    "the loop is told",
  );
  await page.keyboard.press("Space");
  await page.waitForTimeout(1500);
  const at = await number(page);
  holds(at >= take.first && at <= take.first + 5, `playing stays in the loop: ${at}`);
  await page.keyboard.press("Space");
  const [saved] = await Promise.all([page.waitForEvent("download"), press(page, "t")]);
  await saved.saveAs(path.join(downloads, "retake.yaml"));
  await press(page, "x");
  holds(!(await page.textContent("#single-view")).includes("loop 1"), "X ends the loop");
}

async function compares(page) {
  await press(page, "b");
  await modeIs(page, "b", "B shows the other take");
  await page.keyboard.press("b");
  await modeIs(page, "a", "and again the first");
  for (const [key, mode] of [
    ["s", "side"],
    ["w", "wipe"],
    ["d", "difference"],
  ]) {
    await press(page, key);
    await modeIs(page, mode, key);
  }
  await page.click("[data-mode=a]");
  await modeIs(page, "a", "the button A");
}

async function views(page) {
  const amplitude = () =>
    page.evaluate(() => Number(document.querySelector("#exposure feFuncG").getAttribute("amplitude")));
  await press(page, "+");
  holds(Math.abs((await amplitude()) - Math.pow(2, 0.25)) < 1e-6, "+ is a quarter of a stop");
  await press(page, "-");
  holds((await amplitude()) === 1, "- takes it back");
  await page.keyboard.press("-");
  await press(page, "0");
  holds((await amplitude()) === 1, "0 resets");
}

async function notes(page, take) {
  await page.fill("[aria-label='Your name']", "anna");
  await page.keyboard.press("Escape");
  for (const [key, verdict] of [
    ["a", "approved"],
    ["r", "rejected"],
    ["u", "open"],
    ["f", "flagged"],
  ]) {
    await press(page, key);
    holds((await page.textContent("#single-view .mark")) === verdict, `${key}: ${verdict}`);
  }
  await page.keyboard.press("Home");
  await frameIs(page, take.first, "the frame of the note");
  await press(page, "g");
  const box = await page.locator("svg.drawing").boundingBox();
  await page.mouse.move(box.x + box.width * 0.25, box.y + box.height * 0.25);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.75, box.y + box.height * 0.5, { steps: 4 });
  await page.mouse.up();
  await press(page, "c");
  await page.keyboard.type("=softer <i>light</i>");
  await page.keyboard.press("Control+Enter");
  holds((await page.textContent("#single-view")).includes("=softer <i>light</i>"), "the note as it was written");
  const [saved] = await Promise.all([page.waitForEvent("download"), press(page, "e")]);
  await saved.saveAs(path.join(downloads, "notes.json"));
  const [table] = await Promise.all([page.waitForEvent("download"), page.click("#export-csv")]);
  await table.saveAs(path.join(downloads, "notes.csv"));
  const note = JSON.parse(fs.readFileSync(path.join(downloads, "notes.json"))).notes.find((one) => one.kind === "note");
  holds(
    note && note.frame === take.first && note.take === take.digest && note.by === "anna",
    `the note: ${JSON.stringify(note)}`,
  );
  holds(
    note && Math.abs(note.drawing[0][0] - 0.25) < 0.02 && Math.abs(note.drawing[0].slice(-1)[0] - 0.5) < 0.02,
    "the drawing is in shares of the picture",
  );
}

async function moves(page) {
  const heading = () => page.textContent("#single-view h2");
  const here = await heading();
  await press(page, "n");
  const next = await heading();
  holds(next !== here, "N goes on");
  await press(page, "p");
  holds((await heading()) === here, "P goes back");
  await press(page, "2");
  holds((await heading()).endsWith("take 02"), `2 is take 2: ${await heading()}`);
  await press(page, "1");
  holds((await heading()).endsWith("take 01"), `1 is take 1: ${await heading()}`);
  await page.keyboard.press("9");
  holds((await page.textContent("#status")).includes("no take 9"), "9 says that there is none");
  for (const digit of "3456789") done.add(digit);
}

async function plots(page, take) {
  await page.waitForSelector("[data-plot=difference] svg");
  await page.locator("[data-plot=difference] svg").scrollIntoViewIfNeeded();
  const box = await page.locator("[data-plot=difference] svg").boundingBox();
  await page.mouse.click(box.x + box.width * 0.5, box.y + box.height / 2);
  await frameIs(page, take.first + Math.round(0.5 * (take.frames - 1)), "a click into a plot");
}

// Which of the frames is on the screen, by the picture alone.
async function compareFrames(page, frames) {
  const first = await page.evaluate(() => nightreel.data.takes.find((t) => location.hash.slice(1) === t.detail).first);
  for (const index of [0, 1, 2, 5, frames.length - 1, 7, 8, 3]) {
    await page.evaluate((to) => {
      const scrub = document.querySelector(".scrub");
      scrub.value = to;
      scrub.dispatchEvent(new Event("input"));
    }, index);
    await frameIs(page, first + index, "the frame that the slider asks for");
    const seen = await page.evaluate(() => {
      const canvas = document.createElement("canvas");
      canvas.width = 128;
      canvas.height = 72;
      const context = canvas.getContext("2d", { willReadFrequently: true });
      context.drawImage(document.querySelector("video"), 0, 0, 128, 72);
      const pixels = context.getImageData(0, 0, 128, 72).data;
      return Array.from(
        { length: 128 * 72 },
        (_, i) => 0.2126 * pixels[4 * i] + 0.7152 * pixels[4 * i + 1] + 0.0722 * pixels[4 * i + 2],
      );
    });
    const distances = frames.map((frame) => frame.reduce((sum, value, i) => sum + Math.abs(value - seen[i]), 0));
    holds(
      distances.indexOf(Math.min(...distances)) === index,
      `frame ${first + index} is told, but the picture is that of ${first + distances.indexOf(Math.min(...distances))}`,
    );
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.log(error.stack);
    for (const f of failures) console.log(f);
    process.exitCode = 1;
  },
);

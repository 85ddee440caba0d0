// Plays review movies in Chromium, as a producer who opens them from a folder does: to the end, then frame by frame.
//
//     NODE_PATH=build/peers/node_modules node tests/peers/play_check.cjs FPS MOVIE...
//
// One line for each movie. Exit status: 0 all played, 1 one did not, 2 wrong arguments.
"use strict";
const fs = require("fs");
const os = require("os");
const path = require("path");
const { pathToFileURL } = require("url");
const { chromium } = require("playwright-core");

const BROWSER = "/usr/bin/chromium";
const PATIENCE_MS = 20000;

// Runs in the page. Resolves with what was seen; rejects with the player's own words.
async function watch({ url, fps, patience }) {
  const video = document.createElement("video");
  const happens = (name) => new Promise((resolve, reject) => {
    video.addEventListener(name, resolve, { once: true });
    video.addEventListener("error", () => reject(new Error(video.error.message)), { once: true });
    setTimeout(() => reject(new Error(`no "${name}" in ${patience} ms`)), patience);
  });
  const loaded = happens("loadeddata");
  video.muted = true;
  video.src = url;
  document.body.append(video);
  await loaded;
  const ended = happens("ended");
  video.playbackRate = 4;
  await video.play();
  await ended;
  const frames = Math.round(video.duration * fps);
  // Asked for the middle of a frame, the player has to show that frame: 0, the last, the middle.
  const missed = [];
  for (const frame of [0, frames - 1, Math.floor(frames / 2)]) {
    const shown = new Promise((resolve, reject) => {
      video.requestVideoFrameCallback((_, data) => resolve(data.mediaTime));
      setTimeout(() => reject(new Error(`frame ${frame} is not shown in ${patience} ms`)), patience);
    });
    const seeked = happens("seeked");
    video.currentTime = (frame + 0.5) / fps;
    await seeked;
    const landed = Math.round(await shown * fps);
    if (landed !== frame) missed.push(`${frame} shows ${landed}`);
  }
  return { frames, decoded: video.getVideoPlaybackQuality().totalVideoFrames, missed };
}

async function main() {
  const [fps, ...movies] = process.argv.slice(2);
  if (!(Number(fps) > 0) || movies.length === 0 || !movies.every((movie) => fs.existsSync(movie))) {
    console.error("usage: play_check.cjs FPS MOVIE...");
    return 2;
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "play_check-"));
  const empty = path.join(folder, "empty.html");
  fs.writeFileSync(empty, "<!doctype html><meta charset=utf-8><body>");
  const browser = await chromium.launch({
    executablePath: BROWSER,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
      "--autoplay-policy=no-user-gesture-required"],
  });
  let failed = 0;
  try {
    const page = await browser.newPage();
    for (const movie of movies) {
      await page.goto(pathToFileURL(empty).href);
      const asked = { url: pathToFileURL(path.resolve(movie)).href, fps: Number(fps), patience: PATIENCE_MS };
      const seen = await page.evaluate(watch, asked).catch((error) => ({ error: error.message.split("\n")[0] }));
      const well = !seen.error && seen.missed.length === 0;
      failed += well ? 0 : 1;
      console.log(`${well ? "plays" : "FAILS"} ${movie}: ${seen.error || `${seen.frames} frames`}`
        + (seen.missed && seen.missed.length ? `; frame ${seen.missed.join(", frame ")}` : ""));
    }
  } finally {
    await browser.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
  return failed ? 1 : 0;
}

main().then((code) => process.exit(code), (error) => { console.error(`play_check: ${error.message}`); process.exit(1); });

// chokidar with its defaults and what a development server ignores, as bench/watchers.py says.

import { basename } from "node:path";
import { createInterface } from "node:readline";
import { watch } from "chokidar";

const folder = process.argv[2];
const ignored = /(^|\/)(node_modules|\.git)(\/|$)/;

console.log("LOADED");
createInterface({ input: process.stdin }).once("line", () => {
  const watcher = watch(folder, { ignored: (path) => ignored.test(path), ignoreInitial: true });
  watcher.on("ready", () => console.log("READY"));
  watcher.on("all", (_event, path) => {
    const name = basename(path);
    if (name.startsWith("probe")) console.log(`SAW ${name}`);
  });
});

// Where a Worker's CPU goes: `node profile.mjs PORT SECONDS`, while a workerd with `--inspector-addr=127.0.0.1:PORT` serves.
// Prints the functions by the share of samples in which they were at work. Functions in WASM have their names only in a build
// that keeps them.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [port, seconds] = process.argv.slice(2);
const require = createRequire(pathToFileURL(process.env.BRIGADE_WORKERS_PACKAGES + "/package.json"));
const WebSocket = require("ws");
const targets = await (await fetch(`http://127.0.0.1:${port}/json`)).json();
const socket = new WebSocket(targets[0].webSocketDebuggerUrl);
await new Promise((open) => socket.on("open", open));
const waiting = new Map();
socket.on("message", (data) => {
  const { id, result } = JSON.parse(data);
  waiting.get(id)?.(result);
});
let last = 0;
const ask = (method, params = {}) =>
  new Promise((settle) => {
    waiting.set(++last, settle);
    socket.send(JSON.stringify({ id: last, method, params }));
  });
await ask("Profiler.enable");
await ask("Profiler.setSamplingInterval", { interval: 100 });
await ask("Profiler.start");
await new Promise((over) => setTimeout(over, seconds * 1000));
const { profile } = await ask("Profiler.stop");
const names = new Map(profile.nodes.map(({ id, callFrame: at }) => [id, `${at.functionName || "(anonymous)"} ${at.url.split("/").pop()}:${at.lineNumber}`]));
const shares = new Map();
for (const id of profile.samples) shares.set(names.get(id), (shares.get(names.get(id)) ?? 0) + 1);
const idle = [...shares].filter(([name]) => /^\((idle|program)\)/.test(name)).reduce((sum, [, count]) => sum + count, 0);
const rest = profile.samples.length - idle;
for (const [name, count] of [...shares].sort(([, one], [, other]) => other - one).slice(0, 45))
  console.log(`${((100 * count) / rest).toFixed(1).padStart(6)} % ${name}`);
process.exit(0);

// The Worker in workerd, on 127.0.0.1 and without any network: `node serve.mjs SETTINGS`, a file of
//   {wrangler, build, port, edge, bindings, kept, more}
// as JSON: the wrangler.toml, the folder of its built modules, the port, whether Miniflare's stand-in for Cloudflare's edge is in
// front (it writes every request anew, codes answers, and says the client's address), what takes the place of [vars], {key: file}:
// what the namespace BRIGADE holds, also when a file changes, and other options of Miniflare's.
//
// One line `READY workerd=PID` on standard output says that it serves; what the Worker logs follows, line by line.
//
// Not `wrangler dev`: its inspector ships every byte of an answer through a debugger's protocol.
// SIGTERM ends both processes; SIGKILL of this one would leave workerd behind, so who starts it gives it a process group.
import { createRequire } from "node:module";
import { readFileSync, readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import path from "node:path";
import { pathToFileURL } from "node:url";

const packages = process.env.BRIGADE_WORKERS_PACKAGES;
// The workerd that Miniflare brings answers no `Expect: 100-continue`; this is a newer one.
process.env.MINIFLARE_WORKERD_PATH ??= path.join(packages, "node_modules/@cloudflare/workerd-linux-64/bin/workerd");
process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";
process.env.WRANGLER_SEND_METRICS = "false";

// The packages are in a folder of their own, not beside this file.
const require = createRequire(pathToFileURL(packages + "/package.json"));
const { unstable_getMiniflareWorkerOptions } = require("wrangler");
const { Miniflare } = require("miniflare");

const settings = JSON.parse(readFileSync(process.argv[2]));
const { workerOptions } = unstable_getMiniflareWorkerOptions(path.resolve(settings.wrangler));
const build = path.resolve(settings.build);
const modules = readdirSync(build)
  .filter((name) => /\.(m?js|wasm)$/.test(name))
  .sort((one, other) => (other === "index.js") - (one === "index.js"))
  .map((name) => ({ type: name.endsWith(".wasm") ? "CompiledWasm" : "ESModule", path: path.join(build, name) }));
const kept = ["kv", "r2", "d1", "durableObjects", "cache", "secretsStore"].map((kind) => [`${kind}Persist`, false]);

const miniflare = new Miniflare({
  ...workerOptions,
  ...Object.fromEntries(kept),
  bindings: { ...workerOptions.bindings, ...settings.bindings },
  kvNamespaces: { ...workerOptions.kvNamespaces, BRIGADE: "brigade" },
  modulesRoot: build,
  modules,
  host: "127.0.0.1",
  ...(settings.edge ? { port: settings.port } : { unsafeDirectSockets: [{ host: "127.0.0.1", port: settings.port }] }),
  cf: false,
  telemetry: { enabled: false },
  unsafeTriggerHandlers: true,
  ...settings.more,
  // As it is: a Worker's log is lines of JSON, which Miniflare would colour.
  handleRuntimeStdio: (out, err) => {
    for (const stream of [out, err]) createInterface(stream).on("line", (line) => console.log(line));
  },
});
const stop = async () => {
  await miniflare.dispose();
  process.exit(0);
};
process.on("SIGTERM", stop);
process.on("SIGINT", stop);

await miniflare.ready;
const namespace = await miniflare.getKVNamespace("BRIGADE");
const held = {};
const keep = async () => {
  for (const [key, file] of Object.entries(settings.kept)) {
    const text = readFileSync(file, "utf8");
    if (text !== held[key]) await namespace.put(key, text);
    held[key] = text;
  }
};
await keep();
setInterval(keep, 200);

const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim().split(" ");
const named = (pid) => readFileSync(`/proc/${pid}/comm`, "utf8").trim();
console.log(`READY workerd=${children.find((pid) => named(pid) === "workerd")}`);

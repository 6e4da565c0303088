// The platform, as Rust calls it: each function here is one crossing, with whole heads as one text.
//
// A head is lines: name, value, name, value, … No header holds a line's end.

import bundle from "./config.js";

/** The headers, as one text behind another. */
function lines(text, headers) {
  for (const [name, value] of headers) text += `${name}\n${value}\n`;
  return text;
}

/** The headers of such a text, from a line on. One by one: for pairs, the platform would run an iterator of each. */
function headers(split, from) {
  const found = new Headers();
  for (let at = from; at + 1 < split.length; at += 2) found.append(split[at], split[at + 1]);
  return found;
}

/**
 * A request's method, address and headers. The platform sends `Accept-Encoding` of its own on; a client that signed what it
 * sent is found by that.
 */
export function requestHead(request) {
  const headers = request.headers;
  const first = `${request.method}\n${request.url}\n`;
  const sent = headers.has("accept-encoding") ? request.cf?.clientAcceptEncoding : undefined;
  if (typeof sent !== "string") return lines(first, headers);
  const own = new Headers(headers);
  if (sent === "") own.delete("accept-encoding");
  else own.set("accept-encoding", sent);
  return lines(first, own);
}

/** How to go on with the task that runs: what it waits for calls it. */
let running;

export function enter(poll) {
  running = poll;
}

/** A promise a task waits for: `state` is 0 until it has settled, 1 when it holds its value, 2 when it holds why there is none. */
export class Waiting {
  constructor(promise) {
    const poll = running;
    this.state = 0;
    promise.then(
      (value) => {
        this.state = 1;
        this.value = value;
        poll();
      },
      (why) => {
        this.state = 2;
        this.value = why;
        poll();
      },
    );
  }
}

/**
 * An upload, attached to its other end at once: later, the platform may have cancelled it. `first` settles when its first
 * bytes are there, or its end, or its failure; the rest follows without anybody's doing. `length` is undefined when the client
 * does not say it.
 */
export class Upload {
  constructor(body, length) {
    const { readable, writable } =
      length === undefined ? new IdentityTransformStream() : new FixedLengthStream(length);
    this.readable = readable;
    this.over = false;
    this.failed = false;
    const reader = body.getReader();
    const move = async () => {
      const { done, value } = await reader.read();
      reader.releaseLock();
      if (done) return () => writable.close();
      const writer = writable.getWriter();
      const written = writer.write(value);
      writer.releaseLock();
      return async () => {
        await Promise.all([written, body.pipeTo(writable)]);
      };
    };
    const moved = move();
    const failed = (why) => {
      this.failed = true;
      writable.abort(why).catch(() => {});
    };
    this.first = moved.then(
      () => {},
      () => {},
    );
    this.all = moved
      .then((rest) => rest())
      .then(() => {
        this.over = true;
      }, failed);
  }
}

/**
 * A request on its way to a store: its method, its address and its headers in one text. Once its body has been sent, the time
 * for an answer begins: `wait` ms; `streamed` says that it is still to be sent. `state` is as in `Waiting`.
 *
 * What has no body is not aborted when nobody waits for it any more: it ends with the client's request, and a controller for
 * each would cost more than that is worth. Where the `whole` answer is to be read in that time, there is one.
 */
export class Exchange {
  constructor(head, body, wait, streamed, whole) {
    const poll = running;
    const split = head.split("\n");
    const method = split[0];
    const reads = method === "GET" || method === "HEAD";
    this.state = 0;
    this.timed = false;
    this.wait = wait;
    this.timer = undefined;
    this.control = body === null && !whole ? undefined : new AbortController();
    const init = {
      method,
      headers: headers(split, 2),
      redirect: "manual",
      encodeResponseBody: "manual",
    };
    // Of a write it would be a header that the store keeps.
    if (reads) init.cache = "no-store";
    if (body !== null) init.body = body;
    if (this.control) init.signal = this.control.signal;
    this.late = () => {
      if (this.state === 0) this.state = 2;
      this.timed = true;
      this.control?.abort();
      poll();
    };
    fetch(split[1], init).then(
      (response) => {
        if (this.state !== 0) return;
        this.state = 1;
        this.response = response;
        poll();
      },
      (why) => {
        if (this.state !== 0) return;
        this.state = 2;
        this.why = why;
        poll();
      },
    );
    if (!streamed) this.begin();
  }
  begin() {
    this.timer ??= setTimeout(this.late, this.wait);
  }
  beginAfter(sent) {
    sent.then(() => this.begin());
  }
  /** The answer's status and headers. */
  head() {
    return lines(`${this.response.status}\n`, this.response.headers);
  }
  body() {
    return this.response.body;
  }
  /** Its head has come: from now on the body's own end counts. */
  answered() {
    if (this.timer) clearTimeout(this.timer);
    this.timer = 0;
    this.control = undefined;
  }
  /** Nobody waits for it any more. After `answered`, nothing. */
  cancel() {
    if (this.state === 0) this.state = 2;
    this.control?.abort();
    this.answered();
  }
}

/** The answer to a client: its status and its headers in one text. */
export function respond(head, body) {
  const split = head.split("\n");
  return new Response(body, { status: Number(split[0]), headers: headers(split, 1), encodeBody: "manual" });
}

/** A stream of exactly so many bytes, and what writes it. */
export class Fixed {
  constructor(length) {
    const { readable, writable } = new FixedLengthStream(length);
    this.readable = readable;
    this.writer = writable.getWriter();
  }
}

/** Nobody waits for it, whatever becomes of it. */
export function ignore(promise) {
  promise.catch(() => {});
}

/** Settles with the promise, or after `wait` milliseconds. */
export function settled(promise, wait) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, wait);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const keys = new Map();
const KEYS = 64;

/** A key, imported once: a plain value, which belongs to no request. */
async function imported(jwk, algorithm, id) {
  const held = keys.get(id);
  if (held) return held;
  const key = await crypto.subtle.importKey("jwk", JSON.parse(jwk), algorithm, false, ["verify"]);
  if (keys.size >= KEYS) keys.clear();
  keys.set(id, key);
  return key;
}

const ALGORITHMS = {
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  RS384: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-384" },
  RS512: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-512" },
  PS256: { name: "RSA-PSS", hash: "SHA-256", saltLength: 32 },
  ES256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  ES384: { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" },
  EdDSA: { name: "Ed25519" },
};

/** Whether the signature is the key's. */
export async function verify(name, jwk, message, signature) {
  const algorithm = ALGORITHMS[name];
  const key = await imported(jwk, algorithm, `${name} ${jwk}`);
  return crypto.subtle.verify(algorithm, key, signature, message);
}

/** The signature of a private key: rare, so the key is not kept. */
export async function sign(name, pkcs8, message) {
  const algorithm = ALGORITHMS[name];
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign(algorithm, key, message));
}

export function chance(bytes) {
  crypto.getRandomValues(bytes);
}

let seen;
let what = 0;

/**
 * What every request asks of its bindings, as bits: `wire::Bindings` reads them. They are read once of each `env`: the platform makes
 * a new one when a binding changes.
 */
export function bindings(env) {
  if (env !== seen) {
    seen = env;
    const log = env.BRIGADE_LOG;
    what = log === "off" ? 0 : log === "error" || log === "warn" ? 1 : 2;
    if (env.ANALYTICS) what |= 4;
    if (env.RATE_LIMIT) what |= 8;
  }
  return what;
}

/** A var or a secret, if it is a text. */
export function variable(env, name) {
  const value = env[name];
  return typeof value === "string" ? value : undefined;
}

/** The configuration in a var: a text, or a table, which then is JSON. */
export function configured(env) {
  const value = env.BRIGADE_CONFIG;
  return value === undefined || typeof value === "string" ? value : JSON.stringify(value);
}

/** The configuration that was built in, if any. */
export function bundled() {
  return bundle;
}

export function hasKept(env) {
  return Boolean(env.BRIGADE?.get);
}

/** A text in the namespace bound as BRIGADE. */
export async function kept(env, key) {
  if (!env.BRIGADE?.get) throw new Error("no KV namespace is bound as BRIGADE");
  return env.BRIGADE.get(key, { type: "text", cacheTtl: 30 });
}

/** Whether the limiter that is bound stops a request of this key. */
export async function limited(env, key) {
  const { success } = await env.RATE_LIMIT.limit({ key });
  return !success;
}

/** A data point of Analytics Engine. */
export function point(env, index, blobs, doubles) {
  env.ANALYTICS.writeDataPoint({ indexes: [index], blobs, doubles: [...doubles] });
}

export function say(line) {
  console.log(line);
}

export function complain(line) {
  console.error(line);
}

const tasks = new Map();

/** Polls a task again, soon. */
export function wake(id) {
  const poll = tasks.get(id);
  if (poll) queueMicrotask(poll);
}

export function enlist(id, poll) {
  tasks.set(id, poll);
}

export function dismiss(id) {
  tasks.delete(id);
}

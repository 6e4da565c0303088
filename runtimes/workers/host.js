// The platform, as Rust calls it: each function here is one crossing, with whole heads as one text.
//
// A head is lines: name, value, name, value, … No header holds a line's end.

import bundle from "./config.js";

/** The headers, as one text. */
function lines(headers) {
  let text = "";
  for (const [name, value] of headers) text += `${name}\n${value}\n`;
  return text;
}

/** The pairs of such a text. */
function pairs(text) {
  const split = text.split("\n");
  const found = [];
  for (let at = 0; at + 1 < split.length; at += 2) found.push([split[at], split[at + 1]]);
  return found;
}

/** A request's headers. The platform sends `Accept-Encoding` of its own on; a client that signed what it sent is found by that. */
export function requestHead(request) {
  const headers = request.headers;
  const sent = headers.has("accept-encoding") ? request.cf?.clientAcceptEncoding : undefined;
  if (typeof sent !== "string") return lines(headers);
  const own = new Headers(headers);
  if (sent === "") own.delete("accept-encoding");
  else own.set("accept-encoding", sent);
  return lines(own);
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

/** A request on its way to a store. Once its body has been sent, the time for an answer begins: `wait` ms. */
export class Exchange {
  constructor(method, url, head, body, wait) {
    this.control = new AbortController();
    this.timed = false;
    this.wait = wait;
    const reads = method === "GET" || method === "HEAD";
    this.answer = fetch(url, {
      method,
      headers: pairs(head),
      body,
      redirect: "manual",
      // Of a write it would be a header that the store keeps.
      cache: reads ? "no-store" : undefined,
      encodeResponseBody: "manual",
      signal: this.control.signal,
    });
  }
  begin() {
    this.timer ??= setTimeout(() => {
      this.timed = true;
      this.control.abort();
    }, this.wait);
  }
  beginAfter(sent) {
    sent.then(() => this.begin());
  }
  /** Its head has come: from now on the body's own end counts. */
  answered() {
    clearTimeout(this.timer);
    this.timer = 0;
  }
  cancel() {
    this.answered();
    this.control.abort();
  }
}

/** A response's status and headers. */
export function responseHead(response) {
  return `${response.status}\n${lines(response.headers)}`;
}

/** The answer to a client. */
export function respond(status, head, body) {
  return new Response(body, { status, headers: pairs(head), encodeBody: "manual" });
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

export function limits(env) {
  return Boolean(env.RATE_LIMIT);
}

/** Whether the limiter that is bound stops a request of this key. */
export async function limited(env, key) {
  const { success } = await env.RATE_LIMIT.limit({ key });
  return !success;
}

export function measures(env) {
  return Boolean(env.ANALYTICS);
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

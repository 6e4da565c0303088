// A certified OpenID Connect provider on 127.0.0.1: `node provider.mjs SETTINGS`, a file of {clients, accounts, ttl, resources}
// as JSON. One line `{"issuer": …}` on standard output says that it serves.
//
// People log in through the provider's own development pages, by plain forms. What a test may turn:
//   POST /admin/rotate   {keep}                  new signing keys first; the ones before stay published if `keep`
//   POST /admin/settings {clients, accounts, ttl, resources}   what is given replaces what was
//   GET  /admin/state                            {jwks, discovery, token}: how often each was asked for
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

// The packages are in a folder of their own, not beside this file.
const require = createRequire(pathToFileURL(process.env.BRIGADE_OIDC_PACKAGES + "/package.json"));
const { default: Provider } = await import(pathToFileURL(require.resolve("oidc-provider")));

const read = async (stream) => {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString() || "{}");
};

let settings = { clients: [], accounts: {}, ttl: {}, resources: {}, ...JSON.parse(readFileSync(process.argv[2])) };
let keys = pair();
const cookies = [randomBytes(24).toString("base64url")];
const asked = { jwks: 0, discovery: 0, token: 0 };

function pair() {
  const key = (type, options, alg) => {
    const jwk = generateKeyPairSync(type, options).privateKey.export({ format: "jwk" });
    return { ...jwk, alg, use: "sig", kid: `${alg}-${randomBytes(4).toString("hex")}` };
  };
  return [key("rsa", { modulusLength: 2048 }, "RS256"), key("ec", { namedCurve: "P-256" }, "ES256")];
}

// What the provider keeps, in memory and beside it: it is made anew when its keys or settings change.
const kept = new Map();
class Adapter {
  constructor(model) {
    this.key = (id) => `${model}:${id}`;
  }
  #first = (test) => [...kept].find(([key, value]) => key.startsWith(this.key("")) && test(value))?.[1];
  upsert = async (id, payload) => void kept.set(this.key(id), payload);
  find = async (id) => kept.get(this.key(id));
  findByUid = async (uid) => this.#first((payload) => payload.uid === uid);
  findByUserCode = async (code) => this.#first((payload) => payload.userCode === code);
  consume = async (id) => void (kept.get(this.key(id)).consumed = Math.floor(Date.now() / 1000));
  destroy = async (id) => void kept.delete(this.key(id));
  revokeByGrantId = async (grant) => kept.forEach((value, key) => value.grantId === grant && kept.delete(key));
}

const claimsOf = (subject) => settings.accounts[subject] ?? {};

function provider(issuer) {
  const names = Object.values(settings.accounts).flatMap((claims) => Object.keys(claims));
  const made = new Provider(issuer, {
    adapter: Adapter,
    clients: settings.clients,
    jwks: { keys },
    cookies: { keys: cookies },
    claims: { openid: ["sub", ...names] },
    // The claims are in the ID token itself: Brigade asks nobody else for them.
    conformIdTokenClaims: false,
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...claimsOf(sub) }) }),
    extraTokenClaims: (_, token) => claimsOf(token.accountId ?? token.clientId),
    ttl: { AccessToken: 3600, ClientCredentials: 3600, IdToken: 3600, RefreshToken: 86400, DeviceCode: 600, ...settings.ttl },
    features: {
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource) => {
          const { alg = "RS256", scope = "" } = settings.resources[resource] ?? {};
          return { scope, audience: resource, accessTokenFormat: "jwt", jwt: { sign: { alg } } };
        },
        useGrantedResource: () => true,
      },
    },
  });
  return made.callback();
}

let serve;
const server = createServer(async (request, response) => {
  const path = request.url.split("?")[0];
  const answer = (value) => response.setHeader("content-type", "application/json").end(JSON.stringify(value));
  if (path === "/admin/state") return answer(asked);
  if (path.startsWith("/admin/")) {
    const given = await read(request);
    if (path === "/admin/rotate") keys = [...pair(), ...(given.keep === false ? [] : keys)];
    else settings = { ...settings, ...given };
    serve = provider(issuer);
    return answer({ kids: keys.map(({ kid }) => kid) });
  }
  if (path === "/jwks") asked.jwks += 1;
  if (path.startsWith("/.well-known/")) asked.discovery += 1;
  if (path === "/token") asked.token += 1;
  return serve(request, response);
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const issuer = `http://127.0.0.1:${server.address().port}`;
serve = provider(issuer);
console.log(JSON.stringify({ issuer }));
process.on("SIGTERM", () => process.exit(0));

/**
 * Sign requests to Freehold (RFC 9421 and RFC 9530) with Node's own modules alone. Copy this file; `signedHeaders` is all there is to call.
 *
 * As a program, with an HMAC secret or an Ed25519 private key in PEM:
 *
 *   FREEHOLD_KEY_ID=fhh_… FREEHOLD_SECRET=fhhs_… node freehold-signing.mjs GET https://acme.example.com/v1/me
 *   FREEHOLD_KEY_ID=fhh_… FREEHOLD_PRIVATE_KEY=key.pem node freehold-signing.mjs GET https://acme.example.com/v1/me
 */
import { createHash, createHmac, createPrivateKey, randomBytes, sign as signWith } from "node:crypto";
import { readFileSync } from "node:fs";
import { request as overHttp } from "node:http";
import { request as overHttps } from "node:https";
import { pathToFileURL } from "node:url";

const TAG = "freehold-v1";
const LIVES_S = 60;
const WITHOUT_BODY = new Set(["GET", "HEAD", "DELETE"]);

/** A key that the server made: its secret is the HMAC key as it is written. */
export function hmacKey(keyId, secret) {
  return { keyId, algorithm: "hmac-sha256", sign: (message) => createHmac("sha256", secret).update(message).digest() };
}

/** A key whose private half stays here, as PEM text. */
export function ed25519Key(keyId, pem) {
  const privateKey = createPrivateKey(pem);
  return { keyId, algorithm: "ed25519", sign: (message) => signWith(null, message, privateKey) };
}

/**
 * The headers to add to a request, for one use within a minute. `url` (a URL) and `body` (a Buffer) are sent exactly as they are given;
 * `tenant` is the value of X-Tenant-ID, for a request that has that header. X-Forwarded-Uri tells how the path was spelt: most servers
 * resolve its escapes before they ask the product, and what was signed is the path as it was sent.
 */
export function signedHeaders(method, url, { key, body = Buffer.alloc(0), tenant = "" }) {
  const headers = { "X-Forwarded-Uri": url.pathname };
  const covered = [
    ["@method", method.toUpperCase()],
    ["@authority", url.host],
    ["@path", url.pathname],
    ["@query", url.search || "?"],
  ];
  if (body.length > 0) {
    headers["Content-Digest"] = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
    covered.push(["content-digest", headers["Content-Digest"]]);
  }
  if (tenant) {
    headers["X-Tenant-ID"] = tenant;
    covered.push(["x-tenant-id", tenant]);
  }
  const now = Math.floor(Date.now() / 1000);
  const names = covered.map(([name]) => `"${name}"`).join(" ");
  const nonce = randomBytes(18).toString("base64url");
  const parameters =
    `(${names});created=${now};expires=${now + LIVES_S}` +
    `;nonce="${nonce}";keyid="${key.keyId}";alg="${key.algorithm}";tag="${TAG}"`;
  const lines = [...covered, ["@signature-params", parameters]].map(([name, value]) => `"${name}": ${value}`);
  headers["Signature-Input"] = `sig=${parameters}`;
  headers["Signature"] = `sig=:${key.sign(Buffer.from(lines.join("\n"))).toString("base64")}:`;
  return headers;
}

/** One signed request; resolves to status and text of the answer. `bearer` is the API key, where it is needed too. */
export function send(method, url, { key, body = Buffer.alloc(0), bearer = "" }) {
  const headers = { Host: url.host, Accept: "application/json", ...signedHeaders(method, url, { key, body }) };
  if (body.length > 0) headers["Content-Type"] = "application/json";
  if (bearer) headers["Authorization"] = `Bearer ${bearer}`;
  // Names below `localhost` mean this machine (RFC 6761), which not every resolver knows.
  const hostname = url.hostname.endsWith(".localhost") ? "127.0.0.1" : url.hostname;
  const ask = url.protocol === "https:" ? overHttps : overHttp;
  return new Promise((resolve, reject) => {
    const options = { method: method.toUpperCase(), hostname, port: url.port, path: url.pathname + url.search, headers };
    const asked = ask(options, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve({ status: answer.statusCode, text: Buffer.concat(parts).toString() }));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

async function main([method, address]) {
  const { FREEHOLD_KEY_ID, FREEHOLD_SECRET, FREEHOLD_PRIVATE_KEY, FREEHOLD_API_KEY } = process.env;
  const key = FREEHOLD_PRIVATE_KEY
    ? ed25519Key(FREEHOLD_KEY_ID, readFileSync(FREEHOLD_PRIVATE_KEY))
    : hmacKey(FREEHOLD_KEY_ID, FREEHOLD_SECRET);
  const body = WITHOUT_BODY.has(method.toUpperCase()) ? Buffer.alloc(0) : readFileSync(0);
  const { status, text } = await send(method, new URL(address), { key, body, bearer: FREEHOLD_API_KEY });
  console.log(`${status}\n${text}`);
  process.exitCode = status < 400 ? 0 : 1;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main(process.argv.slice(2));

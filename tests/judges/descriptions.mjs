// What Spool asked of the test kit's faces and what they said, judged by prism against the servers' own descriptions.
//
//   node descriptions.mjs RECORD_FOLDER FACE=DESCRIPTION…
//
// RECORD_FOLDER holds what the kit wrote while the engine's tests ran (SPOOL_KIT_RECORD): so every request that Spool's sources
// make in any test is judged, not a chosen few. A DESCRIPTION is an OpenAPI document, JSON or YAML, also gzipped.

import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';
import fs from 'node:fs';
import path from 'node:path';

const own = createRequire(process.env.JUDGES_MODULES + '/');
const prism = createRequire(own.resolve('@stoplight/prism-cli'));
const http = prism('@stoplight/prism-http');
const validator = prism(path.join(path.dirname(prism.resolve('@stoplight/prism-http')), 'validator'));
const route = prism(path.join(path.dirname(prism.resolve('@stoplight/prism-http')), 'router')).default;
const yaml = createRequire(prism.resolve('@stoplight/prism-http'))('@stoplight/yaml');

/** What the descriptions are known to get wrong or to leave out; each with the reason. */
const KNOWN = JSON.parse(fs.readFileSync(new URL('known.json', import.meta.url), 'utf8'));

function description(file) {
  let bytes = fs.readFileSync(file);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes);
  const text = bytes.toString('utf8');
  return text.trimStart().startsWith('{') ? JSON.parse(text) : yaml.parse(text);
}

/** Jellyfin's own binder splits at commas, which the generator of its description does not know. */
function splitAtCommas(operations) {
  for (const operation of operations)
    for (const parameter of operation.request?.query ?? [])
      if (parameter.schema?.type === 'array') Object.assign(parameter, { style: 'commaDelimited', explode: false });
}

function* recorded(folder) {
  for (const name of fs.readdirSync(folder).sort())
    for (const line of fs.readFileSync(path.join(folder, name), 'utf8').split('\n'))
      if (line) yield JSON.parse(line);
}

function asked(entry) {
  const headers = Object.fromEntries(entry.headers.map(([name, value]) => [name.toLowerCase(), value]));
  const query = {};
  for (const [name, value] of new URLSearchParams(entry.query))
    query[name] = name in query ? [query[name], value].flat() : value;
  let body = entry.body || undefined;
  if (body && (headers['content-type'] ?? '').includes('json')) body = JSON.parse(body);
  // prism takes a plain comma in a path for two values, which it then cannot read as a list.
  const place = encodeURI(entry.path).replaceAll(',', '%2C');
  return { method: entry.method.toLowerCase(), url: { path: place, query }, headers, body };
}

/** Jellyfin writes and takes GUIDs without their dashes; prism's format wants them. Anything else stays as it is. */
function dashed(value) {
  if (typeof value === 'string')
    return value.replace(/(^|[/,])([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})(?=$|[/,])/gi, '$1$2-$3-$4-$5-$6');
  if (Array.isArray(value)) return value.map(dashed);
  if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, dashed(inner)]));
  return value;
}

/** Jellyfin itself writes the addresses of its streams in small letters, which its routes do not tell apart. */
const capital = place => place.replace(/^\/videos\//, '/Videos/');

const left = result => (result._tag === 'Left' ? [result.left].flat() : []);
const words = found => `${(found.path ?? []).map(part => (/^\d+$/.test(part) ? '#' : part)).join('.')}: ${found.message}`;

/** Parameters that the description does not name. prism lets them pass; a misspelt one would be ignored by the server. */
function unknownParameters(operation, request, face) {
  const named = new Set((operation.request?.query ?? []).map(parameter => parameter.name.toLowerCase()));
  const everywhere = KNOWN.parameters[face] ?? [];
  return Object.keys(request.url.query)
    .filter(name => !named.has(name.toLowerCase()) && !everywhere.some(known => name.startsWith(known)))
    .map(name => ({ path: ['query', name], message: 'is not in the description' }));
}

function judge(entry, operations) {
  if (entry.face === 'jellyfin') entry = { ...entry, path: capital(dashed(entry.path)), reply: dashed(entry.reply) };
  const request = asked(entry);
  if (entry.face === 'jellyfin') Object.assign(request, { url: { ...request.url, query: dashed(request.url.query) }, body: dashed(request.body) });
  const found = route({ resources: operations, input: request });
  if (found._tag === 'Left') return { place: `${entry.method} ${entry.path}`, request: [{ message: found.left.detail ?? found.left.message }], reply: [] };
  const operation = found.right;
  const violations = [
    ...left(validator.validateInput({ resource: operation, element: request })),
    ...unknownParameters(operation, request, entry.face),
  ];
  // Who is refused may well have been so for a missing or dead token; that is what some tests try.
  if (entry.status !== 401) violations.push(...left(validator.validateSecurity({ resource: operation, element: request })));
  const reply = [];
  if (entry.reply !== null && entry.status < 300) {
    const headers = Object.fromEntries(entry.reply_headers.map(([name, value]) => [name.toLowerCase(), value]));
    reply.push(...left(validator.validateOutput({ resource: operation, element: { statusCode: entry.status, headers, body: entry.reply } })));
  }
  return { place: `${operation.method.toUpperCase()} ${operation.path}`, request: violations, reply };
}

const [folder, ...pairs] = process.argv.slice(2);
const faces = new Map();
for (const pair of pairs) {
  const [face, file] = pair.split('=');
  const operations = await http.getHttpOperationsFromSpec(description(file));
  if (face === 'jellyfin') splitAtCommas(operations);
  faces.set(face, { operations, requests: 0, places: new Set() });
}

const complaints = new Map();
const excused = new Map();
for (const entry of recorded(folder)) {
  const face = faces.get(entry.face);
  const agent = entry.headers.find(([name]) => name.toLowerCase() === 'user-agent')?.[1] ?? '';
  if (!face || !agent.startsWith('Spool/')) continue;
  const { place, request, reply } = judge(entry, face.operations);
  face.requests += 1;
  face.places.add(place);
  for (const [side, list] of [['asks', request], ['says', reply]])
    for (const violation of list.filter(one => one.severity === undefined || one.severity === 0)) {
      const text = `${entry.face} ${side} ${place} ${words(violation)}`;
      const excuse = KNOWN.differences.find(known => new RegExp(known.match).test(text));
      const list = excuse ? excused : complaints;
      const key = excuse ? excuse.match : text;
      list.set(key, (list.get(key) ?? 0) + 1);
    }
}

let failed = 0;
for (const [face, { requests, places }] of faces) {
  console.log(`${face}: ${requests} requests of ${places.size} kinds judged`);
  if (process.env.JUDGES_VERBOSE) for (const place of [...places].sort()) console.log(`  ${place}`);
  if (requests === 0) failed = 1;
}
for (const [match, count] of excused) console.log(`known difference, ${count} times: ${KNOWN.differences.find(known => known.match === match).why}`);
for (const [text, count] of [...complaints].sort()) console.log(`WRONG, ${count} times: ${text}`);
process.exit(complaints.size || failed ? 1 : 0);

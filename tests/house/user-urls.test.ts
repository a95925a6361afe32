/**
 * Nobody can name a URL through the API: no field, parameter or header of what it takes is one, by name or by format. Where calls go is said by the
 * operator's configuration alone. Whoever adds such a field has to call it through SignedHttp with destinations that are public, and name the field here.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/sources.js';

type Json = unknown;
/** Compared, or looked up by its hash, and never called. */
const NO_DESTINATIONS = [
  'post /v1/people/content/application/json/schema/properties/oidc/properties/issuer/format',
  'post /v1/session/content/application/json/schema/anyOf/0/properties/link',
];
const WORDS =
  /^(ur[il]|href|link|host|hostname|origin|domain|endpoint|webhook|callback|address|server|proxy|redirect)s?$/;

/** Words of a name, however it is written. */
const words = (name: string) => name.split(/(?=[A-Z])|[^A-Za-z]+/).map((word) => word.toLowerCase());

function* addressesIn(node: Json, at: string, seen = new Set<Json>()): Iterable<string> {
  if (typeof node !== 'object' || node === null || seen.has(node)) return;
  seen.add(node);
  for (const [key, value] of Object.entries(node)) {
    const here = `${at}/${key}`;
    if (at.endsWith('/properties') && words(key).some((word) => WORDS.test(word))) yield here;
    if (key === 'format' && typeof value === 'string' && /^(uri|url|iri|hostname|ipv)/.test(value)) yield here;
    yield* addressesIn(value, here, seen);
  }
}

/** What the schemas that `node` refers to are called, through all of them. */
function reached(document: { components: { schemas: Record<string, Json> } }, node: Json, found = new Set<string>()) {
  for (const [, name] of JSON.stringify(node ?? null).matchAll(/#\/components\/schemas\/([^"]+)/g)) {
    if (name === undefined || found.has(name)) continue;
    found.add(name);
    reached(document, document.components.schemas[name], found);
  }
  return found;
}

interface Operation {
  parameters?: { name: string; in: string; schema?: Json }[];
  requestBody?: Json;
}

function* taken(document: {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json> };
}) {
  const bodies = new Set<string>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, { parameters = [], requestBody }] of Object.entries(methods)) {
      yield* addressesIn(requestBody, `${method} ${path}`);
      for (const { name, schema } of parameters) {
        if (words(name).some((word) => WORDS.test(word))) yield `${method} ${path} ?${name}`;
        yield* addressesIn(schema, `${method} ${path} ?${name}`);
      }
      reached(document, requestBody, bodies);
    }
  }
  for (const name of bodies) yield* addressesIn(document.components.schemas[name], `#/components/schemas/${name}`);
}

describe('the API', () => {
  const document = JSON.parse(readFileSync(join(ROOT, 'docs/openapi.json'), 'utf8')) as Parameters<typeof taken>[0];

  it('takes no URL from anybody', () => {
    expect([...taken(document)].sort()).toEqual(NO_DESTINATIONS);
  });

  it.each([
    { properties: { webhookUrl: { type: 'string' } } },
    { properties: { notify: { type: 'object', properties: { callback: { type: 'string' } } } } },
    { properties: { place: { type: 'string', format: 'uri' } } },
    { allOf: [{ properties: { image_url: { type: 'string' } } }] },
  ])('would be found out if it did', (schema) => {
    const operation = {
      requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/X' } } } },
    };
    const own = { paths: { '/x': { post: operation } }, components: { schemas: { X: schema } } };
    expect([...taken(own)]).toHaveLength(1);
  });
});

/**
 * docs/openapi.json is the API as the code describes it: clients are generated from it, and its changes are read in review.
 */
import { describe, expect, it } from '@jest/globals';
import { openApiOf } from '../../src/api/http/openapi.js';
import { describedApi } from '../support/described-api.js';
import { generateClient, presentClient } from '../support/console-client.js';
import { expectGenerated } from '../support/generated.js';

describe('docs/openapi.json', () => {
  it('is what the code describes', async () => {
    const { app, close } = await describedApi();
    try {
      const document = openApiOf(app);
      expect(document.openapi).toBe('3.1.0');
      expect(Object.keys(document.paths).length).toBeGreaterThan(20);
      const schemas = document.components?.schemas ?? {};
      const referred = JSON.stringify(document).match(/"\$ref":"[^"]*"/g) ?? [];
      const names = referred.map((text) => /^"\$ref":"#\/components\/schemas\/(.*)"$/.exec(text)?.[1]);
      expect(names.filter((name) => name === undefined || schemas[name] === undefined)).toEqual([]);
      expect(Object.entries(schemas).filter(([name, schema]) => JSON.stringify(schema).endsWith(`/${name}"}`))).toEqual(
        [],
      );
      expectGenerated('docs/openapi.json', `${JSON.stringify(document, null, 2)}\n`);
    } finally {
      await close();
    }
  });
});

describe('the console’s client', () => {
  it('is made from the document', async () => {
    const made = await generateClient();
    expect(Object.keys(made)).toContain('access.gen.ts');
    expect(presentClient()).toEqual(made);
  });
});

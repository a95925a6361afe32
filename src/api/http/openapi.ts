/**
 * The OpenAPI 3.1 document, made from the endpoints' own schemas, at /openapi.json and readable at /docs.
 */
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { problemSchema } from './problem.js';

type JsonSchema = Record<string, unknown>;

/** JSON Schema 2020-12 of a zod schema; those inside it that have an id become components. */
function convert(schema: z.ZodType): { schema: JsonSchema; components: Record<string, JsonSchema> } {
  const whole = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const { $schema: _schema, $defs, id: _id, ...top } = whole;
  const components = ($defs ?? {}) as Record<string, JsonSchema>;
  for (const component of Object.values(components)) delete component['id'];
  // a schema with an id is only a reference to its own definition
  const own = Object.keys(top).length === 1 ? components[String(top['$ref']).replace('#/$defs/', '')] : undefined;
  return { schema: own ?? top, components };
}

/** A recursive schema refers to itself by `#`, which inside a document must be its component. */
function namedSelf(schema: z.ZodType): ReturnType<typeof convert> {
  const converted = convert(schema);
  const id = schema.meta()?.id;
  if (id === undefined) return converted;
  const text = JSON.stringify(converted).replaceAll('"$ref":"#"', `"$ref":"#/$defs/${id}"`);
  return JSON.parse(text) as ReturnType<typeof convert>;
}

/** A schema as a document of its own: what has an id is among its `$defs`. */
export function schemaDocument(schema: z.ZodType): JsonSchema {
  const { schema: own, components } = namedSelf(schema);
  const { id } = schema.meta() ?? {};
  const { [String(id)]: _own, ...$defs } = components;
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', title: id, ...own, $defs };
}

/** A schema by itself, without references. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return convert(schema).schema;
}

const SESSION =
  'A person in a browser (POST /v1/session). What changes something needs the header x-pado-csrf beside it, with what the session says.';

export function openApiOf(app: INestApplication): OpenAPIObject {
  const options = new DocumentBuilder()
    .setTitle('Pado')
    .setDescription(
      'Durable campaigns: definitions, runs, events, payouts. Errors are RFC 9457 problems, in Korean where Accept-Language prefers it.',
    )
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key, pado_<id>_<secret>' })
    .addCookieAuth('pado_session', { type: 'apiKey', in: 'cookie', description: SESSION })
    .build();
  const document = SwaggerModule.createDocument(app, options, {
    standardSchemaConverter: (schema) => (schema instanceof z.ZodType ? namedSelf(schema) : undefined),
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '').toLowerCase()}.${method}`,
  });
  const { schema: problem, components } = namedSelf(problemSchema);
  const rewritten = JSON.parse(
    JSON.stringify({ ...components, Problem: problem }).replaceAll('#/$defs/', '#/components/schemas/'),
  ) as typeof components;
  document.components = { ...document.components, schemas: { ...document.components?.schemas, ...rewritten } };
  return document;
}

export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => openApiOf(app), { jsonDocumentUrl: 'openapi.json' });
}

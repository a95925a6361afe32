/**
 * A campaign as a file: one YAML 1.2 document that is the campaign's draft. Whatever JSON the API gives comes back from the file unchanged;
 * a fault's JSON Pointer is found as a line of it.
 */
import { readFileSync } from 'node:fs';
import { isNode, LineCounter, parseDocument, stringify, type Document, type YAMLError } from 'yaml';
import { campaignSchema } from '../domain/journey/definition.js';
import { topologicalOrder } from '../domain/journey/graph.js';
import { stepsOf } from './json-pointer.js';

export interface Place {
  /** From 1. */
  line: number;
  column: number;
}
export interface FileFault {
  /** JSON Pointer into the campaign; `` for the document as a whole. */
  pointer: string;
  detail: string;
}
export interface CampaignFile {
  /** What the document says, as JSON would have it; its shape is for the API to judge. */
  content: unknown;
  placeOf(pointer: string): Place;
}

/** The file is no YAML document that could be a campaign. */
export class FileUnreadable extends Error {}

/** More than any campaign needs; what an alias stands for is counted by the YAML reader. */
const BYTES_MAX = 4 * 1024 * 1024;

/** Errors: FileUnreadable, which says where. */
export function readCampaignFile(path: string): CampaignFile {
  return parseCampaign(textOf(path), path);
}

export function parseCampaign(text: string, name: string): CampaignFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error) throw unreadable(name, lines.linePos(error.pos[0]), error);
  try {
    const content: unknown = document.toJS({ maxAliasCount: 100 });
    return { content, placeOf: (pointer) => placeOf(document, lines, pointer) };
  } catch (thrown) {
    throw new FileUnreadable(`${name}: ${thrown instanceof Error ? thrown.message : 'cannot be read'}`);
  }
}

/** Fields in the order in which a marketer reads them; nodes in the order in which customers come to them. */
export function writeCampaign(draft: unknown): string {
  return stringify(inReadingOrder(draft), { lineWidth: 0, aliasDuplicateObjects: false });
}

function textOf(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new FileUnreadable(`${path}: ${error instanceof Error ? error.message : 'cannot be read'}`);
  }
  if (bytes.length > BYTES_MAX) throw new FileUnreadable(`${path}: is larger than ${BYTES_MAX} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new FileUnreadable(`${path}: is not UTF-8`);
  }
}

function unreadable(name: string, { line, col }: { line: number; col: number }, error: YAMLError): FileUnreadable {
  return new FileUnreadable(`${name}:${line}:${col}: ${error.message}`);
}

/** Of the named value; where it is not there, of the nearest one around it. */
function placeOf(document: Document, lines: LineCounter, pointer: string): Place {
  for (let steps = stepsOf(pointer); ; steps = steps.slice(0, -1)) {
    const node: unknown = steps.length === 0 ? document.contents : document.getIn(steps, true);
    if (isNode(node) && node.range) {
      const { line, col } = lines.linePos(node.range[0]);
      return { line, column: col };
    }
    if (steps.length === 0) return { line: 1, column: 1 };
  }
}

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function sorted(fields: Fields, first: readonly string[], last: readonly string[] = []): Fields {
  const rank = (name: string) => {
    if (first.includes(name)) return first.indexOf(name) - first.length;
    return last.includes(name) ? 1 + last.indexOf(name) : 0;
  };
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => rank(a) - rank(b)));
}

function inReadingOrder(draft: unknown): unknown {
  const campaign = campaignSchema.safeParse(draft);
  if (!campaign.success || !isFields(draft) || !isFields(draft['journey']) || !isFields(draft['journey']['nodes']))
    return draft;
  const nodes = Object.entries(sorted(draft['journey']['nodes'], topologicalOrder(campaign.data.journey).nodes));
  const read = nodes.map(([id, node]) => [id, isFields(node) ? sorted(node, ['type'], ['yes', 'no', 'next']) : node]);
  const journey = { ...sorted(draft['journey'], ['start']), nodes: Object.fromEntries(read) as Fields };
  return { ...sorted(draft, Object.keys(campaignSchema.shape)), journey };
}

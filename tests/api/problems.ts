/**
 * What a refused request looks like: RFC 9457, its kind, and each fault with the place that it names.
 */
import { expect } from '@jest/globals';
import type { Reply } from '../support/stack.js';

export interface Fault {
  pointer?: string;
  parameter?: string;
  line?: number;
  detail?: unknown;
}

/** The places that `faults` name are all there; their words are matched where given. */
export function expectProblem(reply: Reply, status: number, kind: string, faults: Fault[] = []): void {
  expect({ status: reply.status, body: reply.body }).toMatchObject({
    status,
    body: { type: `urn:pado:problem:${kind}`, title: expect.any(String), status },
  });
  expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const errors = (reply.body.errors ?? []) as Fault[];
  for (const fault of faults)
    expect(errors).toContainEqual(expect.objectContaining({ detail: expect.any(String), ...fault }));
}

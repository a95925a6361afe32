/**
 * A running installation as the command line calls it: its API, by an address and a key that the environment or this state's `up` tells.
 */
import { z } from 'zod';
import { EnvironmentLack } from '../services/report.js';
import { StateFolder } from '../services/state-folder.js';
import { stateDir } from './state-dir.js';
import { runningUp } from './up-record.js';

const faultSchema = z.object({
  pointer: z.string().optional(),
  parameter: z.string().optional(),
  line: z.int().optional(),
  detail: z.string(),
});
const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  errors: z.array(faultSchema).optional(),
});
/** RFC 9457, as the API answers. */
export type ProblemAnswer = z.infer<typeof problemSchema>;

/** The API said no. */
export class Refused extends Error {
  constructor(readonly problem: ProblemAnswer) {
    super([problem.title, problem.detail].filter(Boolean).join(': '));
  }
}

export interface Answer {
  status: number;
  body: unknown;
}

export class InstallationClient {
  private constructor(
    private readonly url: string,
    private readonly key: string,
  ) {}

  /** `url`: as the user named it. Errors: EnvironmentLack without an address or a key. */
  static find(url: string | undefined): InstallationClient {
    const found = url ?? process.env['PADO_URL'] ?? runningUp(StateFolder.open(stateDir()))?.urls?.api;
    if (found === undefined) {
      const cure = 'Start one with ./pado up, or name one with --url or PADO_URL.';
      throw new EnvironmentLack('No installation runs on this state.', cure);
    }
    if (!URL.canParse(found) || !/^https?:$/.test(new URL(found).protocol)) {
      throw new EnvironmentLack('The address of the installation is no HTTP URL.', 'Such as http://127.0.0.1:8080.');
    }
    const key = process.env['PADO_API_KEY'];
    if (!key) throw new EnvironmentLack('No key.', 'Set PADO_API_KEY to an API key of yours.');
    return new InstallationClient(found.replace(/\/+$/, ''), key);
  }

  /** A request that is answered well; a body of bytes goes as it is, of the type that `headers` say. Errors: Refused with the API's problem; EnvironmentLack where nobody answers. */
  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const answer = await this.send(method, path, body, headers);
    if (answer.status < 300) return answer;
    throw refusal(method, path, answer);
  }

  /** A file of any length. Errors: as of `call`. */
  async download(path: string): Promise<ReadableStream<Uint8Array>> {
    const response = await this.request('GET', path, undefined, {});
    if (response.ok && response.body) return response.body;
    throw refusal('GET', path, { status: response.status, body: parsed(await response.text()) });
  }

  private async send(method: string, path: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
    const response = await this.request(method, path, body, headers);
    const text = await response.text();
    return { status: response.status, body: parsed(text) };
  }

  private async request(
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string>,
  ): Promise<Response> {
    try {
      return await fetch(this.url + path, {
        method,
        headers: {
          authorization: `Bearer ${this.key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body) }),
      });
    } catch (cause) {
      const cure = 'Start it with ./pado up, or correct --url or PADO_URL.';
      throw new EnvironmentLack(`No installation answers at ${new URL(this.url).origin}.`, cure, { cause });
    }
  }
}

function refusal(method: string, path: string, { status, body }: Answer): Error {
  const problem = problemSchema.safeParse(body);
  return problem.success
    ? new Refused(problem.data)
    : new Error(`${method} ${path} answered ${status}, which is no answer of Pado's`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

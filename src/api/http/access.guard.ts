/**
 * API keys: `Authorization: Bearer <key>`; the Segment spec's Basic user name, body `writeKey`, or `writeKey` in the path of a source's settings.
 * A key found is believed for a few seconds, so that a revocation takes effect within them.
 */
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { KeysStore, parseKey, keyMatches, type Actor, type StoredKey } from '../../storage/keys.store.js';
import { ACCESS, type Access, type AuthenticatedRequest } from './access.js';
import { Problem } from './problem.js';

const BELIEVED_MS = 5_000;
const CACHE_MAX = 1_000;

function credentialOf(request: AuthenticatedRequest): string | undefined {
  const [scheme = '', value = ''] = (request.headers.authorization ?? '').split(' ', 2);
  if (/^bearer$/i.test(scheme)) return value;
  if (/^basic$/i.test(scheme)) return Buffer.from(value, 'base64').toString('utf8').split(':', 1)[0];
  const inBody = (request.body as { writeKey?: unknown } | undefined)?.writeKey;
  const writeKey: unknown = inBody ?? request.params['writeKey'];
  return typeof writeKey === 'string' ? writeKey : undefined;
}

@Injectable()
export class AccessGuard implements CanActivate {
  private readonly believed = new Map<string, { key: StoredKey; until: number }>();

  constructor(
    private readonly reflector: Reflector,
    private readonly keys: KeysStore,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (access === 'public' || access === 'signed') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const actor = await this.actorOf(credentialOf(request));
    if (!actor)
      throw new Problem('unauthenticated', undefined, { headers: { 'WWW-Authenticate': 'Bearer realm="pado"' } });
    if (!access?.roles.includes(actor.role))
      throw new Problem('forbidden', `The role ${actor.role} may not call this.`);
    request.actor = actor;
    return true;
  }

  private async actorOf(credential: string | undefined): Promise<Actor | null> {
    const parsed = parseKey(credential ?? '');
    if (!parsed) return null;
    const now = performance.now();
    const cached = this.believed.get(parsed.id);
    const key = cached && cached.until > now ? cached.key : await this.keys.find(parsed.id);
    if (!key || !keyMatches(key, parsed.secret)) return null;
    if (this.believed.size >= CACHE_MAX) this.believed.clear();
    if (key !== cached?.key) this.believed.set(parsed.id, { key, until: now + BELIEVED_MS });
    return { id: key.id, name: key.name, role: key.role };
  }
}

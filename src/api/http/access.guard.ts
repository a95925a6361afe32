/**
 * Who calls: a key, as `Authorization: Bearer <key>`, the Segment spec's Basic user name, body `writeKey`, or `writeKey` in the path of a source's
 * settings; without one, the session of the cookie. A key found is believed for a few seconds, so that a revocation takes effect within them; a
 * session is looked up each time.
 */
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Config } from '../../config.js';
import { KeysStore, parseKey, keyMatches, type Actor, type StoredKey } from '../../storage/keys.store.js';
import { SessionsStore } from '../../storage/sessions.store.js';
import { CLOCK, CONFIG, type Clock } from '../ports.js';
import { ACCESS, type Access, type AuthenticatedRequest } from './access.js';
import { Problem } from './problem.js';
import { cookieOf, requireOwnPage, SESSION_COOKIE } from './session-cookie.js';

const BELIEVED_MS = 5_000;
const CACHE_MAX = 1_000;

function credentialOf(request: AuthenticatedRequest): string | undefined {
  const { authorization } = request.headers;
  const [scheme = '', value = ''] = (authorization ?? '').split(' ', 2);
  if (/^bearer$/i.test(scheme)) return value;
  if (/^basic$/i.test(scheme)) return Buffer.from(value, 'base64').toString('utf8').split(':', 1)[0];
  const inBody = (request.body as { writeKey?: unknown } | undefined)?.writeKey;
  const writeKey: unknown = inBody ?? request.params['writeKey'];
  return typeof writeKey === 'string' ? writeKey : authorization;
}

@Injectable()
export class AccessGuard implements CanActivate {
  private readonly believed = new Map<string, { key: StoredKey; until: number }>();

  constructor(
    private readonly reflector: Reflector,
    private readonly keys: KeysStore,
    private readonly sessions: SessionsStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (access === 'public') return true;
    await this.clock.follow();
    if (access === 'signed') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const credential = credentialOf(request);
    const actor = credential === undefined ? await this.personOf(request) : await this.holderOf(credential);
    if (!actor || (access === 'session' && request.session === undefined))
      throw new Problem('unauthenticated', undefined, { headers: { 'WWW-Authenticate': 'Bearer realm="pado"' } });
    if (access !== 'session' && !access?.roles.some((role) => actor.roles.includes(role)))
      throw new Problem('forbidden', `${told(actor)} may not call this.`);
    if (request.session !== undefined) requireOwnPage(request, request.session, this.config.consoleUrl);
    request.actor = actor;
    return true;
  }

  private async personOf(request: AuthenticatedRequest): Promise<Actor | null> {
    const token = cookieOf(request, SESSION_COOKIE);
    const person = token === null ? null : await this.sessions.find(token, this.clock.temporalNow());
    if (!token || !person) return null;
    request.session = token;
    return { ...person, key: null };
  }

  private async holderOf(credential: string): Promise<Actor | null> {
    const parsed = parseKey(credential);
    if (!parsed) return null;
    const now = performance.now();
    const cached = this.believed.get(parsed.id);
    const key = cached && cached.until > now ? cached.key : await this.keys.find(parsed.id);
    if (!key || !keyMatches(key, parsed.secret)) return null;
    if (this.believed.size >= CACHE_MAX) this.believed.clear();
    if (key !== cached?.key) this.believed.set(parsed.id, { key, until: now + BELIEVED_MS });
    return key.actor;
  }
}

const told = ({ roles }: Actor) =>
  roles.length === 1 ? `The role ${roles[0]}` : `Of the roles ${roles.join(', ') || '(none)'}, none`;

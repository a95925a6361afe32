/**
 * Signing in by the identity provider: out with the browser, back with a code. Each way back ends at the console, with a session or with the word of
 * what went wrong.
 */
import { Controller, Get, Inject, Logger, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Config } from '../../config.js';
import { newToken } from '../../storage/secrets.js';
import { SignInStore } from '../../storage/sign-in.store.js';
import { Endpoint } from '../http/endpoint.js';
import { Problem } from '../http/problem.js';
import { cookieOf, cookieOptions, SESSION_COOKIE } from '../http/session-cookie.js';
import { CLOCK, CONFIG, type Clock } from '../ports.js';
import { SignInAttempts } from './attempts.js';
import { OidcClient } from './oidc-client.js';
import { personOf } from './oidc-person.js';

/** What a sign-in under way is known by; it comes along when the provider's page leads back, which a strict cookie does not. */
const COOKIE = 'pado_oidc';
const UNDER_WAY_MS = 10 * 60_000;

@Controller('v1/session/oidc')
export class OidcController {
  private readonly logger = new Logger('oidc');

  constructor(
    private readonly provider: OidcClient,
    private readonly signIns: SignInStore,
    private readonly attempts: SignInAttempts,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  @Endpoint({
    summary: 'Sign in by the identity provider: leads the browser there',
    access: 'public',
    status: 303,
    problems: ['not_found', 'unavailable'],
  })
  async leave(@Req() request: Request, @Res() response: Response) {
    await this.attempts.count(request.ip ?? '');
    const token = newToken();
    const url = await this.provider.authorizationUrl(token);
    response.cookie(COOKIE, token, { ...this.cookie(request), maxAge: UNDER_WAY_MS });
    response.redirect(303, url.href);
  }

  @Get('callback')
  @Endpoint({
    summary: 'Where the identity provider leads the browser back to; it ends at the console',
    access: 'public',
    status: 303,
    problems: ['not_found'],
  })
  async comeBack(@Req() request: Request, @Res() response: Response) {
    response.clearCookie(COOKIE, this.cookie(request));
    const { consoleUrl } = this.provider.terms;
    try {
      const token = await this.signIn(request);
      response.cookie(SESSION_COOKIE, token, cookieOptions(request, consoleUrl));
      response.redirect(303, `${consoleUrl}/`);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.logger.warn({ kind: error.kind }, 'a sign-in by the identity provider was refused');
      response.redirect(303, `${consoleUrl}/sign-in#problem=${error.kind}`);
    }
  }

  /** The token of a new session. Problems: unauthenticated, forbidden, conflict, unavailable. */
  private async signIn(request: Request): Promise<string> {
    const underWay = cookieOf(request, COOKIE);
    if (underWay === null) throw new Problem('unauthenticated', 'This browser has not begun to sign in.');
    const query = new URL(request.originalUrl, 'http://callback').search;
    const claims = await this.provider.claims(underWay, query);
    const person = personOf(claims, this.provider.terms);
    const instead = cookieOf(request, SESSION_COOKIE);
    const begun = await this.signIns.byOidc(person, {
      now: this.clock.temporalNow(),
      at: this.clock.now(),
      instead,
    });
    if (begun === 'refused') throw new Problem('forbidden');
    if (begun === 'taken') throw new Problem('conflict');
    return begun.token;
  }

  private cookie(request: Request) {
    const options = cookieOptions(request, this.config.consoleUrl);
    return { ...options, sameSite: 'lax' as const, path: '/v1/session/oidc' };
  }
}

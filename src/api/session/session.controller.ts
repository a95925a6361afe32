/**
 * The session of a person in a browser: begun by a one-time link or a password, told, ended.
 */
import { Body, Controller, Delete, Get, Inject, Post, Put, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import type { Config } from '../../config.js';
import type { Actor } from '../../storage/keys.store.js';
import { PasswordsStore } from '../../storage/passwords.store.js';
import { derived } from '../../storage/secrets.js';
import { SessionsStore } from '../../storage/sessions.store.js';
import { SignInStore, type Begun } from '../../storage/sign-in.store.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint } from '../http/endpoint.js';
import { Problem } from '../http/problem.js';
import { cookieOf, cookieOptions, requireSameOrigin, SESSION_COOKIE } from '../http/session-cookie.js';
import { calledSchema } from '../people/people.dto.js';
import { CLOCK, CONFIG, type Clock } from '../ports.js';
import { SignInAttempts } from './attempts.js';

const shownSchema = z
  .union([
    z.strictObject({ link: z.string().min(1).max(100).describe('the token of a one-time link') }),
    z.strictObject({ account: calledSchema, password: z.string().min(1).max(200) }),
  ])
  .meta({ id: 'SignIn' });
const passwordSchema = z
  .strictObject({
    current: z.string().min(1).max(200).optional().describe('the present one, where there is one'),
    password: z.string().min(12, 'has at least 12 characters').max(200),
  })
  .meta({ id: 'PasswordChange' });
const sessionSchema = z
  .object({
    person: z.object({ id: z.string(), name: z.string(), roles: z.array(z.string()) }),
    csrf: z.string().describe('to be sent as x-pado-csrf with whatever changes something'),
  })
  .meta({ id: 'Session' });

@Controller('v1/session')
export class SessionController {
  constructor(
    private readonly signIns: SignInStore,
    private readonly sessions: SessionsStore,
    private readonly passwords: PasswordsStore,
    private readonly attempts: SignInAttempts,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post()
  @Endpoint({
    summary: 'Sign in by a one-time link or a password; the session is a cookie, always a new one',
    access: 'public',
    answer: sessionSchema,
    problems: ['invalid', 'unauthenticated', 'cross_site'],
  })
  async begin(
    @Body({ schema: shownSchema }) shown: z.infer<typeof shownSchema>,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    requireSameOrigin(request, this.config.consoleUrl);
    const account = 'account' in shown ? shown.account : undefined;
    await this.attempts.count(request.ip ?? '', account);
    const instead = cookieOf(request, SESSION_COOKIE);
    const terms = { now: this.clock.temporalNow(), at: this.clock.now(), instead };
    const begun =
      'link' in shown
        ? await this.signIns.byLink(shown.link, terms)
        : await this.signIns.byPassword(shown.account, shown.password, terms);
    if (!begun) throw new Problem('unauthenticated', 'That lets nobody in, or not any more.');
    if (account !== undefined) await this.attempts.forget(account);
    return this.answer(begun, request, response);
  }

  @Get()
  @Endpoint({ summary: 'Who is signed in', access: 'session', answer: sessionSchema })
  read(@CurrentActor() actor: Actor, @Req() request: AuthenticatedRequest) {
    const { id, name, roles } = actor;
    return { person: { id, name, roles }, csrf: derived(request.session as string, 'csrf') };
  }

  @Delete()
  @Endpoint({ summary: 'Sign out', access: 'session', status: 204 })
  async end(
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const times = { now: this.clock.temporalNow(), business: this.clock.now() };
    await this.sessions.end(request.session as string, actor.id, times);
    response.clearCookie(SESSION_COOKIE, cookieOptions(request, this.config.consoleUrl));
  }

  @Put('password')
  @Endpoint({
    summary: 'Set one’s own password; one’s other sessions end',
    access: 'session',
    status: 204,
    problems: ['invalid', 'unprocessable'],
  })
  async setPassword(
    @Body({ schema: passwordSchema }) { current, password }: z.infer<typeof passwordSchema>,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
  ) {
    await this.attempts.count(request.ip ?? '', actor.id);
    const asked = { session: request.session as string, now: this.clock.temporalNow(), at: this.clock.now() };
    if (!(await this.passwords.change(actor.id, { current: current ?? null, next: password }, asked)))
      throw new Problem('unprocessable', undefined, {
        errors: [{ pointer: '/current', detail: 'is not the present password' }],
      });
    await this.attempts.forget(actor.id);
  }

  private answer({ token, person }: Begun, request: AuthenticatedRequest, response: Response) {
    response.cookie(SESSION_COOKIE, token, cookieOptions(request, this.config.consoleUrl));
    const { id, name, roles } = person;
    return { person: { id, name, roles }, csrf: derived(token, 'csrf') };
  }
}

/**
 * The people who may sign in, as an administrator keeps them. Nobody changes what they may do themselves, or lets themselves in again.
 */
import { Body, Controller, Get, Header, Inject, Param, Post, Put, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import type { z } from 'zod';
import type { Config } from '../../config.js';
import type { Actor } from '../../storage/keys.store.js';
import { PeopleStore, type PeopleChange, type Person } from '../../storage/people.store.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles, type EndpointSpec } from '../http/endpoint.js';
import { pageOf, pageQuerySchema, readCursor, toPage, type PageQuery } from '../http/page.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, CONFIG, type Clock } from '../ports.js';
import {
  calledSchema,
  linkSchema,
  peopleReasonSchema,
  personContentSchema,
  personSchema,
  rolesChangeSchema,
  type PersonContentBody,
} from './people.dto.js';

const ADMIN = roles('admin');
const change = (summary: string, more: Partial<EndpointSpec> = {}): EndpointSpec => ({
  summary,
  access: ADMIN,
  answer: personSchema,
  problems: ['invalid', 'not_found', 'own_work'],
  params: { person: 'id or account' },
  ...more,
});
type Reason = z.infer<typeof peopleReasonSchema>;

@Controller('v1/people')
export class PeopleController {
  constructor(
    private readonly people: PeopleStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get()
  @Endpoint({
    summary: 'People by id, suspended ones too',
    access: ADMIN,
    answer: pageOf(personSchema).meta({ id: 'PeoplePage' }),
    problems: ['invalid'],
  })
  async list(@Query({ schema: pageQuerySchema }) query: PageQuery) {
    const rows = await this.people.list(readCursor(query.cursor), query.limit);
    return toPage(
      rows,
      query.limit,
      (row) => row.id,
      (row) => row,
    );
  }

  @Get(':person')
  @Endpoint(change('A person', { problems: ['invalid', 'not_found'] }))
  async read(@Param('person', { schema: calledSchema }) called: string) {
    return found(await this.people.find(called), 'person');
  }

  @Post()
  @Endpoint({
    summary: 'Add a person; a link or the identity provider lets them in',
    access: ADMIN,
    status: 201,
    answer: personSchema,
    problems: ['invalid', 'conflict'],
  })
  async add(@Body({ schema: personContentSchema }) body: PersonContentBody, @CurrentActor() actor: Actor) {
    const { reason, account = null, email = null, oidc = null, ...content } = body;
    const added = await this.people.add({ ...content, account, email, oidc }, this.said(actor, reason));
    if (!added) throw new Problem('conflict', 'Account, e-mail or subject is somebody’s already.');
    return added;
  }

  @Put(':person/roles')
  @Endpoint(change('Say what a person may do; in force with their next request'))
  async setRoles(
    @Param('person', { schema: calledSchema }) called: string,
    @Body({ schema: rolesChangeSchema }) body: z.infer<typeof rolesChangeSchema>,
    @CurrentActor() actor: Actor,
  ) {
    const person = await this.another(called, actor);
    return found(await this.people.setRoles(person.id, body.roles, this.said(actor, body.reason)), 'person');
  }

  @Post(':person/suspend')
  @Endpoint(change('Suspend a person: sessions end at once, keys of theirs within 5 s, links are void'))
  async suspend(
    @Param('person', { schema: calledSchema }) called: string,
    @Body({ schema: peopleReasonSchema }) { reason }: Reason,
    @CurrentActor() actor: Actor,
  ) {
    const person = await this.another(called, actor);
    return found(await this.people.setState(person.id, 'suspended', this.said(actor, reason)), 'person');
  }

  @Post(':person/resume')
  @Endpoint(change('Let a suspended person in again'))
  async resume(
    @Param('person', { schema: calledSchema }) called: string,
    @Body({ schema: peopleReasonSchema }) { reason }: Reason,
    @CurrentActor() actor: Actor,
  ) {
    const person = await this.another(called, actor);
    return found(await this.people.setState(person.id, 'active', this.said(actor, reason)), 'person');
  }

  @Post(':person/link')
  @Header('Cache-Control', 'no-store')
  @Endpoint(change('Make a one-time link for a person; those before are void', { status: 201, answer: linkSchema }))
  async link(
    @Param('person', { schema: calledSchema }) called: string,
    @Body({ schema: peopleReasonSchema }) { reason }: Reason,
    @CurrentActor() actor: Actor,
    @Req() request: Request,
  ) {
    const { id } = found(await this.people.find(called), 'person');
    return await this.linked(id, false, this.said(actor, reason), request);
  }

  @Post(':person/reset')
  @Header('Cache-Control', 'no-store')
  @Endpoint(
    change('Void a person’s password, sessions and links, and make a new link', { status: 201, answer: linkSchema }),
  )
  async reset(
    @Param('person', { schema: calledSchema }) called: string,
    @Body({ schema: peopleReasonSchema }) { reason }: Reason,
    @CurrentActor() actor: Actor,
    @Req() request: Request,
  ) {
    const { id } = await this.another(called, actor);
    return await this.linked(id, true, this.said(actor, reason), request);
  }

  private async another(called: string, actor: Actor): Promise<Person> {
    const person = found(await this.people.find(called), 'person');
    if (person.id === actor.id) throw new Problem('own_work', 'Nobody changes what they may do themselves.');
    return person;
  }

  private async linked(id: string, reset: boolean, said: PeopleChange, request: Request) {
    const { person, token, expiresAt } = found(await this.people.link(id, { reset }, said), 'person');
    const base = this.config.consoleUrl ?? `${request.protocol}://${request.header('host')}`;
    return { person, url: `${base}/sign-in#token=${token}`, expiresAt };
  }

  private said(actor: Actor, reason: string): PeopleChange {
    return { by: actor.id, reason, now: this.clock.temporalNow(), at: this.clock.now() };
  }
}

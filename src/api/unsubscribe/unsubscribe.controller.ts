/**
 * Links to refuse advertising, for customers and their mail programs (RFC 8058): a POST withdraws the consent at once and without a key, a GET only
 * asks. The link itself is the proof; it names nobody, and one that is not ours tells nothing.
 */
import { Controller, Get, Header, Inject, Param, Post } from '@nestjs/common';
import type { Config } from '../../config.js';
import { openToken } from '../../domain/offer/unsubscribe.js';
import { UnsubscribeStore, type Unsubscribed } from '../../storage/unsubscribe.store.js';
import { Endpoint } from '../http/endpoint.js';
import { found } from '../http/problem.js';
import { CLOCK, CONFIG, type Clock } from '../ports.js';

const page = (text: string, form = '') =>
  `<!doctype html>
<html lang="ko"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">
<title>수신거부</title></head><body><main><p>${text}</p>${form}</main></body></html>
`;
/** To itself: no address of it needs to be known. */
const FORM =
  '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button>수신거부 (unsubscribe)</button></form>';
const NAMES: Record<string, string> = {
  email: '이메일(e-mail)',
  advertising: '광고(advertising)',
  information: '안내(information)',
};
const named = ({ channel, purpose }: Unsubscribed) => [channel, purpose].map((word) => NAMES[word] ?? word).join(' ');

const HTML = Header('Content-Type', 'text/html; charset=utf-8');
const params = { token: 'as the message has it' };

@Controller('v1/unsubscribe')
export class UnsubscribeController {
  constructor(
    private readonly store: UnsubscribeStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get(':token')
  @HTML
  @Endpoint({
    summary: 'A page that asks whether to unsubscribe; it changes nothing',
    access: 'public',
    params,
    problems: ['not_found'],
  })
  async ask(@Param('token') token: string) {
    const about = found(await this.store.about(this.messageOf(token)), 'link');
    return page(`${named(about)}의 수신을 거부하시겠습니까? Stop receiving these messages?`, FORM);
  }

  @Post(':token')
  @HTML
  @Endpoint({
    summary: 'Withdraw the consent to the channel and purpose of the message, at once (one-click, RFC 8058)',
    access: 'public',
    params,
    problems: ['not_found'],
  })
  async withdraw(@Param('token') token: string) {
    const about = found(await this.store.withdraw(this.messageOf(token), this.clock.now()), 'link');
    return page(`${named(about)}의 수신이 거부되었습니다. You will not receive these messages any more.`);
  }

  /** Problem `not_found` where it is no link of ours. */
  private messageOf(token: string): string {
    return found(openToken(this.config.links?.secrets ?? [], token), 'link');
  }
}

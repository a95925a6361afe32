/**
 * A message as an e-mail: the same bytes' worth of headers for the same slot, text and HTML of the same words, nothing of a value ever read as a
 * header or as markup. Advertising bears the one-click link of RFC 8058.
 */
import { createHash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { LinkTerms, SmtpGatewayConfig } from '../config.js';
import { mailHtml, subjectOf, UNSUBSCRIBE_WORDS } from '../domain/offer/mail-text.js';
import { sealToken, unsubscribePath } from '../domain/offer/unsubscribe.js';
import type { OutgoingMessage } from './gateway.js';

export interface Mail {
  from: string;
  to: string;
  /** RFC 5322, CRLF. */
  bytes: Buffer;
}

/** One mailbox in ASCII and nothing else: no list, no display name, no comment. */
const MAILBOX = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/;
const LINE_BREAK_OR_CONTROL = /\p{Cc}/u;

/** Derived from the slot: whoever gets it twice sees that it is one. */
export function messageIdHeader(id: string, from: string): string {
  const name = createHash('sha256').update(id).digest('hex').slice(0, 40);
  return `<${name}@${from.slice(from.lastIndexOf('@') + 1)}>`;
}

/** Reasons why a message cannot be one; it is a definite rejection. */
export type MailFault = 'bad_address' | 'unsafe_title' | 'no_unsubscribe_link';

export function mailFault(message: OutgoingMessage, links: LinkTerms | null): MailFault | null {
  if (!MAILBOX.test(message.to)) return 'bad_address';
  if (LINE_BREAK_OR_CONTROL.test(message.title ?? '')) return 'unsafe_title';
  return message.advertising && links === null ? 'no_unsubscribe_link' : null;
}

/** `at`: the date that it bears. */
export async function composeMail(
  message: OutgoingMessage,
  { from, replyTo }: Pick<SmtpGatewayConfig, 'from' | 'replyTo'>,
  links: LinkTerms | null,
  at: Date,
): Promise<Mail> {
  const link = message.advertising && links ? unsubscribeUrl(message.id, links) : null;
  const { address, name = '' } = from;
  const composer = new MailComposer({
    messageId: messageIdHeader(message.id, address),
    date: at,
    from: { name, address },
    to: { name: '', address: message.to },
    ...(replyTo ? { replyTo: { name: '', address: replyTo } } : {}),
    subject: subjectOf(message),
    text: link ? `${message.body}\n\n${UNSUBSCRIBE_WORDS}: ${link}\n` : message.body,
    html: mailHtml(message.body, link),
    ...(link
      ? {
          headers: {
            'List-Unsubscribe': { prepared: true, value: `<${link}>` },
            'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
          },
        }
      : {}),
    newline: 'windows',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return { from: address, to: message.to, bytes: await composer.compile().build() };
}

function unsubscribeUrl(id: string, { publicUrl, secrets }: LinkTerms): string {
  return publicUrl + unsubscribePath(sealToken(secrets[0] as string, id));
}

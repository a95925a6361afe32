/**
 * One connection to a mail server, and how far a message got on it. The server acts on a message only once its content has been offered (RFC
 * 5321, 4.1.1.4), and nodemailer reads the content only then: so whatever ends before that read was not acted on, and whatever ends after it
 * without the server's final reply may have been.
 */
import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SmtpGatewayConfig } from '../config.js';
import type { Mail } from './mail.js';

export type Handed =
  | { kind: 'accepted' }
  /** 5xx about this message. */
  | { kind: 'rejected'; code: number }
  /** 4xx about this message. */
  | { kind: 'delayed' }
  /** The server takes nothing now. */
  | { kind: 'later' }
  /** It will take nothing as we are configured. */
  | { kind: 'refused'; code: number }
  | { kind: 'unknown' };

interface SmtpError extends Error {
  code?: string;
  command?: string;
  responseCode?: number;
}

const NEEDS_ATTENTION = new Set(['EAUTH', 'ENOAUTH', 'ETLS', 'EREQUIRETLS', 'ECONFIG']);
const SERVICE_CLOSING = 421;
/** The server has said beforehand how much it takes. */
const TOO_LARGE = 552;

/** What an error of the session before any content means. */
function beforeContent({ code = '', command, responseCode = 0 }: SmtpError): Handed {
  if (NEEDS_ATTENTION.has(code))
    return { kind: responseCode >= 400 && responseCode < 500 ? 'later' : 'refused', code: responseCode };
  if (code === 'EMESSAGE') return { kind: 'rejected', code: responseCode || TOO_LARGE };
  if (responseCode === SERVICE_CLOSING || responseCode === 0) return { kind: 'later' };
  const ofMessage = command === 'RCPT TO' || command === 'DATA';
  if (responseCode >= 500) return { kind: ofMessage ? 'rejected' : 'refused', code: responseCode };
  return { kind: ofMessage ? 'delayed' : 'later' };
}

/** Only the reply to the content itself decides; anything else leaves it open. */
function afterContent({ code, command, responseCode = 0 }: SmtpError): Handed {
  if (code !== 'EMESSAGE' || command !== 'DATA') return { kind: 'unknown' };
  if (responseCode >= 500 && responseCode < 600) return { kind: 'rejected', code: responseCode };
  return responseCode >= 400 && responseCode < 500 ? { kind: 'delayed' } : { kind: 'unknown' };
}

export class SmtpSession {
  private readonly connection: SMTPConnection;
  private readonly credentials: { user: string; pass: string } | null;
  private failed: ((error: Error) => void) | null = null;
  private sent = 0;
  isOpen = false;

  constructor(config: Pick<SmtpGatewayConfig, 'url' | 'tls' | 'timeoutMs'>) {
    const url = new URL(config.url);
    const secure = url.protocol === 'smtps:';
    const user = decodeURIComponent(url.username);
    this.credentials = user === '' ? null : { user, pass: decodeURIComponent(url.password) };
    this.connection = new SMTPConnection({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
      secure,
      requireTLS: !secure && config.tls === 'required',
      ignoreTLS: config.tls === 'none',
      connectionTimeout: config.timeoutMs,
      greetingTimeout: config.timeoutMs,
      socketTimeout: config.timeoutMs,
      dnsTimeout: config.timeoutMs,
      logger: false,
    });
    this.connection.on('error', (error) => this.end(error));
    this.connection.once('end', () => this.end(new Error('the connection has ended')));
  }

  get messages(): number {
    return this.sent;
  }

  /** Null when it is ready for a message. */
  async open(): Promise<Handed | null> {
    try {
      await this.step((done) => this.connection.connect(done));
      const { credentials } = this;
      if (credentials) await this.step((done) => this.connection.login({ ...credentials }, done));
      this.isOpen = true;
      return null;
    } catch (error) {
      this.close();
      return beforeContent(error as SmtpError);
    }
  }

  async send({ from, to, bytes }: Mail): Promise<Handed> {
    let offered = false;
    const content = new Readable({
      read() {
        offered = true;
        this.push(bytes);
        this.push(null);
      },
    });
    this.sent += 1;
    try {
      await this.step((done) => this.connection.send({ from, to: [to], size: bytes.length }, content, done));
      return { kind: 'accepted' };
    } catch (error) {
      this.close();
      return offered ? afterContent(error as SmtpError) : beforeContent(error as SmtpError);
    }
  }

  /** At once: what is under way fails. */
  close(): void {
    this.end(new Error('the connection was closed'));
    this.connection.close();
  }

  /** In order, where nothing is under way. */
  quit(): void {
    if (!this.isOpen) return;
    this.end(new Error('the connection was closed'));
    this.connection.quit();
  }

  private end(error: Error): void {
    this.isOpen = false;
    this.failed?.(error);
    this.failed = null;
  }

  /** A step of the session; it fails with the connection too. */
  private async step(start: (done: (error?: Error | null) => void) => void): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.failed = reject;
        start((error) => (error ? reject(error) : resolve()));
      });
    } finally {
      this.failed = null;
    }
  }
}

/**
 * One connection to a mail server, and how far a message got on it. The server acts on a message only once its content has been offered (RFC
 * 5321, 4.1.1.4), and nodemailer reads the content only then: so whatever ends before that read was not acted on, and whatever ends after it
 * without the server's final reply may have been.
 */
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { connect as connectSecurely } from 'node:tls';
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

const isSecure = (url: URL) => url.protocol === 'smtps:';
const hostOf = (url: URL) => url.hostname.replace(/^\[|\]$/g, '');

type Server = Pick<SmtpGatewayConfig, 'url' | 'tls' | 'timeoutMs'>;

export class SmtpSession {
  private socket: Socket | null = null;
  private connection: SMTPConnection | null = null;
  private failed: ((error: Error) => void) | null = null;
  private sent = 0;
  isOpen = false;

  /** `lookup` judges where the server's name leads. */
  constructor(
    private readonly server: Server,
    private readonly lookup: LookupFunction,
  ) {}

  get messages(): number {
    return this.sent;
  }

  /** Null when it is ready for a message. */
  async open(): Promise<Handed | null> {
    const url = new URL(this.server.url);
    try {
      const socket = await this.dial(url);
      const connection = this.over(socket, url);
      await this.step((done) => connection.connect(done));
      const user = decodeURIComponent(url.username);
      const pass = decodeURIComponent(url.password);
      if (user !== '') await this.step((done) => connection.login({ user, pass }, done));
      this.isOpen = true;
      return null;
    } catch (error) {
      this.close();
      return beforeContent(error as SmtpError);
    }
  }

  async send({ from, to, bytes }: Mail): Promise<Handed> {
    const { connection } = this;
    if (!connection) throw new Error('invariant: a mail over a session that was not opened');
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
      await this.step((done) => connection.send({ from, to: [to], size: bytes.length }, content, done));
      return { kind: 'accepted' };
    } catch (error) {
      this.close();
      return offered ? afterContent(error as SmtpError) : beforeContent(error as SmtpError);
    }
  }

  /** At once: what is under way fails. */
  close(): void {
    this.end(new Error('the connection was closed'));
    if (this.connection) this.connection.close();
    else this.socket?.destroy();
  }

  /** In order, where nothing is under way. */
  quit(): void {
    if (!this.isOpen) return;
    this.end(new Error('the connection was closed'));
    this.connection?.quit();
  }

  /** Connected, over `smtps` by TLS. Errors: those of look-up, connection and certificate. */
  private async dial(url: URL): Promise<Socket> {
    const host = hostOf(url);
    const secure = isSecure(url);
    const to = { host, port: url.port === '' ? (secure ? 465 : 587) : Number(url.port), lookup: this.lookup };
    const socket = secure ? connectSecurely({ ...to, servername: isIP(host) ? '' : host }) : connect(to);
    this.socket = socket;
    await this.step((done) => socket.once('error', done).once(secure ? 'secureConnect' : 'connect', () => done()));
    return socket;
  }

  private over(socket: Socket, url: URL): SMTPConnection {
    const { tls, timeoutMs } = this.server;
    const secure = isSecure(url);
    const connection = new SMTPConnection({
      connection: socket,
      host: hostOf(url),
      secure,
      secured: secure,
      requireTLS: !secure && tls === 'required',
      ignoreTLS: tls === 'none',
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      logger: false,
    });
    this.connection = connection;
    connection.on('error', (error) => this.end(error));
    connection.once('end', () => this.end(new Error('the connection has ended')));
    return connection;
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
